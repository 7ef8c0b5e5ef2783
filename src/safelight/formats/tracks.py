"""Tracks of an animated picture: where the frames lie, how long each is shown and how often all of them; and the same
written anew, so that not a byte of the old tables has to be trusted.

Sources: ISO/IEC 14496-12 (8.2 to 8.7: movie, tracks, sample tables; 12.1: pictures), 23008-12 (7: image sequences).

Kept: times, the display matrix, and one edit, which makes an animation repeat. Dropped: names, dates, and all that is
not needed to show it. What the samples and their properties are is left to others.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

from ..errors import Corrupt, TooComplex
from .buffer import Buffer
from .inspection import Removed
from .isobmff import Box, Content, Fields, boxes, content_size, write_box, write_full_box

_MAX_SAMPLES = 10_000
_MAX_TRACKS = 10
_ENDLESS = (1 << 64) - 1
_SAMPLE_ENTRY = 78  # bytes of a visual sample entry before its boxes (12.1.3)
_CODING_RULES = 0xFC000000  # the bits of a ccst box that mean something (23008-12, 7.2.3)


class Edit(NamedTuple):
    """The part of a track that is shown (8.6.6), over and over if it `repeats`."""

    repeats: int
    duration: int
    start: int


class Timing(NamedTuple):
    duration: int  # in the movie's time scale
    edit: Edit | None
    scale: int
    media_duration: int  # in the track's own
    deltas: tuple[tuple[int, int], ...]  # how many samples last how long


class Track(NamedTuple):
    """A track of AV1 samples."""

    number: int
    handler: bytes
    matrix: bytes
    timing: Timing
    references: dict[bytes, tuple[int, ...]]
    properties: list[Box]
    coding_rules: int
    samples: list[tuple[int, int]]  # offset, length


class NewTrack(NamedTuple):
    """A track to be written; it has the number of its place in the list, from 1, and so have those it refers to."""

    source: Track
    references: tuple[tuple[bytes, int], ...]
    size: tuple[int, int]
    properties: tuple[bytes, ...]
    samples: tuple[Content, ...]
    sync: tuple[int, ...]  # the samples that need no other, from 1


class NewMovie(NamedTuple):
    scale: int
    duration: int
    tracks: tuple[NewTrack, ...]


class Movie:
    """What a `moov` box says: its tables are whole and agree with each other; what they lead to is not looked at."""

    def __init__(self, data: Buffer, moov: Box) -> None:
        self._data = data
        self.removed: list[Removed] = []
        self.tracks: list[Track] = []
        headers, traks = [], 0
        for box in boxes(data, moov.body, moov.end):
            if box.kind == b"mvhd":
                headers.append(box)
            elif box.kind == b"trak":
                traks += 1
                if traks > _MAX_TRACKS:
                    raise TooComplex("an animation of more than {limit} tracks", limit=_MAX_TRACKS)
                track = self._read_track(box)
                if track is None:
                    self.removed.append(Removed("further track", box.size))
                else:
                    self.tracks.append(track)
            else:
                self.removed.append(Removed(box.name, box.size))
        if len(headers) != 1:
            raise Corrupt("a table of its frames is missing")
        fields, width, _ = self._full(headers[0])
        fields.bytes(2 * width)
        self.scale = fields.uint(4)
        self.duration = _duration(fields, width)

    @property
    def pieces(self) -> set[tuple[int, int]]:
        """The pieces of media data that any of the tracks is made of: offset, length."""
        return {sample for track in self.tracks for sample in track.samples}

    def _read_track(self, trak: Box) -> Track | None:
        """None if it is no track of AV1 pictures."""
        track = self._inside(trak, b"tkhd", b"mdia", optional=(b"edts", b"tref"))
        media = self._inside(track[b"mdia"], b"mdhd", b"hdlr", b"minf")
        table = self._inside(media[b"minf"], b"stbl", optional=(b"vmhd", b"nmhd", b"smhd", b"dinf"))[b"stbl"]
        fields, _, _ = self._full(media[b"hdlr"])
        fields.bytes(4)
        handler = fields.bytes(4)
        if handler not in (b"pict", b"auxv"):
            return None
        fields, width, _ = self._full(track[b"tkhd"])
        fields.bytes(2 * width)
        number = fields.uint(4)
        fields.bytes(4)
        duration = _duration(fields, width)
        fields.bytes(16)
        matrix = fields.bytes(36)
        fields, width, _ = self._full(media[b"mdhd"])
        fields.bytes(2 * width)
        scale, media_duration = fields.uint(4), _duration(fields, width)
        tables = self._inside(table, b"stsd", b"stts", b"stsc", b"stsz", optional=(b"stco", b"co64", b"stss"))
        entry = self._read_entry(tables[b"stsd"])
        if entry is None:
            return None
        samples = self._read_samples(tables)
        timing = Timing(
            duration,
            self._read_edit(track.get(b"edts")),
            scale,
            media_duration,
            self._read_deltas(tables[b"stts"], len(samples)),
        )
        references = self._read_references(track.get(b"tref"))
        return Track(number, handler, matrix, timing, references, *entry, samples)

    def _inside(self, box: Box, *needed: bytes, optional: tuple[bytes, ...] = ()) -> dict[bytes, Box]:
        found: dict[bytes, Box] = {}
        for child in boxes(self._data, box.body, box.end):
            if child.kind not in needed and child.kind not in optional:
                self.removed.append(Removed(child.name, child.size))
            elif found.setdefault(child.kind, child) is not child:
                raise Corrupt("a table of its frames is there twice")
        if not found.keys() >= set(needed):
            raise Corrupt("a table of its frames is missing")
        return found

    def _full(self, box: Box) -> tuple[Fields, int, int]:
        """The fields of a full box, how wide its times are, and its flags."""
        fields = Fields.of(self._data, box)
        version, flags = fields.version()
        return fields, 8 if version == 1 else 4, flags

    def _read_edit(self, edts: Box | None) -> Edit | None:
        if edts is None:
            return None
        fields, width, flags = self._full(self._inside(edts, b"elst")[b"elst"])
        if fields.uint(4) != 1:
            raise Corrupt("its frames are put together from pieces")
        edit = Edit(flags & 1, _duration(fields, width), fields.uint(width))
        if edit.start >> 8 * width - 1 or fields.uint(4) != 1 << 16:  # nothing at first, or at another speed
            raise Corrupt("its frames are put together from pieces")
        return edit

    def _read_references(self, tref: Box | None) -> dict[bytes, tuple[int, ...]]:
        references = {}
        for box in boxes(self._data, tref.body, tref.end) if tref else ():
            body = Fields.of(self._data, box)
            references[box.kind] = tuple(body.uint(4) for _ in range(min(body.left // 4, 100)))
        return references

    def _read_entry(self, stsd: Box) -> tuple[list[Box], int] | None:
        """The properties of the only kind of samples (8.5.2), and its coding constraints."""
        entries = list(boxes(self._data, stsd.body + 8, stsd.end))
        if len(entries) != 1 or entries[0].kind != b"av01":
            return None
        start = entries[0].body + _SAMPLE_ENTRY
        if start > entries[0].end:
            raise Corrupt("a table of its frames is broken")
        properties, rules = [], 0
        for box in boxes(self._data, start, entries[0].end):
            if box.kind == b"ccst":
                fields, _, _ = self._full(box)
                rules = fields.uint(4) & _CODING_RULES
            else:
                properties.append(box)
        return properties, rules

    def _read_deltas(self, stts: Box, samples: int) -> tuple[tuple[int, int], ...]:
        """Decoding times (8.6.1.2)."""
        fields, _, _ = self._full(stts)
        count = fields.uint(4)
        if count > samples:
            raise Corrupt("a table of its frames is broken")
        deltas = tuple((fields.uint(4), fields.uint(4)) for _ in range(count))
        if sum(count for count, _ in deltas) != samples:
            raise Corrupt("a table of its frames is broken")
        return deltas

    def _read_samples(self, tables: dict[bytes, Box]) -> list[tuple[int, int]]:
        """Where each sample is, from the tables of sizes, chunks, and samples in a chunk (8.7)."""
        fields, _, _ = self._full(tables[b"stsz"])
        length, count = fields.uint(4), fields.uint(4)
        if count > _MAX_SAMPLES:
            raise TooComplex("an animation of more than {limit} frames", limit=_MAX_SAMPLES)
        lengths = [length or fields.uint(4) for _ in range(count)]
        chunks = tables.get(b"stco") or tables.get(b"co64")
        if chunks is None or (b"stco" in tables and b"co64" in tables):
            raise Corrupt("a table of its frames is broken")
        fields, _, _ = self._full(chunks)
        width = 4 if chunks.kind == b"stco" else 8
        if (count := fields.uint(4)) > len(lengths):
            raise Corrupt("a table of its frames is broken")
        offsets = [fields.uint(width) for _ in range(count)]
        fields, _, _ = self._full(tables[b"stsc"])
        if (count := fields.uint(4)) > len(offsets):
            raise Corrupt("a table of its frames is broken")
        runs = [(fields.uint(4), fields.uint(4), fields.uint(4)) for _ in range(count)]
        samples: list[tuple[int, int]] = []
        ends = [first for first, _, _ in runs[1:]] + [len(offsets) + 1]
        for (first, each, _), end in zip(runs, ends, strict=False):
            if (first == 1) == bool(samples) or not first < end <= len(offsets) + 1 or not each:
                raise Corrupt("a table of its frames is broken")
            for offset in offsets[first - 1 : end - 1]:
                for length in lengths[len(samples) : len(samples) + each]:
                    samples.append((offset, length))
                    offset += length
        if len(samples) != len(lengths) or not samples:
            raise Corrupt("a table of its frames is broken")
        return samples


def _duration(fields: Fields, width: int) -> int:
    """All ones mean without end, or unknown (8.2.2)."""
    value = fields.uint(width)
    return _ENDLESS if value == (1 << 8 * width) - 1 else value


def write_movie(movie: NewMovie, offsets: Sequence[Sequence[int]]) -> bytes:
    """A `moov` box, with each sample of each track at its offset in the file."""
    unity = struct.pack(">9I", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    header = struct.pack(">QQIQIH", 0, 0, movie.scale, movie.duration, 1 << 16, 1 << 8)
    return write_box(
        b"moov",
        write_full_box(
            b"mvhd", header, bytes(10), unity, bytes(24), struct.pack(">I", len(movie.tracks) + 1), version=1
        ),
        *(_write_track(number, *pair) for number, pair in enumerate(zip(movie.tracks, offsets, strict=True), 1)),
    )


def _write_track(number: int, track: NewTrack, offsets: Sequence[int]) -> bytes:
    timing, edit = track.source.timing, track.source.timing.edit
    width, height = (min(side, 0xFFFF) << 16 for side in track.size)
    header = struct.pack(">QQIIQ", 0, 0, number, 0, timing.duration)
    pieces = [
        write_full_box(
            b"tkhd", header, bytes(16), track.source.matrix, struct.pack(">II", width, height), version=1, flags=1
        )
    ]
    if track.references:
        pieces.append(
            write_box(b"tref", *(write_box(kind, struct.pack(">I", target)) for kind, target in track.references))
        )
    if edit:
        entry = struct.pack(">IQQI", 1, edit.duration, edit.start, 1 << 16)
        pieces.append(write_box(b"edts", write_full_box(b"elst", entry, version=1, flags=edit.repeats)))
    media = struct.pack(">QQIQHH", 0, 0, timing.scale, timing.media_duration, 0x55C4, 0)  # language: undetermined
    itself = write_full_box(b"url ", flags=1)  # the samples are in this file
    pieces.append(
        write_box(
            b"mdia",
            write_full_box(b"mdhd", media, version=1),
            write_full_box(b"hdlr", bytes(4), track.source.handler, bytes(13)),
            write_box(
                b"minf",
                write_full_box(b"vmhd", bytes(8), flags=1),
                write_box(b"dinf", write_full_box(b"dref", struct.pack(">I", 1), itself)),
                write_box(b"stbl", *_write_tables(track, offsets)),
            ),
        )
    )
    return write_box(b"trak", *pieces)


def _write_tables(track: NewTrack, offsets: Sequence[int]) -> list[bytes]:
    count = len(offsets)
    width, height = (min(side, 0xFFFF) for side in track.size)
    entry = struct.pack(">6xH16xHHIIIH32xHh", 1, width, height, 72 << 16, 72 << 16, 0, 1, 24, -1)
    rules = write_full_box(b"ccst", struct.pack(">I", track.source.coding_rules))
    runs = track.source.timing.deltas
    deltas = (value for run in runs for value in run)
    tables = [
        write_full_box(b"stsd", struct.pack(">I", 1), write_box(b"av01", entry, *track.properties, rules)),
        write_full_box(b"stts", struct.pack(f">I{2 * len(runs)}I", len(runs), *deltas)),
        write_full_box(b"stsc", struct.pack(">4I", 1, 1, 1, 1)),  # a chunk for each sample
        write_full_box(
            b"stsz", struct.pack(f">II{count}I", 0, count, *(content_size(sample) for sample in track.samples))
        ),
        write_full_box(b"stco", struct.pack(f">I{count}I", count, *offsets)),
    ]
    if len(track.sync) < count:
        tables.append(write_full_box(b"stss", struct.pack(f">I{len(track.sync)}I", len(track.sync), *track.sync)))
    return tables
