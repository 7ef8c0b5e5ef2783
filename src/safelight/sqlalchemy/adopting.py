"""Rows that name files from before Safelight, as an adoption asks for them: by primary key, and locked one by one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Column, Engine, MetaData, Select, String, and_, func, select, tuple_, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from safelight.adopt import Named, Row
from safelight.errors import ConfigurationError

from .columns import Identity
from .ledger import SqlLedger
from .references import compare
from .tables import Tables
from .types import UploadKey


class ColumnRows:
    """The `safelight.adopt.Column` of a table's `UploadKey`."""

    def __init__(self, place: Engine | Session, tables: Tables, column: Column[Any]) -> None:
        self._place = place
        self._tables = tables
        self._table = column.table
        self._key = list(self._table.primary_key)
        self._name = type_coerce(column, String)
        self._policy = cast(UploadKey, column.type).policy

    @property
    def storage(self) -> str:
        return self._policy.storage

    def count(self) -> int:
        with self._ledger(self._place).where.joined() as connection:
            count: int = connection.execute(self._naming(func.count())).scalar_one()
        return count

    def rows(self, *, limit: int, after: Row | None = None) -> list[Row]:
        query = self._naming(*self._key, self._name)
        if after is not None:
            identity = cast(Identity, after.identity)
            first = self._key[0] > identity[0] if len(identity) == 1 else tuple_(*self._key) > tuple_(*identity)
            query = query.where(first)
        with self._ledger(self._place).where.joined() as connection:
            found = connection.execute(query.order_by(*self._key).limit(limit)).all()
        return [Row(tuple(identity), (Named(name, self.storage, self._policy),)) for *identity, name in found]

    def follow(self, row: Row) -> None:
        identity = cast(Identity, row.identity)
        is_row = and_(*(column == value for column, value in zip(self._key, identity, strict=True)))
        with _transaction(self._place) as session:
            ledger = self._ledger(session)
            if ledger.where.bind.dialect.name == "sqlite":  # which knows no locks of rows
                ledger.touch()
            with ledger.where.joined() as connection:
                connection.execute(select(*self._key).where(is_row).with_for_update())
            compare(ledger, {self._table: {identity}})

    def _naming(self, *what: Any) -> Select[Any]:
        return select(*what).select_from(self._table).where(self._name.is_not(None), self._name != "")

    def _ledger(self, place: Engine | Session) -> SqlLedger:
        return SqlLedger(self._tables, place)


def upload_key(metadata: MetaData, column: Column[Any] | InstrumentedAttribute[Any] | str) -> Column[Any]:
    """What is meant by ``User.profile_image`` or ``"user.profile_image"``. Raises `ConfigurationError`."""
    if isinstance(column, str):
        table, _, name = column.rpartition(".")
        found = metadata.tables[table].columns.get(name) if table in metadata.tables else None
    else:
        found = column.property.columns[0] if isinstance(column, InstrumentedAttribute) else column
    if found is None or found.table.metadata is not metadata:
        raise ConfigurationError(
            f"there is no column {str(column)!r}: say which with table and column, as in user.picture"
        )
    if not isinstance(found.type, UploadKey):
        raise ConfigurationError(f"{found} is no UploadKey; files that documents name are not adopted")
    return found


@contextmanager
def _transaction(place: Engine | Session) -> Iterator[Session]:
    """One of its own; in a test that rolls everything back a savepoint."""
    if isinstance(place, Engine):
        with Session(place) as session, session.begin():
            yield session
    else:
        with place.begin_nested() if place.in_transaction() else place.begin():
            yield place
