"""PNG, still or animated: the chunks that make the picture stay; text, GPS, private chunks and whatever follows the end
marker stay behind. The compressed rows are inflated to their exact length, which the header foretells, and thrown away.

Source: W3C PNG, third edition (sections 5: datastream; 9: filtering; 10: compression; 11: chunks; 13: decoders).

Kept: IHDR, PLTE, IDAT, IEND; tRNS; acTL, fcTL, fdAT of a whole animation; gAMA, cHRM, sRGB, sBIT, pHYs, cICP, mDCV,
cLLI where their length is right. Rewritten: eXIf, down to the orientation; iCCP, if its profile is whole. Dropped: all
else.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import Corrupt, TooComplex, TypeNotAllowed
from ..policy import PNG
from . import exif, icc, scripts
from .apng import Animation
from .buffer import Buffer, steps
from .inspection import Format, Inspection, Removed, Span, merged, total
from .png_rows import PIECE, Rows
from .revealed import Revealed, revealed

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNK_TYPE = re.compile(rb"[A-Za-z]{4}\Z")

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # colour type -> samples in a pixel (table 11.1)
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
# Chunks that change how the picture looks and have one possible length, so that nothing can hide in them.
_FIXED_LENGTHS = {
    b"gAMA": (4,),
    b"cHRM": (32,),
    b"sRGB": (1,),
    b"pHYs": (9,),
    b"cICP": (4,),
    b"mDCV": (24,),
    b"cLLI": (8,),
    b"sBIT": (1, 2, 3, 4),
}
_NAMES = {
    b"tEXt": "text",
    b"zTXt": "text",
    b"iTXt": "text",
    b"tIME": "time of last change",
    b"eXIf": "EXIF",
    b"iCCP": "broken colour profile",
    b"acTL": "broken animation",
    b"fcTL": "frame without an animation",
    b"fdAT": "frame without an animation",
}
# Even a picture of 100 MB in pieces of 8 kB has fewer; a file of empty chunks would only cost time.
_MAX_CHUNKS = 50_000


class _Chunk(NamedTuple):
    type: bytes
    start: int  # of its length field
    data: int  # of its data
    end: int  # after its CRC

    @property
    def length(self) -> int:
        return self.end - 4 - self.data


def sniff(head: bytes) -> bool:
    return head.startswith(_SIGNATURE)


def inspect(data: Buffer) -> Inspection:
    """Walk the chunks up to IEND. The rows themselves are left to `verify`."""
    chunks = _chunks(data)
    header = next(chunks, None)
    if header is not None and header.type == b"CgBI":
        raise TypeNotAllowed("a PNG in Apple's private variant", ["PNG"])
    if header is None or header.type != b"IHDR" or header.length != 13:
        raise Corrupt("its header is missing")
    _check_crc(data, header)
    width, height, depth, colour = _read_header(data[header.data : header.data + 13])
    parts: list[Span | bytes] = [Span(0, header.end)]
    removed: list[Removed] = []
    seen: set[bytes] = {b"IHDR"}
    kept: set[bytes] = set()  # of what may be there once, the first that can be used, as in decoders
    palette = 0  # colours in it
    orientation = 1
    told: Revealed | None = None
    animation: Animation | None = None
    previous = b"IHDR"

    for chunk in chunks:
        kind, start, at, end = chunk
        first = kind not in seen
        seen.add(kind)
        keep: Span | bytes | None = None
        if kind == b"IDAT":
            if not first and previous != b"IDAT":
                raise Corrupt("its picture data is torn apart")
            if colour == 3 and b"PLTE" not in seen:
                raise Corrupt("its palette is missing")
            if first and animation:
                animation.still()
            keep = Span(start, end)
        elif kind == b"PLTE":
            if not first or b"IDAT" in seen or colour in (0, 4) or chunk.length % 3 or not 3 <= chunk.length <= 768:
                raise Corrupt("its palette is broken")
            palette = chunk.length // 3
            keep = Span(start, end)
        elif kind == b"tRNS":
            if kind not in kept and b"IDAT" not in seen and _fits_transparency(chunk.length, colour, palette):
                keep = Span(start, end)
        elif kind == b"IEND":
            if b"IDAT" not in seen:
                raise Corrupt("it has no picture data")
            if chunk.length:
                raise Corrupt("its end marker is broken")
            _check_crc(data, chunk)
            if animation:
                animation.end()
            parts.append(Span(start, end))
            if end < len(data):
                removed.append(Removed("data after the end", len(data) - end))
            break
        elif kind == b"acTL":
            # Anywhere else, decoders show the picture without its frames (11.3.6.1).
            if first and b"IDAT" not in seen and chunk.length == 8:
                animation = Animation(data[at : at + 8], width, height)
                keep = Span(start, end)
        elif animation and kind == b"fcTL":
            animation.frame(data[at : min(end - 4, at + 27)])
            keep = Span(start, end)
        elif animation and kind == b"fdAT":
            animation.data(data[at : min(end - 4, at + 4)])
            keep = Span(start, end)
        elif kind in _FIXED_LENGTHS:
            if kind not in kept and b"IDAT" not in seen and chunk.length in _FIXED_LENGTHS[kind]:
                keep = Span(start, end)
        elif kind == b"eXIf" and first:
            block = data[at : min(end - 4, at + 65536)]
            orientation, told = exif.orientation(block), revealed(block)
            if orientation > 1:
                # Before the picture data, where every reader looks for it.
                tiff = exif.orientation_only(orientation)
                parts.insert(1, _write_chunk(b"eXIf", tiff))
                if data[at : end - 4] == tiff:
                    previous = kind
                    continue
        elif kind == b"iCCP" and first and b"IDAT" not in seen:
            keep = _rewrite_profile(data[at : min(end - 4, at + icc.MAX_BYTES)])
        elif not kind[0] & 0x20:  # upper case: a decoder that does not know it must give up (5.4)
            raise Corrupt("it holds a chunk that no decoder knows")
        if keep is None:
            removed.append(Removed(_NAMES.get(kind, f"chunk {kind.decode()}"), end - start))
        else:
            if isinstance(keep, Span):
                _check_crc(data, chunk)
            parts.append(keep)
            kept.add(kind)
        previous = kind
    else:
        raise Corrupt("it is cut short: the end marker is missing")

    return Inspection(
        media_type=PNG,
        extension="png",
        width=width,
        height=height,
        orientation=orientation,
        bit_depth=depth,
        frames=animation.pictures if animation else 1,
        parts=merged(parts),
        removed=total(removed),
        revealed=told,
    )


def verify(data: Buffer, inspection: Inspection) -> None:
    """Inflate the picture data, a little at a time, and refuse it unless it is exactly the rows of the picture and of
    each frame; refuse a script that lies uncompressed in what is kept.

    Memory stays at a few hundred kilobytes; time is bounded by the pixels, which the policy has allowed.
    """
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", data[16:29])
    bits = depth * _CHANNELS[colour]
    rows = Rows(width, height, bits, interlace)
    begun, animated = False, inspection.frames > 1
    for chunk in _chunks(data):
        if chunk.type == b"fcTL" and animated and begun:
            rows.end()
            width, height = struct.unpack(">II", data[chunk.data + 4 : chunk.data + 12])
            rows = Rows(width, height, bits, interlace)
        elif chunk.type == b"IDAT" or (chunk.type == b"fdAT" and animated):
            begun = True
            start = chunk.data + (4 if chunk.type == b"fdAT" else 0)  # after its sequence number
            for _, pending in steps(data, start, chunk.end - 4, PIECE):
                rows.inflate(pending)
    rows.end()
    scripts.refuse(data, inspection.parts)


def _chunks(data: Buffer) -> Iterator[_Chunk]:
    """Each chunk in turn (section 5.3), to the end of the file or the first that does not fit in it."""
    at, end = len(_SIGNATURE), len(data)
    for _ in range(_MAX_CHUNKS):
        if at + 12 > end:
            return
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        if not _CHUNK_TYPE.match(kind):
            raise Corrupt("something that is not PNG lies between its chunks")
        if at + 12 + length > end:
            return
        yield _Chunk(kind, at, at + 8, at + 12 + length)
        at += 12 + length
        if kind == b"IEND":
            return
    raise TooComplex("a PNG of more than {limit} chunks", limit=_MAX_CHUNKS)


def _check_crc(data: Buffer, chunk: _Chunk) -> None:
    """CRC-32 over type and data (section 5.5); in steps, since a chunk may be as large as the file."""
    crc = 0
    for _, piece in steps(data, chunk.data - 4, chunk.end - 4):
        crc = zlib.crc32(piece, crc)
    if crc != int.from_bytes(data[chunk.end - 4 : chunk.end], "big"):
        raise Corrupt("a checksum is wrong")


def _read_header(ihdr: bytes) -> tuple[int, int, int, int]:
    """Width, height, bit depth and colour type (section 11.2.1)."""
    width, height, depth, colour, compression, filtering, interlace = struct.unpack(">IIBBBBB", ihdr)
    if not 0 < width < 1 << 31 or not 0 < height < 1 << 31:
        raise Corrupt("its width or height is zero")
    if depth not in _DEPTHS.get(colour, ()) or compression or filtering or interlace > 1:
        raise Corrupt("its header is broken")
    return width, height, depth, colour


def _fits_transparency(length: int, colour: int, palette: int) -> bool:
    """tRNS: one sample of grey, three of colour, or up to an alpha for each colour of the palette, which comes before
    (section 11.3.1). Decoders ignore any other."""
    return {0: length == 2, 2: length == 6, 3: 1 <= length <= palette}.get(colour, False)


def _rewrite_profile(body: bytes) -> bytes | None:
    """An iCCP chunk (section 11.3.2.3) with the same profile, and nothing of the file's own in its name or after its
    compressed data; None if there is no whole profile in it. A profile that inflates without end is cut off."""
    _, separator, rest = body.partition(b"\0")
    if not separator or rest[:1] != b"\0":
        return None
    try:
        profile = zlib.decompressobj().decompress(rest[1:], icc.MAX_BYTES + 1)
    except zlib.error:
        return None
    return _write_chunk(b"iCCP", b"ICC\0\0" + zlib.compress(profile)) if icc.is_whole(profile) else None


def _write_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


FORMAT = Format(media_type=PNG, name="PNG", sniff=sniff, inspect=inspect, verify=verify)
