"""JPEG: the segments that make the picture stay, byte for byte; GPS, comments, thumbnails, second pictures and
whatever follows the end marker stay behind.

Sources: ITU-T T.81 (annex B: markers and segments; annex G: progressive), T.871 (JFIF), CIPA DC-008 (Exif),
Adobe TN 5116 (APP14), ICC.1:2022 annex B.4 (profiles in APP2).

Kept: SOI, SOF0-2, DHT, DQT, DRI, SOS with its entropy-coded data, EOI; JFIF without its thumbnail; Adobe's APP14
(without it CMYK shows inverted); a whole ICC profile. Rewritten: EXIF, down to the orientation. Dropped: all else.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ..errors import Corrupt, TooComplex, TypeNotAllowed
from ..policy import JPEG
from ..words import Words
from . import exif, icc, scripts
from .buffer import Buffer, steps
from .inspection import Format, Inspection, Removed, Span, merged, total
from .revealed import Revealed, revealed

_SOI, _EOI, _SOS, _DQT, _DHT, _DRI, _COM = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xDD, 0xFE
_APP0, _APP1, _APP2, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
_BASELINE, _EXTENDED, _PROGRESSIVE = 0xC0, 0xC1, 0xC2
_RARE_FRAMES = {
    **dict.fromkeys((0xC3, 0xC7, 0xCB, 0xCF), Words("a lossless JPEG")),
    **dict.fromkeys((0xC5, 0xC6, 0xCD, 0xCE, 0xDE), Words("a hierarchical JPEG")),
    **dict.fromkeys((0xC9, 0xCA, 0xCC), Words("an arithmetic-coded JPEG")),
}

# Encoders write 1 to 12 scans; each costs a decoder a pass over the whole picture (a "scan bomb" has hundreds).
_MAX_SCANS = 100
# A photo has some dozens of segments; a file of empty ones would only cost time.
_MAX_SEGMENTS = 5_000

# A scan can use 4 quantisation and 8 Huffman tables; a few more may be defined twice. Tables that no scan uses would be
# room for megabytes of anything.
_MAX_TABLES = 16

# Fill bytes are allowed within a scan and hardly ever there; they cost far more time than others.
_MAX_RUNS = 10_000

# In entropy-coded data 0xFF is followed by 0x00 (a stuffed byte) or a restart marker D0-D7 (T.81 B.1.1.5, E.1.4), if
# need be with fill bytes in between.
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7]")
_FILL = re.compile(rb"\xff*+")


class _Segment(NamedTuple):
    marker: int
    start: int  # of the marker's own 0xFF
    body: bytes  # after the two length bytes
    end: int  # of a scan: where its entropy-coded data ends


class _Component(NamedTuple):
    horizontal: int
    vertical: int
    quantisation: int


@dataclass
class _Frame:
    """The picture's header (SOF) and the tables seen so far: enough to know that each scan can be decoded."""

    marker: int
    width: int
    height: int
    components: dict[int, _Component]
    begun: set[int] = field(default_factory=set)  # components whose first scan has been seen


def sniff(head: bytes) -> bool:
    return head.startswith(b"\xff\xd8")


