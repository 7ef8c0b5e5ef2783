"""Formats: nothing unverified gets past here. A file is a list of parts, and a container's own structure says which
of them stay. No pixel is decoded.

The table below is all that the rest of Safelight knows about formats. A new format is one new module that exports a
`Format` (media type, name, sniff, inspect, verify) and one line in the table.
"""

from __future__ import annotations

from collections.abc import Collection

from ..blob import AS_SENT
from ..errors import Corrupt, TooComplex, TypeNotAllowed
from ..policy import CSV, FILES, HEIC
from ..words import Words
from . import avif, gif, jpeg, office, pdf, png, signatures, text, webp
from .buffer import STEP, Buffer, FileBuffer
from .inspection import Format, Inspection, Removed, Span
from .revealed import Revealed

__all__ = [
    "FORMATS",
    "STEP",
    "Buffer",
    "FileBuffer",
    "Format",
    "Inspection",
    "Removed",
    "Revealed",
    "Span",
    "inspect",
    "is_heif",
    "names",
    "sniff",
    "verify",
]

_PICTURES = (jpeg.FORMAT, png.FORMAT, gif.FORMAT, webp.FORMAT, avif.FORMAT)
_DOCUMENTS = (pdf.FORMAT, *office.FORMATS, *text.FORMATS)
FORMATS: dict[str, Format] = {format.media_type: format for format in (*_PICTURES, *_DOCUMENTS)}
"""By media type. Text comes last: it has no signature, and is what nothing else claims."""

# To begin like one of them says little: every ZIP begins like a Word document, and any letters like a text.
_GUESSED = (*office.FORMATS, *text.FORMATS)

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

    Raises `TypeNotAllowed`, naming what it is and which of `types` would be accepted, before anything is walked (or
    as soon as the walk has told a Word from an Excel document); `Corrupt` or `TooComplex` while walking. With `FILES`
    among `types`, what is of none of the others is taken as it was sent, and so is a text or archive whose walk fails.
    """
    head = data[:_HEAD]
    format = sniff(head)
    found = signatures.describe(head)
    if format is not None and any(other.inspect is format.inspect for other in _of(types)):
        try:
            inspection = format.inspect(data)
        except (Corrupt, TooComplex, TypeNotAllowed):
            if FILES.isdisjoint(types) or format not in _GUESSED:
                raise
            return _as_sent(data, None, found="")
        if inspection.media_type == CSV and CSV not in types:
            inspection = text.as_text(inspection)
        if inspection.media_type in types:
            return inspection
        found = signatures.NAMES.get(inspection.media_type, found)
    if not FILES.isdisjoint(types):
        return _as_sent(data, format, found)
    raise TypeNotAllowed(found, names(types), signatures.hint(found, types))


def verify(data: Buffer, inspection: Inspection) -> None:
    """Prove what the walk could not: that compressed data inside the container is whole. Raises `Corrupt`,
    `TooComplex` or `TypeNotAllowed`."""
    if not inspection.as_sent:
        FORMATS[inspection.media_type].verify(data, inspection)


def names(types: Collection[str]) -> list[Words]:
    """What people call these media types, in alphabetical order."""
    return sorted(map(Words, [format.name for format in _of(types)] + ["HEIC"] * (HEIC in types)))


def _of(types: Collection[str]) -> list[Format]:
    return [FORMATS[media_type] for media_type in types if media_type in FORMATS]


def _as_sent(data: Buffer, format: Format | None, found: str) -> Inspection:
    """All bytes as they came. The media type is for people and programs to choose an icon by: what a walk to the end
    says, or a signature that is well known; a file that only begins like a picture or a document is just bytes."""
    media_type = signatures.MEDIA_TYPES.get(found, "application/octet-stream")
    if format is not None:
        try:
            media_type = format.inspect(data).media_type
        except (Corrupt, TooComplex, TypeNotAllowed):
            media_type = "application/octet-stream"
    return Inspection(media_type=media_type, extension=AS_SENT, parts=(Span(0, len(data)),))
