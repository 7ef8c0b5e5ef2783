"""AVIF files to test with, built from their boxes and bits, so that each can be made wrong alone.

What stands here is written from the specifications, not from `safelight.formats`, which it tests. The AV1 data has
true headers and no true pictures, unless it was taken from a file that Pillow has written.
"""

import io
import random
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from PIL import Image

IROT, IMIR = b"irot", b"imir"
ALPHA = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha"
NCLX = b"nclx" + struct.pack(">HHHB", 1, 13, 6, 0x80)


def box(kind: bytes, *pieces: bytes) -> bytes:
    body = b"".join(pieces)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full(kind: bytes, *pieces: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *pieces)


# --- AV1 --------------------------------------------------------------------------------------------------------------

DELIMITER = b"\x12\0"


def packed(*fields: tuple[int, int]) -> bytes:
    """(value, bits) each, and the trailing bits of a header."""
    value, length = 1, 1
    for number, count in reversed(fields):
        value |= number << length
        length += count
    padding = -length % 8
    return (value << padding).to_bytes((length + padding) // 8, "big")


def obu(kind: int, payload: bytes = b"", *, sized: bool = True, layer: tuple[int, int] | None = None) -> bytes:
    """An open bitstream unit; its size takes two bytes, as some encoders write it."""
    head = bytes([kind << 3 | (layer is not None) << 2 | sized << 1])
    if layer is not None:
        head += bytes([layer[0] << 5 | layer[1] << 3])
    size = bytes([len(payload) & 0x7F | 0x80, len(payload) >> 7]) if sized else b""
    return head + size + payload


def sequence(
    width: int = 64,
    height: int = 48,
    *,
    depth: int = 8,
    mono: bool = False,
    profile: int = 0,
    level: int = 4,
    described: int | None = None,
) -> bytes:
    """The sequence header of a still picture; `described`: primaries, transfer and matrix."""
    fields = [(profile, 3), (1, 1), (1, 1), (level, 5), (15, 4), (15, 4), (width - 1, 16), (height - 1, 16), (0, 3)]
    return obu(1, packed(*fields, (0, 3), *_colour(depth, mono, profile, described), (0, 1)))


def video_sequence(
    width: int = 64,
    height: int = 48,
    *,
    depth: int = 8,
    mono: bool = False,
    points: Sequence[int] = (0,),
    timing: bool = False,
    equal: bool = False,
    ids: bool = False,
    tools: int = 2,
    motion: int = 1,
    order_hint: bool = True,
) -> bytes:
    """The sequence header of a video, with what is asked for. `tools` and `motion` of 2: each frame says so itself."""
    fields = [(0, 3), (0, 1), (0, 1), (timing, 1)]
    if timing:
        fields += [(1, 32), (30, 32), (equal, 1), *([(0b00101, 5)] if equal else [])]
        fields += [(1, 1), (9, 5), (1, 32), (4, 5), (15, 5)]
    fields += [(timing, 1), (len(points) - 1, 5)]
    for point in points:
        fields += [(point, 12), (8, 5), (0, 1)]
        if timing:
            fields += [(1, 1), (0, 10), (0, 10), (1, 1), (1, 1), (3, 4)]
    fields += [(6, 4), (6, 4), (width - 1, 7), (height - 1, 7), (ids, 1)]
    if ids:
        fields += [(3, 4), (2, 3)]
    fields += [(0, 3), (0, 4), (order_hint, 1)]
    if order_hint:
        fields += [(0, 2)]
    fields += [(1, 1)] if tools == 2 else [(0, 1), (tools, 1)]
    if tools:
        fields += [(1, 1)] if motion == 2 else [(0, 1), (motion, 1)]
    if order_hint:
        fields += [(6, 3)]
    return obu(1, packed(*fields, (0, 3), *_colour(depth, mono, 0), (0, 1)))


def _colour(depth: int, mono: bool, profile: int, described: int | None = None) -> list[tuple[int, int]]:
    fields = [(depth > 8, 1)]
    if profile == 2 and depth > 8:
        fields += [(depth > 10, 1)]
    if profile != 1:
        fields += [(mono, 1)]
    fields += [(0, 1)] if described is None else [(1, 1), (described, 24)]
    if described == 0x010D00:  # sRGB itself: no range, no subsampling
        return [*fields, (0, 1)]
    fields += [(1, 1)]
    if mono:
        return fields
    if profile == 2 and depth == 12:
        fields += [(1, 1), (1, 1)]
    return [*fields, *([(0, 2)] if profile == 0 or (profile == 2 and depth == 12) else []), (0, 1)]


def frame(
    kind: int = 0, shown: bool = True, *, override: bool = False, time: int = 0, ids: int = 0, tools: int = 1
) -> bytes:
    """The beginning of a frame header of a `video_sequence`, and some data. `tools`: bits about screen content."""
    fields = [(0, 1), (kind, 2), (shown, 1), (0, time if shown else 1)]
    if kind != 3 and not (kind == 0 and shown):
        fields += [(0, 1)]
    return packed(*fields, (0, 1), ((1 << tools) - 1, tools), (0, ids), (override, 1)) + b"frame"


def still(width: int = 64, height: int = 48, data: bytes = b"the picture", **options) -> bytes:
    """The data of an AV1 image item: a sequence header and a frame."""
    return sequence(width, height, **options) + obu(6, data)


# --- items ------------------------------------------------------------------------------------------------------------


def ispe(width: int = 64, height: int = 48) -> bytes:
    return full(b"ispe", struct.pack(">II", width, height))


def pixi(channels: int = 3, depth: int = 8) -> bytes:
    return full(b"pixi", bytes([channels, *[depth] * channels]))


def av1c(*, mono: bool = False, level: int = 4, depth: int = 8) -> bytes:
    return box(b"av1C", bytes([0x81, level, (depth > 8) << 6 | mono << 4 | 0x0C, 0]))


def auxc(name: bytes = ALPHA, kind: bytes = b"auxC") -> bytes:
    return full(kind, name + b"\0")


def clap(width=(64, 1), height=(48, 1), right=(0, 1), down=(0, 1)) -> bytes:
    return box(b"clap", struct.pack(">IIIIiIiI", *width, *height, *right, *down))


def colr(body: bytes) -> bytes:
    return box(b"colr", body)


def essential(prop: bytes) -> tuple[bytes, bool]:
    return prop, True


@dataclass
class Item:
    """An item of a file; it has the number of its place in the list, from 1, and its references name such numbers."""

    data: bytes
    properties: Sequence[bytes | tuple[bytes, bool]]
    kind: bytes = b"av01"
    references: dict[bytes, Sequence[int]] = field(default_factory=dict)
    name: bytes = b""
    hidden: bool = False
    protection: int = 0
    pieces: int = 1  # in which its data is stored


def picture(width: int = 64, height: int = 48, *more: bytes | tuple[bytes, bool], data: bytes = b"", **options) -> Item:
    """An AV1 picture with the properties it must have, in the order in which Safelight writes them, and `more`."""
    references = options.pop("references", {})
    hidden = options.pop("hidden", False)
    depth, mono = options.get("depth", 8), options.get("mono", False)
    properties = [ispe(width, height), pixi(1 if mono else 3, depth), essential(av1c(mono=mono, depth=depth)), *more]
    return Item(data or still(width, height, **options), properties, references=references, hidden=hidden)


def transparency(master: int = 1, width: int = 64, height: int = 48, **options) -> Item:
    item = picture(width, height, auxc(), mono=True, **options)
    item.references = {b"auxl": [master], **item.references}
    return item


def grid(rows: int, columns: int, width: int, height: int, tiles: Sequence[int], *more: bytes, **references) -> Item:
    """A picture of `tiles`."""
    data = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, width, height)
    return Item(data, [ispe(width, height), pixi(), *more], b"grid", {b"dimg": tiles})


