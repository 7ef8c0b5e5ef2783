"""Nodes: a translated schema made ready to be walked beside a document, with every ``$ref`` followed.

At one place of a document many schemas may have a say: one, what it refers to, all of ``allOf``, any of ``anyOf``.
`everything` lists them, each once, however they refer to each other; `inside` is one step further. So a walk costs the
document's values times the schemas, whatever recursion a schema has and a document makes use of.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

FILE_URL: Final = "file-url"
DATA_URL: Final = "data-url"


@dataclass(frozen=True, slots=True)
class FilePlace:
    """What a schema says of the file that a string names or holds.

    format:  "file-url" (a key) or "data-url" (the file itself)
    policy:  the name of the policy among its handler's; None for the handler's own
    store:   of a data URL: the server makes a stored file of it, and its key takes the place
    handler: where files are sent and listed, as the schema gives it (maybe lazy); None for the field's own
    """

    format: str
    policy: str | None = None
    store: bool = False
    handler: Any = None


@dataclass(eq=False, slots=True)
class Node:
    """One schema, and where it leads. Built by `linking`, and only read afterwards.

    also:         what holds of the same value besides: `$ref`, `allOf`
    alternatives: of which one or more hold of the same value: `anyOf`
    names:        of properties that anything said of the same object declares
    values:       which ones there may be, if they are listed
    filled:       whether it is required wherever it stands
    constants:    of properties whose values are listed, by name, these values
    """

    schema: dict[str, Any]
    place: tuple[str, ...]
    also: list[Node] = field(default_factory=list)
    alternatives: list[Node] = field(default_factory=list)
    properties: dict[str, Node] = field(default_factory=dict)
    additional: Node | None = None
    prefix: list[Node] = field(default_factory=list)
    items: Node | None = None
    file: FilePlace | None = None
    types: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    values: list[Any] | None = None
    filled: bool = False
    constants: dict[str, list[Any]] = field(default_factory=dict)
    discriminators: dict[str, list[list[Any]]] = field(default_factory=dict)

    @property
    def read_only(self) -> bool:
        return self.schema.get("readOnly") is True

    def branches(self, value: object) -> list[Node]:
        """The alternatives that `value` may be meant for. One is left out only where another has claimed the value, by
        a constant that every one of them has: when in doubt, they all count, so that no file is overlooked."""
        if isinstance(value, dict):
            for name, allowed in self.discriminators.items():
                pairs = zip(self.alternatives, allowed, strict=True)
                if name in value and (claimed := [node for node, values in pairs if value[name] in values]):
                    return claimed
        return self.alternatives


def everything(nodes: Iterable[Node], value: object = None) -> list[Node]:
    """All that is said of `value` where `nodes` are; of any value, if none is given. The most particular comes first: a
    schema before what it refers to."""
    found: dict[Node, None] = {}
    waiting = [*nodes][::-1]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found[node] = None
            waiting += [*node.also, *node.branches(value)][::-1]
    return list(found)


def inside(nodes: Iterable[Node], step: str | int) -> list[Node]:
    """What `nodes` (with `everything` that is said beside them) say of a value one step further."""
    found: list[Node | None] = []
    for node in nodes:
        if isinstance(step, int):
            found.append(node.prefix[step] if step < len(node.prefix) else node.items)
        elif step in node.properties:
            found.append(node.properties[step])
        elif step not in node.names:
            found.append(node.additional)
    return [node for node in found if node is not None]
