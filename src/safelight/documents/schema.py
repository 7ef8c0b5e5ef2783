"""A schema: what may stand in a JSON document, which of it are files, and what a form shows. See `dialect` for how it
is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import ConfigurationError
from . import files, paths, readonly
from .dialect import MAX_DEPTH, translated
from .files import FileValue
from .linking import linked
from .nodes import FILE_URL, FilePlace, Node, everything, inside
from .problems import DocumentError


@dataclass(frozen=True, slots=True)
class Schema:
    """``Schema.of({"type": "dict", "keys": {"cover": {"type": "string", "format": "file-url"}}})``

    `standard` is the same schema in JSON Schema 2020-12 and the words of `dialect`. It is to be read, never changed.
    """

    standard: dict[str, Any]
    nodes: tuple[Node, ...] = field(repr=False, compare=False)

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Schema:
        """The schema that is written as `raw`. Raises `SchemaError`, which says where it cannot work, and why."""
        standard = translated(raw)
        return cls(standard, tuple(linked(standard)))

    def files(self, document: Any) -> Iterator[FileValue]:
        """Every string in `document` that is a file, in the document's order: keys, files as data URLs, and the empty
        strings in their places. Takes any document, whether it matches or not."""
        if any(node.file for node in self.nodes):
            yield from files.files(self.nodes[0], document)

    def keys(self, document: Any) -> dict[str, str]:
        """The keys that `document` names, by path: its references. Whether they are anyone's, only a ledger knows."""
        return {file.path: file.value for file in self.files(document) if file.is_key}

    def at(self, coords: Sequence[str]) -> list[dict[str, Any]]:
        """Everything that is said of a place, as schemas in standard words; nothing of a place that cannot be.

        `coords` are a path's steps, from a client: no document is there to tell whether ``"0"`` is an index or a name,
        nor which alternative it is, so all count. The most particular comes first.
        """
        return [node.schema for node in self._at(coords)]

    def file_at(self, coords: Sequence[str]) -> FilePlace | None:
        """What is said of the file at a place, where one may be sent to; None if there can be none."""
        places = [node.file for node in self._at(coords) if node.file]
        return next((place for place in places if place.format == FILE_URL), places[0] if places else None)

    def _at(self, coords: Sequence[str]) -> list[Node]:
        nodes = everything(self.nodes[:1]) if len(coords) <= MAX_DEPTH else []
        for step in coords:
            index = paths.as_index(step)
            found = inside(nodes, step) + (inside(nodes, index) if index is not None else [])
            nodes = everything(found)
        return nodes

    def replaced(self, document: Any, values: Mapping[str, Any]) -> Any:
        """A new document with other values at some paths, as when data URLs were stored and make room for their keys.
        Raises KeyError for a path that leads nowhere."""
        return paths.replaced(document, values)

    def errors(self, document: Any) -> list[DocumentError]:
        """What is wrong with `document`, up to a hundred things. Raises `ConfigurationError` if the package that can
        tell is not installed."""
        try:
            from . import validation
        except ModuleNotFoundError as error:
            needs = 'validating documents needs jsonschema (pip install "safelight[jsonform]")'
            raise ConfigurationError(f"{needs}: {error.name} is not installed") from error
        return validation.errors(self.nodes, document)

    def readonly_changes(self, old: Any, new: Any) -> list[DocumentError]:
        """Where `new` differs from `old` in what only the server may write. `old` is None for a new document."""
        if any(node.read_only for node in self.nodes):
            return readonly.changes(self.nodes[0], old, new)
        return []
