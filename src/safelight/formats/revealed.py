"""What a picture's EXIF would have told strangers. None of it is kept: it is read so that whoever sent the picture can
be shown what was taken out.

Hostile bytes like any others: nothing in them is an error, and the work is bounded whatever they say.

Sources: CIPA DC-008 (Exif 2.32) sections 4.6.4 to 4.6.6; TIFF 6.0 section 2.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import NamedTuple

_MAX_ENTRIES = 200  # of one directory; cameras write some dozens
_MAX_TEXT = 64  # characters that are worth showing

_MAKE, _MODEL, _DATE, _ARTIST = 0x010F, 0x0110, 0x0132, 0x013B
_EXIF, _GPS = 0x8769, 0x8825
_DATE_TAKEN, _OWNER, _SERIAL_NUMBER = 0x9003, 0xA430, 0xA431
_LATITUDE_REFERENCE, _LATITUDE, _LONGITUDE_REFERENCE, _LONGITUDE = 1, 2, 3, 4
_THUMBNAIL = 0x0201

_ASCII, _LONG, _RATIONAL = 2, 4, 5


@dataclass(frozen=True, slots=True)
class Revealed:
    """`latitude` and `longitude` are in degrees, north and east positive; `taken` is the camera's own
    ``YYYY:MM:DD HH:MM:SS``. What the EXIF does not say is None or empty."""

    latitude: float | None = None
    longitude: float | None = None
    taken: str = ""
    camera: str = ""
    serial_number: str = ""
    owner: str = ""
    thumbnail: bool = False


class _Entry(NamedTuple):
    kind: int
    length: int
    at: int  # of its value, or of the offset of its value


class _Tiff:
    """A TIFF block, of which everything may be a lie."""

    def __init__(self, block: bytes, order: str) -> None:
        self._block = block
        self._order = order

    def directory(self, at: int | None) -> tuple[dict[int, _Entry], int | None]:
        """The entries of the directory that begins at `at`, by tag, and where the next one begins."""
        if at is None or at + 2 > len(self._block):
            return {}, None
        (count,) = struct.unpack_from(self._order + "H", self._block, at)
        entries: dict[int, _Entry] = {}
        for entry in range(at + 2, min(at + 2 + 12 * min(count, _MAX_ENTRIES), len(self._block) - 11), 12):
            tag, kind, length = struct.unpack_from(self._order + "HHI", self._block, entry)
            entries.setdefault(tag, _Entry(kind, length, entry + 8))
        return entries, self._long(at + 2 + 12 * count)

    def offset(self, entry: _Entry | None) -> int | None:
        return self._long(entry.at) if entry and entry.kind == _LONG and entry.length == 1 else None

    def text(self, entry: _Entry | None) -> str:
        """What can be shown of a text: EXIF's are ASCII, and whatever else stands there could play tricks."""
        if entry is None or entry.kind != _ASCII:
            return ""
        start = entry.at if entry.length <= 4 else self._long(entry.at)
        raw = b"" if start is None else self._block[start : start + min(entry.length, _MAX_TEXT)]
        text = raw.partition(b"\0")[0].decode("ascii", "ignore")
        return "".join(filter(str.isprintable, text)).strip()

    def degrees(self, entry: _Entry | None, reference: str, limit: int) -> float | None:
        """Degrees, minutes and seconds as one number, negative where `reference` says south or west."""
        start = self._long(entry.at) if entry and (entry.kind, entry.length) == (_RATIONAL, 3) else None
        if start is None or start + 24 > len(self._block):
            return None
        numbers: tuple[int, ...] = struct.unpack_from(self._order + "6I", self._block, start)
        if not all(numbers[1::2]):
            return None
        degrees, minutes, seconds = (above / below for above, below in zip(numbers[::2], numbers[1::2], strict=True))
        found = degrees + minutes / 60 + seconds / 3600
        if not math.isfinite(found) or found > limit:
            return None
        return round(-found if reference in ("S", "W") else found, 6)

    def _long(self, at: int) -> int | None:
        if at + 4 > len(self._block):
            return None
        (number,) = struct.unpack_from(self._order + "I", self._block, at)
        return int(number)


def revealed(block: bytes) -> Revealed | None:
    """What a TIFF block tells; None if that is nothing."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None or len(block) < 8:
        return None
    tiff = _Tiff(block, order)
    main, next_directory = tiff.directory(struct.unpack_from(order + "I", block, 4)[0])
    exif, _ = tiff.directory(tiff.offset(main.get(_EXIF)))
    gps, _ = tiff.directory(tiff.offset(main.get(_GPS)))
    second, _ = tiff.directory(next_directory or None)
    latitude = tiff.degrees(gps.get(_LATITUDE), tiff.text(gps.get(_LATITUDE_REFERENCE)), 90)
    longitude = tiff.degrees(gps.get(_LONGITUDE), tiff.text(gps.get(_LONGITUDE_REFERENCE)), 180)
    whole = latitude is not None and longitude is not None
    make, model = tiff.text(main.get(_MAKE)), tiff.text(main.get(_MODEL))
    found = Revealed(
        latitude=latitude if whole else None,
        longitude=longitude if whole else None,
        taken=tiff.text(exif.get(_DATE_TAKEN)) or tiff.text(main.get(_DATE)),
        camera=model if model.startswith(make) else f"{make} {model}".strip(),
        serial_number=tiff.text(exif.get(_SERIAL_NUMBER)),
        owner=tiff.text(exif.get(_OWNER)) or tiff.text(main.get(_ARTIST)),
        thumbnail=_THUMBNAIL in second,
    )
    return found if found != Revealed() else None
