"""Reading what lies behind a network: any position can be asked for, and memory stays flat whatever the size."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import IO, cast

_AHEAD = 1 << 20
"""Bytes of one request at least: each has a round trip, and no more than this is kept."""


class _Ranges(io.RawIOBase):
    def __init__(self, size: int, fetch: Callable[[int, int], bytes]) -> None:
        super().__init__()
        self._size = size
        self._fetch = fetch
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        position = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence] + offset
        if position < 0:
            raise ValueError("seek before the start")
        self._position = position
        return position

    def tell(self) -> int:
        return self._position

    def readinto(self, target: memoryview | bytearray, /) -> int:  # type: ignore[override]
        end = min(self._size, self._position + len(target))
        if self._position >= end:
            return 0
        data = self._fetch(self._position, end)
        target[: len(data)] = data
        self._position += len(data)
        return len(data)

    def readall(self) -> bytes:
        """Python's own asks for 8 kB at a time."""
        return b"".join(iter(lambda: self.read(_AHEAD) or b"", b""))


def ranged(size: int, fetch: Callable[[int, int], bytes]) -> IO[bytes]:
    """A reader of `size` bytes, of which `fetch` brings those from a start to an end (exclusive)."""
    return cast(IO[bytes], io.BufferedReader(_Ranges(size, fetch), _AHEAD))
