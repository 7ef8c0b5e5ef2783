"""Which items of an AVIF are the picture: the main one, the tiles it is made of, and their transparency. Each is read
to its last unit, and none is larger than the main one, so that its size is what the file costs to decode.

Sources: AVIF 1.1 (2: items; 4: auxiliary items), ISO/IEC 23008-12 (6.4.5: transparency; 6.6.2.3: grids), 23000-22 (7.3:
what MIAF asks of them).
"""

from __future__ import annotations

import struct
from typing import NamedTuple, TypeAlias

from ..errors import Corrupt, TooComplex, TypeNotAllowed
from . import av1, signatures
from .av1_headers import Sequence
from .buffer import Buffer
from .heif import Item, Items, NewItem
from .heif_properties import Properties, PropertyReader, write_alpha, write_depth, write_size
from .inspection import Removed, merged, total
from .isobmff import Content, write_box
from .revealed import Revealed, revealed

_MAX_OBUS = 20_000
_HEVC = (b"hvc1", b"hev1", b"lhv1")
_CODED = (b"av01", b"grid")
_NAMES = {
    b"Exif": "EXIF",
    b"mime": "XMP or other text",
    b"tmap": "gain map",
    b"av01": "further picture",
    b"grid": "further picture",
}

_References: TypeAlias = tuple[tuple[bytes, tuple[int, ...]], ...]


class Picture(NamedTuple):
    """An item that is kept."""

    item: Item
    alpha: bytes | None  # the name by which it says that it is transparency
    tile: bool
    references: _References  # by the numbers of the source
    properties: Properties
    sequence: Sequence
    decoded: tuple[int, int]  # width and height of what a decoder makes
    size: tuple[int, int]  # and of what is left of it: the tiles of a grid may reach over its edges
    content: Content


