"""What is fuzzed: a target for each walker in the table of formats, and where each begins: its files of the corpus and
some that are generated, its words, and its container's rules."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from PIL import Image
from tests import webps
from tests.judge import ITEMS, read
from tests.pictures import COLOURS as PNG_COLOURS
from tests.pictures import app, exif_segment, icc_profile, icc_segments, jpeg, png, tiff
from tests.pictures import chunk as png_chunk

from safelight.formats import FORMATS, sniff

from . import containers, documents
from .containers import Container

MAX_BYTES = 1 << 16


@dataclass(frozen=True)
class Known:
    """What is known of a format here; all of it helps, nothing is needed."""

    container: Container | None = None
    words: tuple[bytes, ...] = ()
    generated: Callable[[], Iterator[bytes]] = lambda: iter(())


@dataclass(frozen=True)
class Walker:
    """A module of `safelight.formats`, whatever media types it has."""

    name: str
    media_types: frozenset[str]
    known: Known

    def seeds(self) -> list[bytes]:
        every = (*map(read, ITEMS), *self.known.generated())
        return [data for data in every if len(data) <= MAX_BYTES and self._is_its(data)]

    def _is_its(self, data: bytes) -> bool:
        format = sniff(data[:4096])
        return format is not None and format.media_type in self.media_types


def walkers() -> dict[str, Walker]:
    """By name. A walker that nothing is known of here has its files of the corpus to begin with."""
    media_types: dict[str, set[str]] = {}
    for format in FORMATS.values():
        media_types.setdefault(format.inspect.__module__.rpartition(".")[2], set()).add(format.media_type)
    return {name: Walker(name, frozenset(types), _KNOWN.get(name, Known())) for name, types in media_types.items()}


def _saved(
    format: str, mode: str = "RGB", frames: int = 1, size: tuple[int, int] = (19, 11), **options: object
) -> bytes:
    """A picture or an animation as Pillow writes it."""
    noise = [Random(number).randbytes(size[0] * size[1]) for number in range(frames)]
    pictures = [Image.frombytes("L", size, pixels).convert(mode) for pixels in noise]
    file = io.BytesIO()
    more = {"save_all": True, "append_images": pictures[1:], "duration": 40, "loop": 0} if frames > 1 else {}
    pictures[0].save(file, format, **more, **options)
    return file.getvalue()


_ICC, _EXIF = icc_profile(), b"Exif\0\0" + tiff(6)


def _jpegs() -> Iterator[bytes]:
    for mode in ("L", "RGB", "CMYK"):
        for options in ({}, {"progressive": True}, {"restart_marker_blocks": 1}, {"subsampling": 0}):
            yield _saved("JPEG", mode, **options)
    yield _saved("JPEG", keep_rgb=True)
    yield _saved("JPEG", exif=_EXIF, icc_profile=_ICC, comment=b"comment")
    yield jpeg(
        app(0, b"JFIF\0\1\1\0\0\1\0\1\0\0"), exif_segment(tiff(6)), *icc_segments(_ICC, 2), app(14, b"Adobe" + bytes(7))
    )


def _pngs() -> Iterator[bytes]:
    for interlace in (0, 1):
        yield from (png(9, 5, colour, depth, interlace) for colour, depth in PNG_COLOURS)
    for name, length in {
        "gAMA": 4,
        "cHRM": 32,
        "sRGB": 1,
        "pHYs": 9,
        "cICP": 4,
        "mDCV": 24,
        "cLLI": 8,
        "sBIT": 3,
    }.items():
        yield png(before=png_chunk(name.encode(), bytes(length)))
    yield _saved("PNG", exif=tiff(6), icc_profile=_ICC)
    yield _saved("PNG", frames=3)
    yield _saved("PNG", "RGBA", frames=2, default_image=True)
    yield _saved("PNG", "P", frames=3, transparency=1)


def _gifs() -> Iterator[bytes]:
    for mode in ("1", "L", "P", "RGB"):
        yield _saved("GIF", mode)
        yield _saved("GIF", mode, frames=3, comment=b"comment")
    yield _saved("GIF", "P", transparency=3, interlace=1)
    yield _saved("GIF", "L", size=(150, 90))


def _webps() -> Iterator[bytes]:
    yield from (webps.STILL, webps.ORIENTED, webps.ANIMATED)
    for mode in ("RGB", "RGBA"):
        for lossless in (False, True):
            yield _saved("WEBP", mode, lossless=lossless)
            yield _saved("WEBP", mode, frames=2, lossless=lossless)
    yield _saved("WEBP", exif=_EXIF, icc_profile=_ICC)


def _avifs() -> Iterator[bytes]:
    for mode in ("L", "RGB", "RGBA"):
        yield _saved("AVIF", mode)
        yield _saved("AVIF", mode, frames=2)
    yield _saved("AVIF", exif=_EXIF, icc_profile=_ICC)


_KNOWN = {
    "jpeg": Known(
        container=containers.JPEG,
        words=(
            *(bytes([0xFF, marker]) for marker in (*range(0xC0, 0xDF), 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE)),
            *(b"JFIF\0", b"JFXX\0", b"Exif\0\0", b"ICC_PROFILE\0", b"Adobe\0", b"MPF\0", b"Photoshop 3.0\0"),
            *(
                b"http://ns.adobe.com/xap/1.0/\0",
                b"II*\0\x08\0\0\0",
                b"MM\0*\0\0\0\x08",
                b"\1\x12\0\3\0\0\0\1\0\6",
                b"acsp",
            ),
        ),
        generated=_jpegs,
    ),
    "png": Known(
        container=containers.PNG,
        words=(
            *b"IHDR PLTE IDAT IEND tRNS acTL fcTL fdAT gAMA cHRM sRGB sBIT pHYs cICP mDCV cLLI eXIf iCCP".split(),
            *(b"tEXt", b"zTXt", b"iTXt", b"tIME", b"bKGD", b"hIST", b"sPLT", b"CgBI", b"MM\0*\0\0\0\x08", b"acsp"),
        ),
        generated=_pngs,
    ),
    "gif": Known(
        container=containers.GIF,
        words=(
            *(b"GIF87a", b"GIF89a", b"NETSCAPE2.0", b"ANIMEXTS1.0", b"XMP DataXMP", b"ICCRGBG1012", b"\3\1\0\0\0"),
            *(b"!\xf9\4", b"!\xff\x0b", b"!\xfe", b"!\1\x0c", b",\0\0\0\0", b";", b"\0;"),
        ),
        generated=_gifs,
    ),
    "webp": Known(
        container=containers.WEBP,
        words=(
            *(b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP", b"EXIF", b"XMP ", b"RIFF", b"WEBP"),
            *(b"\x9d\x01\x2a", b"\x2f", b"Exif\0\0", b"II*\0", b"acsp"),
        ),
        generated=_webps,
    ),
    "avif": Known(
        container=containers.AVIF,
        words=(
            *b"ftyp avif avis mif1 msf1 meta hdlr pict pitm iloc iinf infe iref iprp ipco ipma ispe pixi av1C".split(),
            *b"colr nclx prof rICC irot imir clap pasp auxC auxl cdsc thmb dimg grid av01 Exif mime idat mdat".split(),
            *b"moov mvhd trak tkhd mdia mdhd minf vmhd dinf stbl stsd stts stsc stsz stco stss edts uuid free".split(),
        ),
        generated=_avifs,
    ),
    "pdf": Known(
        generated=documents.pdfs,
        words=(
            *b"%PDF-1.7 %%EOF startxref xref trailer obj endobj stream endstream /Root /Size /Prev /Length".split(),
            *b"/Type /Catalog /Encrypt /JavaScript /JS /OpenAction /AA /Launch /EmbeddedFile /ObjStm /XRef /W".split(),
        ),
    ),
    "office": Known(
        container=containers.ZIP,
        generated=documents.offices,
        words=(
            *(
                b"PK\3\4",
                b"PK\1\2",
                b"PK\5\6",
                b"PK\6\6",
                b"PK\6\7",
                b"PK\7\x08",
                b"[Content_Types].xml",
                b"_rels/.rels",
            ),
            *(b"mimetype", b"META-INF/manifest.xml", b"word/document.xml", b"<!DOCTYPE", b"<!ENTITY", b"../"),
        ),
    ),
    "text": Known(
        words=(b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\r\n", b'","', b'""', b"=cmd|", b"<html", b"<?php")
    ),
}
