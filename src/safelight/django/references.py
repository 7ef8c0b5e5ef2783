"""Who refers to what: with each save the ledger's references of a row are compared with what the row now names, in one
transaction with the row.

Compared with the ledger, never with what the instance remembers: another process may have changed the row, and an
instance that was loaded before does not know. Which columns name files, and where in their values, the fields say
(`holders`). A key that moved inside a document is a reference that goes and one that comes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import wraps
from typing import Any

from django.db import connections, models, router, transaction
from django.db.models import signals

from safelight.blob import Reference
from safelight.ledger import followed, settle
from safelight.lengths import MAX_ROW, shortened
from safelight.protocols import Entry

from .fields import ledger
from .holders import Holder, holders


def watch(sender: type[models.Model], **_: object) -> None:
    """Listen to the saves and deletions of a model that has columns which name files, its own or inherited."""
    if not sender._meta.abstract and holders(sender):
        if not hasattr(sender.save_base, "keeps_files"):
            sender.save_base = _keeping_files(sender.save_base)  # type: ignore[method-assign]
        signals.post_save.connect(after_save, sender=sender, dispatch_uid="safelight")
        signals.post_delete.connect(after_delete, sender=sender, dispatch_uid="safelight")


def _keeping_files(save_base: Callable[..., None]) -> Callable[..., None]:
    """A model's `save_base` that first keeps new files, and then writes row and reference together: Django commits a
    row before it sends post_save, and a crash in between would leave a row that names a file which may be swept."""

    @wraps(save_base)
    def save_and_attach(
        self: models.Model,
        raw: bool = False,
        force_insert: Any = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Collection[str] | None = None,
    ) -> None:
        using = using or router.db_for_write(type(self), instance=self)
        if raw:
            save_base(self, raw, force_insert, force_update, using, update_fields)
            return
        for holder in _saved(type(self), self, update_fields):
            holder.safelight_keep(self, using)
        with transaction.atomic(using, savepoint=False):
            save_base(self, raw, force_insert, force_update, using, update_fields)

    save_and_attach.keeps_files = True  # type: ignore[attr-defined]
    return save_and_attach


def after_save(
    sender: type[models.Model],
    instance: models.Model,
    raw: bool,
    using: str,
    update_fields: Collection[str] | None,
    **_: object,
) -> None:
    """Attach what the row names now, release what it named before. A fixture (`raw`) may come before its blobs."""
    if raw:
        return
    _settle(_saved(sender, instance, update_fields), instance, using)


def follow(column: Holder, pk: object, using: str) -> None:
    """The same of one column of a row that nobody saves, and whoever does waits for it."""
    with transaction.atomic(using):
        rows: models.QuerySet[models.Model] = models.QuerySet(column.model, using=using)
        features = connections[using].features
        if features.has_select_for_update:
            rows = rows.select_for_update(of=("self",) if features.has_select_for_update_of else ())
        else:  # SQLite locks the whole database, as soon as there is a statement that could write
            ledger(using).touch()
        row = rows.filter(pk=pk).first()
        if row is not None:  # else its references went with it
            _settle([column], row, using)


def _settle(columns: Iterable[Holder], instance: models.Model, using: str) -> None:
    books = ledger(using)
    held: set[Entry] = set()
    names: set[Entry] = set()
    for column in columns:
        holder, row = _row(column, instance)
        held |= {(key, place) for key, place in books.held(holder, row) if place.field == column.name}
        names |= named(column, instance, _value(column, instance, using))
    settle(books, held, followed(books, names))


def named(column: Holder, instance: models.Model, value: Any) -> set[Entry]:
    """What `value` names in a column of that row."""
    holder, row = _row(column, instance)
    keys = column.safelight_keys(value, instance).items()
    return {(key, Reference(holder, row, column.name, shortened(path))) for path, key in keys}


def after_delete(sender: type[models.Model], instance: models.Model, using: str, **_: object) -> None:
    """Django says so for each table: a parent's row, and what it names, may stay (keep_parents)."""
    books = ledger(using)
    own = {_row(column, instance) for column in holders(sender) if _belongs(column, sender)}
    settle(books, {entry for row in own for entry in books.held(*row)}, set())


def _saved(
    sender: type[models.Model], instance: models.Model, update_fields: Collection[str] | None
) -> Iterator[Holder]:
    """The columns that this save writes: a deferred one, or one outside of update_fields, is not touched."""
    for column in holders(sender):
        written = update_fields is None or column.name in update_fields or column.attname in update_fields
        if written and column.attname in instance.__dict__:
            yield column


def _belongs(column: Holder, sender: type[models.Model]) -> bool:
    return column.model._meta.concrete_model is sender._meta.concrete_model


def _row(column: Holder, instance: models.Model) -> tuple[str, str]:
    """Holder and row as references name them; of an inherited column the parent's, whose key may not be the child's."""
    holder = column.model._meta
    # As the database gives it back, whatever whoever made the row has written: a UUID may be text.
    key = tuple(field.to_python(getattr(instance, field.attname)) for field in holder.pk_fields)
    return holder.label_lower, row_name(key if len(key) > 1 else key[0])


def row_name(primary_key: object) -> str:
    """The row as references name it."""
    return shortened(str(primary_key), MAX_ROW)


def _value(column: Holder, instance: models.Model, using: str) -> Any:
    value = getattr(instance, column.attname)
    if not hasattr(value, "resolve_expression"):
        return value
    # Only the database knows what an expression came to.
    rows: models.QuerySet[models.Model] = models.QuerySet(column.model, using=using)
    return rows.values_list(column.attname, flat=True).get(pk=getattr(instance, column.model._meta.pk.attname))
