"""Boxes, of which AVIF files are made: reading them within their bounds, and writing new ones.

Source: ISO/IEC 14496-12 (sections 4.2: object structure; 8.1: file structure).
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from ..errors import Corrupt, TooComplex
from .buffer import Buffer
from .inspection import Span

# Every list in a file of boxes is read with Python; these are far beyond any real picture's.
_MAX_BOXES = 5_000
_MAX_BODY = 1_000_000


Content: TypeAlias = tuple[Span | bytes, ...]
"""What an item or a sample consists of, to be written: pieces of the source, or bytes."""


def content_size(content: Content) -> int:
    return sum(part.end - part.start if isinstance(part, Span) else len(part) for part in content)


class Box(NamedTuple):
    kind: bytes
    start: int
    body: int  # after size and type
    end: int

    @property
    def size(self) -> int:
        return self.end - self.start

    @property
    def name(self) -> str:
        """What a person would call it, however odd its four bytes are."""
        if self.kind in (b"free", b"skip"):
            return "free space"
        kind = self.kind.rstrip()
        return f"box {kind.decode()}" if kind.isalnum() else "a box of an odd type"


def box_at(data: Buffer, at: int, end: int, *, last: bool = False) -> Box | None:
    """The box that begins at `at`; None if there is none that fits before `end`. A `last` box may leave its size
    open (4.2)."""
    head = data[at : min(at + 16, end)]
    if len(head) < 8:
        return None
    size, kind = struct.unpack_from(">I4s", head)
    body = at + 8
    if size == 1 and len(head) == 16:
        size, body = int.from_bytes(head[8:], "big"), at + 16
    elif size == 0 and last:
        size = end - at
    return Box(kind, at, body, at + size) if body <= at + size <= end else None


def boxes(data: Buffer, start: int, end: int) -> Iterator[Box]:
    """The boxes that fill the bytes from `start` to `end`, of which none may be left over."""
    for _ in range(_MAX_BOXES + 1):
        if start == end:
            return
        box = box_at(data, start, end)
        if box is None:
            raise Corrupt("a box does not fit into the one around it")
        yield box
        start = box.end
    raise TooComplex("more than {limit} boxes in a row", limit=_MAX_BOXES)


class Fields:
    """The fields of a box's body, read from front to back."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    @classmethod
    def of(cls, data: Buffer, box: Box) -> Fields:
        if box.end - box.body > _MAX_BODY:
            raise TooComplex("a box of more than 1 MB that is not a picture")
        return cls(data[box.body : box.end])

    @property
    def left(self) -> int:
        return len(self._body) - self._at

    def bytes(self, size: int) -> bytes:
        if size > self.left:
            raise Corrupt("a box is cut short")
        self._at += size
        return self._body[self._at - size : self._at]

    def uint(self, size: int) -> int:
        """An unsigned integer of `size` bytes; of none: 0."""
        return int.from_bytes(self.bytes(size), "big")

    def version(self) -> tuple[int, int]:
        """Version and flags, with which a full box begins (4.2)."""
        return self.uint(1), self.uint(3)


class Media:
    """The boxes of media data in a file: all that an item or a sample may be made of."""

    def __init__(self, data: Buffer, found: Iterable[Box]) -> None:
        self._data = data
        self._found = sorted((box.body, box.end) for box in found)
        self.size = sum(end - start for start, end in self._found)

    def span(self, offset: int, length: int) -> Span:
        index = bisect_right(self._found, (offset, 1 << 64)) - 1
        end = self._found[index][1] if index >= 0 else 0
        if not offset < offset + length <= end:
            raise Corrupt("it is cut short: a picture lies outside of its data")
        return Span(offset, offset + length)

    def payload(self, spans: Iterable[Span]) -> Payload:
        return Payload(self._data, tuple(spans))


class Payload:
    """The bytes of an item or sample, which may lie in several places of the file."""

    def __init__(self, data: Buffer, spans: tuple[Span, ...]) -> None:
        self.spans = spans
        self.size = sum(span.end - span.start for span in spans)
        self._data = data

    def read(self, start: int, count: int) -> bytes:
        """`count` bytes from `start`, or as many as there are."""
        return b"".join([self._data[span.start : span.end] for span in self.cut(start, start + count)])

    def cut(self, start: int, end: int) -> list[Span]:
        """Where the bytes from `start` to `end` lie in the file."""
        found = []
        for first, last in self.spans:
            if start < last - first and end > 0:
                found.append(Span(first + max(start, 0), min(first + end, last)))
            start, end = start - (last - first), end - (last - first)
        return found


def write_box(kind: bytes, *pieces: bytes) -> bytes:
    body = b"".join(pieces)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def write_full_box(kind: bytes, *pieces: bytes, version: int = 0, flags: int = 0) -> bytes:
    return write_box(kind, struct.pack(">I", version << 24 | flags), *pieces)
