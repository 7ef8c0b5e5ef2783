"""The statements of an audit in SQL: pages of what the ledger knows, and locks on what is about to be mended, which
wait for nobody."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Self

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session, SessionTransaction

from safelight.blob import Kept, Reference, State
from safelight.contention import repeated
from safelight.errors import Busy
from safelight.ledger import portions
from safelight.protocols import Entry

from .expiry import Expiry
from .identity import Identity


class Comparison(Expiry, Identity):
    """What `safelight.protocols.Auditable` adds to a ledger."""

    def entries(self, *, limit: int, after: int = 0) -> list[tuple[int, Entry]]:
        table = self.tables.reference
        columns = (table.c.id, table.c.blob_id, table.c.holder, table.c.row, table.c.field, table.c.path)
        query = select(*columns).where(table.c.id > after).order_by(table.c.id).limit(limit)
        with self.where.joined() as connection:
            return [(number, (key, Reference(*place))) for number, key, *place in connection.execute(query)]

    def kept(self, *, limit: int, after: str = "") -> list[Kept]:
        blob = self.tables.blob
        columns = (blob.c.key, blob.c.storage, blob.c.size, blob.c.free_since, self._held().label("held"))
        query = select(*columns).where(blob.c.state == State.READY.value, blob.c.key > after)
        with self.where.joined() as connection:
            page = connection.execute(query.order_by(blob.c.key).limit(limit)).all()
        return [Kept(key, storage, size or 0, bool(since), bool(held)) for key, storage, size, since, held in page]

    def totals(self) -> tuple[int, int]:
        blob, reference = self.tables.blob, self.tables.reference
        ready = select(func.count()).select_from(blob).where(blob.c.state == State.READY.value)
        with self.where.joined() as connection:
            references = connection.execute(select(func.count()).select_from(reference)).scalar_one()
            return references, connection.execute(ready).scalar_one()

    def states(self, keys: Collection[str], /) -> dict[str, State]:
        side, blob = self.side_file(), self.tables.blob
        # Beside the database first: whatever goes from there is in the database by then.
        beside = {key for key, *_ in side.intents()} if side else set()
        found = dict.fromkeys(beside.intersection(keys), State.INTENT)
        for some in portions(keys):
            with self.where.joined() as connection:
                rows = connection.execute(select(blob.c.key, blob.c.state).where(blob.c.key.in_(some)))
                found |= {key: State(state) for key, state in rows}
        return found

    def known(self, keys: Collection[str], /) -> set[str]:
        return set(self.states(keys))

    @contextmanager
    def transaction(self) -> Iterator[Self]:
        session = self.where.session
        with Session(self.where.bind) if session is None else _left_open(session) as session, _begun(session):
            ledger = self.on(session)
            if ledger.where.bind.dialect.name == "sqlite":
                # It has one writer. Who reads first and wants to write then may find that another was faster.
                ledger.touch()
            yield ledger

    def on(self, session: Session) -> Self:
        """The same ledger as that session sees it."""
        raise NotImplementedError

    def touch(self) -> None:
        """A write that changes nothing."""
        raise NotImplementedError

    def lock(self, keys: Collection[str], /) -> dict[str, State]:
        blob = self.tables.blob
        found: dict[str, State] = {}
        for some in portions(keys):
            rows = select(blob.c.key, blob.c.state).where(blob.c.key.in_(some)).order_by(blob.c.key)
            with self.where.joined() as connection:
                there = len(connection.execute(rows).all())
                if connection.dialect.name != "sqlite":
                    rows = rows.with_for_update(skip_locked=True)
                locked = {key: State(state) for key, state in connection.execute(rows)}
            if len(locked) < there:
                raise Busy
            found |= locked
        return found

    @repeated
    def age(self, keys: Collection[str], now: datetime, /) -> set[str]:
        blob = self.tables.blob
        with self.where.joined() as connection:
            ageless = self._locked(connection, self._among(keys, State.READY), blob.c.free_since.is_(None))
            free = and_(ageless, ~self._held())
            found = set(connection.scalars(select(blob.c.key).where(free)))
            connection.execute(update(blob).where(free).values(free_since=now))
        return found

    def audited(self) -> str:
        table = self.tables.installation
        with self.where.joined() as connection:
            return connection.scalar(select(table.c.audited).where(self._row)) or ""

    def note_audited(self, position: str, /) -> None:
        table = self.tables.installation
        with self.where.joined() as connection:
            connection.execute(update(table).where(self._row).values(audited=position))


@contextmanager
def _left_open(session: Session) -> Iterator[Session]:
    yield session


def _begun(session: Session) -> AbstractContextManager[SessionTransaction]:
    return session.begin_nested() if session.in_transaction() else session.begin()
