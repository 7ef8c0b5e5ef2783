"""WebP: the picture, or the frames of the animation, stay byte for byte; GPS, XMP, chunks of unknown kinds, junk in
padding and whatever follows the end of the file stay behind.

Sources: RFC 9649, section 2 (the container); CIPA DC-008 (Exif). The pictures' own headers are read by `vp8`.

Kept: VP8, VP8L, ALPH before VP8; ANIM; ANMF with nothing in it but those; ICCP, if its profile is whole. Rewritten: the
size in RIFF; VP8X, down to flags of what is there; EXIF, down to the orientation; reserved bits and padding, to zero.
Dropped: all else.

Not proved: that the bytes of a picture are used up where its chunk ends. RIFF says how long a chunk is, VP8 and VP8L do
not say where their last bit is; only decoding finds it. Far more bytes than the pixels can need are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..errors import Corrupt, TooComplex
from ..policy import WEBP
from . import exif, icc, scripts, vp8
from .buffer import Buffer
from .inspection import Format, Inspection, Removed, Span, merged, total
from .revealed import Revealed, revealed

_VP8, _VP8L, _VP8X, _ALPH, _ANIM, _ANMF = b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"
_ICCP, _EXIF, _XMP = b"ICCP", b"EXIF", b"XMP "
_PICTURE = (_ALPH, _VP8, _VP8L)
_HAS_PROFILE, _HAS_ALPHA, _HAS_EXIF, _HAS_ANIMATION = 0x20, 0x10, 0x08, 0x02  # flags of VP8X (2.7)

_NAMES = {
    _EXIF: "EXIF",
    _XMP: "XMP",
    _ICCP: "broken colour profile",
    _ANIM: "animation of a still picture",
    _ANMF: "animation of a still picture",
    **dict.fromkeys(_PICTURE, "further picture"),
}
# Ten minutes at 15 frames a second; a file of tiny chunks would only cost time.
_MAX_CHUNKS = 20_000
_MAX_SIZE = (1 << 32) - 10  # that RIFF can state (2.4)


class _Chunk(NamedTuple):
    type: bytes
    start: int  # of its type
    data: int  # of its data
    end: int  # of its data
    next: int  # after its padding

    @property
    def length(self) -> int:
        return self.end - self.data


class _Content(NamedTuple):
    """What stands between the RIFF header and the end."""

    width: int
    height: int
    parts: list[Span | bytes]
    frames: int = 1
    orientation: int = 1
    revealed: Revealed | None = None


def sniff(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def inspect(data: Buffer) -> Inspection:
    """Walk the chunks up to the end that RIFF states (2.4)."""
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise Corrupt("it is cut short")
    budget = iter(range(_MAX_CHUNKS))
    chunks = _chunks(data, 12, end, budget)
    removed: list[Removed] = []
    first = next(chunks, None)
    if first is None or first.type not in (_VP8, _VP8L, _VP8X):
        raise Corrupt("it does not begin with a picture")
    if first.type == _VP8X:
        content = _read_extended(data, first, chunks, budget, removed)
    else:
        content = _read_simple(data, first, chunks, removed)
    if end < len(data):
        removed.append(Removed("data after the end", len(data) - end))
    size = 4 + _size(content.parts)
    if size > _MAX_SIZE:
        raise Corrupt("it is longer than a WebP can be")
    header = b"RIFF" + size.to_bytes(4, "little") + b"WEBP"
    return Inspection(
        media_type=WEBP,
        extension="webp",
        width=content.width,
        height=content.height,
        frames=content.frames,
        orientation=content.orientation,
        parts=merged([_literal(data, 0, header), *content.parts]),
        removed=total(removed),
        revealed=content.revealed,
    )


def _read_simple(data: Buffer, first: _Chunk, chunks: Iterator[_Chunk], removed: list[Removed]) -> _Content:
    """One picture and nothing else (2.5, 2.6)."""
    picture = _read_picture(data, [first])
    removed.extend(_removed(chunk) for chunk in chunks)
    return _Content(picture.width, picture.height, _whole(data, first, removed))


def _read_extended(
    data: Buffer, header: _Chunk, chunks: Iterator[_Chunk], budget: Iterator[int], removed: list[Removed]
) -> _Content:
    """A picture or an animation with what belongs to it (2.7), put into the order that the specification asks for.

    As in its decoders, EXIF, profile and animation are there only if the header has their flag, and the first counts.
    """
    if header.length != 10:
        raise Corrupt("its header is broken")
    flags = data[header.data]
    width, height = (_uint24(data, header.data + at) + 1 for at in (4, 7))
    still: list[_Chunk] = []
    profile: list[Span | bytes] = []
    animation: list[Span | bytes] = []
    pictures: list[Span | bytes] = []
    orientation: list[Span | bytes] = []
    told: Revealed | None = None
    frames, turned = 0, 1
    seen: set[bytes] = set()

    for chunk in chunks:
        kind = chunk.type
        first = kind not in seen
        seen.add(kind)
        if kind in _PICTURE:
            still.append(chunk)
        elif kind == _ANIM and flags & _HAS_ANIMATION:
            if not first or chunk.length != 6:
                raise Corrupt("the header of its animation is broken")
            animation = _whole(data, chunk, removed)
        elif kind == _ANMF and flags & _HAS_ANIMATION:
            if not animation:
                raise Corrupt("the header of its animation is missing")
            pictures += _read_frame(data, chunk, width, height, budget, removed)
            frames += 1
        elif kind == _ICCP and flags & _HAS_PROFILE and first and _is_profile(data, chunk):
            profile = _whole(data, chunk, removed)
        elif kind == _EXIF and flags & _HAS_EXIF and first:
            turned, orientation = _rewrite_exif(data, chunk, removed)
            told = revealed(_exif(data, chunk))
        else:
            removed.append(_removed(chunk))

    if flags & _HAS_ANIMATION:
        if still:
            raise Corrupt("a picture lies outside its animation")
        if not frames:
            raise Corrupt("its animation has no frames")
    else:
        picture = _read_picture(data, still)
        if (picture.width, picture.height) != (width, height):
            raise Corrupt("its header and its picture have different sizes")
        pictures = [part for chunk in still for part in _whole(data, chunk, removed)]
        frames = 1
    true_flags = (
        bool(profile) * _HAS_PROFILE
        | flags & _HAS_ALPHA  # as it is: some decoders go by it, others by the picture, and each shall show the same
        | bool(orientation) * _HAS_EXIF
        | bool(animation) * _HAS_ANIMATION
    )
    canvas = data[header.data + 4 : header.end]
    rewritten = _literal(data, header.start, _VP8X + b"\x0a\0\0\0" + bytes([true_flags, 0, 0, 0]) + canvas)
    return _Content(width, height, [rewritten, *profile, *animation, *pictures, *orientation], frames, turned, told)


def _read_frame(
    data: Buffer, chunk: _Chunk, width: int, height: int, budget: Iterator[int], removed: list[Removed]
) -> list[Span | bytes]:
    """A frame of an animation on a canvas (2.7.1.1), with its picture alone."""
    if chunk.length < 16 or chunk.length % 2:
        raise Corrupt("a frame of its animation is broken")
    left, top, columns, rows = (_uint24(data, chunk.data + at) for at in (0, 3, 6, 9))
    inside = []
    for part in _chunks(data, chunk.data + 16, chunk.end, budget):
        if part.type in _PICTURE:
            inside.append(part)
        else:
            removed.append(_removed(part))
    picture = _read_picture(data, inside)
    if (picture.width, picture.height) != (columns + 1, rows + 1):
        raise Corrupt("a frame of its animation and its picture have different sizes")
    if 2 * left + picture.width > width or 2 * top + picture.height > height:
        raise Corrupt("a frame of its animation lies outside its canvas")
    kept = [piece for part in inside for piece in _whole(data, part, removed)]
    place = data[chunk.data : chunk.data + 15] + bytes([data[chunk.data + 15] & 3])  # blending, disposal
    header = _ANMF + (16 + _size(kept)).to_bytes(4, "little") + place
    return [_literal(data, chunk.start, header), *kept]


def _read_picture(data: Buffer, chunks: list[_Chunk]) -> vp8.Picture:
    """The one picture that `chunks` make up: lossless, lossy, or lossy with transparency before it (2.7.1.2)."""
    kinds = [chunk.type for chunk in chunks[:3]]
    if kinds == [_VP8L]:
        return vp8.read_lossless(data, chunks[0].data, chunks[0].end)
    if kinds not in ([_VP8], [_ALPH, _VP8]):
        raise Corrupt("it does not hold one whole picture")
    picture = vp8.read_lossy(data, chunks[-1].data, chunks[-1].end)
    if kinds == [_ALPH, _VP8]:
        vp8.check_alpha(data, chunks[0].data, chunks[0].end, picture)
    return picture


def _rewrite_exif(data: Buffer, chunk: _Chunk, removed: list[Removed]) -> tuple[int, list[Span | bytes]]:
    """The orientation, and an EXIF chunk (2.7.1.5) that says nothing else, if there is something to say."""
    turned = exif.orientation(_exif(data, chunk))
    tiff = exif.orientation_only(turned)
    if turned > 1 and data[chunk.data : chunk.end] == tiff:
        return turned, [Span(chunk.start, chunk.end)]
    removed.append(_removed(chunk))
    return turned, [_EXIF + len(tiff).to_bytes(4, "little") + tiff] if turned > 1 else []


def _exif(data: Buffer, chunk: _Chunk) -> bytes:
    """The TIFF block of an EXIF chunk; some writers take a JPEG's prefix along."""
    return data[chunk.data : min(chunk.end, chunk.data + 65536)].removeprefix(exif.HEADER)


