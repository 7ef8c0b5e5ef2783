"""Untrusted bytes, bounded and streamed to a temporary file that has no name, so that nothing is left behind
whatever happens: the system frees it when the process lets go of it, or dies."""

from __future__ import annotations

import io
import os
import tempfile
from typing import IO

from ..errors import Empty, TooLarge, local_files
from ..formats import FileBuffer
from ..upload import Upload

CHUNK = 1 << 20
"""Bytes moved at a time: what receiving may hold in memory."""


class Spool(io.RawIOBase):
    """A nameless temporary file of at most `max_bytes`: written to its end, then read from anywhere."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__()
        with local_files():
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
        self._max_bytes = max_bytes
        self.size = 0

    def again(self) -> Spool:
        """The same file with a life of its own: closing one leaves the other."""
        other = Spool.__new__(Spool)
        with local_files():
            other._file = open(os.dup(self._file.fileno()), "r+b", buffering=0)  # noqa: SIM115
        other._max_bytes, other.size = self._max_bytes, self.size
        return other

    def write(self, chunk: bytes, /) -> int:  # type: ignore[override]
        """Raises `TooLarge` as soon as the bytes written pass the limit; the count is of bytes, not of claims."""
        self.size += len(chunk)
        if self.size > self._max_bytes:
            raise TooLarge(self._max_bytes)
        view = memoryview(chunk)
        with local_files():
            while view:
                view = view[self._file.write(view) :]
        return len(chunk)

    @property
    def buffer(self) -> FileBuffer:
        """All bytes written, addressable. Raises `Empty` if there are none."""
        if not self.size:
            raise Empty
        return FileBuffer(self._file, self.size)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, target: memoryview | bytearray, /) -> int | None:  # type: ignore[override]
        return self._file.readinto(target)

    def close(self) -> None:
        if hasattr(self, "_file"):  # else it could not be made, and is closed as it is thrown away
            self._file.close()
        super().close()


def receive(upload: Upload, max_bytes: int) -> Spool:
    """Read `upload` to its end into a `Spool` of our own; one that came in a `Spool` is not read again.

    Raises `TooLarge` or `Empty`; then nothing that was opened here is left open.
    """
    if upload.size is not None and upload.size > max_bytes:
        raise TooLarge(max_bytes, upload.size)
    if isinstance(upload.content, Spool):
        return upload.content.again()
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