def inspect(data: Buffer) -> Inspection:
    """Walk the segments up to the end marker (T.81 B.2)."""
    parts: list[Span | bytes] = [Span(0, 2)]
    removed: list[Removed] = []
    profile: list[_Segment] = []
    profile_at, profile_size = 1, 0
    adobe_at = 0
    orientation = 0
    told: Revealed | None = None
    has_exif = False
    frame: _Frame | None = None
    quantisation: set[int] = set()
    huffman: set[tuple[int, int]] = set()
    once: set[int] = set()  # headers that count the first time only
    scans = 0
    tables = 0  # defined since the last scan; restart intervals too

    for segment in _segments(data):
        marker, start, body, end = segment
        keep: Span | bytes | None = None
        if marker in (_BASELINE, _EXTENDED, _PROGRESSIVE):
            if frame:
                raise Corrupt("it has two frame headers")
            frame = _read_frame(marker, body)
            keep = Span(start, end)
        elif marker in _RARE_FRAMES:
            raise TypeNotAllowed(_RARE_FRAMES[marker], ["JPEG (baseline or progressive)"])
        elif marker == _DQT:
            defined = _read_quantisation(body)
            quantisation.update(defined)
            tables += len(defined)
            keep = Span(start, end)
        elif marker == _DHT:
            codes = _read_huffman(body)
            huffman.update(codes)
            tables += len(codes)
            keep = Span(start, end)
        elif marker == _DRI:
            if len(body) != 2:
                raise Corrupt("its restart interval is broken")
            tables += 1
            keep = Span(start, end)
        elif marker == _SOS:
            if frame is None:
                raise Corrupt("picture data comes before the frame header")
            scans += 1
            tables = 0
            if scans > _MAX_SCANS:
                raise TooComplex("a JPEG of more than {limit} scans", limit=_MAX_SCANS)
            needed = _read_scan(frame, body, quantisation, huffman)
            if (end - start - 4 - len(body)) * 8 < needed:
                raise Corrupt("there is far too little data for its pixels")
            keep = Span(start, end)
        elif marker == _EOI:
            if frame is None or frame.begun != set(frame.components):
                raise Corrupt("it ends before all of the picture has come")
            parts.append(Span(start, end))
            if end < len(data):
                removed.append(Removed("data after the end", len(data) - end))
            break
        elif marker == _APP0 and body.startswith(b"JFIF\0") and len(body) >= 14 and _APP0 not in once:
            once.add(_APP0)
            # 14 bytes of JFIF header; a thumbnail may follow (T.871, 10.1), which may show what was cropped away.
            keep = b"\xff\xe0\x00\x10" + body[:12] + b"\0\0"
            if body[12:] != b"\0\0":
                removed.append(Removed("JFIF thumbnail", len(body) - 14))
            else:
                keep = Span(start, end)
        elif marker == _APP14 and body.startswith(b"Adobe") and len(body) >= 12 and not scans:
            # Decoders read 12 bytes of it, and go by the last one before the picture.
            keep = Span(start, end)
            if len(body) > 12:
                keep = b"\xff\xee\x00\x0e" + body[:12]
                removed.append(Removed(_name(marker, body), len(body) - 12))
            if adobe_at:
                parts[adobe_at] = keep
                removed.append(Removed(_name(marker, body), 16))
                continue
            adobe_at = len(parts)
        elif marker == _APP2 and body.startswith(b"ICC_PROFILE\0"):
            if not profile:
                profile_at = len(parts)
            profile_size += len(body)
            if profile_size <= icc.MAX_BYTES:
                profile.append(segment)
                continue
        elif marker == _APP1 and body.startswith(exif.HEADER):
            if not orientation:
                orientation = exif.orientation(body[6:])
                if orientation > 1:
                    tiff = exif.orientation_only(orientation)
                    parts.append(b"\xff\xe1" + struct.pack(">H", 8 + len(tiff)) + exif.HEADER + tiff)
                    if body[6:] == tiff:
                        continue
            if not has_exif:  # one costs what hundreds of segments do, and a file may have thousands
                has_exif, told = True, revealed(body[6:])
            removed.append(Removed("EXIF", end - start))
            continue
        if tables > _MAX_TABLES:
            raise TooComplex("a JPEG of more than {limit} tables for one scan", limit=_MAX_TABLES)
        if keep is not None:
            parts.append(keep)
        else:
            removed.append(Removed(_name(marker, body), end - start))
    else:
        raise Corrupt("it is cut short: the end marker is missing")

    if profile_size <= icc.MAX_BYTES and _is_whole_profile(profile):
        parts[profile_at:profile_at] = [Span(segment.start, segment.end) for segment in profile]
    else:
        removed.extend(Removed("broken colour profile", len(segment.body)) for segment in profile)
    return Inspection(
        media_type=JPEG,
        extension="jpg",
        width=frame.width,
        height=frame.height,
        orientation=orientation or 1,
        parts=merged(parts),
        removed=total(removed),
        revealed=told,
    )


