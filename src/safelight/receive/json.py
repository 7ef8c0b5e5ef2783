"""JSON whose strings may be files of a gigabyte: read once, in pieces, with nothing but the small rest in memory.

Source: RFC 8259.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from ..errors import Malformed
from ..words import Words
from .scanner import HOLD, RAW_BREAK, FileData, FileEnds, Path, Scanner, advance

_MAX_DEPTH = 500  # json.loads gives up somewhere beyond; until then a body of brackets would only cost time

_SPECIAL = re.compile(rb'["{}\[\]]')
# Inside a container that can hold no file: up to the next bracket, over whole strings.
_INERT = re.compile(rb'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+', re.DOTALL)
# A string as far as its escapes are whole; of a file's string, as far as they are escapes at all.
_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_FILE_STRING = re.compile(rb'[^"\\]*+(?:\\(?:u[0-9A-Fa-f]{4}|["\\/bfnrt])[^"\\]*+)*+')
_OTHER_ESCAPE = re.compile(rb"\\(?!/)")
_LONGEST_ESCAPE = len(rb"\u002B")

_ESCAPE = re.compile(rb'\\(?:u([0-9A-Fa-f]{4})|(["\\/bfnrt]))')
_LETTERS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
# What encoders do escape in base64: PHP the slash, MIME and Android their line breaks, .NET plus, slash and equals.
_USUAL = ((rb"\/", b"/"), (rb"\n", b"\n"), (rb"\r", b"\r"), (rb"\u002B", b"+"), (rb"\u002F", b"/"), (rb"\u003D", b"="))
# Control characters must come escaped (section 7); those that base64 is forgiven are caught here or by the decoder.
_RAW_BREAKS = (b"\n", b"\r", b"\t", b"\f")


class _Mode(Enum):
    STRUCTURE = auto()
    KEY = auto()
    STRING = auto()
    HELD = auto()  # a string at a file's place that is still short
    FILE = auto()


@dataclass
class _Container:
    """An open object or array: what is left of the patterns in it, and the name or index of its current value."""

    is_object: bool
    patterns: tuple[Path, ...]
    step: str | int = 0
    expects_key: bool = False


class JsonScanner(Scanner):
    """A `Scanner` of ``application/json`` in UTF-8."""

    def __init__(self, patterns: Collection[Path], limit: int | None = None, max_files: int | None = 100) -> None:
        super().__init__(patterns, limit, max_files)
        # The document stands in a container of its own, so that it may itself be a file.
        self._stack = [_Container(False, tuple(("", *pattern) for pattern in patterns), step="")]
        self._mode = _Mode.STRUCTURE
        self._key_start = 0  # in the skeleton
        self._steps = {
            _Mode.STRUCTURE: self._structure,
            _Mode.KEY: self._string,
            _Mode.STRING: self._string,
            _Mode.HELD: self._held,
            _Mode.FILE: self._file,
        }

    def document(self, files: Sequence[Any], encoding: str = "utf-8") -> Any:
        if self._mode is _Mode.FILE:
            raise Malformed("The JSON is cut short in the middle of a file. Send all of it.")
        try:
            text = (self._skeleton + self._pending).decode(encoding)
            document = json.loads(text, parse_constant=_refuse_constant)
            return self._fill(document, files) if self._files else document
        except (ValueError, RecursionError) as error:
            raise Malformed(Words("The JSON cannot be read: {reason}.", reason=str(error))) from error

    def _fill(self, value: Any, files: Sequence[Any]) -> Any:
        if isinstance(value, str):
            return self._filled(value, files)
        if isinstance(value, list):
            return [self._fill(item, files) for item in value]
        if isinstance(value, dict):
            return {name: self._fill(item, files) for name, item in value.items()}
        return value

    def _structure(self, data: bytes, at: int) -> int:
        container = self._stack[-1]
        if container.patterns:
            match = _SPECIAL.search(data, at)
            special = match.start() if match else len(data)
            if container.is_object:
                comma, colon = data.rfind(b",", at, special), data.rfind(b":", at, special)
                if comma != colon:  # one of them is there
                    container.expects_key = comma > colon
            elif isinstance(container.step, int):
                container.step += data.count(b",", at, special)
        else:
            inert = _INERT.match(data, at)
            special = inert.end() if inert else at
        self._skeleton += data[at : special + 1]
        if special < len(data):
            self._enter(data[special : special + 1], container)
        return special + 1

    def _enter(self, character: bytes, container: _Container) -> None:
        if character == b'"':
            if container.expects_key and container.patterns:
                self._mode = _Mode.KEY
                self._key_start = len(self._skeleton) - 1
            else:
                is_file = () in advance(container.patterns, container.step)
                self._mode = _Mode.HELD if is_file else _Mode.STRING
        elif character in b"{[":
            if len(self._stack) > _MAX_DEPTH:
                raise Malformed("The JSON is nested more than {limit} deep.", limit=_MAX_DEPTH)
            is_object = character == b"{"
            self._stack.append(
                _Container(is_object, advance(container.patterns, container.step), expects_key=is_object)
            )
        else:
            if len(self._stack) == 1:
                raise Malformed("The JSON closes what was never opened.")
            self._stack.pop()

    def _string(self, data: bytes, at: int) -> int:
        """A string that is no file."""
        match = _STRING.match(data, at)
        end = match.end() if match else at
        self._skeleton += data[at:end]
        if data[end : end + 1] != b'"':
            return end
        self._skeleton += b'"'
        if self._mode is _Mode.KEY:
            self._read_key()
        self._mode = _Mode.STRUCTURE
        return end + 1

    def _read_key(self) -> None:
        container = self._stack[-1]
        container.expects_key = False
        try:
            container.step = json.loads(self._skeleton[self._key_start :])
        except ValueError as error:
            raise Malformed(Words("The JSON has a name that cannot be read: {reason}.", reason=str(error))) from error

    def _held(self, data: bytes, at: int) -> int:
        """A string at a file's place, until it ends or proves to be long."""
        match = _FILE_STRING.match(data, at, at + HOLD + _LONGEST_ESCAPE)
        end = match.end() if match else at
        if data[end : end + 1] == b'"':
            self._skeleton += data[at : end + 1]
            self._mode = _Mode.STRUCTURE
            return end + 1
        if end - at >= HOLD:
            self._skeleton += self._begin_file(self._path) + b'"'
            self._mode = _Mode.FILE
        elif len(data) - end >= _LONGEST_ESCAPE:
            self._mode = _Mode.STRING  # its escapes are broken: json.loads will find the words
        return at

    def _file(self, data: bytes, at: int) -> int:
        end = data.find(b'"', at)
        if end < 0:
            end = len(data)
        text = data[at:end]
        if b"\\" in text:
            if end == len(data) and text.endswith(b"\\"):
                end, text = end - 1, text[:-1]  # it may be cut in two
            plain = _without_slash_escapes(text)
            if plain is None:
                match = _FILE_STRING.match(data, at)
                end = match.end() if match else at
                plain = _unescape(data[at:end])
        else:
            plain = text
        if plain:
            if plain is not text and any(character in data[at:end] for character in _RAW_BREAKS):
                raise Malformed(RAW_BREAK)
            self._events.append(FileData(plain, one_line=plain is text))
        if data[end : end + 1] == b'"':
            self._events.append(FileEnds(self._path))
            self._mode = _Mode.STRUCTURE
            return end + 1
        if len(data) - end >= _LONGEST_ESCAPE:
            raise Malformed("The JSON has a string with a broken escape.")
        return end

    @property
    def _path(self) -> Path:
        return tuple(container.step for container in self._stack[1:])


def _without_slash_escapes(text: bytes) -> bytes | None:
    """`text` unescaped, if ``\\/`` is the only escape in it, as PHP writes it. None if there are others."""
    return None if _OTHER_ESCAPE.search(text) else text.translate(None, b"\\")


def _unescape(text: bytes) -> bytes:
    if b"\\" not in text:
        return text
    if rb"\\" not in text:  # then every backslash begins an escape, and escapes can be undone kind by kind
        for escape, character in _USUAL:
            text = text.replace(escape, character).replace(escape.lower(), character)
    return _ESCAPE.sub(_undo, text) if b"\\" in text else text


def _undo(match: re.Match[bytes]) -> bytes:
    code, letter = match.groups()
    if code:
        # Half of a surrogate pair stays a half: no base64 has any, and the decoder says so.
        return chr(int(code, 16)).encode("utf-8", "surrogatepass")
    return _LETTERS.get(letter, letter)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
