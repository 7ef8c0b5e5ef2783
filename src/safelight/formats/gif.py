"""GIF, still or animated: the frames, their colours and their timing stay; comments, text, data of applications and
whatever follows the end marker stay behind. The compressed pixels are counted, not decoded.

Source: CompuServe GIF89a (sections 15, 16: sub-blocks; 17 to 27: blocks; appendix F: LZW); Netscape's loop extension.

Kept: header, logical screen, colour tables, images, trailer; the graphic control of an image; the loop extension, down
to the number of loops. Dropped: all else. Plain text, because no browser has ever drawn it; colour profiles, because no
browser applies one to a GIF: the colours stay as they are seen.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import Corrupt, TooComplex
from ..policy import GIF
from . import lzw, scripts
from .buffer import Buffer
from .inspection import Format, Inspection, Removed, Span, merged, total

_IMAGE, _TRAILER = b",", b";"
_CONTROL, _APPLICATION = b"!\xf9", b"!\xff"
_LOOPS = (b"!\xff\x0bNETSCAPE2.0\3\1", b"!\xff\x0bANIMEXTS1.0\3\1")
_NAMES = {
    b"!\x01": "plain text",
    b"!\xfe": "comment",
    b"!\xff\x0bXMP Data": "XMP",
    b"!\xff\x0bICCRGBG1": "colour profile",
    _APPLICATION: "application data",
}

# A frame is two blocks, and an animation has some hundreds; a file of empty ones would only cost time.
_MAX_BLOCKS = 75_000
# All sub-blocks but the last of a frame have 255 bytes, and on average they must have 64; a large file of single bytes
# would only cost time.
_MAX_SUB_BLOCKS = 400_000
_SUB_BLOCK = 64
_STEP = 1 << 12  # bytes in which sub-blocks are looked for together
# How much `verify` counts: half a second's work, some seven megabytes.
_MAX_RUNS = 12_000


class _Block(NamedTuple):
    kind: bytes  # its first byte, or two for an extension
    start: int
    data: int  # its sub-blocks
    end: int
    head: bytes  # the first bytes of it: all of those that have a fixed length


def sniff(head: bytes) -> bool:
    return head[:6] in (b"GIF87a", b"GIF89a")


def inspect(data: Buffer) -> Inspection:
    """Walk the blocks up to the trailer. The compressed pixels are left to `verify`."""
    if len(data) < 13:
        raise Corrupt("it is cut short in its header")
    screen = width, height = struct.unpack("<HH", data[6:10])
    table = _table_size(data[10])
    parts: list[Span | bytes] = []
    removed: list[Removed] = []
    control: Span | None = None  # of the image to come
    frames = 0
    looped = False

    for kind, start, body, end, head in _blocks(data):
        keep: Span | bytes | None = None
        if kind == _IMAGE:
            frames += 1
            left, top, columns, rows, flags = struct.unpack_from("<HHHHB", head, 1)
            if not columns or not rows:
                raise Corrupt("its width or height is zero")
            # Decoders make room for a first frame that is larger than the screen. About later ones they disagree.
            if frames == 1:
                width, height = max(width, left + columns), max(height, top + rows)
            if left + columns > width or top + rows > height or max(width, height) >= 1 << 16:
                raise Corrupt("a frame lies outside the picture")
            if not table and not _table_size(flags):
                raise Corrupt("its colour table is missing")
            if not 2 <= data[body - 1] <= 8:  # bits in a pixel; decoders disagree about 1
                raise Corrupt("its compressed data is broken")
            if control:
                parts.append(control)
                control = None
            keep = Span(start, end)
        elif kind == _CONTROL:
            if end - start != 8 or head[2] != 4:  # the length is fixed (section 23)
                raise Corrupt("the timing of a frame is broken")
            if control:
                removed.append(Removed("timing without a frame", 8))
            control = Span(start, end)
            continue
        elif kind == _TRAILER:
            if not frames:
                raise Corrupt("it has no picture data")
            if control:
                removed.append(Removed("timing without a frame", 8))
            parts.append(Span(start, end))
            if end < len(data):
                removed.append(Removed("data after the end", len(data) - end))
            break
        elif head.startswith(_LOOPS) and not looped:
            looped = True
            keep = Span(start, end)
            if end - start != 19:
                keep = head[:18] + b"\0"
                removed.append(Removed("application data", end - start - 19))
        if keep is not None:
            parts.append(keep)
        else:
            name = _NAMES.get(head[:11]) or _NAMES.get(kind) or f"extension {kind[1]:02X}"
            removed.append(Removed(name, end - start))

    size = Span(6, 10) if (width, height) == screen else struct.pack("<HH", width, height)
    return Inspection(
        media_type=GIF,
        extension="gif",
        width=width,
        height=height,
        frames=frames,
        parts=merged([Span(0, 6), size, Span(10, 13 + table), *parts]),
        removed=total(removed),
    )


def verify(data: Buffer, inspection: Inspection) -> None:
    """Count the compressed pixels of each frame, and refuse the file unless they are exactly as many as the frame has,
    with nothing behind them; refuse a script that lies open in what is kept.

    Not proved: that the pixels show anything; and, in a file of more than some seven megabytes (or of very many clear
    codes, which cost time as well), the frames that come last. Their blocks are whole, and that is all that is known.
    """
    runs = _MAX_RUNS
    for block in _blocks(data):
        if block.kind == _IMAGE and runs:
            columns, rows = struct.unpack_from("<HH", block.head, 5)
            runs = lzw.check(_pieces(data, block), data[block.data - 1], columns * rows, runs)
    scripts.refuse(data, inspection.parts)


def _blocks(data: Buffer) -> Iterator[_Block]:
    """Each block in turn, to the trailer; what is not a block is refused."""
    at = 13 + _table_size(data[10])
    spare = _MAX_SUB_BLOCKS + len(data) // _SUB_BLOCK
    for _ in range(_MAX_BLOCKS):
        head = data[at : at + 19]
        kind = head[:1]
        if kind == _TRAILER:
            yield _Block(kind, at, at + 1, at + 1, head)
            return
        if kind == b"!":
            kind, body = head[:2], at + 2
        elif kind == _IMAGE and len(head) > 10:
            body = at + 11 + _table_size(head[9])  # a byte before its sub-blocks says how many bits a pixel has
        elif kind in (_IMAGE, b""):
            raise Corrupt("it is cut short: the end marker is missing")
        else:
            raise Corrupt("something that is not GIF lies between its blocks")
        end, spare = _chain_end(data, body, spare)
        yield _Block(kind, at, body, end, head)
        at = end
    raise TooComplex("a GIF of more than {limit} blocks", limit=_MAX_BLOCKS)


def _chain_end(data: Buffer, at: int, spare: int) -> tuple[int, int]:
    """Where the sub-blocks that begin at `at` end, after the empty one (section 16), and how many more there may be."""
    while at < len(data):
        window, offset, count, size = data[at : at + _STEP], 0, 0, 1
        while size and offset < len(window):
            size = window[offset]
            offset += size + 1
            count += 1
        at += offset
        spare -= count
        if spare < 0:
            raise TooComplex("a GIF in tiny pieces")
        if not size:
            return at, spare
    raise Corrupt("it is cut short in the middle of a block")


def _pieces(data: Buffer, block: _Block) -> Iterator[bytes]:
    """What the sub-blocks of a block hold, a few kilobytes at a time."""
    at = block.data
    while at < block.end:
        window, offset, pieces = data[at : min(at + _STEP, block.end)], 0, []
        while offset < len(window) and offset + window[offset] < len(window):
            size = window[offset]
            pieces.append(window[offset + 1 : offset + 1 + size])
            offset += size + 1
        at += offset
        yield b"".join(pieces)


def _table_size(flags: int) -> int:
    """Bytes in the colour table that a screen or image descriptor announces (sections 18, 20)."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


FORMAT = Format(media_type=GIF, name="GIF", sniff=sniff, inspect=inspect, verify=verify)
