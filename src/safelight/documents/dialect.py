"""The dialect: schemas as they are written for django-jsonform, translated once into JSON Schema 2020-12.

=========================================  =============================================================
written                                    becomes
=========================================  =============================================================
``list``, ``dict``                         ``array``, ``object``
``keys``, ``definitions``                  ``properties``, ``$defs`` (in the path of a ``$ref``, too)
no ``type``                                object if there are ``properties``, array if there are ``items``
``choices`` or ``enum`` of values          ``enum``
of ``{title|label, value}``                ``oneOf`` of ``{const, title}`` (which may be written so, too)
``oneOf`` of schemas                       ``anyOf``: forms never asked that the others do *not* match, and
                                           blocks without required keys all do
``required: true`` of a property           its name in the object's ``required``; for a string, ``minLength``
``required: true`` elsewhere               ``not`` an empty string or null
``additionalProperties: true``             any further names, with strings
``items`` without ``maxItems``             100 at most
``format: datetime``                       ``date-time``
``min_items``, ``max_items``               ``minItems``, ``maxItems``
``readonly``, ``help_text``                ``readOnly``, ``helpText``
a keyword that is None                     nothing
=========================================  =============================================================

What a form needs keeps its name: ``title``, ``description``, ``default``, ``widget``, ``placeholder``, ``helpText``,
``readOnly``, ``handler``; and of files ``format``, ``policy``, ``store``. Texts and handlers may be lazy (a
translation, a ``reverse_lazy``) and stay so. Any other keyword is kept, too, except those of `keywords.REFUSED`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from ..errors import SchemaError
from .keywords import LISTS, MAPS, REFUSED, SINGLES, check_name, check_value

MAX_DEPTH: Final = 64
"""Schemas inside of schemas, and values inside of a document."""
_MAX_SCHEMAS = 10_000
_MAX_ITEMS = 100

ALIASES: Final = {
    "keys": "properties",
    "choices": "enum",
    "min_items": "minItems",
    "max_items": "maxItems",
    "readonly": "readOnly",
    "help_text": "helpText",
    "definitions": "$defs",
    "oneOf": "anyOf",
}

TYPES: Final = ("array", "boolean", "integer", "null", "number", "object", "string")
_TYPE_ALIASES = {"list": "array", "dict": "object", None: "null", "None": "null", "none": "null"}

NOT_BLANK: Final = {"enum": ["", None]}
"""What a required value is ``not``, where no object requires it."""

_Place = tuple[str, ...]


def translated(raw: object) -> dict[str, Any]:
    """`raw` as JSON Schema 2020-12, sharing nothing with it that could change. Raises `SchemaError`."""
    if isinstance(raw, Mapping):  # exported schemas begin with these
        raw = {keyword: value for keyword, value in raw.items() if keyword not in ("$schema", "$id")}
    return _Translation().whole(raw)


class _Translation:
    def __init__(self) -> None:
        self._count = 0
        self._required: dict[int, dict[str, Any]] = {}  # by id, those that say `required: true`

    def whole(self, raw: object) -> dict[str, Any]:
        schema = self._schema(raw, ())
        for left in self._required.values():  # that no object has taken for itself
            left["not"] = _copied(NOT_BLANK)
        return schema

    def _schema(self, raw: object, place: _Place) -> dict[str, Any]:
        if not isinstance(raw, Mapping):
            raise SchemaError(place, f"a schema is a dict, and not {raw!r:.80}")
        self._count += 1
        if self._count > _MAX_SCHEMAS or len(place) > MAX_DEPTH:
            raise SchemaError(place, f"more than {_MAX_SCHEMAS} schemas, or {MAX_DEPTH} in each other; use $ref")
        schema: dict[str, Any] = {}
        for written, value in raw.items():
            keyword = str(ALIASES.get(written, written))
            if keyword in REFUSED:
                raise SchemaError(place, f"{keyword} is not supported: {REFUSED[keyword]}")
            if keyword in schema:
                raise SchemaError(place, f"{written} says again what another keyword says; keep one of them")
            if value is not None or keyword == "const":
                schema[keyword] = self._value(keyword, written, value, place)
        self._require(schema)
        _conclude(schema, place)
        return schema

    def _value(self, keyword: str, written: str, value: Any, place: _Place) -> Any:
        """The value of a keyword, with whatever schemas are in it translated."""
        if keyword in MAPS:
            if not isinstance(value, Mapping):
                raise SchemaError(place, f"{written} is a dict of schemas")
            within = place if keyword == "properties" else (*place, written)
            return {check_name(name, within): self._schema(inner, (*within, name)) for name, inner in value.items()}
        if keyword in LISTS:
            if not isinstance(value, list | tuple) or not value:
                raise SchemaError(place, f"{written} is a list of one schema or more")
            return [self._schema(inner, (*place, f"{written} {number}")) for number, inner in enumerate(value, 1)]
        if keyword in SINGLES:
            if isinstance(value, list | tuple):
                raise SchemaError(place, f"{written} is one schema; a list of them is called prefixItems")
            if value is False:
                return False
            return self._schema({"type": "string"} if value is True else value, (*place, written))
        if keyword == "type":
            several = isinstance(value, list | tuple) and len(value) > 0
            return [_type(name, place) for name in value] if several else _type(value, place)
        return _copied(check_value(keyword, value, place))

    def _require(self, schema: dict[str, Any]) -> None:
        """Only an object can require: it takes ``required: true`` from its properties."""
        required = schema.pop("required", False)
        if required is True:
            self._required[id(schema)] = schema
        names = required if isinstance(required, list) else []
        for name, property in schema.get("properties", {}).items():
            if self._required.pop(id(property), None) is not None:
                if name not in names:
                    names.append(name)
                if property.get("type") == "string":
                    property["minLength"] = max(1, property.get("minLength", 1))
        if names:
            schema["required"] = names


def _conclude(schema: dict[str, Any], place: _Place) -> None:
    """What follows from what is said."""
    if schema.get("format") == "datetime":
        schema["format"] = "date-time"
    if "type" not in schema:
        if "properties" in schema or "additionalProperties" in schema:
            schema["type"] = "object"
        elif "items" in schema or "prefixItems" in schema:
            schema["type"] = "array"
    if "items" in schema:
        schema.setdefault("maxItems", _MAX_ITEMS)
    alternatives = schema.get("anyOf", [])
    are_choices = all("const" in one and one.keys() <= {"const", "title"} for one in alternatives)
    if alternatives and are_choices and "enum" not in schema:  # in standard words
        schema["enum"] = [{"value": one["const"], **one} for one in schema.pop("anyOf")]
    choices = schema.get("enum")
    if choices == []:
        del schema["enum"]  # out of a table that is still empty
    elif choices and any(isinstance(choice, Mapping) for choice in choices):
        del schema["enum"]
        schema["oneOf"] = _titled(choices, place)


def _type(name: object, place: _Place) -> str:
    if name is None or isinstance(name, str):
        name = _TYPE_ALIASES.get(name, name)
        if name in TYPES:
            return name
    raise SchemaError(place, f"the type {name!r:.80} is not known; write one of {', '.join(TYPES)}")


def _titled(choices: list[Any], place: _Place) -> list[dict[str, Any]]:
    """Choices with titles; of two with the same value the first one stays."""
    titled: dict[str, dict[str, Any]] = {}
    for choice in choices:
        if not isinstance(choice, Mapping):
            choice = {"value": choice}
        if "value" not in choice:
            raise SchemaError(place, "a choice is a value, or {'title': ..., 'value': ...}")
        value = choice["value"]
        title = choice.get("title", choice.get("label", str(value)))
        titled.setdefault(json.dumps(value, default=str), {"const": value, "title": title})
    return list(titled.values())


def _copied(value: Any) -> Any:
    """Lists and dicts copied, and nothing else: a lazy text stays what it is."""
    if isinstance(value, Mapping):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list | tuple) else value
