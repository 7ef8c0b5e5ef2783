"""Migrations that were written with django-jsonform name its fields, and must load when it is gone: then these names
lead to what the columns are."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec

from django import forms
from django.db import models


class _FormerField(models.JSONField):
    """What a migration needs of django-jsonform's JSONField: its arguments, and its column."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        for name in ("schema", "pre_save_hook", "file_handler"):
            kwargs.pop(name, None)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


def _array(*args: object, **kwargs: object) -> models.Field:  # type: ignore[type-arg]
    """Its ArrayField is PostgreSQL's with a form of its own, and needs that database's package."""
    from django.contrib.postgres.fields import ArrayField

    for name in ("schema", "nested"):
        kwargs.pop(name, None)
    return ArrayField(*args, **kwargs)  # type: ignore[arg-type]


def stand_in() -> None:
    """Make ``django_jsonform.models.fields`` and ``django_jsonform.forms.fields`` importable, if they are not."""
    if "django_jsonform" in sys.modules or find_spec("django_jsonform") is not None:
        return
    names: dict[str, dict[str, object]] = {
        "django_jsonform": {},
        "django_jsonform.models": {},
        "django_jsonform.models.fields": {"JSONField": _FormerField, "ArrayField": _array},
        "django_jsonform.forms": {},
        "django_jsonform.forms.fields": {"JSONFormField": forms.JSONField},
    }
    for name, contents in names.items():
        module = module_from_spec(ModuleSpec(name, loader=None, is_package=True))
        module.__doc__ = "A stand-in of Safelight's, for old migrations."
        module.__dict__.update(contents)
        sys.modules[name] = module
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, module)
