"""Paths: where in a document a value stands, in one line of text, so that no two places share a reference.

A path is its steps joined by ``§``: ``gallery§0§picture``; the document itself is the empty path. Almost every name is
its own step. A schema may not declare a name that is empty or has a ``§`` in it, but a document that was never
validated may have one where any name is allowed. There ``§`` becomes ``~1``, the empty name ``~2``, and a ``~`` before
one of these digits ``~0``: whatever the document, two places have two paths, and a path leads back to its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any, Final, TypeAlias

SEPARATOR: Final = "§"

Steps: TypeAlias = tuple[str | int, ...]
"""Names in objects and indexes in lists, from the document inwards: ``("gallery", 0, "picture")``."""

_ESCAPED = {"~": "~0", SEPARATOR: "~1", "": "~2"}
_PLAIN = {escaped: plain for plain, escaped in _ESCAPED.items()}
_TO_ESCAPE = re.compile(rf"~(?=[012])|{SEPARATOR}|\A\Z")
_TO_UNDO = re.compile(r"~[012]")


def join(steps: Iterable[str | int]) -> str:
    return SEPARATOR.join(_TO_ESCAPE.sub(lambda found: _ESCAPED[found[0]], str(step)) for step in steps)


def split(path: str) -> tuple[str, ...]:
    """The steps of a path, indexes as text: only the document can tell whether ``0`` is an index or a name."""
    if not path:
        return ()
    return tuple(_TO_UNDO.sub(lambda found: _PLAIN[found[0]], step) for step in path.split(SEPARATOR))


def in_words(path: str) -> str:
    """As people read it, counted from 1: ``gallery§0§large_one`` is ``gallery > 1 > large one``."""
    steps = path.split(SEPARATOR)
    return " > ".join(str(int(step) + 1) if step.isdecimal() else step.replace("_", " ") for step in steps)


def as_index(step: str) -> int | None:
    """The index that a step of a path may mean. A client's step may be anything: no sign, no other script's digits, and
    no number without end."""
    return int(step) if step.isascii() and step.isdecimal() and len(step) < 10 else None


def replaced(document: Any, values: Mapping[str, Any]) -> Any:
    """A new document with other values at some paths. `document` stays as it is; what does not change is shared.

    Raises KeyError for a path that leads nowhere.
    """
    top = [document]
    ours = {id(top)}  # containers made here, which may be changed
    for path, value in values.items():
        container: Any = top
        key: Any = 0
        for step in split(path):
            inner = container[key]
            if id(inner) not in ours:
                inner = container[key] = copy(inner)
                ours.add(id(inner))
            container, key = inner, _key(inner, step)
            if key is None:
                raise KeyError(path)
        container[key] = value
    return top[0]


def _key(container: Any, step: str) -> str | int | None:
    """What `step` means in `container`; None if nothing is there."""
    if isinstance(container, dict):
        return step if step in container else None
    index = as_index(step) if isinstance(container, list) else None
    return index if index is not None and index < len(container) else None
