"""HEIF's items: which pictures a file holds, where their bytes lie and what goes with them; and the same written anew,
so that not a byte of the old list has to be trusted.

Sources: ISO/IEC 14496-12 (8.11: metadata; items, locations, references), ISO/IEC 23008-12 (6.2: image items; 9.3: item
properties).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..errors import Corrupt, TooComplex
from .buffer import Buffer
from .inspection import Removed
from .isobmff import Box, Content, Fields, Media, Payload, boxes, content_size, write_box, write_full_box

# A picture of 200 megapixels in tiles of 512 x 512 has some 800 of them, and as many of its transparency.
_MAX_ITEMS = 2_000
_MAX_EXTENTS = 32  # of one picture: an encoder writes one, or one for each layer
_MAX_LINKS = 20_000  # extents, or properties of items: each is a step in Python, and a few bytes or none in the file

_LISTS = (b"hdlr", b"pitm", b"iloc", b"iinf", b"iref", b"iprp", b"idat")


@dataclass
class Item:
    number: int
    kind: bytes
    readable: bool  # not encrypted, and not in another file
    pieces: tuple[tuple[int, int], ...] = ()  # of the file: offset, length
    properties: list[tuple[int, bool]] = field(default_factory=list)  # index in `Items.properties`, essential
    references: dict[bytes, tuple[int, ...]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(length for _, length in self.pieces)


class NewItem(NamedTuple):
    """An item to be written. It has the number of its place in the list, from 1; so have those it refers to."""

    kind: bytes
    hidden: bool
    properties: tuple[tuple[bytes, bool], ...]  # a whole box, essential
    references: tuple[tuple[bytes, tuple[int, ...]], ...]
    content: Content


class Items:
    """What a `meta` box says. Its lists are whole and agree with each other; what they lead to is not looked at."""

    def __init__(self, data: Buffer, meta: Box, media: Iterable[Box]) -> None:
        self._data = data
        self.removed: list[Removed] = []
        found: dict[bytes, Box] = {}
        for box in boxes(data, meta.body + 4, meta.end) if meta.end - meta.body >= 4 else ():
            if box.kind not in _LISTS:
                self.removed.append(Removed(box.name, box.size))
            elif found.setdefault(box.kind, box) is not box:
                raise Corrupt("a list of its pictures is there twice")
        for kind in (b"hdlr", b"pitm", b"iloc", b"iinf", b"iprp"):
            if kind not in found:
                raise Corrupt("the list of its pictures is missing")
        self._idat = found.get(b"idat")
        self.media = Media(data, [*media, self._idat] if self._idat else media)
        self._read_handler(found[b"hdlr"])
        self.items = self._read_names(found[b"iinf"])
        self._read_locations(found[b"iloc"])
        self.properties = self._read_properties(found[b"iprp"])
        if b"iref" in found:
            self._read_references(found[b"iref"])
        fields = Fields.of(data, found[b"pitm"])
        version, _ = fields.version()
        primary = self.items.get(fields.uint(4 if version else 2))
        if primary is None:
            raise Corrupt("its main picture is missing")
        self.primary = primary

    @property
    def pieces(self) -> set[tuple[int, int]]:
        """The pieces of the file that any item is made of: offset, length."""
        return {piece for item in self.items.values() for piece in item.pieces}

    def payload(self, item: Item) -> Payload:
        """An item's bytes, all of them within media data of this file."""
        if not item.readable:
            raise Corrupt("a picture in it is encrypted or lies outside of its data")
        if len(item.pieces) > _MAX_EXTENTS:
            raise TooComplex("a picture in more than {limit} pieces", limit=_MAX_EXTENTS)
        return self.media.payload(self.media.span(*piece) for piece in item.pieces)

    def _read_handler(self, box: Box) -> None:
        fields = Fields.of(self._data, box)
        fields.bytes(8)
        if fields.bytes(4) != b"pict":
            raise Corrupt("it does not say that it is a picture")
        fields.bytes(12)
        if fields.left > 1:
            self.removed.append(Removed("name", fields.left - 1))

    def _read_names(self, box: Box) -> dict[int, Item]:
        """Item information (8.11.6): numbers and kinds; names and types of text are dropped."""
        head = Fields(self._data[box.body : min(box.body + 8, box.end)])
        version, _ = head.version()
        width = 4 if version else 2
        count = head.uint(width)
        items: dict[int, Item] = {}
        for entry in boxes(self._data, box.body + 4 + width, box.end):
            fields = Fields.of(self._data, entry)
            version, _ = fields.version()
            if entry.kind != b"infe" or version not in (2, 3):
                raise Corrupt("the list of its pictures is broken")
            number, protected, kind = fields.uint(2 if version == 2 else 4), fields.uint(2), fields.bytes(4)
            if number in items:
                raise Corrupt("two pictures in it have the same number")
            if len(items) == _MAX_ITEMS:
                raise TooComplex("an AVIF of more than {limit} pieces", limit=_MAX_ITEMS)
            items[number] = Item(number, kind, readable=not protected)
            if fields.left > 1:
                self.removed.append(Removed("name", fields.left - 1))
        if count != len(items):
            raise Corrupt("the list of its pictures is broken")
        return items

    def _read_locations(self, box: Box) -> None:
        """Item locations (8.11.3)."""
        fields = Fields.of(self._data, box)
        version, _ = fields.version()
        if version > 2:
            raise Corrupt("the list of its pictures is broken")
        sizes = fields.uint(2)
        offset_size, length_size, base_size, index_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15
        if not version:
            index_size = 0
        if not {offset_size, length_size, base_size, index_size} <= {0, 4, 8}:
            raise Corrupt("the list of its pictures is broken")
        seen: set[int] = set()
        links = 0
        for _ in range(fields.uint(4 if version == 2 else 2)):
            number = fields.uint(4 if version == 2 else 2)
            method = fields.uint(2) & 15 if version else 0
            source, base, count = fields.uint(2), fields.uint(base_size), fields.uint(2)
            links += count
            if links > _MAX_LINKS:
                raise TooComplex("an AVIF of more than {limit} pieces", limit=_MAX_LINKS)
            first, last = 0, 1 << 64
            if method == 1:  # in the metadata's own box
                first, last = (self._idat.body, self._idat.end) if self._idat else (0, 0)
            pieces = []
            for _ in range(count):
                fields.bytes(index_size)
                pieces.append((first + base + fields.uint(offset_size), fields.uint(length_size)))
            if number in seen:
                raise Corrupt("a picture in it is in two places")
            seen.add(number)
            if item := self.items.get(number):
                item.pieces = tuple(pieces)
                within = all(offset + length <= last for offset, length in pieces)
                item.readable = item.readable and within and source == 0 and method <= 1

    def _read_properties(self, box: Box) -> list[Box]:
        """Item properties (23008-12, 9.3): the boxes, and which items have them, in which order."""
        containers = list(boxes(self._data, box.body, box.end))
        properties: list[Box] = []
        for container in containers:
            if container.kind == b"ipco":
                if properties:
                    raise Corrupt("a list of its properties is there twice")
                properties = list(boxes(self._data, container.body, container.end))
            elif container.kind != b"ipma":
                self.removed.append(Removed(container.name, container.size))
        links = 0
        for container in containers:
            if container.kind != b"ipma":
                continue
            fields = Fields.of(self._data, container)
            version, flags = fields.version()
            wide = flags & 1
            for _ in range(fields.uint(4)):
                item = self.items.get(fields.uint(4 if version else 2))
                count = fields.uint(1)
                links += 1 + count
                if links > _MAX_LINKS:
                    raise TooComplex("an AVIF of more than {limit} properties", limit=_MAX_LINKS)
                linked = []
                for _ in range(count):
                    value = fields.uint(1 + wide)
                    index, essential = value & (0x7FFF if wide else 0x7F), value >> (15 if wide else 7) == 1
                    if index > len(properties):
                        raise Corrupt("a property of a picture in it is missing")
                    if index:
                        linked.append((index - 1, essential))
                if item is not None and linked:
                    if item.properties:
                        raise Corrupt("a picture in it has two lists of properties")
                    item.properties = linked
        return properties

    def _read_references(self, box: Box) -> None:
        """Item references (8.11.12)."""
        version, _ = Fields(self._data[box.body : min(box.body + 4, box.end)]).version()
        width, code = (4, "I") if version else (2, "H")
        for reference in boxes(self._data, box.body + 4, box.end):
            fields = Fields.of(self._data, reference)
            item, count = self.items.get(fields.uint(width)), fields.uint(2)
            targets = struct.unpack(f">{count}{code}", fields.bytes(count * width))
            if item is not None:
                if reference.kind in item.references:
                    raise Corrupt("a picture in it has two lists of others")
                item.references[reference.kind] = targets


