"""Files on disk: nothing is overwritten, and nothing half-written is ever seen under its name.

The bytes are written to a file without a name (O_TMPFILE) and get their name by link(2) when they are complete and
on the disk; link fails if the name is taken. A process that is killed leaves nothing. Where the system has no such
files (macOS, some network file systems), they are written into a private folder, which nobody else may enter.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote

from ..errors import ConfigurationError, KeyTaken, StorageUnavailable, local_files
from .names import checked

_CHUNK = 1 << 20
_NO_TMPFILE = {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT}


class DiskStorage:
    """Keeps files below the folder `root`, which is created when first needed.

    `base_url` is the URL under which the folder (or Safelight's own delivery) answers, with a slash at its end.
    `mode` is the permission of new files: readable for a web server, writable for nobody but the owner.
    """

    def __init__(self, root: str | os.PathLike[str], base_url: str | None = None, *, mode: int = 0o644) -> None:
        self.root = Path(root).absolute()
        self.base_url = base_url
        self.mode = mode

    def save(self, name: str, content: IO[bytes], /) -> str:
        target = self._path(name)
        with local_files():
            self._make_folder(target.parent)
            with self._nameless(target.parent) as (file, source, folder):
                shutil.copyfileobj(content, file, _CHUNK)
                file.flush()
                os.fchmod(file.fileno(), self.mode)
                os.fsync(file.fileno())
                try:
                    # A folder descriptor makes Python call linkat(2) with AT_SYMLINK_FOLLOW, which the magic link
                    # in /proc needs; link(2) would try to link the symbolic link itself.
                    os.link(source, target.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=True)
                except FileExistsError:
                    raise KeyTaken(name) from None
                os.fsync(folder)
        return name

    def open(self, name: str, /) -> IO[bytes]:
        path = self._path(name)
        try:
            return path.open("rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise FileNotFoundError(name) from None
        except OSError as error:
            raise StorageUnavailable(str(error)) from error

    def exists(self, name: str, /) -> bool:
        return self._path(name).is_file()

    def delete(self, name: str, /) -> None:
        with local_files():
            self._path(name).unlink(missing_ok=True)

    def url(self, name: str, /) -> str:
        if self.base_url is None:
            raise ConfigurationError(f"the disk storage {self.root} has no base_url, so its files have no URL")
        return self.base_url + quote(checked(name))

    def _path(self, name: str) -> Path:
        return self.root / checked(name)

    def _make_folder(self, folder: Path) -> None:
        """With every new folder's entry on the disk too: a file in a folder that a power cut forgets is lost."""
        if folder.is_dir():
            return
        parent = folder.parent
        self._make_folder(parent)
        try:
            folder.mkdir()
        except FileExistsError:
            return
        descriptor = os.open(parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def _nameless(self, folder: Path) -> Iterator[tuple[IO[bytes], str, int]]:
        """A file to write, the path to link it from, and a descriptor of the folder it is to be linked into."""
        directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if hasattr(os, "O_TMPFILE"):
                try:
                    descriptor = os.open(folder, os.O_WRONLY | os.O_TMPFILE, 0o600)
                except OSError as error:
                    if error.errno not in _NO_TMPFILE:
                        raise
                else:
                    with open(descriptor, "wb") as file:
                        yield file, f"/proc/self/fd/{descriptor}", directory
                    return
            incoming = self.root / ".incoming"  # no stored name begins with a dot
            incoming.mkdir(mode=0o700, exist_ok=True)
            path = incoming / secrets.token_hex(16)
            try:
                with path.open("xb") as file:
                    yield file, str(path), directory
            finally:
                path.unlink(missing_ok=True)
        finally:
            os.close(directory)
