"""The ledger in SQL, in the transaction of the row that names the file: nothing is orphaned, nothing is lost.

The statements are those of docs/explanation/lifecycle.md. An intent must be committed before any byte is stored, even
while the session has a transaction open that may roll back:

- no open transaction: the intent commits by itself;
- PostgreSQL, MySQL: a second connection, opened for that one row (`where`);
- SQLite has one writer: the intent goes to a small file beside the database (`safelight.side_file.SideFile`);
- in a test's rollback fixture and in a memory database nothing outlives the transaction: the session's connection.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Engine, and_, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from safelight.blob import Blob, Reference, State
from safelight.contention import repeated
from safelight.errors import IntentExpired, UnknownKey
from safelight.events import Event
from safelight.keys import is_findable
from safelight.ledger import portions
from safelight.protocols import Entry
from safelight.side_file import SideFile

from . import signals
from .claims import Claims
from .comparison import Comparison
from .relocation import Relocation
from .tables import Tables, facts_of
from .thumbnails import Thumbnails
from .where import Where


class SqlLedger(Comparison, Relocation, Thumbnails, Claims):
    """The `safelight.protocols.Ledger` of one session, or of an engine, on which each step is a transaction of its own;
    which is `Adopting`, too; by `Expiry` a `Sweepable` one, by `Relocation` a `Movable` one, by `Thumbnails` a
    `Thumbnailing` one, by `Identity` an `Identified` one, by `Comparison` an `Auditable` one, by `Claims` a
    `Repeatable` one."""

    def __init__(self, tables: Tables, place: Engine | Session) -> None:
        self.tables = tables
        self.where = Where(place, tables.blob)

    @repeated
    def intend(self, key: str, storage: str, /) -> None:
        side = self.side_file()
        if side is not None and self.where.in_transaction():
            side.add(key, storage)
            return
        intent = insert(self.tables.blob).values(
            key=key, storage=storage, state=State.INTENT.value, created=datetime.now(UTC)
        )
        with self.where.committing() as connection:
            connection.execute(intent)

    @repeated
    def ready(self, blob: Blob, /) -> None:
        now, table = datetime.now(UTC), self.tables.blob
        facts = asdict(blob) | {"state": State.READY.value, "free_since": now}
        intent = and_(table.c.key == blob.key, table.c.state == State.INTENT.value)
        with self.where.joined() as connection:
            if connection.execute(update(table).where(intent).values(facts)).rowcount:
                return
        side = self.side_file()
        if side is None or not side.holds(blob.key):
            raise IntentExpired(blob.key)
        with self.where.joined() as connection:
            if connection.scalar(select(exists().where(table.c.key == blob.key))):
                raise IntentExpired(blob.key)
            connection.execute(insert(table).values(facts | {"created": now}))
        # Until the caller commits, the side file alone says that these bytes may exist.
        self.where.after_commit(partial(side.hand_over, blob.key, self))

    @repeated
    def forget(self, key: str, /) -> None:
        if (side := self.side_file()) is not None:
            side.discard(key)
        blob = self.tables.blob
        with self.where.committing() as connection:
            # A locked row is one that the caller's own transaction is making ready: waiting would never end.
            intent = self._locked(connection, blob.c.key == key, blob.c.state == State.INTENT.value)
            connection.execute(delete(blob).where(intent))

    def get(self, key: str, /) -> Blob:
        try:
            return self.find([key])[key]
        except KeyError:
            raise UnknownKey(key) from None

    def find(self, keys: Collection[str], /) -> dict[str, Blob]:
        blob, findable = self.tables.blob, set(filter(is_findable, keys))
        query = select(*self.tables.facts).where(blob.c.state == State.READY.value)
        found: dict[str, Blob] = {}
        with self.where.joined() as connection:
            for some in portions(findable):
                found |= {row.key: facts_of(row) for row in connection.execute(query.where(blob.c.key.in_(some)))}
        return {key: found[key] for key in findable if key in found}  # MySQL finds what differs in case, too

    @repeated
    def adopt(self, blob: Blob, /) -> bool:
        now = datetime.now(UTC)
        facts = asdict(blob) | {"state": State.READY.value, "created": now, "free_since": now}
        try:
            with self.where.joined() as connection, connection.begin_nested():
                connection.execute(insert(self.tables.blob).values(facts))
        except IntegrityError:
            return False
        return True

    def attach(self, key: str, reference: Reference, /) -> None:
        blob, known = self.tables.blob, self._is(key, reference)
        ready = and_(blob.c.key == key, blob.c.state == State.READY.value)
        if not is_findable(key):
            raise UnknownKey(key)
        with self.where.joined() as connection:
            # By a conditional update, not a lock: a sweep that waited for a lock keeps its old view of "no reference".
            if not connection.execute(update(blob).where(ready).values(free_since=None)).rowcount:
                raise UnknownKey(key)
            # Whoever attaches the same blob waits for that row.
            if not connection.scalar(select(exists().where(known))):
                connection.execute(insert(self.tables.reference).values(blob_id=key, **asdict(reference)))

    def release(self, key: str, reference: Reference, /) -> None:
        blob = self.tables.blob
        ready = and_(blob.c.key == key, blob.c.state == State.READY.value)
        with self.where.joined() as connection:
            connection.execute(delete(self.tables.reference).where(self._is(key, reference)))
            connection.execute(update(blob).where(ready).values(free_since=datetime.now(UTC)))

    def references(self, key: str, /) -> list[Reference]:
        return [reference for _, reference in self._references(self.tables.reference.c.blob_id == key)]

    def held(self, holder: str, row: str, /) -> list[Entry]:
        return self.held_by(holder, [row])

    def held_by(self, holder: str, rows: Collection[str], /) -> list[Entry]:
        table = self.tables.reference
        found: list[Entry] = []
        for some in portions(rows):
            found += self._references(and_(table.c.holder == holder, table.c.row.in_(some)))
        return found

    def on(self, session: Session) -> SqlLedger:
        return SqlLedger(self.tables, session)

    def tell(self, event: Event, /) -> None:
        send = signals.sending(event, self.tables.blob.fullname)
        if send is not None:
            self.where.after_commit(send)

    def in_transaction(self) -> bool:
        return self.where.in_transaction()

    def touch(self) -> None:
        """A write that changes nothing: where the database has one writer, that is this transaction from here on."""
        blob = self.tables.blob
        with self.where.joined() as connection:
            connection.execute(update(blob).where(blob.c.key == "").values(storage=""))

    def side_file(self) -> SideFile | None:
        if self.where.bind.dialect.name != "sqlite" or self.where.in_test():
            return None
        with self.where.joined() as connection:
            databases = connection.exec_driver_sql("PRAGMA database_list").all()
        path = next(file for _, name, file in databases if name == "main")
        return SideFile(path) if path else None  # a memory database has none

    def _references(self, condition: ColumnElement[bool]) -> list[Entry]:
        table = self.tables.reference
        query = select(table.c.blob_id, table.c.holder, table.c.row, table.c.field, table.c.path).where(condition)
        with self.where.joined() as connection:
            return [(key, Reference(*place)) for key, *place in connection.execute(query)]

    def _is(self, key: str, reference: Reference) -> ColumnElement[bool]:
        table = self.tables.reference
        return and_(table.c.blob_id == key, *(table.c[name] == value for name, value in asdict(reference).items()))
