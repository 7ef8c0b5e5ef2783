"""AV1's units: those that make the picture stay, bit for bit; metadata, padding and unknown units stay behind; and how
many frames a decoder would meet is known without decoding any.

Source: AV1 Bitstream & Decoding Process Specification (5.3: OBUs; 7.5: their order).

Kept: sequence header, temporal delimiter, frames and tile groups. Dropped: all other units.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..errors import Corrupt, TooComplex
from .av1_headers import MAX_FRAME_HEADER, MAX_SEQUENCE_HEADER, Sequence, read_frame_header, read_sequence_header
from .inspection import Removed, Span, total
from .isobmff import Payload

_SEQUENCE, _DELIMITER, _FRAME_HEADER, _TILE_GROUP, _METADATA, _FRAME, _PADDING = 1, 2, 3, 4, 5, 6, 15
_NAMES = {_METADATA: "metadata in the picture data", _PADDING: "padding in the picture data"}

# A picture has 3 units, and one more for each of its tiles (at most 4096) if its encoder likes it so.
_MAX_UNITS = 5_000
# For one picture to be shown: layers that refine it, or references for the frames of an animation to come.
_MAX_FRAMES = 8
_MAX_LAYERS = 4


class TemporalUnit(NamedTuple):
    """One picture to be shown, with all that it takes to decode it (7.5)."""

    sequence: Sequence
    kept: tuple[Span, ...]
    frames: int  # to be decoded
    stands_alone: bool  # it needs nothing that came before
    obus: int
    removed: tuple[Removed, ...]


class _Obu(NamedTuple):
    kind: int
    layers: int  # the bits of its temporal and spatial layer in `Sequence.layers`; 0: it belongs to all
    start: int
    payload: int
    end: int


def read_temporal_unit(payload: Payload, sequence: Sequence | None = None) -> TemporalUnit:
    """Walk the OBUs of an image item or a sample; it must stand alone unless the `sequence` before it is given."""
    begins = sequence is None
    has_header = stands_alone = False
    kept: list[Span] = []
    removed: list[Removed] = []
    shown = decoded = obus = 0
    in_frame = tiles_missing = False

    for obu in _obus(payload):
        obus += 1
        keep = obu.kind in (_SEQUENCE, _DELIMITER, _FRAME_HEADER, _FRAME, _TILE_GROUP)
        if obu.kind == _SEQUENCE:
            if obu.end - obu.payload > MAX_SEQUENCE_HEADER:
                raise Corrupt("something is hidden in a header of its picture data")
            found = read_sequence_header(payload.read(obu.payload, obu.end - obu.payload))
            if sequence not in (None, found):
                raise Corrupt("its picture data contradicts itself")
            sequence, has_header = found, True
        elif obu.kind == _DELIMITER:
            if obus > 1 or obu.payload != obu.end:
                raise Corrupt("it holds more than one picture where one should be")
        elif keep and sequence is None:
            raise Corrupt("its picture data has no header")
        elif keep and sequence and sequence.layers and obu.layers & ~sequence.layers:
            keep = False  # decoders leave it out (5.3.1)
        elif obu.kind == _TILE_GROUP:
            if not in_frame or obu.payload == obu.end:
                raise Corrupt("its picture data is torn apart")
            tiles_missing = False
        elif keep and sequence:
            header = payload.read(obu.payload, min(obu.end - obu.payload, MAX_FRAME_HEADER))
            frame = read_frame_header(header, sequence)
            if tiles_missing or (obu.kind == _FRAME and not frame.decoded):
                raise Corrupt("its picture data is torn apart")
            if not decoded and not shown:
                stands_alone = has_header and frame.key and frame.shown
            if begins and not stands_alone:
                raise Corrupt("its picture data begins in the middle")
            decoded += frame.decoded
            shown += frame.shown
            in_frame = frame.decoded
            tiles_missing = frame.decoded and obu.kind == _FRAME_HEADER
        if keep:
            kept += payload.cut(obu.start, obu.end)
        else:
            removed.append(Removed(_NAMES.get(obu.kind, "unused picture data"), obu.end - obu.start))

    if sequence is None or not shown or tiles_missing:
        raise Corrupt("its picture data is cut short")
    if shown > (_MAX_LAYERS if sequence.layers else 1):
        raise Corrupt("it holds more than one picture where one should be")
    if decoded > _MAX_FRAMES:
        raise TooComplex("an AV1 picture of more than {limit} frames", limit=_MAX_FRAMES)
    return TemporalUnit(sequence, tuple(kept), decoded, stands_alone, obus, total(removed))


def _obus(payload: Payload) -> Iterator[_Obu]:
    """Each unit in turn (5.3); together they are exactly the payload."""
    at = 0
    for _ in range(_MAX_UNITS + 1):
        if at == payload.size:
            return
        head = payload.read(at, 10)
        extended = head[0] >> 2 & 1
        # The forbidden bit and the reserved ones are zero (5.3.2, 5.3.3).
        if head[0] & 0x81 or (extended and (len(head) < 2 or head[1] & 7)):
            raise Corrupt("something that is not AV1 lies in its picture data")
        layers = 1 << (head[1] >> 5) | 1 << 8 + (head[1] >> 3 & 3) if extended else 0
        body = at + 1 + extended
        end = payload.size
        if head[0] & 2:
            length, size = _leb128(head[1 + extended :])
            body += length
            end = body + size
        if end > payload.size:
            raise Corrupt("its picture data is cut short")
        yield _Obu(head[0] >> 3 & 15, layers, at, body, end)
        at = end
    raise TooComplex("an AV1 picture of more than {limit} pieces", limit=_MAX_UNITS)


def _leb128(data: bytes) -> tuple[int, int]:
    """How many bytes a number of seven bits a byte takes (4.10.5), and the number."""
    value = 0
    for index, byte in enumerate(data[:8]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return index + 1, value
    raise Corrupt("its picture data is cut short")
