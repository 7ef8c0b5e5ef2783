"""Files on disk: nothing is overwritten, and nothing half-written is ever seen under its name.

The bytes are written to a file without a name and get their name when they are complete and on the disk, which fails
if the name is taken. A process that is killed leaves nothing. Where the system has no such files, they are written into
a private folder, which nobody else may enter. An upload whose temporary file is on the same file system is not written
again: that file gets the name.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from urllib.parse import quote

from .. import nameless
from ..errors import ConfigurationError, KeyTaken, StorageUnavailable, local_files
from ..protocols import Linkable
from .names import checked, walk

_CHUNK = 1 << 18


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
            try:
                if not (isinstance(content, Linkable) and content.link_to(target, self.mode)):
                    self._copy(content, target)
            except FileExistsError:
                raise KeyTaken(name) from None
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

    def size(self, name: str, /) -> int:
        """See `safelight.protocols.Measurable`."""
        if not self.exists(name):
            raise FileNotFoundError(name)
        with local_files():
            return self._path(name).stat().st_size

    def names(self, after: str = "", /) -> Iterator[str]:
        """See `safelight.protocols.Listable`. Folder by folder; what is hidden is no stored name."""
        return walk(self._listed, after)

    def _listed(self, folder: str) -> tuple[list[str], list[str]]:
        folders: list[str] = []
        files: list[str] = []
        with local_files(), suppress(FileNotFoundError), os.scandir(self.root / folder) as entries:
            for entry in entries:
                (folders if entry.is_dir(follow_symlinks=False) else files).append(entry.name)
        return folders, files

    def modified(self, name: str, /) -> datetime:
        """See `safelight.protocols.Dated`."""
        with local_files():
            return datetime.fromtimestamp(self._path(name).stat().st_mtime, UTC)

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

    def _copy(self, content: IO[bytes], target: Path) -> None:
        source: int | Path | None = nameless.create(target.parent)
        if source is not None:
            with open(source, "wb") as file:
                shutil.copyfileobj(content, file, _CHUNK)
                file.flush()
                nameless.link(source, target, self.mode)
            return
        incoming = self.root / ".incoming"  # no stored name begins with a dot
        incoming.mkdir(mode=0o700, exist_ok=True)
        source = incoming / secrets.token_hex(16)
        try:
            with source.open("xb") as file:
                shutil.copyfileobj(content, file, _CHUNK)
            nameless.link(source, target, self.mode)
        finally:
            source.unlink(missing_ok=True)