TILES = [picture(hidden=True, data=still(data=b"tile %d" % number)) for number in range(4)]
GRID = grid(2, 2, 120, 90, [2, 3, 4, 5])
"""Four tiles, and the picture that they make in a file in which they follow it."""


def exif(block: bytes, of: int = 1) -> Item:
    return Item(bytes(4) + block, [], b"Exif", {b"cdsc": [of]})


# --- files ------------------------------------------------------------------------------------------------------------


def ftyp(major: bytes = b"avif", *brands: bytes) -> bytes:
    return box(b"ftyp", major, bytes(4), *(brands or (b"avif", b"mif1", b"miaf")))


HDLR = full(b"hdlr", bytes(4), b"pict", bytes(12), b"\0")


def iloc(places: Sequence[Sequence[tuple[int, int]]]) -> bytes:
    entries = [
        struct.pack(">HHH", number, 0, len(pieces)) + b"".join(struct.pack(">II", *piece) for piece in pieces)
        for number, pieces in enumerate(places, 1)
    ]
    return full(b"iloc", b"\x44\0", struct.pack(">H", len(places)), *entries)


def iinf(items: Sequence[Item]) -> bytes:
    entries = [
        full(
            b"infe",
            struct.pack(">HH4s", number, item.protection, item.kind) + item.name + b"\0",
            version=2,
            flags=item.hidden,
        )
        for number, item in enumerate(items, 1)
    ]
    return full(b"iinf", struct.pack(">H", len(items)), *entries)


