"""Many blobs at once: a library's pages out of the ledger's table, of which each costs the same however far away it is.

A page is found in an index alone, by position or by offset; only the rows that are shown are read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import and_, or_, select

from safelight.blob import Blob, State
from safelight.http.library import Entry, Position

from .expiry import utc
from .ledger import SqlLedger


class SqlCatalogue:
    """The catalogue of a ledger, as ``safelight.http.library`` asks for it."""

    def __init__(self, ledger: SqlLedger) -> None:
        self._ledger = ledger

    def newest(
        self,
        policies: Collection[str],
        *,
        owner: str | None,
        search: str,
        limit: int,
        offset: int = 0,
        after: Position | None = None,
    ) -> Sequence[Entry]:
        blob = self._ledger.tables.blob
        key, created = blob.c.key, blob.c.created
        rows = and_(blob.c.policy.in_(policies), blob.c.state == State.READY.value)
        if owner is not None:
            rows = and_(rows, blob.c.owner == owner)
        if search:
            found = (column.icontains(search, autoescape=True) for column in (blob.c.filename, key))
            rows = and_(rows, or_(*found))
        if after is not None:
            before = or_(created < after.created, and_(created == after.created, key < after.key))
            rows = and_(rows, before, created <= after.created)  # of which an index only understands the second
        query = select(key, created).where(rows).order_by(created.desc(), key.desc()).offset(offset).limit(limit)
        with self._ledger.where.joined() as connection:
            positions = [Position(utc(at), name) for name, at in connection.execute(query)]
        blobs = self._ledger.find([position.key for position in positions])
        # One may have been deleted in between.
        return [Entry(position, blobs[position.key]) for position in positions if position.key in blobs]

    def find(self, keys: Collection[str], /) -> Mapping[str, Blob]:
        return self._ledger.find(keys)
