"""What inspecting a file yields: its facts, and the parts of it that are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from ..blob import AS_SENT
from .buffer import Buffer
from .revealed import Revealed


class Span(NamedTuple):
    """Bytes ``start`` to ``end`` (exclusive) of the source."""

    start: int
    end: int


_PAYLOADS = frozenset(
    {
        "data after the end",
        "data that belongs to no picture",
        "unused picture data",
        "padding in the picture data",
        "further track",
        "free space",
        "broken animation",
        "frame without an animation",
    }
)


class Removed(NamedTuple):
    """Something that was in the file and will not be stored, and how many bytes of it."""

    what: str
    size: int

    @property
    def is_payload(self) -> bool:
        """Whether this is no metadata, but what lies behind, between or beside the parts of the container: any bytes,
        or frames that some decoders show and nobody has verified."""
        return self.what in _PAYLOADS


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """The facts of a container whose structure is whole, from its bytes.

    `width` and `height` count pixels as stored, and are None for what is not a picture; `shown` are those of them that
    are to be seen, if these are fewer; `orientation` is EXIF's (1 to 8, TIFF tag 0x0112) and says which way up;
    `frames` is how many pictures there are to decode; `parts`, in output order, are all that is kept: ranges of the
    source, and the few literal bytes that must change; `removed` is what is not kept, and `revealed` what EXIF among it
    would have told.
    """

    media_type: str
    extension: str
    width: int | None = None
    height: int | None = None
    parts: tuple[Span | bytes, ...]
    frames: int = 1
    orientation: int = 1
    bit_depth: int = 8
    removed: tuple[Removed, ...] = ()
    revealed: Revealed | None = None
    shown: tuple[int, int] | None = None

    @property
    def pixels(self) -> int:
        """Over all frames; 0 for what is not a picture."""
        return (self.width or 0) * (self.height or 0) * self.frames

    @property
    def as_sent(self) -> bool:
        """Whether this is no verified container but any bytes, which the policy takes as they are."""
        return self.extension == AS_SENT

    @property
    def displayed(self) -> tuple[int | None, int | None]:
        """Width and height as the picture is meant to be seen: orientations 5 to 8 lie on their side."""
        width, height = self.shown or (self.width, self.height)
        return (height, width) if self.orientation >= 5 else (width, height)

    @property
    def size(self) -> int:
        """Bytes in all parts together."""
        return sum(part.end - part.start if isinstance(part, Span) else len(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Format:
    """One media type: a row of the table in `safelight.formats`. Types that only a walk can tell apart (a Word and an
    Excel document are both ZIP archives) are rows with the same `sniff` and `inspect`, which says which one it is.

    `sniff` looks at the first bytes alone. `inspect` walks the structure to its end marker without decoding, in
    time linear in the file and memory that does not grow with it, and raises `Corrupt`, `TooComplex` or
    `TypeNotAllowed`. `verify` then proves what `inspect` could only find (PNG: that the compressed rows are there);
    it runs after the policy has allowed type and pixels, so that its cost is bounded by them.
    """

    media_type: str
    name: str
    sniff: Callable[[bytes], bool]
    inspect: Callable[[Buffer], Inspection]
    verify: Callable[[Buffer, Inspection], None] = lambda data, inspection: None


def merged(parts: Iterable[Span | bytes]) -> tuple[Span | bytes, ...]:
    """The same parts with neighbouring ranges joined: a photo is a handful of reads, not one per segment."""
    joined: list[Span | bytes] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, Span) and isinstance(last, Span) and last.end == part.start:
            joined[-1] = Span(last.start, part.end)
        else:
            joined.append(part)
    return tuple(joined)


def total(removed: Iterable[Removed]) -> tuple[Removed, ...]:
    """One entry for each kind of thing removed, in order of first appearance."""
    sums: dict[str, int] = {}
    for what, size in removed:
        sums[what] = sums.get(what, 0) + size
    return tuple(Removed(what, size) for what, size in sums.items())
