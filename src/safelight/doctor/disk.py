"""The folder of a storage: who may write into it and read it, whether there is room, and whether uploads get their name
there without being copied."""

from __future__ import annotations

import os
import pwd
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ..policy import Policy
from ..protocols import Ledger
from ..receive import Spool
from ..storage import DiskStorage
from . import room
from .finding import Finding, error, note, ok
from .trial import fresh_key


def folder_of(storage: object) -> Path | None:
    """Of one of ours that is a folder."""
    return storage.root if isinstance(storage, DiskStorage) else None


@contextmanager
def as_it_was(folder: Path | None) -> Iterator[None]:
    """Folders that a storage makes for its first file go again: they would be ours, and not the app's."""
    missing = [] if folder is None else [each for each in (folder, *folder.parents) if not os.path.exists(each)]
    try:
        yield
    finally:
        for each in missing:
            with suppress(OSError):  # somebody else's first file has come
                each.rmdir()


def examine(folder: Path, policies: Sequence[Policy]) -> Iterator[Finding]:
    """A folder that is there."""
    about = folder.stat()
    if about.st_mode & stat.S_IWOTH and not about.st_mode & stat.S_ISVTX:
        yield error(f"Everybody on this machine may write into {folder}, and delete there.", f"Run: chmod o-w {folder}")
    elif not os.access(folder, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        yield error(f"{_me()} may not write into {folder}, which is {_owner(about)}'s.", _give(folder))
    else:
        yield ok(f"{folder} is {_owner(about)}'s, and not open to everybody's writing.")
    if os.geteuid() == 0 and about.st_uid != 0:
        yield note(
            f"This is run by root, who may do everything, and the folder is {_owner(about)}'s.",
            f"Run the doctor as the user that the app runs as: sudo -u {_owner(about)} ...",
        )
    yield from _new_folders()
    yield from room.examine(folder, policies)


def linked(name: str, storage: DiskStorage, ledger: Ledger) -> Iterator[Finding]:
    """Whether a temporary file can get its name there, as an upload's does."""
    with fresh_key(ledger, storage, name) as key, Spool(1) as spool:
        spool.write(b".")
        try:
            is_linked = spool.open().link_to(storage.root / key, storage.mode)
        except OSError:  # nothing can be made there, which has been told
            return
    if is_linked:
        yield ok("Uploads get their name there, and are not copied.")
        return
    yield note(
        f"Uploads are written twice: a temporary file in {tempfile.gettempdir()} cannot get a name in {storage.root}.",
        "Set TMPDIR to a folder on the same file system, outside of the storage.",
    )


def _new_folders() -> Iterator[Finding]:
    """The storage makes folders below its own, for which the umask is asked."""
    mask = os.umask(0o077)
    os.umask(mask)
    if not mask & stat.S_IWOTH:
        yield error(
            f"Folders that are made there will be writable for everybody (umask {mask:03o}).",
            "Set the umask to 022 or 027 (systemd: UMask=, gunicorn: --umask).",
        )
    elif mask & (stat.S_IXOTH | stat.S_IXGRP) == stat.S_IXOTH | stat.S_IXGRP:
        yield note(
            f"Folders that are made there are for their owner alone (umask {mask:03o}).",
            "Nothing to do if the app serves its files. A web server with a user of its own cannot read them.",
        )


def _owner(about: os.stat_result) -> str:
    return _name(about.st_uid)


def _me() -> str:
    return _name(os.geteuid())


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"


def _give(folder: Path) -> str:
    return f"Give it to the user that the app runs as: chown {_me()} {folder}"
