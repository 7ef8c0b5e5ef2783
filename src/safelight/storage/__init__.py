"""Storages: where bytes live. One URL configures a storage in every framework.

=============================  =====================================================================
``file:///var/media``          a folder (``file:media`` is relative to the working directory)
``memory:``                    this process's memory, for tests
=============================  =====================================================================

``?public_url=https://cdn.example/media/`` says where the files can be had by everybody.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

from ..errors import ConfigurationError
from ..protocols import Storage
from .disk import DiskStorage
from .memory import MemoryStorage

__all__ = ["DiskStorage", "MemoryStorage", "from_url"]


def from_url(url: str, base_url: str | None = None) -> Storage:
    """The storage that `url` names. `base_url` is where its files are served unless `url` has a ``public_url``.

    Raises `ConfigurationError`, which says what is wrong with the URL.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ConfigurationError(f"storage URL {url!r}: {error}") from None
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    base_url = options.pop("public_url", base_url)
    if base_url is not None and not base_url.endswith("/"):
        base_url += "/"
    if options:
        raise ConfigurationError(f"storage URL {url!r}: unknown option {', '.join(sorted(options))}")
    if parts.scheme == "file":
        if parts.netloc not in ("", "localhost") or not parts.path:
            raise ConfigurationError(f"storage URL {url!r}: write file:///absolute/folder or file:folder")
        return DiskStorage(unquote(parts.path), base_url)
    if parts.scheme == "memory":
        return MemoryStorage() if base_url is None else MemoryStorage(base_url)
    raise ConfigurationError(f"storage URL {url!r}: unknown scheme; write file:///folder or memory:")
