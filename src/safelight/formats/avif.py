"""AVIF: the picture and its transparency stay, bit for bit, in a file whose every other byte is written anew; where it
was taken, thumbnails, depth and gain maps, names, and whatever lies between and behind its boxes stay behind.

Sources: AV1 Image File Format (AVIF) 1.1; ISO/IEC 14496-12 (boxes), 23008-12 (HEIF), 23000-22 (MIAF).

Written anew rather than overwritten in place: what is kept is then what is written, no reserved field, name or gap
between two pictures has to be thought of, and offsets are right because they are computed.

Kept: the main picture and its transparency (`avif_pictures`); of their properties what changes the look
(`heif_properties`); of their AV1 data what is decoded (`av1`). Dropped: all else.
"""

from __future__ import annotations

import struct

from ..errors import Corrupt, TooComplex, TypeNotAllowed
from .avif_pictures import Pictures
from .buffer import Buffer
from .heif import Items, NewItem, content_size, write_items
from .inspection import Format, Inspection, Removed, Span, merged, total
from .isobmff import Box, box_at, write_box

# Of what a file may say that it is; other brands speak of what is dropped.
_BRANDS = (b"avif", b"mif1", b"miaf", b"MA1A", b"MA1B")
_MAX_FTYP = 1_024
_MAX_BOXES = 1_000
_KNOWN = (b"ftyp", b"meta", b"moov", b"mdat")


def sniff(head: bytes) -> bool:
    return not {b"avif", b"avis"}.isdisjoint(_brands(head))


def inspect(data: Buffer) -> Inspection:
    """Walk the boxes to the last one, and each picture that is kept to its last unit."""
    brands = _brands(data[:_MAX_FTYP])
    boxes, removed = _read_file(data)
    if b"moov" in boxes or b"avis" in brands:
        raise TypeNotAllowed("an animated AVIF", ["AVIF without animation"])
    if b"meta" not in boxes:
        raise Corrupt("the list of its pictures is missing")
    media = boxes.get(b"mdat", [])
    items = Items(data, boxes[b"meta"][0], media)
    pictures = Pictures(data, items)
    unused = sum(box.end - box.body for box in media) - items.media_used
    if unused > 0:
        removed.append(Removed("data that belongs to no picture", unused))
    main = pictures.main
    return Inspection(
        media_type="image/avif",
        extension="avif",
        width=main.decoded[0],
        height=main.decoded[1],
        shown=None if main.shown == main.decoded else main.shown,
        orientation=main.properties.orientation,
        bit_depth=main.sequence.depth,
        parts=_write(brands, pictures.new_items(), len(data)),
        removed=total([*removed, *items.removed, *pictures.removed]),
    )


def _brands(head: bytes) -> set[bytes]:
    """The major and the compatible brands in a file type box (14496-12, 4.3)."""
    if head[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(head[:4], "big"), len(head), _MAX_FTYP)
    return {head[at : at + 4] for at in (8, *range(16, end, 4)) if at + 4 <= end}


def _read_file(data: Buffer) -> tuple[dict[bytes, list[Box]], list[Removed]]:
    """The boxes of the file, and what else lies between and behind them (14496-12, 6.2)."""
    found: dict[bytes, list[Box]] = {}
    removed: list[Removed] = []
    at = 0
    for _ in range(_MAX_BOXES):
        if at == len(data):
            return found, removed
        box = box_at(data, at, len(data), last=True)
        if box is None:
            if data[at + 4 : at + 8] in _KNOWN:
                raise Corrupt("it is cut short")
            return found, [*removed, Removed("data after the end", len(data) - at)]
        if box.kind not in _KNOWN:
            removed.append(Removed(box.name, box.size))
        elif found.setdefault(box.kind, []) and box.kind != b"mdat":
            raise Corrupt("the list of its pictures is there twice")
        else:
            found[box.kind].append(box)
        at = box.end
    raise TooComplex(f"an AVIF of more than {_MAX_BOXES} boxes")


def _write(brands: set[bytes], items: list[NewItem], limit: int) -> tuple[Span | bytes, ...]:
    """A file of these items, whose own bytes are no more than `limit`, the size of the source."""
    content: list[Span | bytes] = []
    places: dict[tuple[Span | bytes, ...], int] = {}  # items may share their bytes
    size = 0
    for item in items:
        if item.content not in places:
            places[item.content] = size
            size += content_size(item.content)
            content += item.content
    if size > limit or size >= 1 << 31:
        # Pieces that overlap would make a large file of a small one.
        raise TooComplex("an AVIF whose pictures share parts of their data, or of more than 2 GB")
    ftyp = write_box(b"ftyp", b"avif", bytes(4), *(brand for brand in _BRANDS if brand in brands))
    start = len(ftyp) + len(write_items(items, [0] * len(items))) + 8
    meta = write_items(items, [start + places[item.content] for item in items])
    return merged([ftyp + meta + struct.pack(">I4s", size + 8, b"mdat"), *content])


FORMAT = Format(media_type="image/avif", name="AVIF", sniff=sniff, inspect=inspect)
