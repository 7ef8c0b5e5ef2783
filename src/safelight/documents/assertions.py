"""Assertions: what each keyword asks of one value, and what to tell of a value that does not fit.

What a form leaves empty counts as missing, which is nothing but `required`'s business: ``""`` where there is text,
null where there is a number, a boolean or an object. So documents that django-jsonform wrote, with something in every
field, are as good as those that leave it out. Costs are in proportion to the value. A pattern is the developer's, and
Python's `re` may take exponential time for a bad one: a text longer than `MAX_MATCHED` is refused unmatched.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from math import isfinite
from typing import Any, Final, TypeAlias

from .text_formats import TEXT_FORMATS
from .values import canonical, is_blank

MAX_MATCHED: Final = 10_000
"""Characters of a text that a pattern is matched against."""

Finding: TypeAlias = tuple[str, dict[str, object]]
"""The code of what is wrong (`problems.SENTENCES`), and its numbers."""

Assertion: TypeAlias = Callable[[Any, Any], Finding | None]
"""Of a keyword's value and the value in the document."""

_MAY_BE_NULL = {"boolean", "integer", "null", "number", "object"}
_MAX_CHOICES = 12
_MAX_SHOWN = 60


def is_of_type(value: Any, type: str) -> bool:
    match type:
        case "integer":
            return is_of_type(value, "number") and (isinstance(value, int) or value.is_integer())
        case "number":
            if isinstance(value, float):
                return isfinite(value)  # Python's parser reads NaN and Infinity, which are not JSON
            return isinstance(value, int) and not isinstance(value, bool)
        case "null":
            return value is None
    return isinstance(value, {"array": list, "boolean": bool, "object": dict, "string": str}[type])


def _type(types: str | list[str], value: Any) -> Finding | None:
    types = [types] if isinstance(types, str) else types
    if (value is None and not _MAY_BE_NULL.isdisjoint(types)) or any(is_of_type(value, type) for type in types):
        return None
    return f"not_{types[0]}", {}


def _choice(choices: list[Any], value: Any) -> Finding | None:
    if value is None or value == "" or canonical(value) in map(canonical, choices):
        return None
    return "choice", {"choices": _listed(choices)}


def _titled_choice(choices: list[dict[str, Any]], value: Any) -> Finding | None:
    if _choice([choice["const"] for choice in choices], value) is None:
        return None
    return "choice", {"choices": _listed([choice["title"] for choice in choices])}


def _const(const: Any, value: Any) -> Finding | None:
    return None if canonical(value) == canonical(const) else ("const", {"value": _shown(const)})


def _not_blank(_: object, value: Any) -> Finding | None:
    """The one thing that `not` says in the dialect."""
    return ("required", {}) if is_blank(value) else None


def _pattern(pattern: str, value: Any) -> Finding | None:
    if not isinstance(value, str) or value == "":
        return None
    if len(value) > MAX_MATCHED:
        return "too_long", {"limit": MAX_MATCHED, "actual": len(value)}
    return None if re.search(pattern, value) else ("pattern", {"pattern": pattern})


def _format(format: str, value: Any) -> Finding | None:
    if not isinstance(value, str) or value == "" or format not in TEXT_FORMATS:
        return None
    fits, code = TEXT_FORMATS[format]
    return None if fits(value) else (code, {})


def _multiple_of(step: float, value: Any) -> Finding | None:
    """As the numbers are written: 0.3 is a multiple of 0.1, which it is not in binary."""
    if not is_of_type(value, "number") or _fraction(value) % _fraction(step) == 0:
        return None
    return "not_multiple", {"step": step}


def _fraction(number: float) -> Fraction:
    return Fraction(number if isinstance(number, int) else repr(number))


def _size(kind: type[Any], holds: Callable[[int, int], bool], code: str) -> Assertion:
    def check(limit: int, value: Any) -> Finding | None:
        if not isinstance(value, kind) or value == "" or holds(len(value), limit):
            return None
        return code, {"limit": limit, "actual": len(value)}

    return check


def _bound(holds: Callable[[float, float], bool], code: str) -> Assertion:
    def check(limit: float, value: Any) -> Finding | None:
        return None if not is_of_type(value, "number") or holds(value, limit) else (code, {"limit": limit})

    return check


ASSERTIONS: Final[Mapping[str, Assertion]] = {
    "type": _type,
    "enum": _choice,
    "oneOf": _titled_choice,
    "const": _const,
    "not": _not_blank,
    "pattern": _pattern,
    "format": _format,
    "minLength": _size(str, operator.ge, "too_short"),
    "maxLength": _size(str, operator.le, "too_long"),
    "minItems": _size(list, operator.ge, "too_few"),
    "maxItems": _size(list, operator.le, "too_many"),
    "minProperties": _size(dict, operator.ge, "too_few"),
    "maxProperties": _size(dict, operator.le, "too_many"),
    "minimum": _bound(operator.ge, "too_small"),
    "maximum": _bound(operator.le, "too_large"),
    "exclusiveMinimum": _bound(operator.gt, "not_above"),
    "exclusiveMaximum": _bound(operator.lt, "not_below"),
    "multipleOf": _multiple_of,
}
"""By keyword."""


def _listed(choices: list[Any]) -> str:
    shown = [_shown(choice) for choice in choices[:_MAX_CHOICES]]
    return ", ".join(shown + ["…"] * (len(choices) > _MAX_CHOICES))


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"
