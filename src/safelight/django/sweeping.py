"""The sweep, the delete button and the page that was left: the core decides, Django's rows are what it looks at."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict
from datetime import timedelta

from django.db import DEFAULT_DB_ALIAS, router
from django.http import HttpRequest

from safelight import deleting
from safelight import sweep as core
from safelight.errors import InUse
from safelight.sweep import Swept

from . import models
from .conf import Settings
from .holders import Look
from .ledger import DjangoLedger, stepwise
from .places import places
from .storage import Storages


def sweep(
    using: str = DEFAULT_DB_ALIAS,
    *,
    grace: timedelta | None = None,
    look: Look | None = None,
    batch: int = 500,
    dry_run: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Swept:
    """See `safelight.sweep.sweep`. `grace` is the setting's, if it is not given.

    Raises RuntimeError in an open transaction: what it rolls back would be rows whose bytes are gone already.
    """
    return core.sweep(
        stepwise("A sweep", using),
        Storages(),
        look=look or Look(using),
        grace=Settings.load().grace if grace is None else grace,
        batch=batch,
        dry_run=dry_run,
        progress=progress,
    )


def delete_now(key: str, request: HttpRequest | None = None, using: str | None = None) -> None:
    """What a delete button does: delete a file at once, unless something refers to it. In an open transaction the bytes
    go when it is committed. Raises `UnknownKey`, and `InUse` with the places that `request`'s user may know of."""
    using = using or router.db_for_write(models.Blob)
    ledger = DjangoLedger(using)
    try:
        deleting.delete_now(ledger, Storages(), key, look=Look(using), after_commit=ledger.after_commit)
    except InUse as refusal:
        raise InUse(refusal.detail, places=[asdict(place) for place in places(key, request, using)]) from None


def delete_unused(keys: Collection[str], using: str | None = None) -> set[str]:
    """The same for many: those that something refers to stay. Returns the keys of those that were deleted."""
    ledger = DjangoLedger(using or router.db_for_write(models.Blob))
    look = Look(ledger.using)
    # (Where a transaction is managed by hand, the next sweep deletes the bytes.)
    return deleting.delete_unused(ledger, Storages(), keys, look=look, after_commit=ledger.after_commit)


def hurry(keys: Collection[str], owner: str, using: str | None = None) -> None:
    """See `safelight.deleting.hurry`: what `owner` uploaded into a page that was left expires in an hour."""
    deleting.hurry(DjangoLedger(using or router.db_for_write(models.Blob)), keys, owner, Settings.load().grace)