def _segments(data: Buffer) -> Iterator[_Segment]:
    """Each segment in turn, a scan together with its entropy-coded data; what is not a marker is refused."""
    at, end = 2, len(data)
    for _ in range(_MAX_SEGMENTS):
        start = at
        if data[at : at + 1] != b"\xff":
            raise Corrupt("it is cut short" if at >= end else "something that is not JPEG lies between its segments")
        at = _skip_fill(data, at + 1)
        if at >= end:
            return
        marker = data[at]
        at += 1
        start = at - 2  # fill bytes are not kept
        if marker == _EOI:
            yield _Segment(marker, start, b"", at)
            return
        if marker < 0xC0 or marker == _SOI or 0xD0 <= marker <= 0xD7:
            raise Corrupt("a marker stands where none can be")
        length = int.from_bytes(data[at : at + 2], "big")
        if length < 2 or at + length > end:
            raise Corrupt("it is cut short in a segment")
        body = data[at + 2 : at + length]
        at = _scan_end(data, at + length) if marker == _SOS else at + length
        yield _Segment(marker, start, body, at)
    raise TooComplex("a JPEG of more than {limit} segments", limit=_MAX_SEGMENTS)


def _skip_fill(data: Buffer, at: int) -> int:
    """Any number of 0xFF may precede a marker (T.81 B.1.1.2); nearly always there is none."""
    if data[at : at + 1] != b"\xff":
        return at
    for start, window in steps(data, at, len(data)):
        if rest := window.lstrip(b"\xff"):
            return start + len(window) - len(rest)
    return len(data)


def _scan_end(data: Buffer, at: int) -> int:
    """Where the entropy-coded data that begins at `at` ends: at the next marker, or the fill bytes before it."""
    run = -1  # where the current run of 0xFF began
    runs = 0
    for start, window in steps(data, at, len(data)):
        at = 0
        while at < len(window):
            if run < 0:
                match = _END_OF_SCAN.search(window, at)
                if match is None:
                    if window.endswith(b"\xff"):
                        run = start + len(window) - 1
                    break
                run = start + match.start()
                at = match.end() - 1
                runs += 1
                if runs > _MAX_RUNS:
                    raise TooComplex("a JPEG padded with fill bytes")
            fill = _FILL.match(window, at)
            at = fill.end() if fill else at
            if at < len(window):
                if window[at] != 0 and not 0xD0 <= window[at] <= 0xD7:
                    return run
                run = -1
                at += 1
    raise Corrupt("it is cut short in the middle of the picture")


def _read_frame(marker: int, body: bytes) -> _Frame:
    """Frame header (T.81 B.2.2)."""
    if len(body) < 6:
        raise Corrupt("its frame header is broken")
    precision, height, width, count = struct.unpack_from(">BHHB", body)
    if precision != 8:
        raise TypeNotAllowed(
            Words("a JPEG of {precision} bits a sample", precision=precision), ["JPEG of 8 bits a sample"]
        )
    if not width or not height:
        raise Corrupt("its width or height is zero")
    if count not in (1, 3, 4) or len(body) != 6 + 3 * count:
        raise Corrupt("its frame header is broken")
    components = {}
    for at in range(6, len(body), 3):
        identifier, sampling, table = body[at : at + 3]
        if not (1 <= sampling >> 4 <= 4 and 1 <= sampling & 15 <= 4) or table > 3:
            raise Corrupt("its frame header is broken")
        components[identifier] = _Component(sampling >> 4, sampling & 15, table)
    if len(components) != count:
        raise Corrupt("its frame header names a component twice")
    return _Frame(marker, width, height, components)


def _read_quantisation(body: bytes) -> list[int]:
    """The numbers of the tables in a DQT segment (T.81 B.2.4.1), which holds tables and nothing else."""
    tables, at = [], 0
    while at < len(body):
        precision, number = body[at] >> 4, body[at] & 15
        at += 1 + 64 * (precision + 1)
        if precision > 1 or number > 3 or at > len(body):
            raise Corrupt("a quantisation table is broken")
        tables.append(number)
    return tables


