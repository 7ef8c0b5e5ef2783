"""The statements of a move in SQL: which storage keeps a blob changes by one conditional update, or not at all."""

from __future__ import annotations

from sqlalchemy import and_, func, select, update
from sqlalchemy.sql import ColumnElement

from safelight.blob import Blob, State
from safelight.contention import Transactional, repeated

from .tables import Tables, facts_of
from .where import Where

_Condition = ColumnElement[bool]


class Relocation(Transactional):
    """What `safelight.protocols.Movable` adds to a ledger."""

    tables: Tables
    where: Where

    def kept_in(self, storage: str, /, *, limit: int, after: str = "") -> list[Blob]:
        return self._page(self.tables.blob.c.storage == storage, limit, after)

    def count_in(self, storage: str, /) -> int:
        return self._number(self.tables.blob.c.storage == storage)

    def left_in(self, storage: str, /, *, limit: int, after: str = "") -> list[Blob]:
        return self._page(self.tables.blob.c.also_in == storage, limit, after)

    def count_left_in(self, storage: str, /) -> int:
        return self._number(self.tables.blob.c.also_in == storage)

    @repeated
    def copying(self, key: str, source: str, target: str, /) -> bool:
        blob = self.tables.blob
        here = and_(blob.c.key == key, blob.c.storage == source, blob.c.also_in.in_(("", target)))
        return self._change(here, also_in=target)

    @repeated
    def moved(self, key: str, source: str, target: str, /) -> bool:
        blob = self.tables.blob
        copied = and_(blob.c.key == key, blob.c.storage == source, blob.c.also_in == target)
        return self._change(copied, storage=target, also_in=source)

    @repeated
    def tidied(self, key: str, storage: str, /) -> None:
        blob = self.tables.blob
        self._change(and_(blob.c.key == key, blob.c.also_in == storage), also_in="")

    def _page(self, condition: _Condition, limit: int, after: str) -> list[Blob]:
        key = self.tables.blob.c.key
        rows = self._are_ready(and_(condition, key > after))
        with self.where.joined() as connection:
            found = connection.execute(select(*self.tables.facts).where(rows).order_by(key).limit(limit))
            return [facts_of(row) for row in found]

    def _number(self, condition: _Condition) -> int:
        query = select(func.count()).select_from(self.tables.blob).where(self._are_ready(condition))
        with self.where.joined() as connection:
            return connection.execute(query).scalar_one()

    def _change(self, condition: _Condition, **values: str) -> bool:
        with self.where.joined() as connection:
            done = connection.execute(update(self.tables.blob).where(self._are_ready(condition)).values(values))
            return bool(done.rowcount)

    def _are_ready(self, condition: _Condition) -> _Condition:
        return and_(self.tables.blob.c.state == State.READY.value, condition)
