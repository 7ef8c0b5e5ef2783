"""One reader over the parts of a file feeds hash, scanner and storage: what is not a part cannot reach any of them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from typing import BinaryIO

from ..errors import StorageUnavailable
from .buffer import Buffer
from .inspection import Span


class PartsReader(io.RawIOBase):
    """The parts as one seekable stream of `size` bytes."""

    def __init__(self, data: Buffer, parts: Iterable[Span | bytes]) -> None:
        super().__init__()
        self._pieces: list[tuple[int, Buffer, int, int]] = []  # position in the output, source, start, length
        self._position = 0
        size = 0
        for part in parts:
            source, start, end = (data, *part) if isinstance(part, Span) else (part, 0, len(part))
            self._pieces.append((size, source, start, end - start))
            size += end - start
        self.size = size
        self._piece = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if origin + offset < 0:
            raise ValueError("seek before the start")
        self._position = origin + offset
        self._piece = 0
        return self._position

    def readinto(self, target: memoryview | bytearray, /) -> int:  # type: ignore[override]
        filled = 0
        view = memoryview(target)
        while filled < len(view) and self._piece < len(self._pieces):
            at, source, start, length = self._pieces[self._piece]
            offset = self._position - at
            if offset >= length:
                self._piece += 1
                continue
            count = min(length - offset, len(view) - filled)
            view[filled : filled + count] = source[start + offset : start + offset + count]
            filled += count
            self._position += count
        return filled


class HashingReader(io.RawIOBase):
    """Hashes the `size` bytes of `source` while a storage reads them: from front to back, and again from wherever it
    likes if it has to try again."""

    def __init__(self, source: BinaryIO, size: int) -> None:
        super().__init__()
        self._source = source
        self._size = size
        self._hash = hashlib.sha256()
        self._hashed = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._source.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._source.seek(offset, whence)

    def readinto(self, target: memoryview | bytearray, /) -> int:  # type: ignore[override]
        before = self.tell()
        data = self._source.read(len(target))
        target[: len(data)] = data
        if before <= self._hashed < before + len(data):
            self._hash.update(memoryview(data)[self._hashed - before :])
            self._hashed = before + len(data)
        return len(data)

    def sha256(self) -> str:
        """The digest of all parts, in hexadecimal. Raises `StorageUnavailable` if not all of them were read: a storage
        that calls half a file stored must not be believed."""
        if self._hashed != self._size:
            raise StorageUnavailable(f"the storage took {self._hashed} of {self._size} bytes")
        return self._hash.hexdigest()
