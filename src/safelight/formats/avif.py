"""AVIF: the picture, its transparency and its animation stay, bit for bit, in a file whose every other byte is written
anew; where it was taken, thumbnails, depth and gain maps, names, dates, and whatever lies between and behind its boxes
stay behind.

Sources: AV1 Image File Format (AVIF) 1.1; ISO/IEC 14496-12 (boxes), 23008-12 (HEIF), 23000-22 (MIAF).

Written anew rather than overwritten in place: what is kept is then what is written, no reserved field, name or gap
between two pictures has to be thought of, and offsets are right because they are computed.

Kept: the main picture and its transparency (`avif_pictures`); the frames of an animation (`avif_animation`) and their
times (`tracks`); of their properties what changes the look (`heif_properties`); of their AV1 data what is decoded
(`av1`). Dropped: all else.
"""

from __future__ import annotations

import struct

from ..errors import Corrupt, TooComplex
from ..policy import AVIF
from . import scripts
from .avif_animation import Animation
from .avif_pictures import Pictures
from .buffer import Buffer
from .heif import Items, NewItem, write_items
from .inspection import Format, Inspection, Removed, Span, merged, total
from .isobmff import Box, Content, box_at, content_size, write_box
from .tracks import Movie, NewMovie, write_movie

# What a file may say that it is (AVIF, 8 and 9; 23008-12, 10). Other brands speak of what is dropped.
_STILL = (b"avif", b"mif1", b"miaf", b"MA1A", b"MA1B")
_ANIMATED = (b"avis", b"msf1", b"iso8")
_MAX_FTYP = 1_024
_MAX_BOXES = 1_000
_KNOWN = (b"ftyp", b"meta", b"moov", b"mdat")


def sniff(head: bytes) -> bool:
    return not {b"avif", b"avis"}.isdisjoint(_brands(head))


def inspect(data: Buffer) -> Inspection:
    """Walk the boxes to the last one, and each picture that is kept to its last unit."""
    brands = _brands(data[:_MAX_FTYP])
    boxes, removed = _read_file(data)
    if b"meta" not in boxes or (b"avis" in brands and b"moov" not in boxes):
        raise Corrupt("the list of its pictures is missing")
    items = Items(data, boxes[b"meta"][0], boxes.get(b"mdat", []))
    pictures = Pictures(data, items)
    main = pictures.main
    removed += [*items.removed, *pictures.removed]
    used = items.pieces
    animation = None
    for box in boxes.get(b"moov", []):
        if b"avis" not in brands:  # readers show the main picture alone
            removed.append(Removed(box.name, box.size))
            continue
        movie = Movie(data, box)
        animation = Animation(data, movie, items.media, main.decoded)
        removed += animation.removed
        used |= movie.pieces
    unused = items.media.size - sum(length for _, length in used)
    if unused > 0:
        removed.append(Removed("data that belongs to no picture", unused))
    return Inspection(
        media_type=AVIF,
        extension="avif",
        width=main.decoded[0],
        height=main.decoded[1],
        shown=None if main.properties.shown == main.decoded else main.properties.shown,
        frames=animation.frames if animation else 1,
        orientation=main.properties.orientation,
        bit_depth=main.sequence.depth,
        parts=_write(brands, pictures.new_items(), animation.new_movie() if animation else None, len(data)),
        removed=total(removed),
        revealed=pictures.revealed,
    )


def _brands(head: bytes) -> list[bytes]:
    """The major and then the compatible brands in a file type box (14496-12, 4.3)."""
    if head[4:8] != b"ftyp":
        return []
    end = min(int.from_bytes(head[:4], "big"), len(head), _MAX_FTYP)
    return [head[at : at + 4] for at in (8, *range(16, end, 4)) if at + 4 <= end]


def _read_file(data: Buffer) -> tuple[dict[bytes, list[Box]], list[Removed]]:
    """The boxes of the file, and what else lies between and behind them (14496-12, 6.2)."""
    found: dict[bytes, list[Box]] = {}
    removed: list[Removed] = []
    at = 0
    for _ in range(_MAX_BOXES + 1):
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
            raise Corrupt("one of its lists is there twice")
        else:
            found[box.kind].append(box)
        at = box.end
    raise TooComplex("an AVIF of more than {limit} boxes", limit=_MAX_BOXES)


class _Layout:
    """Where each content comes to lie, from the first byte of the media data. Those that several items or samples
    share are written once: the first frame of an animation is its main picture, as a rule."""

    def __init__(self) -> None:
        self.parts: list[Span | bytes] = []
        self.size = 0
        self._places: dict[Content, int] = {}

    def place(self, content: Content) -> int:
        if content not in self._places:
            self._places[content] = self.size
            self.size += content_size(content)
            self.parts += content
        return self._places[content]


def _write(brands: list[bytes], items: list[NewItem], movie: NewMovie | None, limit: int) -> tuple[Span | bytes, ...]:
    """A file of these items and tracks, whose own bytes are no more than `limit`, the size of the source."""
    layout = _Layout()
    item_places = [layout.place(item.content) for item in items]
    sample_places = [[layout.place(sample) for sample in track.samples] for track in (movie.tracks if movie else ())]
    if layout.size > limit or layout.size >= 1 << 31:
        # Pieces that overlap would make a large file of a small one.
        raise TooComplex("an AVIF whose pictures share parts of their data, or of more than 2 GB")
    allowed = _STILL + _ANIMATED if movie else _STILL
    major = b"avis" if movie and brands[0] == b"avis" else b"avif"
    ftyp = write_box(b"ftyp", major, bytes(4), *(brand for brand in allowed if brand in (major, *brands)))

    def head(start: int) -> bytes:
        meta = write_items(items, [start + place for place in item_places])
        moov = write_movie(movie, [[start + place for place in places] for places in sample_places]) if movie else b""
        return ftyp + meta + moov + struct.pack(">I4s", layout.size + 8, b"mdat")

    return merged([head(len(head(0))), *layout.parts])


FORMAT = Format(media_type=AVIF, name="AVIF", sniff=sniff, inspect=inspect, verify=scripts.refuse_early)
