"""Storages in both directions: ours behind Django's interface, and any Django storage behind ours."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, InvalidStorageError, default_storage, storages
from django.core.files.storage import Storage as BaseStorage
from django.utils import timezone
from django.utils.deconstruct import deconstructible

from safelight.errors import ConfigurationError, KeyTaken, SafelightError, StorageUnavailable
from safelight.protocols import Storage
from safelight.storage import DiskStorage, from_url
from safelight.storage.names import checked, walk


@deconstructible(path="safelight.django.storage.UrlStorage")
class UrlStorage(BaseStorage):
    """A Safelight storage for any FileField: ``{"BACKEND": "safelight.django.storage.UrlStorage", "OPTIONS": {"url":
    "file:///var/media"}}`` in STORAGES. Files of a storage without addresses of its own (a folder, memory) are served
    below `base_url`, MEDIA_URL by default."""

    def __init__(self, url: str, base_url: str | None = None) -> None:
        self.inner = from_url(url, base_url or settings.MEDIA_URL)

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        if mode != "rb":
            raise ValueError("stored files are immutable: they open for reading only")
        return File(self.inner.open(name), name)

    def _save(self, name: str, content: File[bytes]) -> str:
        while True:
            try:
                return self.inner.save(name, content)
            except KeyTaken:  # somebody was faster; plain FileFields expect another name
                name = self.get_available_name(name)
                content.seek(0)

    def exists(self, name: str) -> bool:
        return self.inner.exists(name)

    def delete(self, name: str) -> None:
        self.inner.delete(name)

    def url(self, name: str | None) -> str:
        return self.inner.url(name or "")

    def size(self, name: str) -> int:
        with self.inner.open(name) as content:
            return content.seek(0, io.SEEK_END)

    def path(self, name: str) -> str:
        if isinstance(self.inner, DiskStorage):
            return str(Path(self.inner.root, checked(name)))
        return super().path(name)


class DjangoStorage:
    """Any Django storage as a `safelight.protocols.Storage`. Django renames on collision; here a name is a key that
    is already promised, so a file that came out under another name is deleted again and the save fails."""

    def __init__(self, storage: BaseStorage) -> None:
        self._storage = storage

    def save(self, name: str, content: IO[bytes], /) -> str:
        if self.exists(name):
            raise KeyTaken(name)
        try:
            with _failures():
                stored = self._storage.save(name, File(content, name))
        except StorageUnavailable:
            self._delete_quietly(name)
            raise
        if stored != name:
            self._delete_quietly(stored)
            raise KeyTaken(name)
        return name

    def open(self, name: str, /) -> IO[bytes]:
        with _failures():
            return self._storage.open(checked(name))

    def exists(self, name: str, /) -> bool:
        with _failures():
            return self._storage.exists(checked(name))

    def delete(self, name: str, /) -> None:
        with suppress(FileNotFoundError), _failures():
            self._storage.delete(checked(name))

    def modified(self, name: str, /) -> datetime | None:
        """See `safelight.protocols.Dated`."""
        try:
            with _failures():
                at = self._storage.get_modified_time(checked(name))
        except StorageUnavailable as failure:
            if isinstance(failure.__cause__, NotImplementedError):
                return None
            raise
        return at if timezone.is_aware(at) else timezone.make_aware(at)

    def folder(self) -> Path | None:
        """In which it has its files, if it keeps them on this machine's disk."""
        return Path(self._storage.location) if isinstance(self._storage, FileSystemStorage) else None

    def url(self, name: str, /) -> str:
        return self._storage.url(checked(name))

    def size(self, name: str, /) -> int:
        """See `safelight.protocols.Measurable`."""
        if not self.exists(name):
            raise FileNotFoundError(name)
        with _failures():
            return self._storage.size(checked(name))

    def _delete_quietly(self, name: str) -> None:
        """What cannot be deleted now stays an intent in the ledger; the first error is the one to report."""
        with suppress(Exception):
            self._storage.delete(name)


class ListableDjangoStorage(DjangoStorage):
    """One that has `listdir`, which Django does not ask for: a `safelight.protocols.Listable`."""

    def names(self, after: str = "", /) -> Iterator[str]:
        return walk(self._listed, after)

    def _listed(self, folder: str) -> tuple[list[str], list[str]]:
        with suppress(FileNotFoundError), _failures():
            return self._storage.listdir(folder)
        return [], []  # nothing was ever stored


@contextmanager
def _failures() -> Iterator[None]:
    """What a backend raises (each has errors of its own) in our words, but for what the protocol names."""
    try:
        yield
    except (SafelightError, FileNotFoundError, ValueError):
        raise
    except Exception as error:
        raise StorageUnavailable(repr(error)) from error


class Storages(Mapping[str, Storage]):
    """Django's STORAGES by alias, as the core wants them."""

    def __getitem__(self, alias: str) -> Storage:
        storage = storages[alias]
        if isinstance(storage, UrlStorage):
            return storage.inner
        can_list = type(storage).listdir is not BaseStorage.listdir
        return ListableDjangoStorage(storage) if can_list else DjangoStorage(storage)

    def __iter__(self) -> Iterator[str]:
        return iter(storages.backends)

    def __len__(self) -> int:
        return len(storages.backends)


def address(alias: str, name: str) -> str:
    """Where clients get `name` from. Empty where there is no address: the storage is not in STORAGES any more, or gives
    out none."""
    try:
        return Storages()[alias].url(name)
    except (InvalidStorageError, SafelightError, ValueError, NotImplementedError):
        return ""


def alias_of(storage: Any) -> str:
    """The alias in STORAGES of a FileField's storage. Raises `ConfigurationError` if it has none: the ledger remembers
    the alias, by which the file is found again when it is served or deleted."""
    for alias in storages.backends:
        try:
            candidate = storages[alias]
        except ConfigurationError:
            raise
        except Exception as error:  # a backend that is not installed, or takes other options
            if storage is default_storage and alias == "default":
                raise ConfigurationError(f"STORAGES[{alias!r}]: {error}") from error
            continue  # Django's own error, if it is used
        # default_storage is a lazy object that equals, but is not, the storage behind it.
        if storage is candidate or storage == candidate:
            return alias
    raise ConfigurationError(f"{storage!r} is not in STORAGES; name it there and pass storages['name']")
