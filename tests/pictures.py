"""Pictures to test with: PNG and JPEG files built from their parts, so that each part can be made wrong alone.

What stands here is written from the specifications, not from `safelight.formats`, which it tests. Pillow makes the
photos (`photo`) and compares pixels (`pixels`).
"""

import io
import random
import struct
import zlib
from collections.abc import Iterable

from PIL import Image

from safelight.formats import Inspection, Span, inspect, verify
from safelight.policy import IMAGES

CANARY = b"UPLOAD-CANARY"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
COLOURS = [(colour, depth) for colour, depths in {0: (1, 2, 4, 8, 16), 3: (1, 2, 4, 8)}.items() for depth in depths] + [
    (colour, depth) for colour in (2, 4, 6) for depth in (8, 16)
]
"""Every (colour type, bit depth) that PNG has."""


def sanitised(data: bytes) -> tuple[bytes, Inspection]:
    """What would be stored of `data`, after every check that the formats make."""
    inspection = inspect(data, IMAGES)
    verify(data, inspection)
    return joined(data, inspection.parts), inspection


def clean_at_once(stored: bytes, first: Inspection) -> None:
    """Nothing is left to be removed from what is stored, and it is the same picture."""
    again, second = sanitised(stored)
    assert again == stored
    assert second.removed == ()
    facts = ("media_type", "width", "height", "orientation", "frames", "size")
    assert [getattr(second, fact) for fact in facts] == [getattr(first, fact) for fact in facts]


def joined(data: bytes, parts: Iterable[Span | bytes]) -> bytes:
    return b"".join(data[part.start : part.end] if isinstance(part, Span) else part for part in parts)


def pixels(data: bytes) -> tuple[str, tuple[int, int], bytes]:
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image.mode, image.size, image.convert("RGBA").tobytes() if image.mode == "P" else image.tobytes()


def photo(size: tuple[int, int] = (37, 23), mode: str = "RGB", format: str = "JPEG", seed: int = 1, **options) -> bytes:
    """A noisy picture as Pillow writes it."""
    noise = random.Random(seed).randbytes(size[0] * size[1] * len(Image.new(mode, (1, 1)).getbands()))
    file = io.BytesIO()
    Image.frombytes(mode, size, noise).save(file, format, **options)
    return file.getvalue()


# --- metadata -------------------------------------------------------------------------------------------------------


def tiff(orientation: int | None = None, order: str = ">", **entry) -> bytes:
    """An EXIF block as a phone writes it: maker, orientation, GPS position, a thumbnail behind it all."""
    maker, gps, count = 200, 260, 2 if orientation is None else 3
    block = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, count)
    block += struct.pack(order + "HHII", 0x010F, 2, len(CANARY), maker)
    if orientation is not None:
        kind, number = entry.get("kind", 3), entry.get("count", 1)
        block += struct.pack(order + "HHIHH", 0x0112, kind, number, orientation, 0)
    block += struct.pack(order + "HHIII", 0x8825, 4, 1, gps, 0)
    block = block.ljust(maker, b"\0") + CANARY
    block = block.ljust(gps, b"\0") + struct.pack(order + "HHHI4sI", 1, 1, 2, 2, b"N\0\0\0", 0)
    return block + b"GPSLatitude" + CANARY


def icc_profile(size: int = 400) -> bytes:
    """A profile of `size` bytes with one tag that fills it."""
    header = struct.pack(">I", size).ljust(36, b"\0") + b"acsp"
    table = struct.pack(">I4sII", 1, b"desc", 144, size - 144)
    return (header.ljust(128, b"\0") + table).ljust(size, b"p")


# --- PNG ------------------------------------------------------------------------------------------------------------

SIGNATURE = b"\x89PNG\r\n\x1a\n"
IEND = b"\0\0\0\0IEND\xaeB`\x82"
_ADAM7 = ("16462646", "77777777", "56565656", "77777777", "36463646", "77777777", "56565656", "77777777")


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def ihdr(width: int, height: int, colour: int = 2, depth: int = 8, interlace: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))


def rows(width: int, height: int, colour: int = 2, depth: int = 8, interlace: int = 0, filter: int = 0) -> bytes:
    """The uncompressed rows of a picture of nothing but ones; interlaced ones are found pixel by pixel (8.1)."""
    lines = [width] * height
    if interlace:
        lines = []
        for number in "1234567":
            for y in range(height):
                pattern = _ADAM7[y % 8]
                lines.append(sum(pattern[x % 8] == number for x in range(width)))
    filtered = bytes([filter])
    return b"".join(filtered + b"\x01" * -(-count * depth * CHANNELS[colour] // 8) for count in lines if count)


def png(
    width: int = 5,
    height: int = 3,
    colour: int = 2,
    depth: int = 8,
    interlace: int = 0,
    *,
    before: bytes = b"",
    data: bytes | None = None,
    after: bytes = b"",
    tail: bytes = b"",
) -> bytes:
    """A PNG with chunks `before` its picture data and `after` it; `data` takes the place of the data chunks."""
    if data is None:
        data = chunk(b"IDAT", zlib.compress(rows(width, height, colour, depth, interlace)))
    palette = chunk(b"PLTE", bytes(range(6))) if colour == 3 and b"PLTE" not in before else b""
    return SIGNATURE + ihdr(width, height, colour, depth, interlace) + palette + before + data + after + IEND + tail


# --- JPEG -----------------------------------------------------------------------------------------------------------

SOI, EOI = b"\xff\xd8", b"\xff\xd9"


def segment(marker: int, body: bytes = b"") -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def dqt(number: int = 0) -> bytes:
    return segment(0xDB, bytes([number]) + b"\x01" * 64)


def dht(kind: int, number: int = 0) -> bytes:
    """A Huffman table with one code, the bit 0: no difference (DC, kind 0), or end of block (AC, kind 1)."""
    return segment(0xC4, bytes([kind << 4 | number, 1]) + b"\0" * 15 + b"\0")


TABLES = dqt() + dht(0) + dht(1)


def sof(width: int = 8, height: int = 8, *, marker: int = 0xC0, components: int = 1, precision: int = 8) -> bytes:
    body = struct.pack(">BHHB", precision, height, width, components)
    return segment(marker, body + b"".join(bytes([number + 1, 0x11, 0]) for number in range(components)))


def scan(entropy: bytes = b"\x3f", *, components: tuple[int, ...] = (1,), spectrum=(0, 63), approximation=0) -> bytes:
    """A scan; the default data are the two bits 0 of one flat grey block, padded with ones."""
    chosen = b"".join(bytes([number, 0]) for number in components)
    return segment(0xDA, bytes([len(components)]) + chosen + bytes([*spectrum, approximation])) + entropy


def jpeg(
    *segments: bytes, tables: bytes = TABLES, frame: bytes = sof(), scans: bytes = scan(), end: bytes = EOI
) -> bytes:
    """A grey JPEG of one block, with further `segments` at its beginning; any piece can be replaced."""
    return SOI + b"".join(segments) + tables + frame + scans + end


def app(number: int, body: bytes) -> bytes:
    return segment(0xE0 + number, body)


def exif_segment(block: bytes) -> bytes:
    return app(1, b"Exif\0\0" + block)


def icc_segments(profile: bytes, pieces: int = 1) -> list[bytes]:
    step = -(-len(profile) // pieces)
    return [
        app(2, b"ICC_PROFILE\0" + bytes([number + 1, pieces]) + profile[number * step : (number + 1) * step])
        for number in range(pieces)
    ]
