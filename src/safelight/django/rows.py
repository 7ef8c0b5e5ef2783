"""The rows of an app as an audit reads them: every table once, and all of its rows, whatever managers hide.

A child's columns are in its own table and its parent's are in the parent's; a proxy has none of its own.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import connections, models, router

from safelight.audit import Page, Still
from safelight.blob import Reference
from safelight.errors import Busy
from safelight.lengths import MAX_ROW, kept_of
from safelight.policy import Policy
from safelight.protocols import Entry

from .fields import UploadField
from .holders import Holder, Look, holders
from .ledger import DjangoLedger
from .references import named, row_name
from .storage import alias_of


class DjangoRows:
    """The `safelight.audit.Rows` of one database alias."""

    def __init__(self, using: str) -> None:
        self.using = using
        self.named = Look(using)
        self._columns: dict[str, list[Holder]] = defaultdict(list)
        for model in apps.get_models(include_auto_created=True):
            if router.allow_migrate_model(using, model):
                for column in holders(model):
                    if column.model is model:
                        self._columns[model._meta.label_lower].append(column)

    def holders(self) -> list[str]:
        return sorted(self._columns)

    def count(self, holder: str) -> int:
        return self._rows(holder).count()

    def page(self, holder: str, *, limit: int, after: str = "") -> Page | None:
        rows = self._rows(holder).order_by("pk")
        if after:
            rows = rows.filter(pk__gt=self._primary_key(holder, after))
        found = list(rows[:limit])
        names = {row_name(row.pk): self._named(holder, row) for row in found}
        return Page(names, str(found[-1].pk)) if found else None

    def there(self, holder: str, rows: Collection[str]) -> set[str]:
        keys, there = [], set()
        for row in rows:
            try:
                keys.append(self._primary_key(holder, row))
            except ValidationError:  # of a model that has got another kind of key since
                continue
            except ValueError:
                there.add(row)
        return there | {row_name(key) for key in self._rows(holder).filter(pk__in=keys).values_list("pk", flat=True)}

    @contextmanager
    def still(self, holder: str, row: str) -> Iterator[Still]:
        with DjangoLedger(self.using).transaction() as ledger:
            if holder not in self._columns:
                yield Still(ledger, lambda: None)
                return
            one = self._rows(holder)
            try:
                one = one.filter(pk=self._primary_key(holder, row))
            except ValidationError:
                one = one.none()
            except ValueError:
                raise Busy from None
            features = connections[self.using].features
            if features.has_select_for_update_skip_locked and one.exists():
                # Of a child its own row alone: its parent's names files of its own.
                of = ("self",) if features.has_select_for_update_of else ()
                if not one.select_for_update(skip_locked=True, of=of).values_list("pk", flat=True):
                    raise Busy
            yield Still(ledger, lambda: self._read(holder, one))

    def is_followed(self, place: Reference) -> bool:
        return any(column.name == place.field for column in self._columns.get(place.holder, ()))

    def has_column(self, place: Reference) -> bool:
        """Where the model is gone, its table may be there still: a setting may be what has put it away."""
        try:
            model = apps.get_model(place.holder)
        except (LookupError, ValueError):
            table = place.holder.replace(".", "_")
            connection = connections[self.using]
            if table not in self._tables():
                return False
            with connection.cursor() as cursor:
                columns = connection.introspection.get_table_description(cursor, table)
            return any(column.name == place.field for column in columns)
        with suppress(FieldDoesNotExist):
            return bool(model._meta.get_field(place.field).concrete)
        return False

    def policy(self, place: Reference) -> Policy | None:
        for column in self._columns.get(place.holder, ()):
            if column.name == place.field and isinstance(column, UploadField) and column.policy is not None:
                return replace(column.policy, storage=alias_of(column.storage))
        return None

    def storages(self) -> set[str]:
        columns = [column for columns in self._columns.values() for column in columns]
        return {alias_of(column.storage) for column in columns if isinstance(column, UploadField)}

    def _rows(self, holder: str) -> models.QuerySet[models.Model]:
        return models.QuerySet(apps.get_model(holder), using=self.using)

    def _read(self, holder: str, one: models.QuerySet[models.Model]) -> set[Entry] | None:
        row = one.all().first()
        return None if row is None else self._named(holder, row)

    def _named(self, holder: str, row: models.Model) -> set[Entry]:
        return {entry for column in self._columns[holder] for entry in named(column, row, getattr(row, column.attname))}

    def _primary_key(self, holder: str, row: str) -> Any:
        """As `row_name` has written it. Raises ValidationError for what is none, and ValueError for what cannot be
        read."""
        options = apps.get_model(holder)._meta
        if beginning := kept_of(row, MAX_ROW):
            if not isinstance(options.pk, models.CharField | models.TextField):
                raise ValueError(row)
            keys = self._rows(holder).filter(pk__startswith=beginning).values_list("pk", flat=True).iterator()
            return next((key for key in keys if row_name(key) == row), row)  # no row has its own name for a key
        if len(options.pk_fields) > 1:
            try:
                return ast.literal_eval(row)
            except SyntaxError:
                raise ValueError(row) from None
        return options.pk.to_python(row)

    def _tables(self) -> list[str]:
        return connections[self.using].introspection.table_names()
