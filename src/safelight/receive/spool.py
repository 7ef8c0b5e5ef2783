"""Untrusted bytes, bounded and streamed to a temporary file that has no name, so that nothing is left behind
whatever happens: the system frees it when the process lets go of it, or dies."""

from __future__ import annotations

import mmap
import tempfile
from typing import IO

from ..errors import Empty, TooLarge
from ..formats import Buffer
from ..upload import Upload

CHUNK = 1 << 20
"""Bytes moved at a time: what receiving may hold in memory."""


class Spool:
    """A nameless temporary file. Write with `write`; once `buffer` has been taken it is complete.

    Ours alone: were it a file that another process could cut short, reading its memory map could kill us.
    """

    def __init__(self, max_bytes: int) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
        self._map: mmap.mmap | None = None
        self._max_bytes = max_bytes
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Raises `TooLarge` as soon as the bytes written pass the limit; the count is of bytes, not of claims."""
        self.size += len(chunk)
        if self.size > self._max_bytes:
            raise TooLarge(self._max_bytes)
        view = memoryview(chunk)
        while view:
            view = view[self._file.write(view) :]

    @property
    def buffer(self) -> Buffer:
        """All bytes, mapped into memory, not read into it. Raises `Empty` if there are none."""
        if self._map is None:
            if not self.size:
                raise Empty
            self._map = mmap.mmap(self._file.fileno(), self.size, access=mmap.ACCESS_READ)
        return self._map

    def close(self) -> None:
        if self._map is not None:
            self._map.close()
        self._file.close()

    @property
    def closed(self) -> bool:
        return self._file.closed

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def receive(upload: Upload, max_bytes: int) -> Spool:
    """Read `upload` to its end into a new `Spool`. Raises `TooLarge` or `Empty`; then nothing is left open."""
    if upload.size is not None and upload.size > max_bytes:
        raise TooLarge(max_bytes, upload.size)
    spool = Spool(max_bytes)
    try:
        while chunk := _read(upload.content, CHUNK):
            spool.write(chunk)
        if not spool.size:
            raise Empty
    except BaseException:
        spool.close()
        raise
    return spool


def _read(content: IO[bytes], size: int) -> bytes:
    chunk = content.read(size)
    if not isinstance(chunk, (bytes, bytearray, memoryview)):
        raise TypeError(f"an upload is read in binary; {type(content).__name__} gave {type(chunk).__name__}")
    return bytes(chunk)
