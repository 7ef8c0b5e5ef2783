"""Who refers to what: with each save the ledger's references of a row are compared with what the row now names, in one
transaction with the row.

Compared with the ledger, never with what the instance remembers: another process may have changed the row, and an
instance that was loaded before does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import wraps
from typing import Any

from django.db import models, router, transaction
from django.db.models import signals

from safelight.blob import Reference
from safelight.errors import UnknownKey
from safelight.keys import is_ours

from .fields import UploadField, UploadFieldFile, ledger, upload_fields


def watch(sender: type[models.Model], **_: object) -> None:
    """Listen to the saves and deletions of a model that has upload fields, its own or inherited."""
    if not sender._meta.abstract and upload_fields(sender):
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
        for field in _saved(type(self), self, update_fields):
            _keep(field, self, using)
        with transaction.atomic(using, savepoint=False):
            save_base(self, raw, force_insert, force_update, using, update_fields)

    save_and_attach.keeps_files = True  # type: ignore[attr-defined]
    return save_and_attach


def _keep(field: UploadField, instance: models.Model, using: str) -> None:
    """Store a new file, in the ledger of the database that the row goes to."""
    file = getattr(instance, field.attname)
    if not isinstance(file, UploadFieldFile):  # a database expression
        return
    if file and not file._committed:
        file.keep(using)
    elif file and not is_ours(file.name) and file.name != _stored_name(field, instance, using):
        # A string out of a request must not become the name of a file; only what stands in the row already may stay.
        raise UnknownKey(file.name)
    if field.width_field or field.height_field:
        field.set_dimensions(instance)


def _stored_name(field: UploadField, instance: models.Model, using: str) -> str | None:
    rows = field.model._base_manager.using(using).filter(pk=instance.pk)
    return rows.values_list(field.attname, flat=True).first()


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
    for field in _saved(sender, instance, update_fields):
        reference = _reference(field, instance)
        key = _key(field, instance, using)
        books = ledger(using)
        held = [held for held, place in books.held(reference.holder, reference.row) if place == reference]
        for old in held:
            if old != key:
                books.release(old, reference)
        # A name without our check code was there before Safelight: it is left alone, and keeps working.
        if key not in held and is_ours(key):
            books.attach(key, reference)


def after_delete(sender: type[models.Model], instance: models.Model, using: str, **_: object) -> None:
    books = ledger(using)
    for field in upload_fields(sender):
        # Django says so for each table; a parent's row may stay (keep_parents).
        if field.model._meta.concrete_model is not sender._meta.concrete_model:
            continue
        reference = _reference(field, instance)
        for key, place in books.held(reference.holder, reference.row):
            if place == reference:
                books.release(key, place)


def _saved(
    sender: type[models.Model], instance: models.Model, update_fields: Collection[str] | None
) -> Iterator[UploadField]:
    """The upload fields that this save writes: a deferred one, or one outside of update_fields, is not touched."""
    for field in upload_fields(sender):
        written = update_fields is None or field.name in update_fields or field.attname in update_fields
        if written and field.attname in instance.__dict__:
            yield field


def _reference(field: UploadField, instance: models.Model) -> Reference:
    holder = field.model._meta  # of an inherited column: the parent, whose key may not be the child's
    return Reference(holder.label_lower, str(getattr(instance, holder.pk.attname)), field.name)


def _key(field: UploadField, instance: models.Model, using: str) -> str:
    value: Any = getattr(instance, field.attname)
    if isinstance(value, UploadFieldFile):
        return value.name or ""
    # A database expression: only the database knows what it came to.
    return field.model._default_manager.using(using).values_list(field.attname, flat=True).get(pk=instance.pk) or ""