def write_items(items: Sequence[NewItem], offsets: Sequence[int]) -> bytes:
    """A `meta` box for `items`, of which the first is the main picture, with each one's bytes in one piece at its
    offset in the file."""
    properties: dict[bytes, int] = {}
    locations, names, links, references = [], [], [], []
    for number, (item, offset) in enumerate(zip(items, offsets, strict=True), 1):
        locations.append(struct.pack(">HHHII", number, 0, 1, offset, content_size(item.content)))
        head = struct.pack(">HH", number, 0)
        names.append(write_full_box(b"infe", head, item.kind, b"\0", version=2, flags=item.hidden))
        links.append(
            (number, [(properties.setdefault(box, len(properties) + 1), need) for box, need in item.properties])
        )
        for kind, targets in item.references:
            references.append(write_box(kind, struct.pack(f">HH{len(targets)}H", number, len(targets), *targets)))
    count = struct.pack(">H", len(items))
    code, bit = ("B", 0x80) if len(properties) < 0x80 else ("H", 0x8000)
    associations = [
        struct.pack(f">HB{len(linked)}{code}", number, len(linked), *(index | bit * need for index, need in linked))
        for number, linked in links
    ]
    return write_full_box(
        b"meta",
        write_full_box(b"hdlr", bytes(4), b"pict", bytes(13)),
        write_full_box(b"pitm", struct.pack(">H", 1)),
        write_full_box(b"iloc", b"\x44\0", count, *locations),
        write_full_box(b"iinf", count, *names),
        *([write_full_box(b"iref", *references)] if references else []),
        write_box(
            b"iprp",
            write_box(b"ipco", *properties),
            write_full_box(b"ipma", struct.pack(">I", len(items)), *associations, flags=int(bit > 0x80)),
        ),
    )
