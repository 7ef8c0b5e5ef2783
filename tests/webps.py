"""WebP files built from their parts, so that each can be made wrong alone; written from the specifications, not from
`safelight.formats`, which they test."""

import struct

from tests.pictures import CANARY, icc_profile, tiff

PROFILE, ALPHA, EXIF, XMP, ANIMATION = 0x20, 0x10, 0x08, 0x04, 0x02


def part(kind: bytes, body: bytes = b"", padding: bytes = b"\0") -> bytes:
    return kind + struct.pack("<I", len(body)) + body + (padding if len(body) % 2 else b"")


def riff(*parts: bytes, more: int = 0, tail: bytes = b"") -> bytes:
    body = b"".join(parts)
    return b"RIFF" + struct.pack("<I", 4 + len(body) + more) + b"WEBP" + body + tail


def uint24(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(3, "little") for number in numbers)


def vp8x(flags: int = 0, width: int = 5, height: int = 3) -> bytes:
    return part(b"VP8X", bytes([flags, 0, 0, 0]) + uint24(width - 1, height - 1))


ANIM = part(b"ANIM", b"\1\2\3\xff\0\0")
NOTHING_SET = [0] * 3  # transforms, colour cache, prefix image
ONE_SYMBOL = [1, 0, 0, 0] * 5  # five codes of the one symbol 0, which takes no bits


def vp8l(width: int = 5, height: int = 3, alpha: int = 0, version: int = 0, more: bytes = b"") -> bytes:
    """A lossless picture of one colour (RFC 9649, 3.7.2.1.1), which is over before `more`."""
    header = b"\x2f" + struct.pack("<I", width - 1 | height - 1 << 14 | alpha << 28 | version << 29)
    bits = sum(bit << at for at, bit in enumerate(NOTHING_SET + ONE_SYMBOL))
    return part(b"VP8L", header + bits.to_bytes(3, "little") + more)


def evenly(*fields: tuple[int, int]) -> bytes:
    """The arithmetic encoder (RFC 6386, 7.3) for (value, bits) of even chance."""
    low, span, length = 0, 255, 8
    for value, count in fields:
        for at in reversed(range(count)):
            split = 1 + ((span - 1) * 128 >> 8)
            low, span = (low + split, span - split) if value >> at & 1 else (low, split)
            while span < 128:
                low, span, length = low << 1, span << 1, length + 1
    return (low << -length % 8).to_bytes(-(-length // 8), "big")


FRAME = [(0, 1), (0, 1), (0, 1), (0, 1), (20, 6), (3, 3), (0, 1)]  # no segments, a filter, no changes to its level


def vp8(
    width: int = 5, height: int = 3, fields=FRAME, sizes=(), *, tag: int = 0x10, first: int = 20, last: bytes = b"\7"
) -> bytes:
    """A lossy picture: its header, a first partition of `first` bytes, partitions of `sizes` and a last one."""
    partition = evenly(*fields, (len(sizes).bit_length(), 2)).ljust(first, b"\x55")
    header = uint24(len(partition) << 5 | tag) + b"\x9d\x01\x2a" + struct.pack("<HH", width, height)
    return part(b"VP8 ", header + partition + uint24(*sizes) + bytes(sum(sizes)) + last)


def anmf(*parts: bytes, left: int = 0, top: int = 0, width: int = 5, height: int = 3, last: int = 0) -> bytes:
    place = uint24(left // 2, top // 2, width - 1, height - 1, 40) + bytes([last])
    return part(b"ANMF", place + b"".join(parts))


def still(*parts: bytes, flags: int = 0) -> bytes:
    return riff(vp8x(flags), *parts)


def animated(*parts: bytes) -> bytes:
    return riff(vp8x(ANIMATION), *parts)


ALPH = part(b"ALPH", b"\4" + bytes(15))
XMP_PART = part(b"XMP ", b"<x:xmpmeta>" + CANARY)
STILL = riff(vp8x(ALPHA), ALPH, vp8())
ORIENTED = riff(vp8x(PROFILE | EXIF), part(b"ICCP", icc_profile(201)), vp8l(), part(b"EXIF", tiff(6)))
ANIMATED = riff(vp8x(ANIMATION | ALPHA), ANIM, anmf(ALPH, vp8()), anmf(vp8l(1, 1), left=4, top=2, width=1, height=1))
