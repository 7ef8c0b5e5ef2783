"""Where uploads are received: temporary files without a name, on a disk with room."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from .. import nameless
from ..policy import Policy
from . import room
from .finding import Finding, error, note, ok, warning

_MOUNTS = Path("/proc/self/mountinfo")
_IN_MEMORY = {"tmpfs", "ramfs"}


def examine(policies: Sequence[Policy], *others: tuple[str, str]) -> Iterator[Finding]:
    """Of the folder for temporary files, and of `others` that a framework was told to use: setting and folder."""
    try:
        named = [("TMPDIR", tempfile.gettempdir()), *others]
    except FileNotFoundError as failure:
        yield error(f"There is no folder for temporary files: {failure.strerror}.", "Set TMPDIR to one, with room.")
        return
    wanted = os.environ.get("TMPDIR")
    if wanted and os.path.abspath(wanted) != tempfile.gettempdir():  # Python looks for another one, and says nothing
        yield warning(
            f"TMPDIR is {wanted}, and temporary files are made in {tempfile.gettempdir()} all the same.",
            f"See whether {wanted} is full, or closed to the app's user. Mend that, and restart the app.",
        )
    for folder, setting in {folder: setting for setting, folder in reversed(named)}.items():
        yield from _examine(Path(folder), setting, policies)


def _examine(folder: Path, setting: str, policies: Sequence[Policy]) -> Iterator[Finding]:
    try:
        descriptor = nameless.create(folder)
        if descriptor is None:
            tempfile.TemporaryFile(dir=folder).close()
    except OSError as failure:
        yield error(
            f"No temporary file can be made in {folder}: {failure.strerror}.",
            f"Set {setting} to a folder that the app's user may write into.",
        )
        return
    if descriptor is None:
        yield note(
            f"A temporary file in {folder} has a name for a moment, for its file system knows none without.",
            f"Who is killed in that moment leaves an empty file. Another file system for {setting} mends it.",
        )
    else:
        os.close(descriptor)
        yield ok(f"Temporary files in {folder} have no name: a kill leaves none.")
    mode = folder.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        yield warning(f"Everybody may delete what others have in {folder}.", f"Run: chmod +t {folder}")
    if (kind := file_system(folder)) in _IN_MEMORY:
        yield warning(
            f"{folder} is in memory ({kind}): an upload of a gigabyte is a gigabyte of memory.",
            f"Set {setting} to a folder on a disk, best on the storage's own.",
        )
    yield from room.examine(folder, policies)


def file_system(folder: Path) -> str | None:
    """Its kind, as Linux names it; None where nobody says."""
    try:
        mounts = _MOUNTS.read_text().splitlines()
    except OSError:
        return None
    found: tuple[int, str] | None = None
    path = folder.resolve()
    for mount in mounts:
        before, _, after = mount.partition(" - ")
        point = Path(re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), before.split()[4]))
        # The last of those that lie upon each other is the one that is seen.
        if path.is_relative_to(point) and (found is None or len(point.parts) >= found[0]):
            found = (len(point.parts), after.split()[0])
    return found[1] if found else None