def iref(items: Sequence[Item]) -> bytes:
    references = [
        box(kind, struct.pack(f">HH{len(targets)}H", number, len(targets), *targets))
        for number, item in enumerate(items, 1)
        for kind, targets in item.references.items()
    ]
    return full(b"iref", *references) if references else b""


def iprp(items: Sequence[Item], extra: bytes = b"", *, wide: bool = False) -> bytes:
    """More than 127 properties need wide numbers."""
    number_format, mark = (">H", 15) if wide else (">B", 7)
    known: dict[bytes, int] = {}
    entries = []
    for number, item in enumerate(items, 1):
        entry = struct.pack(">HB", number, len(item.properties))
        for prop in item.properties:
            content, needed = prop if isinstance(prop, tuple) else (prop, False)
            entry += struct.pack(number_format, known.setdefault(content, len(known) + 1) | needed << mark)
        entries.append(entry)
    ipma = full(b"ipma", struct.pack(">I", len(items)), *entries, flags=int(wide))
    return box(b"iprp", box(b"ipco", *known, extra), ipma)


def lists(
    items: Sequence[Item], places: Sequence[Sequence[tuple[int, int]]], primary: int = 1, boxes=None, extra: bytes = b""
) -> bytes:
    """A `meta` box. `boxes` replaces those in it by their type, `extra` comes after them."""
    content = {
        b"hdlr": HDLR,
        b"pitm": full(b"pitm", struct.pack(">H", primary)),
        b"iloc": iloc(places),
        b"iinf": iinf(items),
        b"iref": iref(items),
        b"iprp": iprp(items),
    }
    return full(b"meta", *(content | (boxes or {})).values(), extra)


def avif(
    *items: Item,
    primary: int = 1,
    head: bytes = b"",
    boxes: dict[bytes, bytes] | None = None,
    extra: bytes = b"",
    before: bytes = b"",
    gap: bytes = b"",
    tail: bytes = b"",
) -> bytes:
    """A file of `items` as Safelight writes one; with boxes `before` the media data, a `gap` after each piece in it."""
    cut = [
        [
            item.data[len(item.data) * n // item.pieces : len(item.data) * (n + 1) // item.pieces]
            for n in range(item.pieces)
        ]
        for item in items
    ]

    def front(start: int) -> bytes:
        places: list[list[tuple[int, int]]] = []
        for pieces in cut:
            places.append([])
            for piece in pieces:
                places[-1].append((start, len(piece)))
                start += len(piece) + len(gap)
        return (head or ftyp()) + lists(items, places, primary, boxes, extra) + before

    media = b"".join(piece + gap for pieces in cut for piece in pieces)
    return front(len(front(0)) + 8) + box(b"mdat", media) + tail


def written_by_pillow(image: Image.Image, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, "AVIF", **options)
    return file.getvalue()


def noise(size: tuple[int, int] = (64, 48), mode: str = "RGB", seed: int = 1) -> Image.Image:
    count = size[0] * size[1] * len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, size, random.Random(seed).randbytes(count))
