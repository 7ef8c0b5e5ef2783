"""Values: when two of JSON are the same, and when one is as good as missing.

Forms differ in what they write for a field that was left empty: nothing, ``""``, null, ``[]`` or an object of such.
"""

from __future__ import annotations

from typing import Any


def canonical(value: Any) -> Any:
    """Something hashable that is equal for equal values of JSON: 1 is 1.0, and is not true."""
    if isinstance(value, dict):
        return frozenset((name, canonical(inner)) for name, inner in value.items())
    if isinstance(value, list):
        return tuple([canonical(inner) for inner in value])
    return isinstance(value, bool), value


def is_blank(value: Any) -> bool:
    """Whether a person has written nothing: null, or a text of spaces."""
    return value is None or (isinstance(value, str) and (value == "" or value.isspace()))


def gist(value: Any) -> Any:
    """What is left of a value when everything empty is taken away, in a form like `canonical`; None if nothing is."""
    if value is None or value == "":
        return None
    if isinstance(value, dict):
        filled = ((name, gist(inner)) for name, inner in value.items())
        return frozenset((name, inner) for name, inner in filled if inner is not None) or None
    if isinstance(value, list):
        return tuple([gist(inner) for inner in value]) or None
    return isinstance(value, bool), value
