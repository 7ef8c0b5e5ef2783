"""Columns that name files: what their rows name, and the look at the rows themselves before anything is deleted.

The ledger's references follow what sessions flush (`references`). What passes them by (Core statements, bulk inserts,
raw SQL, another program) is seen by the look, which asks the columns.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, select, tuple_
from sqlalchemy.sql import ColumnElement

from safelight.blob import Reference
from safelight.lengths import MAX_HOLDER, MAX_ROW, shortened
from safelight.policy import Policy
from safelight.protocols import Entry

from .types import NamesFiles
from .where import Where

Identity = tuple[Any, ...]
"""The values of a row's primary key."""


def columns(table: Table) -> list[tuple[Column[Any], NamesFiles]]:
    """Those whose files the ledger follows, and what knows which these are."""
    return [(column, column.type) for column in table.columns if isinstance(column.type, NamesFiles)]


def policies(metadata: MetaData) -> Iterator[Policy]:
    """Of the columns that name files, as far as they say."""
    for table in metadata.tables.values():
        for _, kind in columns(table):
            if isinstance(policy := getattr(kind, "policy", None), Policy):
                yield policy


def holder(table: Table) -> str:
    """The table as references name it."""
    return shortened(table.fullname, MAX_HOLDER)


def row(identity: Identity) -> str:
    """The row as references name it."""
    return shortened(in_full(identity), MAX_ROW)


def in_full(identity: Identity) -> str:
    texts = [str(value) for value in identity]
    return texts[0] if len(texts) == 1 else json.dumps(texts)


def named(connection: Connection, table: Table, identities: Sequence[Identity]) -> tuple[set[str], set[Entry]]:
    """Which of these rows there are, and all (key, reference) that they name."""
    key = list(table.primary_key)
    if len(key) == 1:
        these: ColumnElement[bool] = key[0].in_([identity[0] for identity in identities])
    else:
        these = tuple_(*key).in_(identities)
    there, found = set(), set()
    for identity, names in read(connection, table, these):
        there.add(row(identity))
        found |= names
    return there, found


def read(
    connection: Connection, table: Table, *conditions: ColumnElement[bool], limit: int | None = None
) -> Iterator[tuple[Identity, set[Entry]]]:
    """Rows by their primary key, and what each names: see `named`."""
    key = list(table.primary_key)
    query = select(*key, *(column for column, _ in columns(table))).where(*conditions).order_by(*key).limit(limit)
    for values in connection.execute(query):
        identity = tuple(values[: len(key)])
        names = set()
        for (column, kind), value in zip(columns(table), values[len(key) :], strict=True):
            for path, file in kind.safelight_keys(value).items():
                names.add((file, Reference(holder(table), row(identity), column.name, shortened(path))))
        yield identity, names


class Look:
    """``Look(where, metadata)(keys)``: those of `keys` that any row of the metadata's tables names."""

    def __init__(self, where: Where, metadata: MetaData) -> None:
        self._where = where
        self._metadata = metadata
        self.seconds: dict[str, float] = {}
        """What the looks have cost so far, by column."""

    def __call__(self, keys: Collection[str]) -> set[str]:
        found: set[str] = set()
        for column, kind in self._columns() if keys else ():
            begin = time.monotonic()
            with self._where.joined() as connection:
                found.update(kind.safelight_named(connection, column, keys))
            name = f"{column.table.fullname}.{column.name}"
            self.seconds[name] = self.seconds.get(name, 0) + time.monotonic() - begin
        return found.intersection(keys)

    def _columns(self) -> Iterator[tuple[Column[Any], NamesFiles]]:
        for table in self._metadata.tables.values():
            yield from columns(table)
