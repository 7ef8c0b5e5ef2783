"""The keywords of a schema: where schemas stand inside of schemas, and what the others may say.

A limit that is no number would fail while a document is judged, before a stranger's eyes; here it fails where it is
written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from ..errors import SchemaError
from .paths import SEPARATOR

MAPS: Final = ("properties", "$defs")
LISTS: Final = ("allOf", "anyOf", "prefixItems")
SINGLES: Final = ("items", "additionalProperties")

_CHOOSE = "use oneOf, with a const in each of the alternatives"
_POINT = "use $ref with a path inside of this schema, such as #/$defs/block"
REFUSED: Final = {
    "patternProperties": "use additionalProperties",
    "additionalItems": "use prefixItems and items",
    "contains": "use items",
    "propertyNames": "names may be any",
    "not": "say what there may be",
    "if": _CHOOSE,
    "then": _CHOOSE,
    "else": _CHOOSE,
    "dependencies": _CHOOSE,
    "dependentSchemas": _CHOOSE,
    "dependentRequired": _CHOOSE,
    "unevaluatedItems": "use items",
    "unevaluatedProperties": "use additionalProperties",
    "$id": _POINT,
    "$schema": "it may stand at the beginning alone",
    "$anchor": _POINT,
    "$dynamicRef": _POINT,
    "$dynamicAnchor": _POINT,
    "$recursiveRef": _POINT,
    "$recursiveAnchor": _POINT,
}
"""Keywords of the standard that no form shows, or that lead to values by rules which the search for files does not
follow: to pass them over in silence could lose a file."""


def check_name(name: object, place: tuple[str, ...]) -> str:
    """A name in an object, which becomes a step of paths."""
    if not isinstance(name, str) or not name or SEPARATOR in name:
        raise SchemaError(place, f"the name {name!r} cannot be used: a name is text, not empty and without {SEPARATOR}")
    return name


def check_value(keyword: str, value: Any, place: tuple[str, ...]) -> Any:
    """`value`, if it is one that `keyword` can have. None is as good as no keyword."""
    if keyword in _VALUES and value is not None:
        fits, words = _VALUES[keyword]
        if not fits(value):
            raise SchemaError(place, f"{keyword} is {words}, and not {value!r:.80}")
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def _is_required(value: object) -> bool:
    return isinstance(value, bool) or (isinstance(value, list | tuple) and all(isinstance(name, str) for name in value))


def _is_pattern(value: object) -> bool:
    try:
        return isinstance(value, str) and re.compile(value) is not None
    except (re.error, RecursionError, OverflowError):
        return False


_COUNT = (_is_count, "a whole number, 0 or more")
_NUMBER = (_is_number, "a number")
_TEXT = (_is_text, "text")
_BOOL = (_is_bool, "True or False")

_VALUES: dict[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"), _COUNT),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _NUMBER),
    "multipleOf": (lambda value: _is_number(value) and 0 < value < float("inf"), "a number above 0"),
    **dict.fromkeys(("format", "widget", "policy", "$ref"), _TEXT),
    **dict.fromkeys(("uniqueItems", "readOnly", "store"), _BOOL),
    "pattern": (_is_pattern, "a regular expression that Python can read"),
    "enum": (_is_list, "a list"),
    "required": (_is_required, "True or False, or for an object a list of names"),
}
