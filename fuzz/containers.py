"""How a container is taken apart and put together again with lengths and checksums that are right, so that a mutation
gets past the first check. Written from the specifications, not from the walkers.

A piece is a head and a body. What no rule of the container applies to has an empty head and is copied as it is.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Piece = tuple[bytes, bytes]
Pieces = list[Piece]


@dataclass(frozen=True)
class Container:
    """`read` takes the piece at a position, and says where the next one is, or None where there is none; `write` is
    its opposite; `settle` makes right what depends on all pieces together."""

    start: Callable[[bytes], int]
    read: Callable[[bytes, int], tuple[bytes, bytes, int] | None]
    write: Callable[[bytes, bytes], bytes]
    settle: Callable[[Pieces], Pieces] = lambda pieces: pieces
    inside: Mapping[bytes, int] = field(default_factory=dict)
    """By head: where in its body further pieces begin."""
    deflated: Mapping[bytes, int] = field(default_factory=dict)
    """By head: where in its body deflated data begin."""

    def split(self, data: bytes, at: int) -> Pieces:
        pieces = [(b"", data[:at])] if at else []
        while at < len(data) and (found := self.read(data, at)):
            head, body, at = found
            pieces.append((head, body))
        return [*pieces, (b"", data[at:])] if at < len(data) else pieces

    def join(self, pieces: Pieces) -> bytes:
        return b"".join(self.write(head, body) if head else body for head, body in pieces)


# --- PNG: W3C PNG, third edition, section 5.3 -----------------------------------------------------------------------


def _read_png(data: bytes, at: int) -> tuple[bytes, bytes, int] | None:
    if at + 12 > len(data):
        return None
    end = at + 8 + int.from_bytes(data[at : at + 4], "big")
    return (data[at + 4 : at + 8], data[at + 8 : end], end + 4) if end + 4 <= len(data) else None


def _write_png(head: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + head + body + struct.pack(">I", zlib.crc32(head + body))


def _settle_png(pieces: Pieces) -> Pieces:
    """The frames of an animation are counted and numbered (11.3.6)."""
    count, number, settled = sum(head == b"fcTL" for head, _ in pieces), 0, []
    for head, body in pieces:
        if head == b"acTL":
            body = struct.pack(">I", count) + body[4:]
        elif head in (b"fcTL", b"fdAT"):
            body, number = struct.pack(">I", number) + body[4:], number + 1
        settled.append((head, body))
    return settled


PNG = Container(
    lambda data: 8, _read_png, _write_png, _settle_png, deflated={b"IDAT": 0, b"fdAT": 4, b"iCCP": len(b"ICC\0\0")}
)

# --- WebP: RFC 9649, sections 2.3 and 2.4 ---------------------------------------------------------------------------


def _read_riff(data: bytes, at: int) -> tuple[bytes, bytes, int] | None:
    end = at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")
    return (data[at : at + 4], data[at + 8 : end], end + end % 2) if at + 8 <= end <= len(data) else None


def _write_riff(head: bytes, body: bytes) -> bytes:
    return head + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _settle_riff(pieces: Pieces) -> Pieces:
    size = len(WEBP.join(pieces)) - 8
    return [(b"", b"RIFF" + struct.pack("<I", max(size, 0)) + b"WEBP"), *pieces[1:]]


WEBP = Container(lambda data: 12, _read_riff, _write_riff, _settle_riff, inside={b"ANMF": 16})

# --- JPEG: ITU-T T.81, annex B.1 ------------------------------------------------------------------------------------


def _read_jpeg(data: bytes, at: int) -> tuple[bytes, bytes, int] | None:
    """A segment; entropy-coded data, which have no length, are a piece of their own that holds all up to a marker."""
    if data[at] != 0xFF or data[at + 1 : at + 2] in (b"\xd9", b""):
        return None
    end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    head, body = data[at : at + 2], data[at + 4 : end]
    if head != b"\xff\xda":
        return head, body, end
    # The scan goes with its header, which says how long it is itself: 6 bytes and two for each component.
    marker = end
    while 0 <= marker < len(data) - 1 and (
        data[marker] != 0xFF or data[marker + 1] in b"\0\xd0\xd1\xd2\xd3\xd4\xd5\xd6\xd7"
    ):
        marker = data.find(b"\xff", marker + 1)
    end = marker if marker >= 0 else len(data)
    return head, data[at + 4 : end], end


def _write_jpeg(head: bytes, body: bytes) -> bytes:
    length = 6 + 2 * body[0] if head == b"\xff\xda" and body else 2 + len(body)
    return head + struct.pack(">H", min(length, 0xFFFF)) + body


JPEG = Container(lambda data: 2, _read_jpeg, _write_jpeg)

# --- GIF: CompuServe GIF89a, sections 15 to 27 ----------------------------------------------------------------------


def _table(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _read_gif(data: bytes, at: int) -> tuple[bytes, bytes, int] | None:
    """A block: its head is all before the sub-blocks, its body what they hold together."""
    start = at
    if data[at] == 0x21:
        at += 2
    elif data[at] == 0x2C and at + 10 <= len(data):
        at += 11 + _table(data[at + 9])
    else:
        return None
    head, body = data[start:at], b""
    while at < len(data) and data[at]:
        body += data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]
    return head, body, at + 1


def _write_gif(head: bytes, body: bytes) -> bytes:
    """An application has its name in a sub-block of its own."""
    first = 11 if head == b"!\xff" else 255
    steps = [body[:first], *(body[at : at + 255] for at in range(first, len(body), 255))]
    return head + b"".join(bytes([len(step)]) + step for step in steps if step) + b"\0"


GIF = Container(lambda data: 13 + (_table(data[10]) if len(data) > 10 else 0), _read_gif, _write_gif)

# --- AVIF: ISO/IEC 14496-12, section 4.2 ----------------------------------------------------------------------------


def _read_box(data: bytes, at: int) -> tuple[bytes, bytes, int] | None:
    end = at + int.from_bytes(data[at : at + 4], "big")
    return (data[at + 4 : at + 8], data[at + 8 : end], end) if at + 8 <= end <= len(data) else None


def _write_box(head: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + head + body


AVIF = Container(
    lambda data: 0,
    _read_box,
    _write_box,
    inside={
        b"meta": 4,
        b"iinf": 6,
        **dict.fromkeys((b"iprp", b"ipco", b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"edts"), 0),
    },
)

# --- ZIP: APPNOTE.TXT 6.3.10, section 4.3 ---------------------------------------------------------------------------


def _read_zip(data: bytes, at: int) -> tuple[bytes, bytes, int] | None:
    """A file by its own header: its head is its method and its name, its body is unpacked."""
    if data[at : at + 4] != b"PK\3\4" or at + 30 > len(data):
        return None
    method, packed, name, extra = struct.unpack_from("<8xH8xI4xHH", data, at)
    start = at + 30 + name + extra
    body = data[start : start + packed]
    if method == 8:
        try:
            body = zlib.decompressobj(-15).decompress(body, 1 << 16)
        except zlib.error:
            return None
    return bytes([method & 0xFF]) + data[at + 30 : at + 30 + name], body, start + packed


def _zip_header(head: bytes, body: bytes) -> tuple[bytes, bytes]:
    """What both headers of a file say (4.3.7, 4.3.12), and its bytes."""
    packed = body
    if head[0] == 8:
        deflate = zlib.compressobj(1, wbits=-15)
        packed = deflate.compress(body) + deflate.flush()
    numbers = struct.pack("<5H3I2H", 20, 0, head[0], 0, 33, zlib.crc32(body), len(packed), len(body), len(head) - 1, 0)
    return numbers, packed


def _write_zip(head: bytes, body: bytes) -> bytes:
    numbers, packed = _zip_header(head, body)
    return b"PK\3\4" + numbers + head[1:] + packed


def _settle_zip(pieces: Pieces) -> Pieces:
    """The directory and the end (4.3.12, 4.3.16) are written anew."""
    files = [(head, body) for head, body in pieces if head]
    directory, at = b"", 0
    for head, body in files:
        numbers, _ = _zip_header(head, body)
        directory += b"PK\1\2\x14\0" + numbers + struct.pack("<HHHII", 0, 0, 0, 0, at) + head[1:]
        at += len(_write_zip(head, body))
    count = len(files)
    return [*files, (b"", directory + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(directory), at, 0))]


ZIP = Container(lambda data: 0, _read_zip, _write_zip, _settle_zip)
