"""PDF: whole up to the end marker of its last revision, and without the names of what would run something.

Source: ISO 32000-2, 7.3.5 (names and their escapes), 7.5 (file structure), 7.5.7 and 7.5.8 (object and cross-reference
streams), 12.6.4 (actions), annex F (linearized files).

Kept: the document, byte for byte: its objects are found by their position, so that none can be left out. Dropped: what
follows the last end marker. Refused: JavaScript, commands that launch programs, embedded files and media, XFA forms.

These are looked for by name, also in deflated object streams. What is encrypted, or packed in any other way, is not
seen: documents that honest programs made are kept free of active content, but a forger's are for a scanner.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

from ..errors import Corrupt, TooComplex, TypeNotAllowed
from ..policy import EXTENSIONS, PDF
from ..words import Words, megabytes
from .buffer import STEP, Buffer, steps
from .inspection import Format, Inspection, Removed, Span

_WHITE = rb"[\0\t\n\f\r ]"
_DELIMITER = rb"[\0\t\n\f\r ()<>\[\]{}/%]"
_HEADER = re.compile(rb"%PDF-[12]\.\d")
_END = re.compile(rb"startxref" + _WHITE + rb"{1,9}(\d{1,12})" + _WHITE + rb"{1,9}%%EOF(?:\r\n|\r|\n)?")
_LONGEST_END = 64
_LENGTH_OF_LINEARIZED = re.compile(rb"/L" + _WHITE + rb"+(\d{1,12})")
_ROOT = re.compile(rb"/Root" + _WHITE + rb"+\d{1,10}" + _WHITE + rb"+\d{1,5}" + _WHITE + rb"+R\b")
_STREAM = re.compile(rb"\d{1,10}" + _WHITE + rb"+\d{1,5}" + _WHITE + rb"+obj\b(.*?)stream\r?\n", re.DOTALL)
_BEGINNING_OF_STREAM = re.compile(rb"stream\r?\n")
_XREF_STREAM = re.compile(rb"/Type" + _WHITE + rb"*/XRef\b")
_LENGTH = re.compile(rb"/Length" + _WHITE + rb"+(\d{1,12})")
_DICTIONARY = 1 << 16  # bytes in which a trailer's has to end

_ACTIVE = {
    b"JavaScript": "JavaScript",
    b"Launch": Words("a command to launch a program"),
    b"EmbeddedFiles": Words("an embedded file"),
    b"EmbeddedFile": Words("an embedded file"),
    b"FileAttachment": Words("an embedded file"),
    b"RichMedia": Words("embedded media"),
    b"Rendition": Words("embedded media"),
    b"XFA": Words("an XFA form"),
}
_OBJECT_STREAM = b"ObjStm"
_HINT = Words("Print it into a new PDF first.")


def _named(*names: bytes) -> re.Pattern[bytes]:
    """Any of the names, each character of which may be written as its number (7.3.5). A pattern whose branches begin
    with a plain character fails fast; files of nothing but slashes exist."""
    spelled = []
    for name in names:
        first, *rest = ((b"%c" % char, rb"#(?i:%02x)" % char) for char in name)
        spelled += [start + b"".join(b"(?:" + b"|".join(char) + b")" for char in rest) for start in first]
    return re.compile(b"/(" + b"|".join(spelled) + b")(?=" + _DELIMITER + b")")


_ACTIVE_NAME = _named(*_ACTIVE)
_NAME = _named(*_ACTIVE, _OBJECT_STREAM)
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
# A page on the web about JavaScript may be linked to. Only the inside of a literal string (7.3.4.2) is no place for a
# name; white space and brackets end the exception, so that no object or dictionary can begin behind it.
_ADDRESS = re.compile(rb"\((?:https?|ftp)://[^\0\t\n\v\f\r ()<>\[\]{}%]*\Z")
_MAX_ADDRESSES = 1_000
_CONTEXT = 256  # bytes of an address that are looked at

_MAX_OBJECT_STREAMS = 20_000  # of some hundred objects each
_MAX_INFLATED = 100_000_000
_PIECE = 1 << 12  # bytes deflated, and
_STEP = 1 << 18  # inflated, at a time


def sniff(head: bytes) -> bool:
    return head.startswith(b"%PDF-")


def inspect(data: Buffer) -> Inspection:
    """Find the last end marker and the cross-reference section that it names, with the root of the document."""
    if not _HEADER.match(data[:16]):
        raise Corrupt("its header is broken")
    start, position, end = _find_end(data)
    if position >= start:
        raise Corrupt("its cross-reference table is not where it should be")
    _check_cross_references(data, position, start)
    # A linearized file begins with what the end of a whole one looks like (F.3.4), but says how long it is.
    head = data[:1024]
    length = _LENGTH_OF_LINEARIZED.search(head)
    if length and b"/Linearized" in head and int(length[1]) > end + _LONGEST_END:
        raise Corrupt("it is cut short")
    removed = (Removed("data after the end", len(data) - end),) if end < len(data) else ()
    return Inspection(media_type=PDF, extension=EXTENSIONS[PDF], parts=(Span(0, end),), removed=removed)


def verify(data: Buffer, inspection: Inspection) -> None:
    """Look for active content, in the file and in its object streams."""
    streams = _ObjectStreams(data, inspection.size)
    for name, at in _names(_NAME, (bytes(piece) for _, piece in steps(data, 0, inspection.size))):
        if name != _OBJECT_STREAM:
            raise _active(name)
        for inner, _ in _names(_ACTIVE_NAME, streams.contents(at)):
            raise _active(inner)


class _ObjectStreams:
    """What the object streams (7.5.7) in the first `end` bytes hold, in no more time than one reading of the file."""

    def __init__(self, data: Buffer, end: int) -> None:
        self._data = data
        self._end = end
        self._count = self._read = self._inflated = 0

    def contents(self, at: int) -> Iterator[bytes]:
        """The inflated data of the stream in whose dictionary `at` lies; nothing if it is encrypted or not deflated."""
        self._count += 1
        if self._count > _MAX_OBJECT_STREAMS:
            raise TooComplex("it has more than {limit} object streams", limit=_MAX_OBJECT_STREAMS)
        keyword = _BEGINNING_OF_STREAM.search(self._data[at : min(at + _PIECE, self._end)])
        if keyword is None:
            return
        inflate = zlib.decompressobj()
        for _, pending in steps(self._data, at + keyword.end(), self._end, _PIECE):
            self._read += len(pending)
            if self._read > self._end + _PIECE * self._count:
                raise TooComplex("its object streams overlap")
            while pending and not inflate.eof:
                try:
                    piece = inflate.decompress(pending, _STEP)
                except zlib.error:
                    return
                self._inflated += len(piece)
                if self._inflated > _MAX_INFLATED:
                    raise TooComplex(Words("its objects unpack to more than {limit}", limit=megabytes(_MAX_INFLATED)))
                yield piece
                pending = inflate.unconsumed_tail
            if inflate.eof:
                return


def _names(pattern: re.Pattern[bytes], pieces: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    """Each of the names looked for, and where it ends."""
    window, start, seen, addresses = b"", 0, 0, 0
    for piece in chain(pieces, (b" ",)):  # a name ends where something else begins
        kept = window[-2 * _CONTEXT :]
        start += len(window) - len(kept)
        window = kept + piece
        for match in pattern.finditer(window):
            if start + match.end() <= seen:
                continue
            seen = start + match.end()
            if _ADDRESS.search(window[max(0, match.start() - _CONTEXT) : match.start()]):
                addresses += 1
                if addresses < _MAX_ADDRESSES:
                    continue
            yield _ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]), match[1]), seen


def _find_end(data: Buffer) -> tuple[int, int, int]:
    """The last ``startxref`` (7.5.5): where it begins, the position that it names, and where the end marker ends. What
    follows may be as long as it likes, so the file is searched from its end, a window at a time."""
    at = len(data)
    while at > 0:
        until, at = min(at + _LONGEST_END, len(data)), max(0, at - STEP)
        if found := list(_END.finditer(data[at:until])):
            return at + found[-1].start(), int(found[-1][1]), at + found[-1].end()
    raise Corrupt("it is cut short: the end marker is missing")


def _check_cross_references(data: Buffer, at: int, end: int) -> None:
    """A table with its trailer (7.5.4, 7.5.5) or a stream (7.5.8) lies at `at`, and names the root of the document."""
    at += len(data[at : at + 16]) - len(data[at : at + 16].lstrip())
    if data[at : at + 4] == b"xref":
        at = _skip_table(data, at + 4, end)
        if data[at : at + 7] == b"trailer" and _ROOT.search(data[at : min(at + _DICTIONARY, end)]):
            return
    elif stream := _STREAM.match(data[at : min(at + _DICTIONARY, end)]):
        length = _LENGTH.search(stream[1])
        if length and _XREF_STREAM.search(stream[1]) and _ROOT.search(stream[1]):
            at += stream.end() + int(length[1])
            if at <= end and data[at : at + 16].lstrip().startswith(b"endstream"):
                return
    raise Corrupt("its cross-reference table is broken")


def _skip_table(data: Buffer, at: int, end: int) -> int:
    """The first byte that is not of a table: numbers, and n or f for what is in use or free (7.5.4)."""
    for start, window in steps(data, at, end):
        if rest := window.lstrip(b"0123456789nf \t\r\n"):
            return start + len(window) - len(rest)
    return end


def _active(name: bytes) -> TypeNotAllowed:
    return TypeNotAllowed(
        Words("{found} with {what}", found=Words("a PDF document"), what=_ACTIVE[name]),
        ["documents without active content"],
        _HINT,
    )


FORMAT = Format(media_type=PDF, name="PDF", sniff=sniff, inspect=inspect, verify=verify)
