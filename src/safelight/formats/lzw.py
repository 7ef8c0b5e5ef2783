"""GIF's compressed pixels, told from garbage without decoding them: each code stands for a string of pixels whose
length is known, so that the codes can be counted against the size of the frame.

Source: CompuServe GIF89a (section 22: table based image data; appendix F: variable-length-code LZW; cover sheet:
deferred clear code).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ..errors import Corrupt

_RUN = 512  # codes that are looked at together
_CODES = struct.Struct(f"<{_RUN}H")
_FULL = 4096  # codes of at most 12 bits


def check(pieces: Iterator[bytes], code_size: int, pixels: int, runs: int) -> int:
    """Read a frame's codes to their end; raise `Corrupt` unless all of them exist, they stand for exactly `pixels`, and
    nothing follows. Returns how many of `runs` (some 0.04 ms each) are left; 0 if there were too few to prove it.
    """
    clear = 1 << code_size
    end, first = clear + 1, clear + 2
    # How many pixels each code stands for. The last entry stands for a string whose last pixel the next code will tell.
    lengths = [1] * first
    stream = _Stream(pieces)
    filled = 0
    for left in range(runs - 1, -1, -1):
        known = len(lengths)
        width = (known - 1).bit_length()
        # Codes until the next one is a bit longer. A full table stays as it is until it is cleared.
        room = min(_FULL, (1 << width) + 1) - known or _RUN
        encoded, count = stream.run(width)
        count = min(room, count)
        stop = min(count, _find(encoded, clear), _find(encoded, end))
        codes = _CODES.unpack(encoded)
        filled += _read(codes[:stop], lengths)
        if filled > pixels:
            raise Corrupt("it holds more picture data than it has pixels")
        if stop == count > 0:
            stream.skip(stop, width)
        elif stop < count and codes[stop] == clear:
            stream.skip(stop + 1, width)
            del lengths[first:]
        else:  # the end code, which some programs leave out when they have written all pixels
            stream.skip(stop + (stop < count), width)
            if filled < pixels:
                raise Corrupt("its picture data is cut short")
            if not stream.is_blank():
                raise Corrupt("something is hidden behind its picture data")
            return left
    return 0


def _read(codes: tuple[int, ...], lengths: list[int]) -> int:
    """How many pixels `codes` stand for. Each adds a code for its own string and one pixel more (appendix F)."""
    known = len(lengths)
    try:
        if known == _FULL:
            return sum(map(lengths.__getitem__, codes))
        for code in codes:
            lengths.append(lengths[code] + 1)
    except IndexError:
        raise Corrupt("its compressed data is broken") from None
    return sum(lengths[known:]) - len(codes)


def _find(encoded: bytes, code: int) -> int:
    """Where `code` first stands in a run of codes; `_RUN` if it does not."""
    sought = code.to_bytes(2, "little")
    at = encoded.find(sought)
    while at > 0 and at % 2:
        at = encoded.find(sought, at + 1)
    return at // 2 if at >= 0 else _RUN


def _spreading(width: int) -> list[tuple[int, int]]:
    """How a run of codes of `width` bits, as one number, becomes one of 16 bits a code: by how much its upper half
    moves up, and what stays; then each quarter, and so on down to single codes. Nine steps on a large number do what
    would take thousands on small ones."""
    steps, half = [], _RUN // 2
    while half:
        stays = ((1 << width * half) - 1).to_bytes(4 * half, "little") * (_RUN // (2 * half))
        steps.append((half * (16 - width), int.from_bytes(stays, "little")))
        half //= 2
    return steps


_SPREADING = {width: _spreading(width) for width in range(3, 13)}


class _Stream:
    """Codes packed into bytes, the first in the lowest bits, across the borders of bytes and pieces."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._bits = 0
        self._size = 0

    def run(self, width: int) -> tuple[bytes, int]:
        """The next `_RUN` codes of `width` bits, as 16 bits each; and how many of them are there."""
        while self._size < _RUN * width and (piece := next(self._pieces, b"")):
            self._bits |= int.from_bytes(piece, "little") << self._size
            self._size += 8 * len(piece)
        spread = self._bits & (1 << _RUN * width) - 1
        for shift, stays in _SPREADING[width]:
            low = spread & stays
            spread = low | (spread ^ low) << shift
        return spread.to_bytes(2 * _RUN, "little"), min(_RUN, self._size // width)

    def skip(self, codes: int, width: int) -> None:
        self._bits >>= codes * width
        self._size -= codes * width

    def is_blank(self) -> bool:
        """Whether nothing is left but the rest of a byte and zeros, with which some programs fill up."""
        return not self._bits >> self._size % 8 and not any(piece.strip(b"\0") for piece in self._pieces)
