"""The rows of an app as an audit reads them: of every table of a metadata that has columns which name files, whatever
classes are mapped to it."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Column, Connection, MetaData, String, Table, func, inspect, select, tuple_
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.elements import Tuple

from safelight.audit import Page, Still
from safelight.blob import Reference
from safelight.errors import Busy
from safelight.lengths import MAX_ROW, kept_of
from safelight.policy import Policy
from safelight.protocols import Entry

from .columns import Identity, Look, columns, holder, in_full, read, row
from .ledger import SqlLedger
from .types import UploadKey

_PARSED: Mapping[type, Callable[[str], Any]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    time: time.fromisoformat,
    bytes: ast.literal_eval,
    bool: ast.literal_eval,
}
"""How what `str` has made of a value is read again, where that is not what its type does itself."""


class SqlRows:
    """The `safelight.audit.Rows` of a metadata's tables."""

    def __init__(self, ledger: SqlLedger, metadata: MetaData) -> None:
        self.named = Look(ledger.where, metadata)
        self._ledger = ledger
        self._all = {holder(table): table for table in metadata.tables.values()}
        self._tables = {name: table for name, table in self._all.items() if columns(table) and table.primary_key}
        self._page: dict[str, Identity] = {}  # of the rows that were read last

    def holders(self) -> list[str]:
        return sorted(self._tables)

    def count(self, holder: str) -> int:
        with self._ledger.where.joined() as connection:
            return connection.execute(select(func.count()).select_from(self._tables[holder])).scalar_one()

    def page(self, holder: str, *, limit: int, after: str = "") -> Page | None:
        table = self._tables[holder]
        last = self._identity(table, after) if after else None
        later = () if last is None else (tuple_(*table.primary_key) > _bound(table, last),)
        with self._ledger.where.joined() as connection:
            found = list(read(connection, table, *later, limit=limit))
        if not found:
            return None
        self._page = {row(identity): identity for identity, _ in found}
        end, _ = found[-1]
        self._page[in_full(end)] = end
        return Page({row(identity): names for identity, names in found}, in_full(end))

    def there(self, holder: str, rows: Collection[str]) -> set[str]:
        table = self._tables[holder]
        identities = {name: self._identity(table, name) for name in rows}
        named = [identity for identity in identities.values() if identity is not None]
        query = select(*table.primary_key).where(tuple_(*table.primary_key).in_(named))
        with self._ledger.where.joined() as connection:
            there = {row(tuple(found)) for found in connection.execute(query)} if named else set()
        return there | {name for name, identity in identities.items() if identity is None}

    @contextmanager
    def still(self, holder: str, row: str) -> Iterator[Still]:
        table = self._tables.get(holder)
        identity = None if table is None else self._identity(table, row)
        with self._ledger.transaction() as ledger:
            if table is None:
                yield Still(ledger, lambda: None)
                return
            if identity is None:
                raise Busy
            this = tuple_(*table.primary_key) == _bound(table, identity)
            with ledger.where.joined() as connection:
                _lock(connection, table, this)
            yield Still(ledger, lambda: _names(ledger, table, this))

    def is_followed(self, place: Reference) -> bool:
        table = self._tables.get(place.holder)
        return table is not None and any(column.name == place.field for column, _ in columns(table))

    def has_column(self, place: Reference) -> bool:
        """Where the metadata has no such table, the database may have it still, and another program."""
        if (table := self._all.get(place.holder)) is not None:
            return any(column.name == place.field for column in table.columns)
        schema, _, name = place.holder.rpartition(".")
        with self._ledger.where.joined() as connection:
            inspector = inspect(connection)
            if not inspector.has_table(name, schema or None):
                return False
            return any(column["name"] == place.field for column in inspector.get_columns(name, schema or None))

    def policy(self, place: Reference) -> Policy | None:
        table = self._tables.get(place.holder)
        for column, kind in () if table is None else columns(table):
            if column.name == place.field and isinstance(kind, UploadKey):
                return kind.policy
        return None

    def storages(self) -> set[str]:
        kinds = [kind for table in self._tables.values() for _, kind in columns(table)]
        return {kind.policy.storage for kind in kinds if isinstance(kind, UploadKey)}

    def _identity(self, table: Table, name: str) -> Identity | None:
        """Which row references call `name`; None if that cannot be told."""
        if name in self._page:
            return self._page[name]
        key = list(table.primary_key)
        if beginning := kept_of(name, MAX_ROW):
            return self._longer(key[0], beginning, name) if len(key) == 1 and isinstance(key[0].type, String) else None
        try:
            texts = [name] if len(key) == 1 else json.loads(name)
            return tuple(_value(column, text) for column, text in zip(key, texts, strict=True))
        except (ArithmeticError, NotImplementedError, SyntaxError, TypeError, ValueError):
            return None

    def _longer(self, key: Column[Any], beginning: str, name: str) -> Identity:
        """Of that name; if there is no such row, none has the name itself for a key."""
        with self._ledger.where.joined() as connection:
            found = connection.scalars(select(key).where(key.startswith(beginning, autoescape=True)))
            return next(((value,) for value in found if row((value,)) == name), (name,))


def _value(column: Column[Any], text: str) -> Any:
    kind = column.type.python_type
    return _PARSED.get(kind, kind)(text)


def _bound(table: Table, identity: Identity) -> Tuple:
    """As the columns' types send their values: of a UUID that is text, a database may have another text."""
    return tuple_(*identity, types=[column.type for column in table.primary_key])


def _lock(connection: Connection, table: Table, this: ColumnElement[bool]) -> None:
    """Raises Busy if the row is there and somebody else has locked it."""
    if connection.dialect.name == "sqlite":
        return
    query = select(*table.primary_key).where(this)
    if connection.execute(query).first() and not connection.execute(query.with_for_update(skip_locked=True)).first():
        raise Busy


def _names(ledger: SqlLedger, table: Table, this: ColumnElement[bool]) -> set[Entry] | None:
    with ledger.where.joined() as connection:
        return next((names for _, names in read(connection, table, this, limit=1)), None)
