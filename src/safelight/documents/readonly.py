"""Read-only values: a form does not let them be changed, and a request that never saw the form does not change them
either.

A new value is compared with the old document, and if there was none with the schema's default. Rows of a list may be
moved, added and deleted (unless the list itself is read-only), so that a row has no place to be compared at: it goes
with any old row that has the same read-only values, each of them once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from .dialect import MAX_DEPTH
from .nodes import Node, everything, inside
from .paths import Steps
from .problems import DocumentError
from .values import gist

_ABSENT: Final = object()


def changes(root: Node, old: Any, new: Any) -> list[DocumentError]:
    """Where `new` differs from `old`, and what was there."""
    try:
        return list(_changes([root], _ABSENT if old is None else old, new, ()))
    except RecursionError:
        return [DocumentError((), "too_deep", {"limit": MAX_DEPTH})]


def _changes(nodes: list[Node], old: Any, new: Any, steps: Steps) -> Iterator[DocumentError]:
    # Of an object that has become another alternative, both have a say: else what one of them protects could be changed
    # in the guise of the other.
    values = [value for value in (new, old) if isinstance(value, dict)] or [new]
    nodes = list(dict.fromkeys(node for value in values for node in everything(nodes, value)))
    if any(node.read_only for node in nodes):
        if not _is_kept(nodes, old, new):
            yield DocumentError(steps, "read_only", {} if old is _ABSENT else {"was": old})
    elif len(steps) < MAX_DEPTH and isinstance(new, list):
        yield from _changed_rows(nodes, old if isinstance(old, list) else [], new, steps)
    elif len(steps) < MAX_DEPTH:
        before, after = (value if isinstance(value, dict) else {} for value in (old, new))
        for name in {**before, **after}:
            if found := inside(nodes, name):
                yield from _changes(found, before.get(name, _ABSENT), after.get(name, _ABSENT), (*steps, name))


def _changed_rows(nodes: list[Node], old: list[Any], new: list[Any], steps: Steps) -> Iterator[DocumentError]:
    spare = Counter(_marks(inside(nodes, index), row) for index, row in enumerate(old))
    for index, row in enumerate(new):
        found = inside(nodes, index)
        marks = _marks(found, row)
        if marks is None or spare[marks] > 0:
            spare[marks] -= 1
        else:
            found_here = list(_changes(found, old[index], row, (*steps, index))) if index < len(old) else []
            yield from found_here or _changes(found, _ABSENT, row, (*steps, index))


def _marks(nodes: list[Node], value: Any) -> Any:
    """The read-only values in a row, in whatever order its own rows are, without those that any new row may have; None
    if none is left."""
    nodes = everything(nodes, value)
    if any(node.read_only for node in nodes):
        return None if _is_kept(nodes, _ABSENT, value) else gist(value)
    if isinstance(value, dict):
        marked = ((name, _marks(inside(nodes, name), inner)) for name, inner in value.items())
        return frozenset((name, marks) for name, marks in marked if marks is not None) or None
    if isinstance(value, list):
        rows = Counter(_marks(inside(nodes, index), row) for index, row in enumerate(value))
        del rows[None]
        return frozenset(rows.items()) or None
    return None


def _is_kept(nodes: list[Node], old: Any, new: Any) -> bool:
    kept = gist(None if new is _ABSENT else new)
    if old is _ABSENT or gist(old) is None:
        words = ("const", "default")
        default = next((node.schema[word] for node in nodes for word in words if word in node.schema), None)
        return kept is None or bool(kept == gist(default))
    return bool(kept == gist(old))
