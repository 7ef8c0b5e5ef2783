"""The statements of an audit in SQL: pages of what the ledger knows, and locks on what is about to be mended, which
wait for nobody."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Self

from django.db import connections, transaction
from django.db.models import QuerySet

from safelight.blob import Kept, Reference, State
from safelight.contention import repeated
from safelight.errors import Busy
from safelight.ledger import portions
from safelight.protocols import Entry

from . import models
from .expiry import Expiry, is_held
from .identity import Identity
from .moments import as_stored


class Comparison(Expiry, Identity):
    """What `safelight.protocols.Auditable` adds to a ledger."""

    def held_by(self, holder: str, rows: Collection[str], /) -> list[Entry]:
        references = self._places().filter(holder=holder)
        return [entry_of(row) for some in portions(rows) for row in references.filter(row__in=some)]

    def entries(self, *, limit: int, after: int = 0) -> list[tuple[int, Entry]]:
        page = self._places().filter(pk__gt=after).order_by("pk")[:limit]
        return [(row.pk, entry_of(row)) for row in page]

    def kept(self, *, limit: int, after: str = "") -> list[Kept]:
        ready = self._blobs().filter(state=State.READY, key__gt=after).annotate(held=is_held()).order_by("key")
        page = ready.values_list("key", "storage", "size", "free_since", "held")[:limit]
        return [Kept(key, storage, size or 0, bool(since), held) for key, storage, size, since, held in page]

    def totals(self) -> tuple[int, int]:
        return self._places().count(), self._blobs().filter(state=State.READY).count()

    def states(self, keys: Collection[str], /) -> dict[str, State]:
        side = self.side_file()
        # Beside the database first: whatever goes from there is in the database by then.
        found = {key: State.INTENT for key, *_ in side.intents()} if side else {}
        found = {key: found[key] for key in found.keys() & set(keys)}
        for some in portions(keys):
            rows = self._blobs().filter(key__in=some).values_list("key", "state")
            found |= {key: State(state) for key, state in rows}
        return found

    def known(self, keys: Collection[str], /) -> set[str]:
        """Each database has a ledger of its own, and all have the same storages."""
        return {key for ledger in (self, *self.beside()) for key in ledger.states(keys)}

    @contextmanager
    def transaction(self) -> Iterator[Self]:
        with transaction.atomic(self.using):
            if connections[self.using].vendor == "sqlite":
                # It has one writer. Who reads first and wants to write then may find that another was faster.
                self.touch()
            yield self

    def lock(self, keys: Collection[str], /) -> dict[str, State]:
        found: dict[str, State] = {}
        for some in portions(keys):
            rows = self._blobs().filter(key__in=some).order_by("key")
            there = rows.count()
            if connections[self.using].features.has_select_for_update_skip_locked:
                rows = rows.select_for_update(skip_locked=True)
            locked = {key: State(state) for key, state in rows.values_list("key", "state")}
            if len(locked) < there:
                raise Busy
            found |= locked
        return found

    @repeated
    def age(self, keys: Collection[str], now: datetime, /) -> set[str]:
        ageless = self._blobs().filter(key__in=keys, state=State.READY, free_since=None)
        with self._locked(ageless) as rows:
            free = set(rows.filter(~is_held()).values_list("key", flat=True))
            rows.filter(~is_held()).update(free_since=as_stored(now))
        return free

    def audited(self) -> str:
        return self._row().values_list("audited", flat=True).first() or ""

    def note_audited(self, position: str, /) -> None:
        self._row().update(audited=position)

    def _places(self) -> QuerySet[models.Reference]:
        return models.Reference.objects.using(self.using)

    def touch(self) -> None:
        """A write that changes nothing."""
        raise NotImplementedError

    def beside(self) -> list[Self]:
        """The ledgers of the other databases."""
        raise NotImplementedError


def entry_of(row: models.Reference) -> Entry:
    return row.blob_id, Reference(row.holder, row.row, row.field, row.path)
