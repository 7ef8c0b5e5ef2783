"""Animated PNG: there are as many frames as the animation's header says, in order, each inside the canvas, so that
every decoder sees the same animation, and what it will decode has been counted.

Source: W3C PNG, third edition (section 11.3.6: animation information).
"""

from __future__ import annotations

import struct

from ..errors import Corrupt


class Animation:
    """The promises of acTL, kept by the fcTL and fdAT chunks that follow. Raises `Corrupt` where they are not."""

    def __init__(self, header: bytes, width: int, height: int) -> None:
        self._promised, _ = struct.unpack(">II", header)  # and how often to play them; 0: for ever
        self._canvas = width, height
        self._frames = 0
        self._sequence = 0  # fcTL and fdAT are numbered together, from 0
        self._waiting = False  # for the data of a frame
        self._still = False  # whether the picture that decoders without animation show has come,
        self._apart = False  # and whether it is no frame of the animation

    @property
    def pictures(self) -> int:
        """How many there are to decode: the frames, and the still picture if it is none of them."""
        return self._frames + self._apart

    def frame(self, control: bytes) -> None:
        """An fcTL chunk (11.3.6.2), whose length is fixed."""
        if len(control) != 26 or self._waiting:
            raise Corrupt("a frame of its animation is broken")
        number, width, height, left, top, _, _, dispose, blend = struct.unpack(">IIIIIHHBB", control)
        self._count(number)
        if not width or not height or dispose > 2 or blend > 1:
            raise Corrupt("a frame of its animation is broken")
        if left + width > self._canvas[0] or top + height > self._canvas[1]:
            raise Corrupt("a frame lies outside the picture")
        if not self._still and (width, height) != self._canvas:
            raise Corrupt("a frame does not have the size of its picture")
        self._frames += 1
        self._waiting = True

    def still(self) -> None:
        """The first IDAT chunk: the data of the first frame, if that has come, or of a picture apart."""
        self._still = True
        self._apart = not self._waiting
        self._waiting = False

    def data(self, number: bytes) -> None:
        """An fdAT chunk (11.3.6.3), by its first four bytes."""
        if len(number) != 4 or not self._still or self.pictures < 2:  # the first one's data is in IDAT
            raise Corrupt("a frame of its animation is broken")
        self._count(int.from_bytes(number, "big"))
        self._waiting = False

    def end(self) -> None:
        if self._frames != self._promised or not self._frames or self._waiting:
            raise Corrupt("it has not as many frames as its animation needs")

    def _count(self, number: int) -> None:
        if number != self._sequence:
            raise Corrupt("the frames of its animation are not in order")
        self._sequence += 1
