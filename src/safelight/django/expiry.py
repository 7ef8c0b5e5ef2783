"""The statements of a sweep in SQL: nothing is deleted that a row could still attach, and nobody waits for a sweep.

A condemnation must not overlook a reference that is being made. Where the database locks rows (PostgreSQL, MySQL), the
candidates are locked first, and what is then asked about references is asked anew: who attached before is seen, who
attaches later waits for the end of this small transaction, and finds that the blob is not ready any more. What somebody
else has locked is skipped: it is in use this very moment, and who waits while others wait for him may wait for ever.
SQLite has one writer, and each statement sees all that came before it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from django.db import connections, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from safelight.blob import Aged, State, age
from safelight.contention import Transactional, repeated
from safelight.side_file import SideFile

from . import models
from .moments import as_aware, as_stored

_Rows = QuerySet[models.Blob]


class Expiry(Transactional):
    """What `safelight.protocols.Sweepable` adds to a ledger."""

    using: str

    def aged(self, state: State, before: datetime, /, *, limit: int, after: Aged | None = None) -> list[Aged]:
        rows, since = self._aged(state, before)
        if after is not None:
            moment = as_stored(after.since)
            later = Q(**{f"{since}__gt": moment}) | Q(**{since: moment, "key__gt": after.key})
            rows = rows.filter(later, **{f"{since}__gte": moment})  # of which an index only understands the second
        facts = ("key", "storage", "size", since, "settled", "also_in")
        values = rows.annotate(settled=is_held()).order_by(since, "key").values_list(*facts)
        found = [Aged(key, storage, size, as_aware(at), *rest) for key, storage, size, at, *rest in values[:limit]]
        if state is State.INTENT:
            found = sorted([*found, *self._beside(before, after, limit)], key=age)[:limit]
        return found

    def count(self, state: State, before: datetime, /) -> int:
        return self._aged(state, before)[0].count() + (len(self._on_side(before)) if state is State.INTENT else 0)

    @repeated
    def expire(self, rows: Sequence[Aged], before: datetime, /) -> list[Aged]:
        intents = self._rows(rows, State.INTENT).filter(created__lt=as_stored(before))
        keys = {row.key for row in rows}
        beside = [row for row in self._on_side(before) if row.key in keys]
        with transaction.atomic(self.using):
            # From now on the table speaks for them. An upload as slow as this finds its intent there, until the next
            # statement; one whose transaction has written keeps us waiting, and then its row is there.
            self._blobs().bulk_create(
                [models.Blob(key=row.key, storage=row.storage, created=as_stored(row.since)) for row in beside],
                ignore_conflicts=True,
            )
            with self._locked(intents) as old:
                old.update(state=State.DELETING, free_since=timezone.now())
        if side := self.side_file():
            for row in beside:
                side.discard(row.key)
        return self._deleting(rows)

    @repeated
    def condemn(self, rows: Sequence[Aged], before: datetime | None = None, /) -> list[Aged]:
        free = self._rows(rows, State.READY).filter(free_since__isnull=False)
        with self._locked(free if before is None else free.filter(free_since__lt=as_stored(before))) as old:
            old.filter(is_held()).update(free_since=None)
            old.filter(~is_held()).update(state=State.DELETING)
        return self._deleting(rows)

    @repeated
    def spare(self, keys: Collection[str], now: datetime, /) -> None:
        with self._locked(self._blobs().filter(key__in=keys, state=State.READY, free_since__isnull=False)) as free:
            free.update(free_since=as_stored(now))

    @repeated
    def hurry(self, keys: Collection[str], owner: str, since: datetime, /) -> None:
        theirs = self._blobs().filter(key__in=keys, state=State.READY, owner=owner)
        with self._locked(theirs.filter(free_since__gt=as_stored(since))) as free:
            free.filter(~is_held()).update(free_since=as_stored(since))

    @repeated
    def bury(self, rows: Sequence[Aged], now: datetime, /) -> list[Aged]:
        with self._locked(self._rows(rows, State.DELETING)) as gone:
            gone.update(state=State.DELETED, free_since=as_stored(now))
        # Each sweep has a moment of its own.
        ours = set(self._rows(rows, State.DELETED).filter(free_since=as_stored(now)).values_list("key", flat=True))
        return [row for row in rows if row.key in ours]

    @repeated
    def drop(self, rows: Sequence[Aged], /) -> None:
        with self._locked(self._rows(rows, State.DELETED)) as buried:
            # One statement: delete() would look first and then delete by key alone. (What refers to a tombstone,
            # against all rules, keeps it, as it would in the database.)
            buried.filter(~is_held())._raw_delete(self.using)

    def side_file(self) -> SideFile | None:
        """Where intents lie that could not be committed beside an open transaction."""
        raise NotImplementedError

    @contextmanager
    def _locked(self, rows: _Rows) -> Iterator[_Rows]:
        """Those of `rows` that nobody else has locked, to be changed in a transaction of their own."""
        with transaction.atomic(self.using):
            if connections[self.using].features.has_select_for_update_skip_locked:
                keys = list(rows.select_for_update(skip_locked=True).values_list("key", flat=True))
                rows = rows.filter(key__in=keys)
            yield rows

    def _blobs(self) -> _Rows:
        return models.Blob.objects.using(self.using)

    def _rows(self, rows: Sequence[Aged], state: State) -> _Rows:
        return self._blobs().filter(key__in=[row.key for row in rows], state=state)

    def _aged(self, state: State, before: datetime) -> tuple[_Rows, str]:
        """And the column that says since when. Each has an index of what a sweep may have to do with, and no more."""
        since = "created" if state is State.INTENT else "free_since"
        rows = self._blobs().filter(state=state, **{f"{since}__lt": as_stored(before)})
        if state is State.INTENT and not connections[self.using].features.supports_partial_indexes:
            # MySQL's index of `created` is that of all files. But an intent has no policy yet, and by policy and state
            # the library's index finds it.
            rows = rows.filter(policy="")
        return rows, since

    def _deleting(self, rows: Sequence[Aged]) -> list[Aged]:
        """Some may be another sweep's work, which is then done twice. Where their bytes lie may have changed
        just before they were condemned, and cannot change any more."""
        places = self._rows(rows, State.DELETING).values_list("key", "storage", "also_in")
        now = {key: (storage, also_in) for key, storage, also_in in places}
        condemned = [row for row in rows if row.key in now and not row.settled]
        return [replace(row, storage=now[row.key][0], also_in=now[row.key][1]) for row in condemned]

    def _on_side(self, before: datetime) -> list[Aged]:
        side = self.side_file()
        return side.aged(before) if side else []

    def _beside(self, before: datetime, after: Aged | None, limit: int) -> list[Aged]:
        """The oldest of them; settled are those which have come into the table without being forgotten beside it."""
        rows = [row for row in self._on_side(before) if after is None or age(row) > age(after)][:limit]
        known = set(self._blobs().filter(key__in=[row.key for row in rows]).values_list("key", flat=True))
        return [replace(row, settled=row.key in known) for row in rows]


def is_held() -> Exists:
    return Exists(models.Reference.objects.filter(blob=OuterRef("pk")))
