"""Which tracks of an AVIF are the animation: the first one of pictures, and its transparency. Each frame is read to its
last unit and has the size of the main picture, so that their number and its size are what the file costs to decode.

Sources: AVIF 1.1 (3: image sequences; 4.1: auxiliary ones), ISO/IEC 23008-12 (7: image sequences).
"""

from __future__ import annotations

from typing import NamedTuple

from ..errors import Corrupt, TooComplex
from .av1 import read_temporal_unit
from .av1_headers import Sequence
from .buffer import Buffer
from .heif_properties import Properties, PropertyReader, write_alpha
from .inspection import Removed, merged, total
from .isobmff import Content, Media, write_box
from .tracks import Movie, NewMovie, NewTrack, Track

_MAX_OBUS = 40_000


class _Kept(NamedTuple):
    track: Track
    alpha: bytes | None  # the name by which it says that it is transparency
    properties: Properties
    sequence: Sequence
    samples: tuple[Content, ...]
    sync: tuple[int, ...]  # numbers of the samples that stand alone
    decoded: int  # frames, those included that are never shown


class Animation:
    """The tracks that are kept, the pictures first; and what else there was."""

    def __init__(self, data: Buffer, movie: Movie, media: Media, size: tuple[int, int]) -> None:
        self._data = data
        self._movie = movie
        self._media = media
        self._size = size
        self._obus = 0
        self._removed = list(movie.removed)
        main = next((track for track in movie.tracks if track.handler == b"pict"), None)
        if main is None:
            raise Corrupt("its frames are missing")
        self._main = self._read(main, None)
        self._alpha: _Kept | None = None
        for track in movie.tracks:
            if track is main:
                continue
            name = PropertyReader(data, track.properties).alpha(range(len(track.properties)))
            belongs = track.handler == b"auxv" and main.number in track.references.get(b"auxl", ())
            if not (name and belongs) or self._alpha:
                self._removed.append(Removed("further track", sum(length for _, length in track.samples)))
                continue
            self._alpha = self._read(track, name)
            if len(track.samples) != len(main.samples):
                raise Corrupt("its transparency has other frames than it has itself")

    @property
    def frames(self) -> int:
        """As many as are shown, and no fewer than a decoder has to make of either track."""
        kept = [self._main] if self._alpha is None else [self._main, self._alpha]
        return max(len(self._main.samples), *(track.decoded for track in kept))

    @property
    def removed(self) -> tuple[Removed, ...]:
        return total(self._removed)

    def new_movie(self) -> NewMovie:
        """All that is written of the tracks, save where their samples are."""
        main, alpha = self._main, self._alpha
        if alpha is None:
            tracks = [self._new_track(main)]
        else:
            premultiplied = alpha.track.number in main.track.references.get(b"prem", ())
            tracks = [self._new_track(main, *([(b"prem", 2)] if premultiplied else []))]
            tracks.append(self._new_track(alpha, (b"auxl", 1)))
        return NewMovie(self._movie.scale, self._movie.duration, tuple(tracks))

    def _new_track(self, kept: _Kept, *references: tuple[bytes, int]) -> NewTrack:
        alpha = [write_alpha(kept.alpha, b"auxi")] if kept.alpha else []
        boxes = (write_box(b"av1C", kept.sequence.configuration), *kept.properties.look, *alpha, *kept.properties.turns)
        return NewTrack(kept.track, references, self._size, boxes, kept.samples, kept.sync)

    def _read(self, track: Track, alpha: bytes | None) -> _Kept:
        """Every sample of a track."""
        sequence: Sequence | None = None
        contents: list[Content] = []
        sync: list[int] = []
        frames = 0
        for number, sample in enumerate(track.samples, 1):
            unit = read_temporal_unit(self._media.payload([self._media.span(*sample)]), sequence)
            sequence = unit.sequence
            contents.append(merged(unit.kept))
            if unit.stands_alone:
                sync.append(number)
            frames += unit.frames
            self._obus += unit.obus
            self._removed += unit.removed
            if self._obus > _MAX_OBUS:
                raise TooComplex("an AVIF of more than {limit} pieces", limit=_MAX_OBUS)
        if sequence is None or (sequence.width, sequence.height) != self._size:
            raise Corrupt("its frames have another size than its main picture")
        if frames > 2 * len(contents) + 8:  # an encoder prepares some frames that are not shown, but never most
            raise TooComplex("an animation of frames that are never shown")
        reader = PropertyReader(self._data, track.properties)
        links = [(index, False) for index in range(len(track.properties))]
        properties = reader.read(links, self._size, colour=alpha is None)
        self._removed += reader.removed
        return _Kept(track, alpha, properties, sequence, tuple(contents), tuple(sync), frames)
