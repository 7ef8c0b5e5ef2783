"""What a project has of django-jsonform while it moves, and afterwards: its fields may name files of ours as long as
they are there; and old migrations name those fields, and must load when they are gone."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from typing import Any

from django import forms
from django.db import models, router

from safelight.keys import is_ours

from ..holders import as_holder, named_in_text
from .fields import texts

_FIELDS = "django_jsonform.models.fields"


class FormerDocument:
    """A column of django-jsonform's, as a `safelight.django.holders.Holder`: its script sends files to our handler as
    well as to any other, and a file that nobody attached would be swept while a row names it."""

    safelight_holds = True

    def __init__(self, field: models.Field[Any, Any]) -> None:
        self.name, self.attname, self.model = field.name, field.attname, field.model

    def safelight_keep(self, instance: models.Model, using: str, /) -> None:
        """Nothing new is in it: the script has sent it already."""

    def safelight_keys(self, value: Any, instance: models.Model, /) -> Mapping[str, str]:
        """Without those that are gone: its form asks nobody, and who saves it would lose it to an error page."""
        from ..catalogue import DjangoCatalogue

        named = {path: text for path, text in texts(value) if is_ours(text)}
        using = instance._state.db or router.db_for_write(type(instance), instance=instance)
        ready = DjangoCatalogue(using).find(set(named.values())) if named else {}
        return {path: key for path, key in named.items() if key in ready}

    def safelight_named(self, rows: models.QuerySet[models.Model], keys: Collection[str], /) -> Collection[str]:
        return named_in_text(rows, self.attname, keys)


def follow() -> None:
    """Let the ledger follow its fields, if a model has one."""
    if (module := sys.modules.get(_FIELDS)) is not None:
        as_holder.register(module.JSONField, _former_document)


def _former_document(field: models.Field[Any, Any]) -> FormerDocument | None:
    """Not of the models that a migration makes up: there may be no ledger yet."""
    return None if field.model.__module__ == "__fake__" else FormerDocument(field)


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
        _FIELDS: {"JSONField": _FormerField, "ArrayField": _array},
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
