"""The compressed rows of a PNG picture, or of one frame of it, are inflated to exactly the bytes that its size
foretells, and thrown away: nothing is missing, and nothing is hidden behind them.

Source: W3C PNG, third edition (sections 7.2: scanlines; 8: interlacing; 9: filtering; 10: compression).
"""

from __future__ import annotations

import zlib

from ..errors import Corrupt

PIECE = 1 << 16  # bytes deflated, and
_STEP = 1 << 18  # inflated, at a time: what is held in memory

_INTERLACE = (  # Adam7: first column, first row, column step, row step (8.1)
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)


class Rows:
    """One picture's rows, given to `inflate` in pieces of at most `PIECE` bytes, then `end`. Raises `Corrupt`.

    Each row begins with a filter type, 0 to 4 (section 9.2), so that garbage that happens to inflate is told from rows.
    """

    def __init__(self, width: int, height: int, bits: int, interlace: int) -> None:
        self._passes = _passes(width, height, bits, interlace)
        self._done = 0  # bytes of the current pass
        self._zlib = zlib.decompressobj()

    def inflate(self, pending: bytes | bytearray) -> None:
        try:
            while pending:
                if self._zlib.eof:
                    raise Corrupt("something is hidden behind its picture data")
                self._count(self._zlib.decompress(pending, _STEP))
                pending = self._zlib.unconsumed_tail or self._zlib.unused_data
        except zlib.error:
            raise Corrupt("its compressed data is broken") from None

    def end(self) -> None:
        try:
            while not self._zlib.eof and (rest := self._zlib.decompress(b"", _STEP)):
                self._count(rest)
        except zlib.error:
            raise Corrupt("its compressed data is broken") from None
        if not self._zlib.eof or self._passes:
            raise Corrupt("its picture data is cut short")

    def _count(self, inflated: bytes) -> None:
        while inflated:
            if not self._passes:
                raise Corrupt("it holds more picture data than it has pixels")
            row, size = self._passes[0]
            piece, inflated = inflated[: size - self._done], inflated[size - self._done :]
            if piece[-self._done % row :: row].translate(None, b"\0\1\2\3\4"):
                raise Corrupt("a row of its picture data is broken")
            self._done += len(piece)
            if self._done == size:
                self._passes.pop(0)
                self._done = 0


def _passes(width: int, height: int, bits: int, interlace: int) -> list[tuple[int, int]]:
    """(bytes in a row with its filter type, bytes in all) of each pass of a picture of `bits` a pixel."""
    passes = []
    for left, top, step, down in _INTERLACE if interlace else ((0, 0, 1, 1),):
        columns, rows = -(-(width - left) // step), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            row = 1 + (columns * bits + 7) // 8
            passes.append((row, row * rows))
    return passes
