"""A storage in memory, for tests: the same promises as any other, nothing overwritten and nothing half-written."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from typing import IO
from urllib.parse import quote

from ..errors import KeyTaken
from .names import checked


class MemoryStorage:
    """Keeps files in this process. `base_url` is what their addresses begin with."""

    def __init__(self, base_url: str = "memory:/") -> None:
        self.base_url = base_url
        self.files: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def save(self, name: str, content: IO[bytes], /) -> str:
        data = content.read()
        with self._lock:
            if checked(name) in self.files:
                raise KeyTaken(name)
            self.files[name] = data
        return name

    def open(self, name: str, /) -> IO[bytes]:
        try:
            return io.BytesIO(self.files[checked(name)])
        except KeyError:
            raise FileNotFoundError(name) from None

    def exists(self, name: str, /) -> bool:
        return checked(name) in self.files

    def delete(self, name: str, /) -> None:
        self.files.pop(checked(name), None)

    def size(self, name: str, /) -> int:
        """See `safelight.protocols.Measurable`."""
        try:
            return len(self.files[checked(name)])
        except KeyError:
            raise FileNotFoundError(name) from None

    def names(self, after: str = "", /) -> Iterator[str]:
        """See `safelight.protocols.Listable`."""
        return iter(sorted(name for name in list(self.files) if name > after))

    def url(self, name: str, /) -> str:
        return self.base_url + quote(checked(name))
