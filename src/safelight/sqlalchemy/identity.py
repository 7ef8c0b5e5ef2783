"""The one row by which a ledger knows its installation, in SQL: made once, however many sweeps are the first."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import and_, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql import ColumnElement

from safelight.installation import Installation, place_of

from .tables import Tables
from .where import Where

_ROW = 1
"""The id of the only one."""


class Identity:
    """What `safelight.protocols.Identified` adds to a ledger."""

    tables: Tables
    where: Where

    def here(self) -> str:
        if self.where.in_test():
            return ""
        with self.where.joined() as connection:
            return place_of(connection.dialect.name, lambda statement: connection.exec_driver_sql(statement).all())

    def installation(self) -> Installation | None:
        table = self.tables.installation
        with self.where.joined() as connection:
            row = connection.execute(select(table.c.identity, table.c.place).where(self._row)).one_or_none()
        return Installation(*row) if row else None

    def install(self, new: Installation, instead_of: Installation | None = None, /) -> Installation:
        table = self.tables.installation
        if instead_of is None:
            with suppress(IntegrityError), self.where.joined() as connection:  # somebody was faster
                connection.execute(insert(table).values(id=_ROW, identity=new.identity, place=new.place))
        else:
            same = and_(self._row, table.c.identity == instead_of.identity, table.c.place == instead_of.place)
            with self.where.joined() as connection:
                connection.execute(update(table).where(same).values(identity=new.identity, place=new.place))
        return self.installation() or new

    def stored_in(self) -> set[str]:
        blob = self.tables.blob
        with self.where.joined() as connection:
            return set(connection.scalars(select(blob.c.storage).union(select(blob.c.also_in)))) - {""}

    @property
    def _row(self) -> ColumnElement[bool]:
        return self.tables.installation.c.id == _ROW
