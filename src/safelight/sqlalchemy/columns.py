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

from safelight.blob import Reference
from safelight.ledger import shortened

from .tables import MAX_HOLDER, MAX_ROW
from .types import NamesFiles
from .where import Where

Identity = tuple[Any, ...]
"""The values of a row's primary key."""


def columns(table: Table) -> list[tuple[Column[Any], NamesFiles]]:
    """Those whose files the ledger follows, and what knows which these are."""
    return [(column, column.type) for column in table.columns if isinstance(column.type, NamesFiles)]


def holder(table: Table) -> str:
    """The table as references name it."""
    return shortened(table.fullname, MAX_HOLDER)


def row(identity: Identity) -> str:
    """The row as references name it."""
    texts = [str(value) for value in identity]
    return shortened(texts[0] if len(texts) == 1 else json.dumps(texts), MAX_ROW)


def named(
    connection: Connection, table: Table, identities: Sequence[Identity]
) -> tuple[set[str], set[tuple[str, Reference]]]:
    """Which of these rows there are, and all (key, reference) that they name."""
    key = list(table.primary_key)
    query = select(*key, *(column for column, _ in columns(table)))
    if len(key) == 1:
        query = query.where(key[0].in_([identity[0] for identity in identities]))
    else:
        query = query.where(tuple_(*key).in_(identities))
    there, found = set(), set()
    for values in connection.execute(query):
        name = row(tuple(values[: len(key)]))
        there.add(name)
        for (column, kind), value in zip(columns(table), values[len(key) :], strict=True):
            for path, file in kind.safelight_keys(value).items():
                found.add((file, Reference(holder(table), name, column.name, shortened(path))))
    return there, found


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
