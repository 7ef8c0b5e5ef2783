"""Files: every string of a document that its schema calls a file, so that none is lost and none is left behind.

Where several schemas have a say about a string, it is a file as soon as one of them says so. Whether the document
matches its schema makes no difference: what is stored may be older than the schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .nodes import DATA_URL, FILE_URL, FilePlace, Node, everything, inside
from .paths import Steps, join


@dataclass(frozen=True, slots=True)
class FileValue:
    """A string that is a file, or the key of one, or still empty; and what the schema says of it."""

    steps: Steps
    value: str
    place: FilePlace

    @property
    def path(self) -> str:
        return join(self.steps)

    @property
    def format(self) -> str:
        return self.place.format

    @property
    def policy(self) -> str | None:
        return self.place.policy

    @property
    def store(self) -> bool:
        return self.place.store

    @property
    def handler(self) -> Any:
        return self.place.handler

    @property
    def is_inline(self) -> bool:
        """Whether the value is the file itself, whatever the schema asks for."""
        return self.value[:5].lower() == "data:"

    @property
    def is_key(self) -> bool:
        """Whether the value names a stored file: a ``data-url`` with ``store`` does so after it was stored."""
        stored = self.format == FILE_URL or (self.store and not self.is_inline)
        return stored and self.value != ""

    @property
    def is_misplaced(self) -> bool:
        """Whether it is a file where there is to be a key, or the other way round."""
        return self.value != "" and not self.store and self.is_inline == (self.format == FILE_URL)


@dataclass(frozen=True, slots=True)
class _Trail:
    """The way to a value. Only where there is a file it is written out: most values are none."""

    before: _Trail | None
    step: str | int

    def steps(self) -> Steps:
        steps, trail = [self.step], self.before
        while trail is not None:
            steps.append(trail.step)
            trail = trail.before
        return tuple(reversed(steps))


def files(root: Node, document: Any) -> Iterator[FileValue]:
    """The files of `document`, in its order. Values that no schema knows are passed over unread."""
    waiting: list[tuple[Any, list[Node], _Trail | None]] = [(document, [root], None)]
    while waiting:
        value, nodes, trail = waiting.pop()
        if isinstance(value, str):
            if places := [node.file for node in everything(nodes) if node.file]:
                yield _file_value(trail.steps() if trail else (), value, places)
        elif isinstance(value, dict | list):
            nodes = everything(nodes, value)
            steps = range(len(value)) if isinstance(value, list) else value
            for step in reversed(steps):
                if found := inside(nodes, step):
                    waiting.append((value[step], found, _Trail(trail, step)))


def _file_value(steps: Steps, value: str, places: list[FilePlace]) -> FileValue:
    """Where there may be a key or the file itself, the value says which it is; then the most particular counts."""
    file = FileValue(steps, value, places[0])
    for place in places:
        if (place.format == DATA_URL) if file.is_inline else (place.format == FILE_URL or place.store):
            return FileValue(steps, value, place)
    return file
