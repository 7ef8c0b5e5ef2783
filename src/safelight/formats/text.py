"""Plain text and CSV: nothing but characters, to the last byte. Text has no structure that could be whole; what can be
proved is that it is no program, no picture and no page under the name of a text.

Sources: RFC 3629 (UTF-8), RFC 2781 (UTF-16, which only a byte order mark tells from noise), RFC 4180 (CSV); for what
begins like a page, WHATWG MIME Sniffing, section 7.1.

Kept: all of it. Refused: other encodings, control characters, markup and scripts at the beginning.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator

from ..errors import Corrupt, TypeNotAllowed
from ..policy import CSV, EXTENSIONS, TEXT
from ..words import Words
from . import signatures
from .buffer import Buffer, steps
from .inspection import Format, Inspection, Span

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What begins so and has nothing but characters is text all the same: a table that starts with Mozambique (MZ).
_TEXT = ("text", "a Windows program", "an MP3 sound", "an MP4 video", "a RIFF file")
_UNKNOWN = "a file of an unknown type"
# Tags, comments, declarations and the brackets of server pages; not the <134> of a log.
_MARKUP = re.compile(r"<[A-Za-z!?/%]")
_BLANK = "\ufeff\t\n\v\f\r "
_CONTROLS = bytes({*range(32)} - {*b"\t\n\v\f\r\x1b"})  # logs have colours (escape sequences)

_BEGINNING = 4096  # characters in which markup is looked for
_SAMPLE = 1 << 16  # characters by which a table is told from prose
_DELIMITERS = ",;\t|"
_DELIMITER_LINE = re.compile(rf"sep=([{_DELIMITERS}])\r?\n")  # with which Excel begins, if it is asked to


def sniff(head: bytes) -> bool:
    if head.startswith(_UTF_16):
        return True
    # What is of an unknown type but has no control characters is most likely text in an encoding of old.
    return head != b"" and signatures.describe(head) in (*_TEXT, _UNKNOWN) and not _has_controls(head)


def inspect(data: Buffer) -> Inspection:
    """Read all characters; a table is told from prose by its first records."""
    beginning, sample = "", ""
    for piece in _decoded(data):
        if _has_controls(piece.encode()):
            raise Corrupt("it holds control characters, which text has not")
        if len(beginning) < _BEGINNING:
            beginning += piece[:_BEGINNING] if beginning else piece.lstrip(_BLANK)[:_BEGINNING]
        if len(sample) < _SAMPLE:
            sample += piece[: _SAMPLE - len(sample)]
    found = signatures.describe(beginning.encode())
    if beginning and found not in _TEXT:
        raise TypeNotAllowed(found, ["plain text"])
    if _MARKUP.match(beginning):
        raise TypeNotAllowed("a page or a script", ["plain text"])
    media_type = CSV if _is_table(sample.removeprefix("\ufeff"), len(sample) == _SAMPLE) else TEXT
    return _inspection(media_type, len(data))


def as_text(table: Inspection) -> Inspection:
    """A table is a text as well, where only texts are wanted."""
    return _inspection(TEXT, table.size)


def _inspection(media_type: str, size: int) -> Inspection:
    return Inspection(media_type=media_type, extension=EXTENSIONS[media_type], parts=(Span(0, size),))


def _decoded(data: Buffer) -> Iterator[str]:
    encoding = "utf-16" if data[:2] in _UTF_16 else "utf-8"
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for _, piece in steps(data, 0, len(data)):
            yield decoder.decode(piece)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise TypeNotAllowed("text in another encoding", ["text in UTF-8"], "Save it as UTF-8 first.") from None


def _has_controls(utf8: bytes) -> bool:
    return len(utf8.translate(None, _CONTROLS)) != len(utf8)


def _is_table(sample: str, cut: bool) -> bool:
    """Whether there are two records at least, and all have the same number of fields, two at least."""
    if chosen := _DELIMITER_LINE.match(sample):
        return _columns(sample[chosen.end() :], chosen[1], cut) > 1
    return any(_columns(sample, delimiter, cut) > 1 for delimiter in _DELIMITERS)


def _columns(sample: str, delimiter: str, cut: bool) -> int:
    """Fields in every record; 0 if that is not one number. The last record of a sample that was cut does not count."""
    counts: list[int] = []
    try:
        for record in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, strict=True):
            counts.append(len(record))
    except csv.Error:
        if not cut:
            return 0
        counts.append(0)
    if cut:
        counts.pop()
    while counts and not counts[-1]:  # empty lines at the end
        counts.pop()
    return counts[0] if len(counts) > 1 and len(set(counts)) == 1 else 0


FORMATS = (
    Format(media_type=CSV, name="CSV", sniff=sniff, inspect=inspect),
    Format(media_type=TEXT, name=Words("plain text"), sniff=sniff, inspect=inspect),
)
