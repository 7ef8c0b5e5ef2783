"""Names for files that are refused, so that a refusal can say what it is that was sent. Nothing is ever verified by
what stands here: that takes a format module, which walks the whole file."""

from __future__ import annotations

import re
from collections.abc import Collection

from ..policy import CSV, DOCX, ODP, ODS, ODT, PPTX, TEXT, XLSX
from ..words import Words

_TEXT_HEAD = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*")
_HTML = re.compile(rb"<(?:!doctype html|html|head|body|script|iframe|img|a|div|p|title|table|br|h1)\b", re.IGNORECASE)

_PREFIXES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", Words("a JPEG picture")),
    (b"\x89PNG\r\n\x1a\n", Words("a PNG picture")),
    (b"GIF87a", Words("a GIF picture")),
    (b"GIF89a", Words("a GIF picture")),
    (b"II*\0", Words("a TIFF picture")),
    (b"MM\0*", Words("a TIFF picture")),
    (b"II+\0", Words("a TIFF picture")),
    (b"MM\0+", Words("a TIFF picture")),
    (b"\0\0\1\0", Words("an ICO icon")),
    (b"8BPS", Words("a Photoshop document")),
    (b"\xff\x0a", Words("a JPEG XL picture")),
    (b"\0\0\0\x0cJXL ", Words("a JPEG XL picture")),
    (b"\0\0\0\x0cjP  ", Words("a JPEG 2000 picture")),
    (b"DDS ", Words("a DDS texture")),
    (b"%PDF-", Words("a PDF document")),
    (b"%!PS", Words("a PostScript document")),
    (b"PK\3\4", Words("a ZIP archive or Office document")),
    (b"PK\5\6", Words("an empty ZIP archive")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Words("an old Office document")),
    (b"\x1f\x8b", Words("a gzip archive")),
    (b"7z\xbc\xaf\x27\x1c", Words("a 7z archive")),
    (b"Rar!\x1a\x07", Words("a RAR archive")),
    (b"ID3", Words("an MP3 sound")),
    (b"OggS", Words("an Ogg sound or video")),
    (b"\x1a\x45\xdf\xa3", Words("a Matroska or WebM video")),
    (b"MZ", Words("a Windows program")),
    (b"\x7fELF", Words("a program")),
    (b"#!", Words("a script")),
    (b"<?php", Words("a PHP script")),
    (b"{\\rtf", Words("an RTF document")),
    (b"[InternetShortcut]", Words("an internet shortcut")),
    (b"[Desktop Entry]", Words("a desktop shortcut")),
    (b"@echo ", Words("a batch file")),
    (b"push graphic-context", Words("an MVG drawing")),
)
_RIFF = {b"WEBP": Words("a WebP picture"), b"WAVE": Words("a WAV sound"), b"AVI ": Words("an AVI video")}
# Major brands of ISO base media files (ISO/IEC 14496-12, section 4.3; 23008-12 for HEIF).
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), Words("a HEIC picture")),
    **dict.fromkeys((b"avif", b"avis"), Words("an AVIF picture")),
    b"qt  ": Words("a QuickTime video"),
    b"crx ": Words("a camera raw picture"),
}

NAMES = {
    DOCX: Words("a Word document"),
    XLSX: Words("an Excel workbook"),
    PPTX: Words("a PowerPoint presentation"),
    ODT: Words("an OpenDocument text"),
    ODS: Words("an OpenDocument spreadsheet"),
    ODP: Words("an OpenDocument presentation"),
    "application/zip": Words("a ZIP archive"),
    CSV: Words("a CSV table"),
    TEXT: Words("text"),
}
"""What only a walk could find, by its media type."""

MEDIA_TYPES = {
    "a TIFF picture": "image/tiff",
    "a BMP picture": "image/bmp",
    "a Photoshop document": "image/vnd.adobe.photoshop",
    "a JPEG XL picture": "image/jxl",
    "a HEIC picture": "image/heic",
    "a HEIF picture": "image/heif",
    "an old Office document": "application/x-ole-storage",
    "a gzip archive": "application/gzip",
    "a 7z archive": "application/x-7z-compressed",
    "a RAR archive": "application/vnd.rar",
    "an MP3 sound": "audio/mpeg",
    "an Ogg sound or video": "application/ogg",
    "a WAV sound": "audio/vnd.wave",
    "an AVI video": "video/vnd.avi",
    "an MP4 video": "video/mp4",
    "a QuickTime video": "video/quicktime",
    "a Matroska or WebM video": "video/x-matroska",
    "an RTF document": "application/rtf",
}
"""Media types of well-known kinds that nothing here walks, for files that are taken as they are. None that a browser
would run, and none of a program: no HTML, SVG or XML."""

_OFFICE = frozenset({DOCX, XLSX, PPTX, ODT, ODS, ODP})

# Brands of the container alone: the compatible brands that follow say what is in it.
_CONTAINERS = (b"mif1", b"mif2", b"mif3", b"msf1", b"miaf")

HEIF = frozenset({"a HEIC picture", "a HEIF picture"})
HEIC_HINT = Words("On an iPhone: Settings, Camera, Formats, Most Compatible.")
OFFICE_HINT = Words("Save it in one of the newer formats, without a password.")


def describe(head: bytes) -> str:
    """What the first kilobytes of a file look like, with an article: "a HEIC picture", "an HTML page"."""
    if head[4:8] == b"ftyp":
        return _describe_brands(head)
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], Words("a RIFF file"))
    for prefix, name in _PREFIXES:
        if head.startswith(prefix):
            return name
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        return Words("a BMP picture")
    text = _TEXT_HEAD.sub(b"", head, count=1)
    if re.search(rb"<svg[\s>]", text, re.IGNORECASE):
        return Words("an SVG picture")
    if _HTML.match(text) or re.search(rb"<(?:html|script)\b", text, re.IGNORECASE):
        return Words("an HTML page")
    if text.startswith(b"<?xml"):
        return Words("an XML document")
    if not head.strip(b"\0"):
        return Words("a file of zeros")
    return Words("text") if _is_text(head) else Words("a file of an unknown type")


def _describe_brands(head: bytes) -> str:
    if head[8:12] not in _CONTAINERS:
        return _BRANDS.get(head[8:12], Words("an MP4 video"))
    end = min(int.from_bytes(head[:4], "big"), len(head))
    compatible = (head[at : at + 4] for at in range(16, end, 4))
    return next((_BRANDS[brand] for brand in compatible if brand in _BRANDS), Words("a HEIF picture"))


def hint(description: str, types: Collection[str]) -> str:
    """What the person who sent it can do about it where `types` are accepted, if there is something to say."""
    if description == "an old Office document":
        return "" if _OFFICE.isdisjoint(types) else OFFICE_HINT
    return HEIC_HINT if description in HEIF else ""


def _is_text(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3 or len(head) < 4:  # a character may be cut off at the end of the head
            return False
    return not re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", head)