def _is_profile(data: Buffer, chunk: _Chunk) -> bool:
    return chunk.length <= icc.MAX_BYTES and icc.is_whole(data[chunk.data : chunk.end])


def _chunks(data: Buffer, at: int, end: int, budget: Iterator[int]) -> Iterator[_Chunk]:
    """Each chunk in turn (2.3) from `at` to `end`, which the last one has to reach."""
    while at < end:
        if next(budget, None) is None:
            raise TooComplex("a WebP of more than {limit} chunks", limit=_MAX_CHUNKS)
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        chunk_end = at + 8 + length
        if chunk_end > end:
            raise Corrupt("it is cut short in a chunk")
        # Some writers forget the padding of the last chunk, and of RIFF's size.
        chunk = _Chunk(data[at : at + 4], at, at + 8, chunk_end, min(chunk_end + length % 2, end))
        yield chunk
        at = chunk.next


def _whole(data: Buffer, chunk: _Chunk, removed: list[Removed]) -> list[Span | bytes]:
    """A chunk as it is. The byte that pads an odd length is zero (2.3), whatever it was."""
    if chunk.length % 2 == 0:
        return [Span(chunk.start, chunk.end)]
    padding = data[chunk.end : chunk.next]
    if padding.strip(b"\0"):
        removed.append(Removed("padding", 1))
    return [Span(chunk.start, chunk.end), Span(chunk.end, chunk.next) if padding == b"\0" else b"\0"]


def _literal(data: Buffer, at: int, wanted: bytes) -> Span | bytes:
    """`wanted`, which nearly always is what the source has there."""
    return Span(at, at + len(wanted)) if data[at : at + len(wanted)] == wanted else wanted


def _uint24(data: Buffer, at: int) -> int:
    return int.from_bytes(data[at : at + 3], "little")


def _size(parts: list[Span | bytes]) -> int:
    return sum(part.end - part.start if isinstance(part, Span) else len(part) for part in parts)


def _removed(chunk: _Chunk) -> Removed:
    return Removed(_NAMES.get(chunk.type, "unknown chunk"), chunk.next - chunk.start)


FORMAT = Format(media_type=WEBP, name="WebP", sniff=sniff, inspect=inspect, verify=scripts.refuse_early)
