"""The adoption: the core decides in which order, Django's models say which rows name files, and where these lie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models, router

from safelight import adopt as core
from safelight.adopt import Adopted, Row
from safelight.errors import ConfigurationError

from .holders import Adoptable, as_holder
from .ledger import stepwise
from .references import follow
from .storage import Storages


class FieldRows:
    """The `safelight.adopt.Column` of a model's field, with the rows of one database alias."""

    def __init__(self, column: Adoptable, using: str) -> None:
        self._column = column
        self._using = using

    def count(self) -> int:
        return self._rows().count()

    def rows(self, *, limit: int, after: Row | None = None) -> list[Row]:
        rows = self._rows() if after is None else self._rows().filter(pk__gt=after.identity)
        return [Row(row.pk, tuple(self._column.safelight_files(row))) for row in rows.order_by("pk")[:limit]]

    def follow(self, row: Row) -> None:
        follow(self._column, row.identity, self._using)

    def _rows(self) -> models.QuerySet[models.Model]:
        """Not by a manager of the model, which may hide some."""
        rows: models.QuerySet[models.Model] = models.QuerySet(self._column.model, using=self._using)
        rows = rows.exclude(**{f"{self._column.attname}__isnull": True})
        return rows.exclude(**{self._column.attname: ""}) if isinstance(self._column, models.FileField) else rows


def column_of(label: str) -> Adoptable:
    """``members.Member.portrait`` as a column whose files can be adopted. Raises `ConfigurationError`."""
    model_name, _, field_name = label.rpartition(".")
    try:
        field: Any = apps.get_model(model_name)._meta.get_field(field_name)
    except (LookupError, ValueError, FieldDoesNotExist):
        raise ConfigurationError(
            f"There is no field {label!r}: say which with app, model and field, as in members.Member.portrait"
        ) from None
    column = as_holder(field)
    if not isinstance(column, Adoptable):
        raise ConfigurationError(f"{label} is neither an UploadField with a policy nor a JSONField with a schema")
    return column


def adopt(
    label: str,
    using: str | None = None,
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Adopted:
    """See `safelight.adopt.adopt`. `label` names a field, as in ``members.Member.portrait``.

    Raises `ConfigurationError`; and RuntimeError in an open transaction, in which every row would stay locked.
    """
    column = column_of(label)
    using = using or router.db_for_write(column.model)
    ledger = stepwise("An adoption", using)
    return core.adopt(ledger, Storages(), FieldRows(column, using), dry_run=dry_run, progress=progress)
