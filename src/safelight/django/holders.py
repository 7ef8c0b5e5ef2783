"""Columns that name files: what a value names, and the look at the rows themselves before anything is deleted.

The ledger's references follow what Django's models save (`references`). What passes them by (`QuerySet.update`,
`bulk_create`, fixtures, raw SQL, another program) is seen by the look, which asks the columns.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import singledispatch
from typing import Any, Protocol, runtime_checkable

from django.apps import apps
from django.db import connections, models, router
from django.db.models.functions import Cast

from safelight.adopt import Named
from safelight.keys import STEM, stem


@runtime_checkable
class Holder(Protocol):
    """A model field whose values name files. `UploadField` is one, with one key in a value; a document has many."""

    name: str
    attname: str
    model: type[models.Model]

    @property
    def safelight_holds(self) -> bool:
        """Whether this field names files of the ledger at all. An UploadField without a policy does not."""

    def safelight_keep(self, instance: models.Model, using: str, /) -> None:
        """The row is about to be saved to the database `using`; its transaction has not begun. Store what is new, as
        blobs of that database's ledger, and raise a `Refusal` for what may not stand there."""

    def safelight_keys(self, value: Any, instance: models.Model, /) -> Mapping[str, str]:
        """All that `value` names, by its path: ``{"gallery§0§picture": key}``, or ``{"": key}`` where the value is a
        name as a whole. `value` is as the instance has it, or the database. Names that are not keys of ours are
        ignored, unless they were adopted; a key of ours that the ledger does not call ready cannot be saved."""

    def safelight_named(self, rows: models.QuerySet[models.Model], keys: Collection[str], /) -> Collection[str]:
        """Those of `keys` that `rows` name in this column, by one query for all of them (see `named_in_text`)."""


@runtime_checkable
class Adoptable(Holder, Protocol):
    """A holder that knows where files lie which its rows named before Safelight, and what is accepted of them."""

    def safelight_files(self, instance: models.Model, /) -> Iterable[Named]:
        """All that the row names in this column."""


@singledispatch
def as_holder(field: object) -> Holder | None:
    """What a column is to the ledger. A kind of field that is not ours to write methods into may be registered."""
    return field if isinstance(field, Holder) and field.safelight_holds else None


def holders(model: type[models.Model]) -> list[Holder]:
    """The columns of a model, inherited ones included, whose files the ledger follows."""
    return [holder for field in model._meta.concrete_fields if (holder := as_holder(field))]


class Look:
    """``Look("default")(keys)``: those of `keys` that any row in that database names."""

    def __init__(self, using: str) -> None:
        self.using = using
        self.seconds: dict[str, float] = {}
        """What the looks have cost so far, by column."""

    def __call__(self, keys: Collection[str]) -> set[str]:
        named: set[str] = set()
        for holder in self._columns() if keys else ():
            begin = time.monotonic()
            # Not by a manager of the model, which may hide rows: what is archived is named all the same.
            rows: models.QuerySet[models.Model] = models.QuerySet(holder.model, using=self.using)
            named.update(holder.safelight_named(rows, keys))
            column = f"{holder.model._meta.label_lower}.{holder.name}"
            self.seconds[column] = self.seconds.get(column, 0) + time.monotonic() - begin
        return named.intersection(keys)

    def _columns(self) -> Iterator[Holder]:
        for model in apps.get_models(include_auto_created=True):
            if router.allow_migrate_model(self.using, model):
                yield from (holder for holder in holders(model) if holder.model is model)


def named_in_text(rows: models.QuerySet[models.Model], column: str, keys: Collection[str]) -> set[str]:
    """Those of `keys` that stand anywhere in the text of a column, whatever documents it has: by one scan, whose cost
    does not depend on how many keys are looked for."""
    by_stem = {stem(key): key for key in keys}
    connection = connections[rows.db]
    if connection.vendor == "postgresql":
        quote = connection.ops.quote_name
        field = rows.model._meta.get_field(column)
        table, quoted = quote(rows.model._meta.db_table), quote(field.column)  # type: ignore[union-attr, arg-type]
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT DISTINCT found[1] FROM {table}, regexp_matches({quoted}::text, %s, 'g') AS found "  # noqa: S608
                "WHERE found[1] = ANY(%s)",
                [STEM, list(by_stem)],
            )
            return {by_stem[found] for (found,) in cursor.fetchall()}
    texts = rows.annotate(text=Cast(column, models.TextField())).values_list("text", flat=True)
    return {by_stem[found] for text in texts.iterator() for found in re.findall(STEM, text or "") if found in by_stem}
