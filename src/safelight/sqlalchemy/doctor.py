"""A database of SQLAlchemy's, as the core's examination asks it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, inspect
from sqlalchemy.orm import Session

from safelight.doctor.database import lacking
from safelight.side_file import SideFile

from .ledger import SqlLedger
from .tables import Tables


class SqlDatabase:
    """A `safelight.doctor.Database`."""

    migrate = "Make them with your migrations (Alembic sees them), or with create_all"

    def __init__(self, tables: Tables, engine: Engine) -> None:
        self._tables = tables
        self._engine = engine
        self._session: Session | None = None  # while a transaction is open

    @property
    def vendor(self) -> str:
        name = self._engine.dialect.name
        return "mysql" if name == "mariadb" else name

    def ask(self, sql: str, /) -> Sequence[Any]:
        with self.ledger().where.joined() as connection:
            return tuple(connection.exec_driver_sql(sql).first() or ())

    def lacking(self) -> list[str]:
        inspector = inspect(self._engine)
        tables = {table.fullname: table for table in self._tables.all}

        def found(name: str) -> list[str]:
            table = tables[name]
            if not inspector.has_table(table.name, table.schema):
                return []
            return [column["name"] for column in inspector.get_columns(table.name, table.schema)]

        return list(lacking({name: table.columns.keys() for name, table in tables.items()}, found))

    def ledger(self) -> SqlLedger:
        return SqlLedger(self._tables, self._session or self._engine)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with Session(self._engine) as self._session, self._session.begin() as begun:
            self._session.connection()
            try:
                yield
            finally:
                begun.rollback()
                self._session = None

    def side_file(self) -> SideFile | None:
        return self.ledger().side_file()