def _read_huffman(body: bytes) -> list[tuple[int, int]]:
    """(class, number) of the tables in a DHT segment (T.81 B.2.4.2), which holds tables and nothing else."""
    tables, at = [], 0
    while at < len(body):
        kind, number = body[at] >> 4, body[at] & 15
        codes = sum(body[at + 1 : at + 17])
        at += 17 + codes
        if kind > 1 or number > 3 or codes > 256 or at > len(body):
            raise Corrupt("a Huffman table is broken")
        tables.append((kind, number))
    return tables


def _read_scan(frame: _Frame, body: bytes, quantisation: set[int], huffman: set[tuple[int, int]]) -> int:
    """Scan header (T.81 B.2.3). Returns how many bits the scan must have at the least."""
    count = body[0] if body else 0
    if not 1 <= count <= 4 or len(body) != 4 + 2 * count:
        raise Corrupt("a scan header is broken")
    first, last, approximation = body[1 + 2 * count :]
    progressive = frame.marker == _PROGRESSIVE
    refines = progressive and approximation >> 4 > 0
    if not progressive:
        first = 0  # old encoders write other numbers; decoders take a sequential scan for the whole spectrum
    elif first > last or last > 63 or (first == 0 and last != 0) or (first and count != 1):
        raise Corrupt("a scan header is broken")
    blocks = 0
    for at in range(1, 1 + 2 * count, 2):
        component = frame.components.get(body[at])
        if component is None or component.quantisation not in quantisation:
            raise Corrupt("a scan uses a component or table that is not there")
        dc, ac = (0, body[at + 1] >> 4), (1, body[at + 1] & 15)
        needs_dc = first == 0 and not refines
        needs_ac = first > 0 if progressive else True
        if (needs_dc and dc not in huffman) or (needs_ac and ac not in huffman):
            raise Corrupt("a Huffman table is missing")
        blocks += _blocks(frame, component)
        if needs_dc:
            frame.begun.add(body[at])
        elif body[at] not in frame.begun:
            raise Corrupt("a component does not begin with its DC scan")
    # A code is one bit at the least: one for the DC value of each block, another for its AC values; refinements and
    # AC scans of a progressive picture may skip blocks in runs. A header that claims more pixels than that lies.
    return blocks * (1 if progressive else 2) if first == 0 and not refines else 0


def _blocks(frame: _Frame, component: _Component) -> int:
    """8 x 8 blocks in a component at the least (T.81 A.1.1, A.2.2)."""
    widest = max(other.horizontal for other in frame.components.values())
    tallest = max(other.vertical for other in frame.components.values())
    columns = -(-frame.width * component.horizontal // (widest * 8))
    rows = -(-frame.height * component.vertical // (tallest * 8))
    return columns * rows


def _is_whole_profile(segments: list[_Segment]) -> bool:
    """Whether the APP2 segments, in order, are all the chunks of one profile (ICC.1 B.4: number, count)."""
    numbered = [tuple(segment.body[12:14]) for segment in segments]
    if numbered != [(number, len(segments)) for number in range(1, len(segments) + 1)]:
        return False
    return icc.is_whole(b"".join(segment.body[14:] for segment in segments))


def _name(marker: int, body: bytes) -> str:
    """What a person would call a segment that is left out."""
    if marker == _COM:
        return "comment"
    for start, name in (
        (b"http://ns.adobe.com/", "XMP"),
        (b"Photoshop 3.0", "Photoshop and IPTC data"),
        (b"MPF\0", "index of further pictures"),
        (b"JFXX\0", "JFIF thumbnail"),
    ):
        if body.startswith(start):
            return name
    if _APP0 <= marker <= _APP15:
        return f"application data (APP{marker - _APP0})"
    return f"segment {marker:02X}"


FORMAT = Format(media_type=JPEG, name="JPEG", sniff=sniff, inspect=inspect, verify=scripts.refuse_early)
