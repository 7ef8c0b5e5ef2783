"""VP8 and its lossless sibling, the pictures inside a WebP: what their own headers claim is true of the bytes that are
there, before any decoder believes it.

Sources: RFC 6386 (VP8: sections 7.3, 9, 11.2 and 19), RFC 9649 (sections 2.7.1.2: alpha; 3.4 and 3.7: lossless).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from ..errors import Corrupt
from .buffer import Buffer

# The longest frame header up to the number of partitions has 179 bits of even chance: 23 bytes, and one to look ahead.
_HEADER_BYTES = 24

# A macroblock of a key frame names its prediction by codes of fixed probability (RFC 6386, 11.2 and 11.4): the
# cheapest, DC for luma and chroma, costs 3.42 bits, and a flat picture comes down to 3.43. A header that claims more
# pixels than that lies.
_LEAST_BITS = 3

# Bytes for a pixel: losslessly it is four codes of up to 15 bits (RFC 9649, 3.7.2); noise at the best lossy quality
# takes two bytes. And bytes for headers and tables. What goes beyond is another file that rides along.
_MOST_BYTES = 8
_MOST_TABLES = 4096


class Picture(NamedTuple):
    width: int
    height: int


def read_lossy(data: Buffer, start: int, end: int) -> Picture:
    """The key frame (RFC 6386, 9.1) that fills a chunk: its header, and partitions that fill it to the end."""
    header = data[start : min(start + 10, end)]
    if len(header) < 10 or header[3:6] != b"\x9d\x01\x2a":
        raise Corrupt("its picture has no header")
    tag, width, height = int.from_bytes(header[:3], "little"), *struct.unpack("<HH", header[6:])
    if tag & 1 or tag >> 1 & 7 > 3 or not tag & 16:
        raise Corrupt("its picture is no key frame")
    if width >> 14 or height >> 14:  # the decoder is asked to enlarge, beyond the pixels that were counted
        raise Corrupt("its picture has a broken header")
    if not width or not height:
        raise Corrupt("its width or height is zero")
    first, at = start + 10, start + 10 + (tag >> 5)
    blocks = -(-width // 16) * -(-height // 16)
    if at > end:
        raise Corrupt("its picture is cut short")
    if (at - first) * 8 < blocks * _LEAST_BITS:
        raise Corrupt("there is far too little data for its pixels")
    _check_excess(end - start, blocks * 256)
    sizes = 3 * (_partitions(data[first : min(at, first + _HEADER_BYTES)]) - 1)  # all but the last say theirs (9.5)
    if at + sizes > end:
        raise Corrupt("its picture is cut short")
    table = data[at : at + sizes]
    at += sizes + sum(int.from_bytes(table[entry : entry + 3], "little") for entry in range(0, sizes, 3))
    if at >= end:
        raise Corrupt("its picture is cut short")
    return Picture(width, height)


def read_lossless(data: Buffer, start: int, end: int) -> Picture:
    """A lossless picture (RFC 9649, 3.4): five bytes of header, then at least 23 bits: three flags for what is not
    there, and five codes of one symbol (3.7.2.1.1)."""
    header = data[start : min(start + 5, end)]
    if header[:1] != b"\x2f":
        raise Corrupt("its picture has no header")
    if end - start < 5 + 3:
        raise Corrupt("its picture is cut short")
    bits = int.from_bytes(header[1:], "little")
    if bits >> 29:
        raise Corrupt("its picture has a version that does not exist")
    width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    _check_excess(end - start, width * height)
    return Picture(width, height)


def check_alpha(data: Buffer, start: int, end: int, picture: Picture) -> None:
    """The transparency of a lossy picture (RFC 9649, 2.7.1.2): a byte of methods, then a byte for each pixel as it is,
    or a lossless picture without its header."""
    methods = data[start] if start < end else 0xFF
    compression, processing = methods & 3, methods >> 4
    if compression > 1 or processing > 1:
        raise Corrupt("its transparency is broken")
    pixels, length = picture.width * picture.height, end - start - 1
    fits = length >= 3 if compression else length == pixels
    if not fits:
        raise Corrupt("its transparency does not fit its picture")
    _check_excess(length, pixels)


def _check_excess(length: int, pixels: int) -> None:
    if length > pixels * _MOST_BYTES + _MOST_TABLES:
        raise Corrupt("there is far more data than its pixels can need")


def _partitions(header: bytes) -> int:
    """The number of partitions (RFC 6386, 9.5), which lies behind what may be said of segments and filters (19.2)."""
    bits = _EvenBits(header)
    bits.read(2)  # colour space, clamping
    if bits.read(1):  # segments (9.3)
        changes_map, changes_data = bits.read(1), bits.read(1)
        if changes_data:
            bits.read(1)
            bits.skip_optional(4, 8)  # quantisers, with sign
            bits.skip_optional(4, 7)  # filter levels, with sign
        if changes_map:
            bits.skip_optional(3, 8)
    bits.read(10)  # filter: type, level, sharpness (9.4)
    if bits.read(1) and bits.read(1):
        bits.skip_optional(8, 7)  # changes of filter levels, with sign
    return 1 << bits.read(2)


class _EvenBits:
    """The arithmetic decoder of RFC 6386, 7.3, for bits of even chance alone: all of them are up to the partitions."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data.ljust(_HEADER_BYTES, b"\0"), "big")
        self._shift = 8 * (_HEADER_BYTES - 1)  # of the range against the value
        self._range = 255

    def read(self, count: int) -> int:
        number = 0
        for _ in range(count):
            split = (self._range + 1) // 2
            bit = self._value >= split << self._shift
            if bit:
                self._value -= split << self._shift
                split = self._range - split
            short = 8 - split.bit_length()
            self._range = split << short
            self._shift -= short
            number = number << 1 | bit
        return number

    def skip_optional(self, times: int, count: int) -> None:
        for _ in range(times):
            if self.read(1):
                self.read(count)
