"""The ledger in SQL, on the connection of the row that names the file: nothing is orphaned, nothing is lost.

The statements are those of docs/explanation/lifecycle.md. The one difficulty is that an intent must be committed
before any byte is stored, even while the caller has a transaction open that may roll back (the admin always has):

- no open transaction: the intent commits by itself, on the caller's connection;
- PostgreSQL, MySQL: a second connection, opened for that one row;
- SQLite has one writer: the intent goes to a small file beside the database (`safelight.side_file.SideFile`);
- in Django's TestCase and in a memory database nothing outlives the transaction: the caller's connection.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict

from django.db import IntegrityError, connections, router, transaction
from django.utils import timezone

from safelight.blob import Blob, Reference, State
from safelight.contention import repeated
from safelight.errors import IntentExpired, InTransaction, UnknownKey
from safelight.events import Event
from safelight.keys import is_findable
from safelight.ledger import portions
from safelight.protocols import Entry
from safelight.side_file import SideFile

from . import models, signals
from .claims import Claims
from .comparison import Comparison, entry_of
from .relocation import Relocation
from .thumbnails import Thumbnails


class DjangoLedger(Comparison, Relocation, Thumbnails, Claims):
    """The `safelight.protocols.Ledger` of one database alias, which is `Adopting`, too; by `Expiry` a `Sweepable` one,
    by `Relocation` a `Movable` one, by `Thumbnails` a `Thumbnailing` one, by `Identity` an `Identified` one, by
    `Comparison` an `Auditable` one, by `Claims` a `Repeatable` one."""

    def __init__(self, using: str) -> None:
        self.using = using

    @repeated
    def intend(self, key: str, storage: str, /) -> None:
        side = self.side_file()
        if side is not None and self.in_transaction():
            side.add(key, storage)
            return
        with self.committing() as alias:
            models.Blob.objects.using(alias).create(key=key, storage=storage)

    @repeated
    def ready(self, blob: Blob, /) -> None:
        facts = asdict(blob) | {"state": State.READY, "free_since": timezone.now()}
        if self._blobs().filter(key=blob.key, state=State.INTENT).update(**facts):
            return
        side = self.side_file()
        if side is None or not side.holds(blob.key) or self._blobs().filter(key=blob.key).exists():
            raise IntentExpired(blob.key)
        self._blobs().create(**facts)
        # Until the caller commits, the side file alone says that these bytes may exist. (What is not discarded is
        # discarded by the sweep, which finds the row.) Django logs by name what fails, and a partial has none.
        self.after_commit(lambda: side.hand_over(blob.key, self), robust=True)

    @repeated
    def forget(self, key: str, /) -> None:
        if (side := self.side_file()) is not None:
            side.discard(key)
        with self.committing() as alias:
            intent = models.Blob.objects.using(alias).filter(key=key, state=State.INTENT)
            if not connections[alias].features.has_select_for_update_skip_locked:
                intent._raw_delete(alias)  # one statement: delete() would look first and then delete by key alone
                return
            with transaction.atomic(alias):
                # A locked row is one that the caller's own transaction is making ready: waiting would never end.
                if intent.select_for_update(skip_locked=True).exists():
                    intent._raw_delete(alias)

    def get(self, key: str, /) -> Blob:
        # PostgreSQL takes no NUL, not even to find nothing.
        row = None if "\0" in key else self._blobs().filter(key=key, state=State.READY).first()
        if row is None or row.key != key:  # as `find`
            raise UnknownKey(key)
        return row.facts()

    def find(self, keys: Collection[str], /) -> dict[str, Blob]:
        findable = set(filter(is_findable, keys))
        found: dict[str, Blob] = {}
        for some in portions(findable):
            found |= {row.key: row.facts() for row in self._blobs().filter(key__in=some, state=State.READY)}
        return {key: found[key] for key in findable if key in found}  # MySQL finds what differs in case, too

    @repeated
    def adopt(self, blob: Blob, /) -> bool:
        facts = asdict(blob) | {"state": State.READY, "free_since": timezone.now()}
        try:
            with transaction.atomic(self.using):
                self._blobs().create(**facts)
        except IntegrityError:
            return False
        return True

    def attach(self, key: str, reference: Reference, /) -> None:
        # By a conditional update, not a lock: a sweep that waited for a lock keeps its old view of "no reference".
        if not self._blobs().filter(key=key, state=State.READY).update(free_since=None):
            raise UnknownKey(key)
        row = models.Reference(blob_id=key, **asdict(reference))
        models.Reference.objects.using(self.using).bulk_create([row], ignore_conflicts=True)

    def release(self, key: str, reference: Reference, /) -> None:
        self._places().filter(blob_id=key, **asdict(reference)).delete()
        self._blobs().filter(key=key, state=State.READY).update(free_since=timezone.now())

    def references(self, key: str, /) -> list[Reference]:
        return [entry_of(row)[1] for row in self._places().filter(blob_id=key)]

    def held(self, holder: str, row: str, /) -> list[Entry]:
        return [entry_of(found) for found in self._places().filter(holder=holder, row=row)]

    def tell(self, event: Event, /) -> None:
        send = signals.sending(event, self.using)
        if send is not None:
            self.after_commit(send, robust=True)

    def after_commit(self, call: Callable[[], object], *, robust: bool = False) -> None:
        """At once, if no transaction is open. One that is managed by hand runs no hooks, and there it is never."""
        connection = connections[self.using]
        if connection.in_atomic_block or connection.get_autocommit():
            transaction.on_commit(call, using=self.using, robust=robust)

    def in_transaction(self) -> bool:
        connection = connections[self.using]
        return connection.in_atomic_block or not connection.get_autocommit()

    def beside(self) -> list[DjangoLedger]:
        table = models.Blob._meta.db_table
        return [
            DjangoLedger(alias)
            for alias in connections
            if alias != self.using
            and router.allow_migrate_model(alias, models.Blob)
            and table in connections[alias].introspection.table_names()
        ]

    def in_test(self) -> bool:
        """Django's TestCase wraps each test in a transaction that it rolls back; it marks the outermost block."""
        return any(getattr(block, "_from_testcase", False) for block in connections[self.using].atomic_blocks)

    def touch(self) -> None:
        """A write that changes nothing: where the database has one writer, that is this transaction from here on."""
        self._blobs().filter(key="").update(storage="")

    def side_file(self) -> SideFile | None:
        connection = connections[self.using]
        if connection.vendor != "sqlite" or self.in_test():
            return None
        name = str(connection.settings_dict["NAME"])
        return None if ":memory:" in name or "mode=memory" in name else SideFile(name)

    @contextmanager
    def committing(self) -> Iterator[str]:
        """A database alias on which a statement commits by itself, whatever transaction the caller has open."""
        connection = connections[self.using]
        if connection.vendor == "sqlite" or self.in_test() or not self.in_transaction():
            yield self.using
            return
        alias = f"{self.using}-safelight"
        beside = connection.copy(alias)
        beside.settings_dict["OPTIONS"].pop("pool", None)  # a pool that is exhausted by callers would deadlock
        connections[alias] = beside
        try:
            yield alias
        finally:
            beside.close()
            del connections[alias]


def stepwise(what: str, using: str) -> DjangoLedger:
    """The ledger for `what`, which commits each of its steps. Raises `InTransaction` in an open transaction, which
    may take them back."""
    ledger = DjangoLedger(using)
    if ledger.in_transaction() and not ledger.in_test():
        raise InTransaction(what)
    return ledger
