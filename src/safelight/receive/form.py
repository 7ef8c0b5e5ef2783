"""A form (``application/x-www-form-urlencoded``) whose values may be files: jQuery's ``$.post(url, {image: base64})``.

A ``+`` in a file is a plus sign: in a form it should have come as ``%2B`` and stands for a space, but base64 has plus
signs and no spaces, and many clients forget to escape them.

Source: WHATWG URL Standard, section 5.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Collection, Sequence
from enum import Enum, auto
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, unquote_to_bytes

from ..errors import Malformed
from .scanner import HOLD, Event, FileData, FileEnds, Path, Scanner, matches_name

_END_OF_NAME = re.compile(rb"=|&+")

_QUOTED_PRINTABLE = bytes.maketrans(b"%", b"=")


class _Mode(Enum):
    NAME = auto()
    VALUE = auto()
    HELD = auto()  # a value at a file's place that is still short
    FILE = auto()


class FormScanner(Scanner):
    """A `Scanner` of form fields, at most `max_fields` of them (None: any number); a path is the name of a field."""

    def __init__(
        self,
        patterns: Collection[Path],
        limit: int | None = None,
        max_files: int | None = 100,
        max_fields: int | None = None,
    ) -> None:
        super().__init__(patterns, limit, max_files)
        self._mode = _Mode.NAME
        self._steps = {
            _Mode.NAME: self._name,
            _Mode.VALUE: self._value,
            _Mode.HELD: self._held,
            _Mode.FILE: self._file,
        }
        self._name_start = 0  # in the skeleton
        self._path = ("",)
        self._max_fields = max_fields

    def end(self) -> list[Event]:
        if self._mode is _Mode.FILE:
            self._file(self._pending + b"&", 0)
            self._pending = b""
        return self._take()

    def document(self, files: Sequence[Any], encoding: str = "utf-8") -> list[tuple[str, Any]]:
        """All names and values, in their order."""
        raw = bytes(self._skeleton + self._pending)
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            text = raw.decode("latin-1")  # as browsers and Django do
        try:
            pairs = parse_qsl(
                text, keep_blank_values=True, encoding=encoding, errors="replace", max_num_fields=self._max_fields
            )
        except ValueError as error:
            raise Malformed("The form has more than {limit} fields.", limit=self._max_fields) from error
        return [(name, self._filled(value, files)) for name, value in pairs]

    def _name(self, data: bytes, at: int) -> int:
        match = _END_OF_NAME.search(data, at)
        end = match.end() if match else len(data)
        self._skeleton += data[at:end]
        if match and match[0] != b"=":
            self._name_start = len(self._skeleton)
        elif match:
            self._path = (unquote_plus(self._skeleton[self._name_start : -1].decode("latin-1")),)
            is_file = any(matches_name(pattern, self._path[0]) for pattern in self._patterns)
            self._mode = _Mode.HELD if is_file else _Mode.VALUE
        return end

    def _value(self, data: bytes, at: int) -> int:
        end = data.find(b"&", at)
        if end < 0:
            end = len(data)
        else:
            self._mode = _Mode.NAME
        self._skeleton += data[at : end + 1]
        self._name_start = len(self._skeleton)
        return end + 1

    def _held(self, data: bytes, at: int) -> int:
        if data.find(b"&", at, at + HOLD) >= 0:
            self._mode = _Mode.VALUE
        elif len(data) - at >= HOLD:
            self._skeleton += self._begin_file(self._path)
            self._mode = _Mode.FILE
        return at

    def _file(self, data: bytes, at: int) -> int:
        stop = data.find(b"&", at)
        end = stop if stop >= 0 else len(data)
        if stop < 0 and (escape := data.rfind(b"%", max(at, end - 2))) >= 0:
            end = escape  # it may be cut in two
        if end > at:
            self._events.append(FileData(_unescape(data[at:end])))
        if stop < 0:
            return end
        self._events.append(FileEnds(self._path))
        self._mode = _Mode.VALUE  # of which nothing is left
        return end


def _unescape(text: bytes) -> bytes:
    escapes = text.count(b"%")
    if not escapes:
        return text
    if not any(character in text for character in (b"=", b"\r", b"\n")):
        # Quoted-printable is the same with another sign, and its decoder by far the fastest there is. It forgives what
        # is no escape: the length tells.
        plain = binascii.a2b_qp(text.translate(_QUOTED_PRINTABLE))
        if len(plain) == len(text) - 2 * escapes:
            return plain
    return unquote_to_bytes(text)
