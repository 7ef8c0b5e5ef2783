"""The target of a request: which field of which model it is about, and what the schema says of the place in it.

Clients name them, as django-jsonform's script does: a model's class name (ours adds the app's label, since two apps may
have models of one name), a form field's name (in an inline with its prefix), and the steps to a place in the document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from safelight.documents import FilePlace, split
from safelight.errors import ConfigurationError, Malformed

from .fields import JSONField

_INLINE = re.compile(r"\A.*-(?:\d+|__prefix__)-", re.ASCII | re.DOTALL)  # tried once, and not from every hyphen


@dataclass(frozen=True, slots=True)
class Target:
    """`file` is None where a request names no place, and `handler` is the address to which that place's files are sent;
    it is None where the request does not even name a field."""

    model: type[models.Model] | None = None
    file: FilePlace | None = None
    handler: str | None = None


def target(fields: Mapping[str, str]) -> Target:
    """Raises `Malformed` for what there is not. Who names no model means none: only his own files are his business."""
    if not (name := fields.get("model_name", "")):
        return Target()
    column = _INLINE.sub("", fields.get("field_name", ""))
    found = [
        (model, field)
        for model in apps.get_models()
        if model.__name__ == name and fields.get("app_label") in (None, "", model._meta.app_label)
        for field in model._meta.concrete_fields
        if field.name == column and isinstance(field, models.JSONField) and hasattr(field, "file_handler")
    ]
    if not found:
        raise Malformed("There is no such field of a JSON document.")
    if len(found) > 1:
        raise Malformed("Several apps have such a field: say which one by app_label.")
    model: type[models.Model]
    given: Any
    model, given = found[0]
    # django-jsonform's own field has the same attributes, and its script sends the same requests.
    field = given if isinstance(given, JSONField) else JSONField(schema=given.schema, file_handler=given.file_handler)
    place = _place(field, model, fields.get("coords", ""))
    return Target(model, place, field.handler_url(place) or "")


def _place(field: JSONField, model: type[models.Model], coords: str) -> FilePlace | None:
    try:
        schema = field.schema_of(model() if callable(field.schema) else None)
    except ConfigurationError:
        return None
    place = schema.file_at(split(coords))
    if place is None and coords:
        raise Malformed("There is no file at this place of the document.")
    return place
