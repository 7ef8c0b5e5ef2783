"""Untrusted bytes, bounded and streamed to a temporary file that has no name, so that nothing is left behind
whatever happens: the system frees it when the process lets go of it, or dies."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from .. import nameless
from ..errors import Empty, TooLarge, local_files
from ..formats import STEP, FileBuffer, Span
from ..upload import Upload
from .content import Content

CHUNK = 1 << 20
"""Bytes moved at a time: what receiving may hold in memory."""


@dataclass(slots=True)
class _File:
    """A temporary file, and how many spools hold it."""

    descriptor: int
    size: int = 0
    holders: int = 1
    settled: bool = False  # somebody counts on its bytes


class Spool(io.RawIOBase):
    """A nameless temporary file of at most `max_bytes`: written to its end, then read from anywhere."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__()
        with local_files():
            self._file = _File(_temporary_file())
        self._max_bytes = max_bytes

    def again(self) -> Spool:
        """The same file with a life of its own: closing one leaves the other. Both see it reduced."""
        self.fileno()
        other = Spool.__new__(Spool)
        other._file, other._max_bytes = self._file, self._max_bytes
        self._file.holders += 1
        return other

    @property
    def size(self) -> int:
        return self._file.size

    def fileno(self) -> int:
        """Raises ValueError once it is closed: the system gives the number to the next file that is opened."""
        if self.closed:
            raise ValueError("the temporary file is closed")
        return self._file.descriptor

    def write(self, chunk: bytes | memoryview, /) -> int:  # type: ignore[override]
        """Raises `TooLarge` as soon as the bytes written pass the limit; the count is of bytes, not of claims."""
        if self._file.settled:
            raise io.UnsupportedOperation("what has been checked, and may be stored, is not written to")
        self._file.size += len(chunk)
        if self.size > self._max_bytes:
            raise TooLarge(self._max_bytes)
        view = memoryview(chunk)
        with local_files():
            while view:
                view = view[os.write(self.fileno(), view) :]
        return len(chunk)

    @property
    def buffer(self) -> FileBuffer:
        """All bytes written, addressable. Raises `Empty` if there are none."""
        if not self.size:
            raise Empty
        return FileBuffer(self, self.size)

    def open(self) -> Content:
        """All bytes written, from the first to the last. Raises ValueError once it is closed."""
        self.fileno()
        return Content(self, self.size)

    def reduce_to(self, parts: Iterable[Span | bytes]) -> str:
        """Leave nothing but `parts` in the file, in their order. Returns their SHA-256 in hexadecimal.

        The bytes move forward inside the file where nothing is in their way: a second file would cost as much again as
        receiving the first, and a storage on the same disk need not copy this one. Once that was done, others may count
        on them, and whoever wants other parts gets a file of his own.
        """
        parts = tuple(parts)
        digest = hashlib.sha256()
        source = self._file
        with local_files():
            in_place = not source.settled and _only_move_forward(parts)
            target = source if in_place else _File(_temporary_file())
            target.settled = True
            try:
                at = 0
                for piece, origin in _pieces(source.descriptor, parts):
                    digest.update(piece)
                    if not in_place or origin != at:
                        _write(target.descriptor, piece, at)
                    at += len(piece)
                os.ftruncate(target.descriptor, at)
                target.size = at
            finally:
                if not in_place:
                    self._release()
                    self._file = target
        return digest.hexdigest()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return os.lseek(self.fileno(), offset, whence)

    def readinto(self, target: memoryview | bytearray, /) -> int:  # type: ignore[override]
        return os.readv(self.fileno(), [target])

    def close(self) -> None:
        if not self.closed and hasattr(self, "_file"):  # else it could not be made, and is only thrown away
            self._release()
        super().close()

    def _release(self) -> None:
        self._file.holders -= 1
        if not self._file.holders:
            os.close(self._file.descriptor)


def receive(upload: Upload, max_bytes: int) -> Spool:
    """Read `upload` to its end into a `Spool` of our own; one that came in a `Spool` is not read again.

    Raises `TooLarge` or `Empty`; then nothing that was opened here is left open.
    """
    size = upload.content.size if isinstance(upload.content, Spool) else upload.size
    if size is not None and size > max_bytes:
        raise TooLarge(max_bytes, size)
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


def _temporary_file() -> int:
    folder = tempfile.gettempdir()
    descriptor = nameless.create(folder)
    if descriptor is None:
        descriptor, path = tempfile.mkstemp(dir=folder)
        os.unlink(path)
    return descriptor


def _only_move_forward(parts: Iterable[Span | bytes]) -> bool:
    """Whether writing the parts from the front never overwrites what is still to be read."""
    written = read = 0
    for part in parts:
        if isinstance(part, Span):
            if part.start < max(written, read):
                return False
            read = part.end
            written += part.end - part.start
        else:
            written += len(part)
    return True


def _pieces(source: int, parts: Iterable[Span | bytes]) -> Iterator[tuple[bytes | memoryview, int | None]]:
    """All bytes of the parts, and where in the source they stand. A piece is good until the next is asked for."""
    view = memoryview(bytearray(STEP))
    for part in parts:
        if not isinstance(part, Span):
            yield part, None
            continue
        at = part.start
        while at < part.end:
            count = os.preadv(source, [view[: part.end - at]], at)
            if not count:
                raise OSError("the temporary file is shorter than what was written to it")
            yield view[:count], at
            at += count


def _write(target: int, piece: bytes | memoryview, at: int) -> None:
    view = memoryview(piece)
    while view:
        count = os.pwrite(target, view, at)
        view, at = view[count:], at + count
