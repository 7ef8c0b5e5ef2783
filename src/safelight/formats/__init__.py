"""Formats: nothing unverified gets past here. A file is a list of parts, and a container's own structure says which
of them are the picture. No pixel is decoded.

The table below is all that the rest of Safelight knows about formats. A new format is one new module that exports a
`Format` (media type, name, sniff, inspect, verify) and one line in the table.
"""

from __future__ import annotations

from collections.abc import Collection

from ..errors import TypeNotAllowed
from ..policy import HEIC
from . import jpeg, png, signatures
from .buffer import Buffer, FileBuffer
from .inspection import Format, Inspection, Removed, Span
from .parts import HashingReader, PartsReader

__all__ = [
    "FORMATS",
    "Buffer",
    "FileBuffer",
    "Format",
    "HashingReader",
    "Inspection",
    "PartsReader",
    "Removed",
    "Span",
    "inspect",
    "is_heif",
    "sniff",
    "verify",
]

FORMATS: dict[str, Format] = {format.media_type: format for format in (jpeg.FORMAT, png.FORMAT)}

_NAMES = {media_type: format.name for media_type, format in FORMATS.items()} | {HEIC: "HEIC"}

_HEAD = 4096


def sniff(head: bytes) -> Format | None:
    """The format that claims these first bytes; None if Safelight cannot verify what they are."""
    return next((format for format in FORMATS.values() if format.sniff(head)), None)


def is_heif(data: Buffer) -> bool:
    """Whether this is a HEIC or HEIF picture, which no module here can verify: it may only be converted."""
    head = data[:_HEAD]
    return sniff(head) is None and signatures.describe(head) in signatures.HEIF


def inspect(data: Buffer, types: Collection[str]) -> Inspection:
    """Say what `data` is, from the bytes, and walk it to its end marker.

    Raises `TypeNotAllowed`, naming what it is and which of `types` would be accepted, before anything is walked;
    `Corrupt` or `TooComplex` while walking.
    """
    head = data[:_HEAD]
    format = sniff(head)
    if format is None or format.media_type not in types:
        found = signatures.describe(head)
        accepted = sorted(_NAMES[media_type] for media_type in types if media_type in _NAMES)
        raise TypeNotAllowed(found, accepted, signatures.hint(found))
    return format.inspect(data)


def verify(data: Buffer, inspection: Inspection) -> None:
    """Prove what the walk could not: that compressed data inside the container is whole. Raises `Corrupt`."""
    FORMATS[inspection.media_type].verify(data, inspection)
