"""Pictures for the tests of those who use Safelight: valid to the last byte, of any size, made without a library."""

from __future__ import annotations

import struct
import zlib
from typing import Literal

_GREY = 128


def picture(kind: Literal["png", "jpeg"] = "png", size: tuple[int, int] = (64, 48)) -> bytes:
    """The bytes of a grey picture, `size` pixels wide and high, which any policy for its kind takes: to be uploaded, or
    to be damaged first (``picture("jpeg")[:-20]`` is refused)."""
    makers = {"png": _png, "jpeg": _jpeg}
    if kind not in makers:
        raise ValueError(f"there is no picture of the kind {kind!r}; there are {', '.join(makers)}")
    width, height = size
    if not (0 < width < 1 << 16 and 0 < height < 1 << 16):
        raise ValueError("a picture has from 1 to 65,535 pixels each way")
    return makers[kind](width, height)


def _png(width: int, height: int) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)  # one byte of grey for a pixel
    rows = (b"\0" + bytes([_GREY]) * width) * height
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def _jpeg(width: int, height: int) -> bytes:
    """Each block of 8 x 8 pixels is two bits: the same grey as the one before, and nothing else in it."""

    def segment(marker: int, content: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content

    def one_code(table: int) -> bytes:
        """A Huffman table in which the bit 0 means 0, and 1 means nothing."""
        return segment(0xC4, bytes([table, 1, *[0] * 15, 0]))

    bits = 2 * -(-width // 8) * -(-height // 8)
    data = bytes(bits // 8) + (bytes([0xFF >> bits % 8]) if bits % 8 else b"")  # the last byte is filled up with ones
    return b"".join(
        (
            b"\xff\xd8",
            segment(0xE0, b"JFIF\0" + struct.pack(">BBBHHBB", 1, 1, 0, 1, 1, 0, 0)),
            segment(0xDB, bytes([0, *[1] * 64])),
            segment(0xC0, struct.pack(">BHHBBBB", 8, height, width, 1, 1, 0x11, 0)),
            one_code(0x00),
            one_code(0x10),
            segment(0xDA, bytes([1, 1, 0x00, 0, 63, 0])),
            data,
            b"\xff\xd9",
        )
    )
