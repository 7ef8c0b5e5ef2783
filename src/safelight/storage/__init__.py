"""Storages: where bytes live. One URL configures a storage in every framework.

=================================  =================================================================
``file:///var/media``              a folder (``file:media`` is relative to the working directory)
``memory:``                        this process's memory, for tests
``s3://bucket/prefix``             S3 and what speaks like it (``pip install "safelight[s3]"``)
``gs://bucket/prefix``             Google Cloud Storage (the same)
``az://container/prefix``          Azure Blob Storage (the same)
``cloudinary://key:secret@cloud``  Cloudinary (``pip install "safelight[cloudinary]"``)
=================================  =================================================================

``?public_url=https://cdn.example/media/`` says where the files can be had by everybody.
"""

from __future__ import annotations

from importlib import import_module

from ..protocols import Storage
from .disk import DiskStorage
from .memory import MemoryStorage
from .urls import StorageUrl

__all__ = ["DiskStorage", "MemoryStorage", "from_url"]

_EXTRAS = {
    "s3": ("s3", "s3", "s3"),
    "gs": ("objects", "google", "s3"),
    "az": ("objects", "azure", "s3"),
    "cloudinary": ("cloudinary", "cloudinary", "cloudinary"),
}
"""Scheme: the module, which is imported when it is first needed; the function that builds the storage; the extra."""


def from_url(url: str, base_url: str | None = None) -> Storage:
    """The storage that `url` names. `base_url` is where the app serves files of a storage that has no addresses of its
    own (a folder, memory), unless `url` has a ``public_url``.

    Raises `ConfigurationError`, which says what is wrong with the URL.
    """
    parts = StorageUrl(url)
    storage = _remote(parts) if parts.scheme in _EXTRAS else _local(parts, base_url)
    parts.finish()
    return storage


def _local(url: StorageUrl, base_url: str | None) -> Storage:
    base_url = url.take_folder("public_url") or base_url
    if base_url is not None and not base_url.endswith("/"):
        base_url += "/"
    if url.scheme == "file":
        if url.netloc not in ("", "localhost") or not url.path:
            raise url.wrong("write file:///absolute/folder or file:folder")
        return DiskStorage(url.path, base_url)
    if url.scheme == "memory":
        return MemoryStorage() if base_url is None else MemoryStorage(base_url)
    raise url.wrong(f"unknown scheme; write file:///folder, memory: or one of {', '.join(f'{s}://' for s in _EXTRAS)}")


def _remote(url: StorageUrl) -> Storage:
    module, function, extra = _EXTRAS[url.scheme]
    try:
        build = getattr(import_module(f".{module}", __name__), function)
    except ModuleNotFoundError as error:
        raise url.wrong(f'{error.name} is not installed: pip install "safelight[{extra}]"') from None
    storage: Storage = build(url)
    return storage
