"""What comes and goes in pieces: memory stays flat, whatever the size of a file."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import IO, cast

_AHEAD = 1 << 20
"""Bytes of one request at least: each has a round trip, and no more than this is kept."""


def read_up_to(content: IO[bytes], size: int) -> bytes:
    """`size` bytes, or as many as there are: a raw reader may return fewer before its end."""
    chunks = []
    while size and (chunk := content.read(size)):
        chunks.append(chunk)
        size -= len(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


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
    """A reader of `size` bytes that lie behind a network, of which `fetch` brings those from a start to an end
    (exclusive). Any position can be asked for."""
    return cast(IO[bytes], io.BufferedReader(_Ranges(size, fetch), _AHEAD))
