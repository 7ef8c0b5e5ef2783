"""Properties of HEIF's pictures: those that change how a picture looks stay, in a shape in which nothing can be hidden.

Sources: ISO/IEC 23008-12 (6.5: item properties; 7.3.6.7 of 23000-22: the order of transformations), 14496-12 (12.1.4:
pixel aspect ratio and clean aperture; 12.1.5: colour), AVIF 1.1 (2.3.2: layers), ITU-T H.273 (colour code points).

Kept: pasp, clli, mdcv, amve and colr with code points, of their one length; one whole ICC profile; clap, irot and imir.
Written anew from what the pictures themselves say: ispe, pixi, av1C, auxC. Dropped: all else.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from ..errors import Corrupt, TypeNotAllowed
from . import icc
from .buffer import Buffer
from .inspection import Removed
from .isobmff import Box, write_box, write_full_box

_LENGTHS = {b"pasp": 8, b"clli": 4, b"mdcv": 24, b"amve": 8}
_NCLX = 11
_PROFILES = (b"prof", b"rICC")
_REPLACED = (b"ispe", b"pixi", b"av1C", b"auxC", b"auxi")
_TURNS = (b"clap", b"irot", b"imir")  # in the order in which MIAF has them applied
# Which of several layers is shown: these values choose what is shown without them (AVIF, 2.3.2).
_LAYERS = {b"a1op": b"\0", b"lsel": b"\xff\xff"}
_SINGLE = (*_LENGTHS, *_REPLACED, *_TURNS, *_LAYERS)  # a second one would contradict the first
_ALPHA = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1")

# What irot (quarter turns to the left) and then imir (0: top and bottom change places, 1: left and right) come to, in
# EXIF's numbers.
_ORIENTATIONS = {
    None: (1, 8, 3, 6),
    0: (4, 5, 2, 7),
    1: (2, 7, 4, 5),
}


class Properties(NamedTuple):
    """What is kept of an item's properties, and what they come to."""

    look: tuple[bytes, ...]  # boxes about colours
    turns: tuple[bytes, ...]  # boxes that crop and turn
    shown: tuple[int, int]  # width and height of what is to be seen, before it is turned
    orientation: int  # in EXIF's numbers


class PropertyReader:
    """Reads the properties of one item after another; those that many share, once."""

    def __init__(self, data: Buffer, boxes: list[Box]) -> None:
        self._data = data
        self._boxes = boxes
        self._used: set[int] = set()
        self._looks: dict[int, bytes | None] = {}
        self._profile_found = False

    def alpha(self, indexes: Iterable[int]) -> bytes | None:
        """The name by which an item or track says that it is the transparency of another, if it does."""
        for index in indexes:
            if self._boxes[index].kind in (b"auxC", b"auxi"):
                name = self._body(self._boxes[index], 200)[4:].split(b"\0")[0]
                return name if name in _ALPHA else None
        return None

    def read(self, links: list[tuple[int, bool]], size: tuple[int, int], *, colour: bool) -> Properties:
        """The properties at these places in the list, of a picture of this `size`; those of its `colour` only if it
        has any. Raises `Corrupt` or `TypeNotAllowed` if one contradicts the picture, or is essential and not kept."""
        look: list[bytes] = []
        turns: list[bytes] = []
        seen: set[bytes] = set()
        shown = size
        angle, axis = 0, None
        for index, essential in links:
            box = self._boxes[index]
            kind = box.kind
            kept = True
            if kind in seen and kind in _SINGLE:
                raise Corrupt("a property of a picture in it is there twice")
            seen.add(kind)
            if kind == b"ispe":
                if self._body(box, 12)[4:] != struct.pack(">II", *size):
                    raise Corrupt("a box tells of another size than the picture has")
            elif kind in _TURNS:
                if any(later in seen for later in _TURNS[_TURNS.index(kind) + 1 :]):
                    raise Corrupt("it is cropped and turned in the wrong order")
                body = self._body(box, 32)
                if len(body) != (32 if kind == b"clap" else 1):
                    raise Corrupt("a property of a picture in it is broken")
                if kind == b"clap":
                    shown = _cropped(size, body)
                elif kind == b"irot":
                    angle = body[0] & 3
                    body = bytes([angle])
                else:
                    axis = body[0] & 1
                    body = bytes([axis])
                turns.append(write_box(kind, body))
            elif kind in _LAYERS:
                if self._body(box, 2) != _LAYERS[kind]:
                    raise TypeNotAllowed("an AVIF picture with a choice of layers", ["AVIF of one layer"])
            elif kind in _LENGTHS or kind == b"colr":
                content = self._read_look(index, box) if colour else None
                if content is None or content[4:12] in [other[4:12] for other in look]:
                    kept = False  # of colours there is one description of each kind: decoders take the first
                else:
                    look.append(content)
            elif kind not in _REPLACED:
                kept = False
                if essential:
                    raise Corrupt("it has a property that no decoder knows")
            if kept:
                self._used.add(index)
        return Properties(tuple(look), tuple(turns), shown, _ORIENTATIONS[axis][angle])

    @property
    def removed(self) -> list[Removed]:
        """What no item that was read has kept; what is written anew is not missed."""
        unused = (box for index, box in enumerate(self._boxes) if index not in self._used and box.kind not in _REPLACED)
        return [Removed("colour profile" if box.kind == b"colr" else box.name, box.size) for box in unused]

    def _body(self, box: Box, limit: int) -> bytes:
        return self._data[box.body : min(box.end, box.body + limit + 1)]

    def _read_look(self, index: int, box: Box) -> bytes | None:
        if index not in self._looks:
            body = self._body(box, icc.MAX_BYTES if box.kind == b"colr" else 32)
            kept = None
            if box.kind != b"colr":
                kept = write_box(box.kind, body) if len(body) == _LENGTHS[box.kind] else None
            elif body[:4] == b"nclx":
                kept = write_box(b"colr", body[:10], bytes([body[10] & 0x80])) if len(body) == _NCLX else None
            elif body[:4] in _PROFILES and not self._profile_found and icc.is_whole(body[4:]):
                kept = write_box(b"colr", body)
                self._profile_found = True
            self._looks[index] = kept
        return self._looks[index]


def _cropped(size: tuple[int, int], clap: bytes) -> tuple[int, int]:
    """What a clean aperture (14496-12, 12.1.4) leaves of `size`; its centre is given as its distance from theirs."""
    numbers = struct.unpack(">IIIIiIiI", clap)
    if not all(numbers[1::2]):
        raise Corrupt("a property of a picture in it is broken")
    width, height, right, down = (Fraction(*numbers[at : at + 2]) for at in range(0, 8, 2))
    for whole, part, offset in ((size[0], width, right), (size[1], height, down)):
        before = (whole - part) / 2 + offset
        if part < 1 or before < 0 or before + part > whole:
            raise Corrupt("it is cropped to more than there is")
    return int(width), int(height)


def write_size(width: int, height: int) -> bytes:
    return write_full_box(b"ispe", struct.pack(">II", width, height))


def write_depth(depth: int, channels: int) -> bytes:
    return write_full_box(b"pixi", bytes([channels]), bytes([depth]) * channels)


def write_alpha(name: bytes, kind: bytes = b"auxC") -> bytes:
    """What says that an item is transparency; of a track the kind is auxi (23008-12, 7.5.3)."""
    return write_full_box(kind, name, b"\0")
