"""What all body scanners share: bytes in, events out. They know no framework, open no file and decode no base64, so
that any split of a body into chunks comes to the same.

A scanner follows a body only as far as it must to know where it is. A long string at a file's place goes out as events.
Everything else, with a placeholder in the file's stead, is kept as the *skeleton*, which the language's own parser
reads in the end: so what is not a file means exactly what it always meant, errors included.
"""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum
from typing import Any, Final, NamedTuple, TypeAlias

from ..errors import NOT_FILES, Malformed, TooLarge
from ..words import Words

HOLD: Final = 8192
"""A string at a file's place is held back up to so many bytes: what ends before (an empty string, a URL that means
"unchanged", a tiny picture) stays an ordinary string. More than the longest header of a data URL, however escaped."""

ANY: Final = "*"
"""In a pattern: every index of an array, every name of an object."""

INDEX: Final = "[]"
"""In a pattern: every index of an array."""

RAW_BREAK: Final = Words("The JSON has a line break inside a string; write it as \\n.")

Path: TypeAlias = tuple[str | int, ...]
"""Where in a body a value stands, ``("gallery", 0, "picture")``; as a pattern, ``("gallery", "*", "picture")``."""


class FileBegins(NamedTuple):
    path: Path


class FileData(NamedTuple):
    """Some of the text of the file that began last, its escapes undone. All of the first `HOLD` bytes come at once.
    `one_line`: a line break in it is no base64's, but makes the body `Malformed`; whoever decodes it sees it first."""

    text: bytes
    one_line: bool = False


class FileEnds(NamedTuple):
    path: Path


Event: TypeAlias = FileBegins | FileData | FileEnds


class Scanner(ABC):
    """Feed it the body, then ask for the document.

    `patterns` say which strings are files, and `max_files` how many there may be: each is a temporary file; `limit` is
    how many bytes all the rest may have. None is any number. Raises `Malformed` for a broken body or too many files,
    and `TooLarge` for too much of a rest.
    """

    _mode: Enum
    # How each mode reads on, from a position in the data to how far it came; if nowhere, it needs more.
    _steps: Mapping[Any, Callable[[bytes, int], int]]

    def __init__(self, patterns: Collection[Path], limit: int | None = None, max_files: int | None = 100) -> None:
        self._patterns = tuple(patterns)
        self._limit = limit
        self._max_files = max_files
        self._skeleton = bytearray()
        self._pending = b""  # what cannot be understood before more comes
        self._nonce = secrets.token_hex(16)  # a placeholder that a client could guess would name another's file
        self._files = 0
        self._events: list[Event] = []

    def feed(self, chunk: bytes) -> list[Event]:
        """What `chunk` says. The events must be dealt with before the next chunk is read, or memory grows."""
        data, at = self._pending + chunk, 0
        while at < len(data):
            mode, before = self._mode, at
            at = self._steps[mode](data, at)
            if self._limit is not None and len(self._skeleton) > self._limit:
                raise TooLarge(self._limit, what=NOT_FILES)
            if at == before and self._mode is mode:
                break
        self._pending = data[at:]
        return self._take()

    def end(self) -> list[Event]:
        """The body is complete."""
        return self._take()

    @abstractmethod
    def document(self, files: Sequence[Any], encoding: str = "utf-8") -> Any:
        """The whole body, parsed, with `files` (in the order in which they began) in their places."""

    def _begin_file(self, path: Path) -> bytes:
        """Returns the placeholder."""
        if self._files == self._max_files:
            raise Malformed(
                "There are more than {limit} files in one body. Send them one after the other.", limit=self._max_files
            )
        self._events.append(FileBegins(path))
        self._files += 1
        return f"{self._nonce}:{self._files - 1}".encode()

    def _filled(self, value: str, files: Sequence[Any]) -> Any:
        """The file whose placeholder `value` is, or `value` itself."""
        nonce, _, number = value.partition(":")
        return files[int(number)] if nonce == self._nonce else value

    def _take(self) -> list[Event]:
        events, self._events = self._events, []
        return events


def advance(patterns: Collection[Path], step: str | int) -> tuple[Path, ...]:
    """What is left of the patterns that match `step` first."""
    return tuple(pattern[1:] for pattern in patterns if pattern and _fits(pattern[0], step))


def matches(pattern: Path, path: Path) -> bool:
    return len(pattern) == len(path) and all(_fits(want, step) for want, step in zip(pattern, path, strict=True))


def matches_name(pattern: Path, name: str) -> bool:
    """Whether the field `name` of a form is what `pattern` means: forms have lists, but no further structure."""
    return matches(pattern, (name,)) or matches(pattern, (name, 0))


def _fits(want: str | int, step: str | int) -> bool:
    return want == ANY or (isinstance(step, int) if want == INDEX else want == step)
