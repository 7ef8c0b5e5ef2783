"""A form (``multipart/form-data``): the way a browser sends files. What is a file's goes on as it came, uncopied.

A boundary counts where a line begins and where nothing else stands on that line: a file may hold something like it.

Source: RFC 7578; RFC 2046, section 5.1.
"""

from __future__ import annotations

import binascii
import re
from enum import Enum, auto
from typing import Final, NamedTuple, TypeAlias

from ..errors import NOT_FILES, Malformed, TooLarge
from .part import Part, read_head, read_header

_BOUNDARY = re.compile(r"[ -~]{0,200}[!-~]")

_MAX_HEAD: Final = 1024  # of one part; a name has at most 255 characters
_MAX_IGNORED: Final = 1 << 20  # what is neither field nor file may be there, but nobody has to read it without end
_MAX_LOOKALIKES: Final = 100  # each costs a turn of the loop, and no file has one by chance

# What may follow a boundary on its line; and what may become that when more comes.
_REST_OF_LINE = re.compile(rb"--|[ \t]{0,64}\r?\n")
_BEGUN = re.compile(rb"-|[ \t]{0,64}\r?")


class FilePart(NamedTuple):
    """A file begins."""

    part: Part


class FileBytes(NamedTuple):
    """Some bytes of the file that began last, inside of the chunk that was fed: who keeps them keeps that."""

    data: memoryview


class FileDone(NamedTuple):
    """The file that began last has come to its end."""


class Field(NamedTuple):
    name: str
    value: bytes


PartEvent: TypeAlias = FilePart | FileBytes | FileDone | Field


class _Mode(Enum):
    HEAD = auto()
    DATA = auto()  # of a part, or what stands before the first one
    AFTER = auto()  # what stands behind the last one