class Pictures:
    """The pictures that are kept, the main one first; and what else there was."""

    def __init__(self, data: Buffer, items: Items) -> None:
        self._items = items
        self._properties = PropertyReader(data, items.properties)
        self._kept: dict[int, Picture] = {}
        self._removed: list[Removed] = []
        self._obus = 0
        if items.primary.kind in _HEVC:
            raise TypeNotAllowed("a HEIC picture", ["AVIF"], signatures.HEIC_HINT)
        if items.primary.kind not in _CODED:
            raise TypeNotAllowed("a HEIF picture that is not made of AV1", ["AVIF"])
        self.main = self._keep(items.primary)
        self._keep_transparency()

    @property
    def removed(self) -> tuple[Removed, ...]:
        dropped = (item for item in self._items.items.values() if item.number not in self._kept)
        names = (Removed(_NAMES.get(item.kind, "data of an application"), item.size) for item in dropped)
        return total([*names, *self._removed, *self._properties.removed])

    @property
    def revealed(self) -> Revealed | None:
        """What the EXIF that goes with the pictures would tell (23008-12, A.2.1: four bytes say where it begins)."""
        for item in self._items.items.values():
            if item.kind == b"Exif":
                try:
                    block = self._items.payload(item).read(0, 65536)
                except (Corrupt, TooComplex):  # it is not kept: that it is broken is no reason to refuse the picture
                    continue
                return revealed(block[4 + int.from_bytes(block[:4], "big") :])
        return None

    def new_items(self) -> list[NewItem]:
        """All that is written of the pictures."""
        numbers = {number: index for index, number in enumerate(self._kept, 1)}
        return [_new_item(picture, numbers) for picture in self._kept.values()]

    def _keep(self, item: Item, alpha: bytes | None = None, references: _References = ()) -> Picture:
        pictures = (self._read_grid if item.kind == b"grid" else self._read_single)(item, alpha, references)
        for picture in pictures:
            if picture.item.number in self._kept:
                raise Corrupt("a piece of its picture is used twice")
            self._kept[picture.item.number] = picture
        return pictures[0]

    def _keep_transparency(self) -> None:
        """The alpha of the main picture or of its tiles; one for each, since decoders take the first."""
        masters = dict(self._kept)
        for item in self._items.items.values():
            alpha = self._properties.alpha(index for index, _ in item.properties)
            if not alpha or item.kind not in _CODED or item.number in self._kept:
                continue
            number = next((number for number in item.references.get(b"auxl", ()) if number in masters), None)
            if number is None:
                continue
            master = masters.pop(number)
            picture = self._keep(item, alpha, ((b"auxl", (number,)),))
            if picture.decoded[0] > master.decoded[0] or picture.decoded[1] > master.decoded[1]:
                raise Corrupt("its transparency is larger than its picture")
            if item.number in master.item.references.get(b"prem", ()):
                references = (*master.references, (b"prem", (item.number,)))
                self._kept[number] = master._replace(references=references)

    def _read_single(
        self, item: Item, alpha: bytes | None, references: _References = (), *, tile: bool = False
    ) -> list[Picture]:
        unit = av1.read_temporal_unit(self._items.payload(item))
        self._obus += unit.obus
        if self._obus > _MAX_OBUS:
            raise TooComplex("an AVIF of more than {limit} pieces", limit=_MAX_OBUS)
        self._removed += unit.removed
        size = unit.sequence.width, unit.sequence.height
        properties = self._properties.read(item.properties, size, colour=alpha is None)
        if tile and properties.turns:
            raise Corrupt("a piece of its picture is turned by itself")
        return [Picture(item, alpha, tile, references, properties, unit.sequence, size, size, merged(unit.kept))]

    def _read_grid(self, item: Item, alpha: bytes | None, references: _References) -> list[Picture]:
        """A picture put together from rows of tiles of one size."""
        body = self._items.payload(item).read(0, 13)
        if len(body) != (12 if body[1:2] == b"\1" else 8) or body[0] or body[1] > 1:
            raise Corrupt("its grid is broken")
        rows, columns = body[2] + 1, body[3] + 1
        width, height = size = struct.unpack(">II" if body[1] else ">HH", body[4:])
        numbers = item.references.get(b"dimg", ())
        found = [self._items.items[number] for number in dict.fromkeys(numbers) if number in self._items.items]
        if not len(found) == len(numbers) == rows * columns or any(tile.kind != b"av01" for tile in found):
            raise Corrupt("its grid has other pieces than it should")
        tiles = [picture for tile in found for picture in self._read_single(tile, alpha, tile=True)]
        sequence, (across, down) = tiles[0].sequence, tiles[0].size
        if any(tile.sequence.samples != sequence.samples for tile in tiles):
            raise Corrupt("the pieces of its grid do not fit together")
        # The last column and row may reach over the edge, and no other: else a few pixels would cost many.
        if not (across * (columns - 1) < width <= across * columns and down * (rows - 1) < height <= down * rows):
            raise Corrupt("the pieces of its grid do not fit together")
        properties = self._properties.read(item.properties, size, colour=alpha is None)
        decoded = across * columns, down * rows
        references = (*references, (b"dimg", numbers))
        return [Picture(item, alpha, False, references, properties, sequence, decoded, size, (body,)), *tiles]


def _new_item(picture: Picture, numbers: dict[int, int]) -> NewItem:
    properties, sequence = picture.properties, picture.sequence
    boxes = [(write_size(*picture.size), False), (write_depth(sequence.depth, 1 if sequence.monochrome else 3), False)]
    if picture.item.kind == b"av01":
        boxes.append((write_box(b"av1C", sequence.configuration), True))
    boxes += [(box, False) for box in properties.look]
    if picture.alpha:
        boxes.append((write_alpha(picture.alpha), False))
    boxes += [(box, True) for box in properties.turns]
    references = tuple((kind, tuple(numbers[target] for target in targets)) for kind, targets in picture.references)
    return NewItem(picture.item.kind, picture.tile, tuple(boxes), references, picture.content)
