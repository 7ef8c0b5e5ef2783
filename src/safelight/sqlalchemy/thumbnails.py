"""The statements that thumbnails need in SQL: a picture has one that was made later by one conditional update, or has
none."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, func, select, update
from sqlalchemy.sql import ColumnElement

from safelight.blob import Blob, State
from safelight.contention import Transactional, repeated

from .tables import Tables, facts_of
from .where import Where


class Thumbnails(Transactional):
    """What `safelight.protocols.Thumbnailing` adds to a ledger."""

    tables: Tables
    where: Where

    def without_thumbnail(self, policies: Collection[str], /, *, limit: int, after: str = "") -> list[Blob]:
        key = self.tables.blob.c.key
        query = select(*self.tables.facts).where(self._without_thumbnail(policies), key > after)
        with self.where.joined() as connection:
            return [facts_of(row) for row in connection.execute(query.order_by(key).limit(limit))]

    def count_without_thumbnail(self, policies: Collection[str], /) -> int:
        query = select(func.count()).select_from(self.tables.blob).where(self._without_thumbnail(policies))
        with self.where.joined() as connection:
            return connection.execute(query).scalar_one()

    @repeated
    def note_thumbnail(self, key: str, storage: str, size: int, /) -> bool:
        blob = self.tables.blob
        picture = and_(blob.c.key == key, blob.c.storage == storage, self._resting())
        with self.where.joined() as connection:
            return bool(connection.execute(update(blob).where(picture).values(thumbnail_size=size)).rowcount)

    def _without_thumbnail(self, policies: Collection[str]) -> ColumnElement[bool]:
        blob = self.tables.blob
        is_without = and_(blob.c.width.is_not(None), blob.c.thumbnail_size.is_(None))
        return and_(blob.c.policy.in_(policies), is_without, self._resting())

    def _resting(self) -> ColumnElement[bool]:
        """Ready, and neither on the move nor left behind by one."""
        blob = self.tables.blob
        return and_(blob.c.state == State.READY.value, blob.c.also_in == "")
