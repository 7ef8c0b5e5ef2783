"""JSONField: a JSON document whose schema says what may stand in it, and which of it are files. In the database and in
migrations it *is* Django's JSONField.

::

    body = JSONField(schema={"type": "object", "keys": {"cover": {"type": "string", "format": "file-url"}}})
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import models, router

from safelight.adopt import Named
from safelight.documents import FilePlace, FileValue, Schema
from safelight.errors import ConfigurationError
from safelight.keys import is_ours
from safelight.pipeline import Safelight
from safelight.receive import from_text

from ..attempt import check, keep
from ..conf import Settings
from ..fields import ledger
from ..storage import Storages


class JSONField(models.JSONField):
    """
    schema:        in JSON Schema or in django-jsonform's words; or what returns one, and may ask for the instance
    file_handler:  where the form sends files, a path or a ``reverse_lazy``; a schema's own ``handler`` comes first, and
                   SAFELIGHT["FILE_HANDLER"] last
    pre_save_hook: gets the document before it is saved, and returns the one that is
    """

    def __init__(
        self,
        verbose_name: Any = None,
        name: str | None = None,
        encoder: Any = None,
        decoder: Any = None,
        *,
        schema: Mapping[str, Any] | Callable[..., Mapping[str, Any]] | None = None,
        file_handler: Any = None,
        pre_save_hook: Callable[[Any], Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.schema = schema
        self.file_handler = file_handler
        self.pre_save_hook = pre_save_hook
        self._schema: Schema | None = None
        super().__init__(verbose_name, name, encoder, decoder, **kwargs)

    def deconstruct(self) -> Any:
        """As Django's: a schema changes no column, and a migration must not break when Safelight is removed."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def schema_of(self, instance: models.Model | None) -> Schema:
        """Raises `ConfigurationError` for one that cannot work, or cannot be had."""
        if callable(self.schema):
            return Schema.of(self._called(self.schema, instance))
        if self._schema is None:
            self._schema = Schema.of(self.schema or {})
        return self._schema

    def handler_url(self, place: FilePlace | None = None) -> str | None:
        """Where files of a place are sent; None if that is said nowhere."""
        declared = (place and place.handler) or self.file_handler or Settings.load().file_handler
        return str(declared or getattr(settings, "DJANGO_JSONFORM", {}).get("FILE_HANDLER") or "") or None

    def formfield(self, **kwargs: Any) -> Any:
        from .forms import JSONFormField

        if self.schema is None:
            return super().formfield(**kwargs)
        # A hidden copy of what the form began with would double what is posted.
        own = {"form_class": JSONFormField, "model_field": self, "show_hidden_initial": False}
        return super().formfield(**{**own, **kwargs})

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        from .checks import check_field

        return [*super().check(**kwargs), *check_field(self)]

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """What `safelight_keep` has prepared, unless the row is saved without it (`bulk_create`)."""
        value = super().pre_save(model_instance, add)
        if _prepared(model_instance).get(self.attname) is not value:
            self.safelight_keep(model_instance, router.db_for_write(type(model_instance), instance=model_instance))
        return super().pre_save(model_instance, add)

    # --- a `safelight.django.holders.Adoptable`: many keys in each value --------------------------------------------

    @property
    def safelight_holds(self) -> bool:
        return self.schema is not None

    def safelight_keep(self, instance: models.Model, using: str, /) -> None:
        value = getattr(instance, self.attname)
        if hasattr(value, "resolve_expression"):
            return
        if self.pre_save_hook is not None:
            value = self.pre_save_hook(value)
        value = self._with_stored_files(value, instance, using)
        setattr(instance, self.attname, value)
        _prepared(instance)[self.attname] = value

    def safelight_keys(self, value: Any, instance: models.Model, /) -> Mapping[str, str]:
        try:
            return self.schema_of(instance).keys(value)
        except ConfigurationError:  # then whatever looks like a key is one: no file must be lost
            return {path: text for path, text in texts(value) if is_ours(text)}

    def safelight_files(self, instance: models.Model, /) -> Iterator[Named]:
        """Raises `ConfigurationError` for a schema that cannot work, and for a file whose handler is none of ours."""
        from .handler import handler_at

        for file in self.schema_of(instance).files(getattr(instance, self.attname)):
            if not file.is_key:
                continue
            url = self.handler_url(file.place)
            handler = handler_at(url or "")
            policy = handler.policy(file.policy) if handler else None
            if policy is None:
                raise ConfigurationError(
                    f"{self}: at {file.path!r} nobody says what is accepted: {url!r} is no safelight file handler, or "
                    f"has no policy {file.policy!r}"
                )
            yield Named(file.value, policy.storage, policy)

    def safelight_named(self, rows: models.QuerySet[models.Model], keys: Collection[str], /) -> Collection[str]:
        from ..holders import named_in_text

        return named_in_text(rows, self.attname, keys)

    def _called(self, schema: Callable[..., Any], instance: models.Model | None) -> Any:
        try:
            return schema(instance) if _takes_argument(schema) else schema()
        except Exception as error:
            raise ConfigurationError(f"the schema of {self} cannot be made: {error!r}") from error

    def _with_stored_files(self, value: Any, instance: models.Model, using: str) -> Any:
        """`value` with keys in the place of the files that its schema has stored (``"store": True``)."""
        try:
            schema = self.schema_of(instance)
        except ConfigurationError:
            return value
        stored = {file.path: self._stored(file, using) for file in schema.files(value) if file.store and file.is_inline}
        return schema.replaced(value, stored) if stored else value

    def _stored(self, file: FileValue, using: str) -> str:
        from .validation import CheckedText, policy_of

        safelight, text = Safelight(ledger(using), Storages()), file.value
        if isinstance(text, CheckedText) and not text.checked.spool.closed:
            return keep(safelight, text.checked, owner=text.owner).key
        with check(from_text(text), policy_of(self, file.place)) as checked:
            return keep(safelight, checked).key


def json_fields(model: type[models.Model]) -> list[JSONField]:
    return [field for field in model._meta.concrete_fields if isinstance(field, JSONField)]


def _prepared(instance: models.Model) -> dict[str, Any]:
    """What was last made ready to be saved, by column: a hook must not see its own work."""
    found: dict[str, Any] = instance._state.__dict__.setdefault("safelight_prepared", {})
    return found


def _takes_argument(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function).bind()
    except TypeError:
        return True
    except ValueError:  # it has no signature
        return False
    parameters = inspect.signature(function).parameters.values()
    return any(each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD) for each in parameters)


def texts(document: Any) -> Iterator[tuple[str, str]]:
    """All of them, by path, whatever a schema says."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    while waiting:
        steps, value = waiting.pop()
        if isinstance(value, str):
            yield "§".join(map(str, steps)), value
        elif isinstance(value, dict | list):
            inside = value.items() if isinstance(value, dict) else enumerate(value)
            waiting += [((*steps, step), inner) for step, inner in inside]
