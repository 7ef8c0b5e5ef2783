"""A file addressed like bytes: walkers jump about in it, and no more than a small window of it is ever in memory.

Not a memory map: its pages would count as ours for as long as a walk takes, a gigabyte of them for a gigabyte.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import IO, TypeAlias, overload

from ..errors import StorageUnavailable

WINDOW = 1 << 16
STEP = 1 << 18
"""Bytes that are read at a time where much of a file has to be looked at."""


class FileBuffer:
    """`size` bytes of an open file, which stays the caller's to close."""

    def __init__(self, file: IO[bytes] | io.RawIOBase, size: int) -> None:
        self._file = file  # not its number: once it is closed, the system gives that to another file
        self._size = size
        self._window = b""
        self._start = 0  # of the window

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, key: int) -> int: ...
    @overload
    def __getitem__(self, key: slice) -> bytes: ...
    def __getitem__(self, key: int | slice) -> int | bytes:
        if isinstance(key, int):
            return self._read(key, key + 1)[0]  # IndexError beyond the end, as for bytes
        start, stop, _ = key.indices(self._size)
        return self._read(start, stop)

    def _read(self, start: int, stop: int) -> bytes:
        at = start - self._start
        if at >= 0 and stop - self._start <= len(self._window):
            return self._window[at : stop - self._start]
        if stop - start >= WINDOW:
            return self._pread(start, stop)
        self._start, self._window = start, self._pread(start, min(start + WINDOW, self._size))
        return self._window[: max(0, stop - start)]

    def read_into(self, target: bytearray, at: int) -> None:
        """Fill `target` with the bytes from `at`. Raises `StorageUnavailable` if the file has become shorter."""
        view = memoryview(target)
        while view:
            count = os.preadv(self._file.fileno(), [view], at)
            if not count:
                raise StorageUnavailable("the temporary file is shorter than it was")
            view, at = view[count:], at + count

    def _pread(self, start: int, stop: int) -> bytes:
        data = os.pread(self._file.fileno(), max(0, stop - start), start)
        while len(data) < stop - start:  # a signal may cut a read short
            more = os.pread(self._file.fileno(), stop - start - len(data), start + len(data))
            if not more:
                break
            data += more
        return data


Buffer: TypeAlias = bytes | FileBuffer
"""The whole file, addressable; plain bytes in tests."""


def steps(data: Buffer, start: int, end: int, size: int = STEP) -> Iterator[tuple[int, bytes | bytearray]]:
    """The bytes from `start` to `end`, `size` at a time, each with its position; good until the next is asked
    for. All are read into one place: to allocate a new one each time costs more than to read it."""
    if isinstance(data, bytes):
        for at in range(start, end, size):
            yield at, data[at : min(at + size, end)]
        return
    piece = bytearray()
    end = min(end, len(data))
    for at in range(start, end, size):
        if len(piece) != min(size, end - at):
            piece = bytearray(min(size, end - at))
        data.read_into(piece, at)
        yield at, piece