class MultipartScanner:
    """Bytes in, events out, as for every scanner of bodies; here, what is no file comes out as a `Field`.

    There may be `max_files` and `max_fields` (None: any number), and all fields together may have `limit` bytes with
    their names. Raises `Malformed`, and `TooLarge` for the latter.
    """

    def __init__(
        self, boundary: bytes, limit: int | None = None, max_files: int | None = 100, max_fields: int | None = None
    ) -> None:
        self._delimiter = b"\n--" + boundary
        self._limit = limit
        self._max_files = max_files
        self._max_fields = max_fields
        self._steps = {_Mode.HEAD: self._head, _Mode.DATA: self._data, _Mode.AFTER: self._after}
        self._mode = _Mode.DATA
        # The line end before a boundary belongs to the boundary. It may be the one that ends the head, if there are no
        # data between them; and the body begins as if there were one.
        self._after_head = True
        self._pending = b"\r\n"
        self._part: Part | None = None  # None: what comes now is ignored
        self._value = bytearray()
        self._files = self._fields = self._size = self._ignored = self._lookalikes = 0
        self._line_ended = False  # that of the last boundary
        self._events: list[PartEvent] = []

    def feed(self, chunk: bytes) -> list[PartEvent]:
        """What `chunk` says. The events must be dealt with before the next chunk is read."""
        data, at = self._pending + chunk, 0
        while at < len(data):
            mode, before = self._mode, at
            at = self._steps[mode](data, at)
            if at == before and self._mode is mode:
                break
        self._pending = data[at:]
        events, self._events = self._events, []
        return events

    def end(self) -> list[PartEvent]:
        """The body is complete."""
        if self._mode is not _Mode.AFTER:
            raise Malformed("The form does not end with the boundary that its Content-Type names. Send all of it.")
        return []

    def _head(self, data: bytes, at: int) -> int:
        """From the end of the boundary's line to the end of the last header's."""
        end = data.find(b"\r\n\r\n", at, at + _MAX_HEAD)
        if end < 0:
            if len(data) - at >= _MAX_HEAD:
                raise Malformed("A part of the form has headers of more than {limit} bytes.", limit=_MAX_HEAD)
            return at
        if data.find(self._delimiter, at, end) >= 0:
            raise Malformed("A part of the form has no empty line between its headers and its content.")
        self._begin(read_head(data[at + 2 : end]))
        self._mode, self._after_head = _Mode.DATA, True
        return end + 2

    def _data(self, data: bytes, at: int) -> int:
        start, search = (at + 2 if self._after_head else at), at
        while (end := data.find(self._delimiter, search)) >= 0:
            behind = end + len(self._delimiter)
            if rest := _REST_OF_LINE.match(data, behind):
                self._take(data, start, _line_end(data, at, end))
                return self._boundary(rest)
            if _BEGUN.fullmatch(data, behind):
                break
            self._lookalikes += 1
            if self._lookalikes > _MAX_LOOKALIKES:
                raise Malformed("What the form holds looks like its boundary. Choose another boundary.")
            search = end + 1
        if end < 0:
            end = data.rfind(b"\n", max(at, len(data) - len(self._delimiter)))
            if end < 0 or not self._delimiter.startswith(data[end:]):
                end = len(data)
        end = _line_end(data, at, end)
        if end > at:
            self._take(data, start, end)
            self._after_head = False
        return end

    def _after(self, data: bytes, at: int) -> int:
        # On the last boundary's own line: it may be a file's, which would be cut short without a word.
        if not self._line_ended and data[at : at + 1] not in (b"\r", b"\n", b" ", b"\t"):
            raise Malformed("What the form holds looks like its last boundary. Choose another boundary.")
        self._line_ended = True
        self._ignore(len(data) - at)
        return len(data)

    def _begin(self, part: Part) -> None:
        if part.is_file:
            self._files += 1
            if self._max_files is not None and self._files > self._max_files:
                raise Malformed(
                    "There are more than {limit} files in one body. Send them one after the other.",
                    limit=self._max_files,
                )
        else:
            self._fields += 1
            if self._max_fields is not None and self._fields > self._max_fields:
                raise Malformed("The form has more than {limit} fields.", limit=self._max_fields)
        if part.name is None or (part.is_file and not (part.name and part.filename)):
            self._part = None
            return
        self._part = part
        if part.is_file:
            self._events.append(FilePart(part))
        else:
            self._value = bytearray()
            self._keep(len(part.name) + 2)  # as if it were urlencoded, with & and =

    def _take(self, data: bytes, start: int, end: int) -> None:
        if end <= start:
            return
        if self._part is None:
            self._ignore(end - start)
        elif self._part.is_file:
            self._events.append(FileBytes(memoryview(data)[start:end]))
        else:
            self._keep(end - start)
            self._value += memoryview(data)[start:end]

    def _boundary(self, rest: re.Match[bytes]) -> int:
        """A part ends, and the next begins unless it was the last; `rest` is what else stands on that line."""
        if self._part is not None and self._part.name is not None:
            if self._part.is_file:
                self._events.append(FileDone())
            else:
                self._events.append(Field(self._part.name, _value(self._part, self._value)))
        self._part = None
        if rest[0] == b"--":
            self._mode = _Mode.AFTER
            return rest.end()
        if not rest[0].endswith(b"\r\n"):
            raise Malformed("The lines of a form must end in CR LF.")
        self._mode = _Mode.HEAD
        return rest.end() - 2

    def _keep(self, count: int) -> None:
        self._size += count
        if self._limit is not None and self._size > self._limit:
            raise TooLarge(self._limit, what=NOT_FILES)

    def _ignore(self, count: int) -> None:
        self._ignored += count
        if self._ignored > _MAX_IGNORED:
            raise Malformed("Most of the body is neither field nor file. Check the boundary in its Content-Type.")


def boundary_of(content_type: str) -> bytes:
    """The boundary that a Content-Type names. Raises `Malformed`."""
    media_type, parameters = read_header(content_type)
    boundary = parameters.get("boundary", "")
    if not media_type.startswith("multipart/") or not content_type.isascii() or not _BOUNDARY.fullmatch(boundary):
        raise Malformed("The Content-Type of a form must name its boundary, of at most 200 ASCII characters.")
    return boundary.encode()


def _line_end(data: bytes, at: int, newline: int) -> int:
    """Where the line end at `newline` begins: it may have a CR, which belongs to it and may be all that came of it."""
    return newline - 1 if newline > at and data[newline - 1] == ord("\r") else newline


def _value(part: Part, raw: bytearray) -> bytes:
    if part.is_base64:
        try:
            return binascii.a2b_base64(raw)
        except binascii.Error:
            pass
    return bytes(raw)
