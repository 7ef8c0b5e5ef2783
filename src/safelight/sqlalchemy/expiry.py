"""The statements of a sweep in SQL: nothing is deleted that a row could still attach, and nobody waits for a sweep.

A condemnation must not overlook a reference that is being made. Where the database locks rows (PostgreSQL, MySQL), the
candidates are locked first, and what is then asked about references is asked anew: who attached before is seen, who
attaches later waits for the end of this small transaction, and finds that the blob is not ready any more. What somebody
else has locked is skipped: it is in use this very moment, and who waits while others wait for him may wait for ever.
SQLite has one writer, and each statement sees all that came before it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Column, Connection, and_, delete, exists, func, literal, or_, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ColumnElement

from safelight.blob import Aged, State, age
from safelight.contention import Transactional, repeated
from safelight.side_file import SideFile

from .tables import Tables
from .where import Where

_Condition = ColumnElement[bool]


class Expiry(Transactional):
    """What `safelight.protocols.Sweepable` adds to a ledger."""

    tables: Tables
    where: Where

    def aged(self, state: State, before: datetime, /, *, limit: int, after: Aged | None = None) -> list[Aged]:
        blob, since = self.tables.blob, self._since(state)
        old = self._aged(state, before)
        if after is not None:
            later = or_(since > after.since, and_(since == after.since, blob.c.key > after.key))
            old = and_(old, later, since >= after.since)  # of which an index only understands the second
        beside = self._on_side(before) if state is State.INTENT else []
        if after is not None:
            beside = [row for row in beside if age(row) > age(after)]
        columns = (blob.c.key, blob.c.storage, blob.c.size, since, self._held().label("settled"), blob.c.also_in)
        with self.where.joined() as connection:
            rows = connection.execute(select(*columns).where(old).order_by(since, blob.c.key).limit(limit)).all()
            found = [Aged(key, storage, size, utc(at), bool(held), left) for key, storage, size, at, held, left in rows]
            found += self._settled(connection, beside[:limit])
        return sorted(found, key=age)[:limit]

    def count(self, state: State, before: datetime, /) -> int:
        beside = self._on_side(before) if state is State.INTENT else []
        query = select(func.count()).select_from(self.tables.blob).where(self._aged(state, before))
        with self.where.joined() as connection:
            return connection.execute(query).scalar_one() + len(beside)

    @repeated
    def expire(self, rows: Sequence[Aged], before: datetime, /) -> list[Aged]:
        blob, keys = self.tables.blob, {row.key for row in rows}
        beside = [row for row in self._on_side(before) if row.key in keys]
        with self.where.joined() as connection:
            # From now on the table speaks for them. An upload as slow as this finds its intent there, until the next
            # statement; one whose transaction has written keeps us waiting, and then its row is there.
            if beside:
                intents = sqlite.insert(blob).on_conflict_do_nothing()
                connection.execute(
                    intents,
                    [
                        {"key": row.key, "storage": row.storage, "state": State.INTENT.value, "created": row.since}
                        for row in beside
                    ],
                )
            old = self._locked(connection, self._among(keys, State.INTENT), blob.c.created < before)
            connection.execute(update(blob).where(old).values(state=State.DELETING.value, free_since=datetime.now(UTC)))
        if side := self.side_file():
            for row in beside:
                side.discard(row.key)
        return self._deleting(rows)

    @repeated
    def condemn(self, rows: Sequence[Aged], before: datetime | None = None, /) -> list[Aged]:
        blob = self.tables.blob
        since = blob.c.free_since.is_not(None) if before is None else blob.c.free_since < before
        with self.where.joined() as connection:
            old = self._locked(connection, self._among({row.key for row in rows}, State.READY), since)
            connection.execute(update(blob).where(old, self._held()).values(free_since=None))
            connection.execute(update(blob).where(old, ~self._held()).values(state=State.DELETING.value))
        return self._deleting(rows)

    @repeated
    def spare(self, keys: Collection[str], now: datetime, /) -> None:
        blob = self.tables.blob
        with self.where.joined() as connection:
            free = self._locked(connection, self._among(keys, State.READY), blob.c.free_since.is_not(None))
            connection.execute(update(blob).where(free).values(free_since=now))

    @repeated
    def hurry(self, keys: Collection[str], owner: str, since: datetime, /) -> None:
        blob = self.tables.blob
        with self.where.joined() as connection:
            theirs = and_(self._among(keys, State.READY), blob.c.owner == owner)
            free = self._locked(connection, theirs, blob.c.free_since > since)
            connection.execute(update(blob).where(free, ~self._held()).values(free_since=since))

    @repeated
    def bury(self, rows: Sequence[Aged], now: datetime, /) -> list[Aged]:
        blob, keys = self.tables.blob, {row.key for row in rows}
        with self.where.joined() as connection:
            gone = self._locked(connection, self._among(keys, State.DELETING))
            connection.execute(update(blob).where(gone).values(state=State.DELETED.value, free_since=now))
            # Each sweep has a moment of its own.
            buried = and_(self._among(keys, State.DELETED), blob.c.free_since == now)
            ours = set(connection.scalars(select(blob.c.key).where(buried)))
        return [row for row in rows if row.key in ours]

    @repeated
    def drop(self, rows: Sequence[Aged], /) -> None:
        with self.where.joined() as connection:
            buried = self._locked(connection, self._among({row.key for row in rows}, State.DELETED))
            # What refers to a tombstone, against all rules, keeps it, as it would in the database.
            connection.execute(delete(self.tables.blob).where(buried, ~self._held()))

    def side_file(self) -> SideFile | None:
        """Where intents lie that could not be committed beside an open transaction."""
        raise NotImplementedError

    def _locked(self, connection: Connection, *conditions: _Condition) -> _Condition:
        """Those rows that nobody else has locked, to be changed in this transaction."""
        rows = and_(*conditions)
        if connection.dialect.name == "sqlite":
            return rows
        key = self.tables.blob.c.key
        free = connection.scalars(select(key).where(rows).with_for_update(skip_locked=True)).all()
        return and_(rows, key.in_(free))

    def _among(self, keys: Collection[str], state: State) -> _Condition:
        blob = self.tables.blob
        return and_(blob.c.key.in_(keys), blob.c.state == state.value)

    def _since(self, state: State) -> Column[datetime]:
        """The column that says since when. Each has an index of what a sweep may have to do with, and no more."""
        return self.tables.blob.c.created if state is State.INTENT else self.tables.blob.c.free_since

    def _aged(self, state: State, before: datetime) -> _Condition:
        # Spelt out and not a parameter, for which no partial index would be used.
        is_in = self.tables.blob.c.state == literal(state.value, literal_execute=True)
        old = and_(is_in, self._since(state) < before)
        if state is State.INTENT and self.where.bind.dialect.name in ("mysql", "mariadb"):
            # Whose index of `created` is that of all files. But an intent has no policy yet, and by policy and state
            # the library's index finds it.
            old = and_(old, self.tables.blob.c.policy == "")
        return old

    def _held(self) -> _Condition:
        blob, reference = self.tables.blob, self.tables.reference
        return exists().where(reference.c.blob_id == blob.c.key).correlate(blob)

    def _deleting(self, rows: Sequence[Aged]) -> list[Aged]:
        """Some may be another sweep's work, which is then done twice. Where their bytes lie may have changed just
        before they were condemned, and cannot change any more."""
        blob = self.tables.blob
        places = select(blob.c.key, blob.c.storage, blob.c.also_in)
        with self.where.joined() as connection:
            found = connection.execute(places.where(self._among({row.key for row in rows}, State.DELETING)))
            now = {key: (storage, also_in) for key, storage, also_in in found}
        condemned = [row for row in rows if row.key in now and not row.settled]
        return [replace(row, storage=now[row.key][0], also_in=now[row.key][1]) for row in condemned]

    def _on_side(self, before: datetime) -> list[Aged]:
        side = self.side_file()
        return side.aged(before) if side else []

    def _settled(self, connection: Connection, beside: Sequence[Aged]) -> list[Aged]:
        """Settled are those which have come into the table without being forgotten beside it."""
        key = self.tables.blob.c.key
        known = set(connection.scalars(select(key).where(key.in_([row.key for row in beside])))) if beside else ()
        return [replace(row, settled=row.key in known) for row in beside]


def utc(stored: datetime) -> datetime:
    """As databases without time zones have it: ours are all UTC."""
    return stored if stored.tzinfo else stored.replace(tzinfo=UTC)
