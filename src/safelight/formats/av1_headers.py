"""AV1's headers: how large every frame is, and of what kind its samples are, without decoding any.

Source: AV1 Bitstream & Decoding Process Specification (5.5: sequence header; 5.9: frame header); AV1 in ISOBMFF (2.3.3:
av1C). A frame has the size that the sequence header says, or is refused: so that is what a decoder allocates.
"""

from __future__ import annotations

from typing import NamedTuple

from ..errors import Corrupt, TypeNotAllowed

MAX_SEQUENCE_HEADER = 400
"""Bytes: 32 operating points with everything that they can have."""
MAX_FRAME_HEADER = 32
"""Bytes of one that are read here."""

_KEY_FRAME, _SWITCH_FRAME = 0, 3


class Sequence(NamedTuple):
    """What a sequence header says (5.5), as far as it matters to those who do not decode."""

    width: int
    height: int
    depth: int
    monochrome: bool
    configuration: bytes  # profile, level and kind of samples, as in an av1C box (AV1 in ISOBMFF, 2.3.3)
    layers: int  # those that are decoded: temporal and spatial ones, a bit for each; 0 if there are none
    reduced: bool  # a still picture, whose frame header leaves most fields out
    time_bits: int  # of the presentation time in a frame header
    id_bits: int  # of the frame's number there
    screen_content: int  # 0 or 1; 2: the frame header says
    integer_motion: int  # likewise

    @property
    def samples(self) -> tuple[int, int, int, int]:
        """What the tiles of one picture must have in common: size, profile, and kind of samples."""
        return self.width, self.height, self.configuration[1] >> 5, self.configuration[2] & 0x7F


class Frame(NamedTuple):
    key: bool
    shown: bool
    decoded: bool  # or only shown again


class _Bits:
    """Bits of a header, from each byte's highest to its lowest."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise Corrupt("a header in its picture data is cut short")
        return self._value >> self._left & (1 << count) - 1

    def flag(self) -> bool:
        return self.take(1) == 1

    def end(self) -> None:
        """A one and then zeros fill what is left (5.3.4); anything else could be anything."""
        if not self.flag() or self.take(self._left):
            raise Corrupt("something is hidden in a header of its picture data")


def read_sequence_header(data: bytes) -> Sequence:
    """A sequence header (5.5.1), to its last bit."""
    bits = _Bits(data)
    profile, still, reduced = bits.take(3), bits.flag(), bits.flag()
    if profile > 2 or (reduced and not still):
        raise Corrupt("a header in its picture data is broken")
    time_bits = 0
    if reduced:
        layers, level, tier = 0, bits.take(5), 0
    else:
        delay_bits = 0
        if bits.flag():  # timing_info (5.5.3)
            bits.take(64)
            equal_interval = bits.flag()
            if equal_interval:
                _skip_uvlc(bits)
            if bits.flag():  # decoder_model_info (5.5.4)
                delay_bits = bits.take(5) + 1
                bits.take(32 + 5)
                time_bits = bits.take(5) + 1
                if equal_interval:
                    time_bits = 0
        layers, level, tier = _read_operating_points(bits, delay_bits)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    width, height = bits.take(width_bits) + 1, bits.take(height_bits) + 1
    id_bits = 0
    if not reduced and bits.flag():
        id_bits = bits.take(4) + 2
        id_bits += bits.take(3) + 1
    bits.take(3)
    screen_content = integer_motion = 2
    if not reduced:
        bits.take(4)
        order_hint = bits.flag()
        bits.take(2 if order_hint else 0)
        screen_content = 2 if bits.flag() else bits.take(1)
        if screen_content:
            integer_motion = 2 if bits.flag() else bits.take(1)
        bits.take(3 if order_hint else 0)
    bits.take(3)
    depth, monochrome, samples = _read_color_config(bits, profile)
    bits.take(1)
    bits.end()
    configuration = bytes([0x81, profile << 5 | level, tier << 7 | samples, 0])
    return Sequence(
        width,
        height,
        depth,
        monochrome,
        configuration,
        layers,
        reduced,
        time_bits,
        id_bits,
        screen_content,
        integer_motion,
    )


def _read_operating_points(bits: _Bits, delay_bits: int) -> tuple[int, int, int]:
    """Layers, level and tier of the first operating point, which is what decoders choose (5.5.1)."""
    display_delay = bits.flag()
    points = []
    for _ in range(bits.take(5) + 1):
        layers, level = bits.take(12), bits.take(5)
        tier = bits.take(1) if level > 7 else 0
        if delay_bits and bits.flag():
            bits.take(2 * delay_bits + 1)
        if display_delay and bits.flag():
            bits.take(4)
        points.append((layers, level, tier))
    return points[0]


def _read_color_config(bits: _Bits, profile: int) -> tuple[int, bool, int]:
    """Bit depth, whether there is no colour, and the seven bits that say so in an av1C box (5.5.2)."""
    high = bits.take(1)
    twelve = bits.take(1) if profile == 2 and high else 0
    monochrome = 0 if profile == 1 else bits.take(1)
    described = bits.take(24) if bits.flag() else 0x020202
    across = down = 1  # subsampling
    position = 0
    if monochrome:
        bits.take(1)
    elif described == 0x010D00:  # sRGB stored as it is
        across = down = 0
        bits.take(1)
    else:
        bits.take(1)
        if profile == 1:
            across = down = 0
        elif profile == 2 and twelve:
            across = bits.take(1)
            down = bits.take(1) if across else 0
        elif profile == 2:
            down = 0
        position = bits.take(2) if across and down else 0
        bits.take(1)
    samples = high << 6 | twelve << 5 | monochrome << 4 | across << 3 | down << 2 | position
    return 8 + 2 * high + 2 * twelve, monochrome == 1, samples


def _skip_uvlc(bits: _Bits) -> None:
    """A number with as many zeros before it as it has bits after its first one (4.10.3)."""
    zeros = 0
    while not bits.flag():
        zeros += 1
    bits.take(zeros if zeros < 32 else 0)


def read_frame_header(data: bytes, sequence: Sequence) -> Frame:
    """The beginning of a frame header (5.9.2), to where it could say that this frame has a size of its own."""
    if sequence.reduced:
        return Frame(key=True, shown=True, decoded=True)
    bits = _Bits(data)
    if bits.flag():
        return Frame(key=False, shown=True, decoded=False)
    kind, shown = bits.take(2), bits.flag()
    if shown:
        bits.take(sequence.time_bits)
    else:
        bits.take(1)
    if kind != _SWITCH_FRAME and not (kind == _KEY_FRAME and shown):
        bits.take(1)
    bits.take(1)
    screen_content = bits.take(1) if sequence.screen_content == 2 else sequence.screen_content
    if screen_content and sequence.integer_motion == 2:
        bits.take(1)
    bits.take(sequence.id_bits)
    # A few bytes could claim a frame of 65536 x 65536 that neither the box nor the sequence header tell of.
    if kind == _SWITCH_FRAME or bits.flag():
        raise TypeNotAllowed("an AVIF picture of layers or frames of different sizes", ["AVIF of one size"])
    return Frame(kind == _KEY_FRAME, shown, decoded=True)
