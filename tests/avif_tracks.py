"""AVIF animations to test with: files of tracks, built from their boxes as pictures are (`tests.avif_files`)."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.avif_files import (
    Item,
    auxc,
    av1c,
    box,
    essential,
    frame,
    ftyp,
    full,
    ispe,
    lists,
    obu,
    picture,
    pixi,
    transparency,
    video_sequence,
)

UNITY = struct.pack(">9I", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
KEY = video_sequence() + obu(6, frame())
"""A frame of an animation that needs no other, and one that does."""
INTER = obu(6, frame(1))


@dataclass
class Track:
    """A track; the first sample is that of the main picture or of its transparency. `tables` replaces sample tables by
    their type, `boxes` those around them."""

    samples: Sequence[bytes]
    sync: Sequence[int] = (1,)
    durations: Sequence[tuple[int, int]] = ()  # how many samples last how long
    handler: bytes = b"pict"
    references: dict[bytes, Sequence[int]] = field(default_factory=dict)
    properties: Sequence[bytes] = (av1c(level=8),)
    edit: tuple[int, int, int] | None = None  # flags, duration, start
    tables: dict[bytes, bytes] = field(default_factory=dict)
    boxes: dict[bytes, bytes] = field(default_factory=dict)
    matrix: bytes = UNITY
    rules: int = 0xC4000000
    size: tuple[int, int] = (64, 48)


def table(kind: bytes, *values: int) -> bytes:
    """A full box of numbers."""
    return full(kind, struct.pack(f">{len(values)}I", *values))


def trak(number: int, track: Track, offsets: Sequence[int]) -> bytes:
    count = len(track.samples)
    durations = track.durations or [(count, 100)]
    width, height = track.size
    entry = struct.pack(">6xH16xHHIIIH32xHh", 1, width, height, 72 << 16, 72 << 16, 0, 1, 24, -1)
    ccst = full(b"ccst", struct.pack(">I", track.rules))
    tables = {
        b"stsd": full(b"stsd", struct.pack(">I", 1), box(b"av01", entry, *track.properties, ccst)),
        b"stts": table(b"stts", len(durations), *(value for run in durations for value in run)),
        b"stsc": table(b"stsc", 1, 1, 1, 1),
        b"stsz": table(b"stsz", 0, count, *map(len, track.samples)),
        b"stco": table(b"stco", count, *offsets),
        b"stss": table(b"stss", len(track.sync), *track.sync) if len(track.sync) < count else b"",
    }
    header = struct.pack(">QQIIQ16x", 0, 0, number, 0, 100 * count) + track.matrix
    edits = b""
    if track.edit:
        flags, duration, start = track.edit
        edits = box(b"edts", full(b"elst", struct.pack(">IQQI", 1, duration, start, 1 << 16), version=1, flags=flags))
    references = [box(kind, struct.pack(f">{len(to)}I", *to)) for kind, to in track.references.items()]
    around = {
        b"tkhd": full(b"tkhd", header, struct.pack(">II", width << 16, height << 16), version=1, flags=1),
        b"tref": box(b"tref", *references) if references else b"",
        b"edts": edits,
        b"mdhd": full(b"mdhd", struct.pack(">QQIQHH", 0, 0, 1000, 100 * count, 0x55C4, 0), version=1),
        b"hdlr": full(b"hdlr", bytes(4), track.handler, bytes(13)),
        b"vmhd": full(b"vmhd", bytes(8), flags=1),
        b"dinf": box(b"dinf", full(b"dref", struct.pack(">I", 1), full(b"url ", flags=1))),
        b"udta": b"",
    } | track.boxes
    tables |= track.tables
    stbl = box(b"stbl", *tables.values())
    minf = box(b"minf", around[b"vmhd"], around[b"dinf"], stbl)
    mdia = box(b"mdia", around[b"mdhd"], around[b"hdlr"], minf)
    return box(b"trak", around[b"tkhd"], around[b"tref"], around[b"edts"], mdia, around[b"udta"])


def animation(
    *tracks: Track, items: Sequence[Item] = (), head: bytes = b"", extra: bytes = b"", tail: bytes = b""
) -> bytes:
    """A file of `tracks`, as Safelight writes one: the pictures are its first frames, and further items follow them."""
    if not items:
        items = [picture(data=tracks[0].samples[0])]
        items[0].properties = [ispe(), pixi(), essential(av1c(level=8))]
        if len(tracks) > 1 and tracks[1].handler == b"auxv":
            items.append(transparency(data=tracks[1].samples[0]))
            items[1].properties = [ispe(), pixi(), essential(av1c(level=8)), auxc()]
    firsts = [item.data for item in items]
    own = [[sample for n, sample in enumerate(track.samples) if n or sample not in firsts] for track in tracks]
    media = [*firsts, *(sample for samples in own for sample in samples)]

    def front(start: int) -> bytes:
        at, places = start, []
        for data in media:
            places.append(at)
            at += len(data)
        meta = lists(items, [[(place, len(item.data))] for place, item in zip(places, items, strict=False)])
        following = iter(places[len(items) :])
        traks = []
        for number, track in enumerate(tracks, 1):
            shared = [places[firsts.index(track.samples[0])]] if track.samples[0] in firsts else []
            traks.append(trak(number, track, [*shared, *(next(following) for _ in own[number - 1])]))
        header = struct.pack(">QQIQIH10x", 0, 0, 1000, 100 * len(tracks[0].samples), 1 << 16, 1 << 8)
        mvhd = full(b"mvhd", header, UNITY, bytes(24), struct.pack(">I", len(tracks) + 1), version=1)
        brands = head or ftyp(b"avis", b"avif", b"mif1", b"miaf", b"avis", b"msf1")
        return brands + meta + box(b"moov", mvhd, *traks, extra)

    return front(len(front(0)) + 8) + box(b"mdat", *media) + tail
