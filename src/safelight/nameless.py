"""Files without a name: whatever happens to us, the system frees them, and nothing is left behind.

Such a file gets its name by linkat(2) when it is complete, so that nobody sees half of it and nothing is overwritten.
Some systems have none (macOS, some network file systems).
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

_NOT_SUPPORTED = {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT}


def create(folder: str | os.PathLike[str]) -> int | None:
    """A descriptor of a new file on the file system of `folder`, to read and to write; None where there are none."""
    if not hasattr(os, "O_TMPFILE"):
        return None
    try:
        # Not as tempfile.TemporaryFile, which adds O_EXCL: that forbids a name for good.
        return os.open(folder, os.O_RDWR | os.O_TMPFILE, 0o600)
    except OSError as error:
        if error.errno in _NOT_SUPPORTED:
            return None
        raise


def link(source: int | Path, target: Path, mode: int) -> None:
    """Give a complete file its name `target`, on the same file system, and the permissions `mode`; durably. `source` is
    a descriptor of a nameless file, or a path. Raises FileExistsError if the name is taken."""
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        file = source if isinstance(source, int) else os.open(source, os.O_RDONLY)
        try:
            os.fchmod(file, mode)
            os.fsync(file)
        finally:
            if file != source:
                os.close(file)
        path = f"/proc/self/fd/{source}" if isinstance(source, int) else source
        # A folder descriptor makes Python call linkat(2) with AT_SYMLINK_FOLLOW, which the magic link in /proc needs;
        # link(2) would try to link the symbolic link itself.
        os.link(path, target.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=True)
        try:
            os.fsync(folder)
        except OSError:
            os.unlink(target)  # or it would be ours, but nobody's
            raise
    finally:
        os.close(folder)
