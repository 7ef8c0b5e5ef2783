"""SQLAlchemy's sessions, Flask's requests, `flask safelight` commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faults.backends import Backend
from faults.flask_site import create_app, db
from faults.fuse import Fuse
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.orm import configure_mappers

from safelight.flask.commands import commands
from safelight.flask.current import current
from safelight.protocols import Storage
from safelight.sqlalchemy.columns import Look
from safelight.sqlalchemy.ledger import SqlLedger


def load(backend: Backend) -> SqlAlchemyStack:
    return SqlAlchemyStack(backend)


class SqlAlchemyStack:
    ledger = SqlLedger
    look = Look
    column = "picture.image"

    def __init__(self, backend: Backend) -> None:
        configure_mappers()
        self._app = create_app(backend.database.sqlalchemy, backend.store.storages)  # which connects to nothing yet

    def prepare(self) -> None:
        with self._app.app_context():
            db.create_all()

    def application(self) -> Flask:
        return self._app

    def command(self, name: str, *arguments: str) -> None:
        info = ScriptInfo(create_app=lambda: self._app)
        commands().main([name, *arguments], standalone_mode=False, obj=info)

    def storages(self) -> Mapping[str, Storage]:
        return current().storages

    def light(self, fuse: Fuse) -> None:
        for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
            for name in ("do_execute", "do_executemany", "do_execute_no_params"):
                setattr(dialect, name, _statement(fuse, getattr(dialect, name)))
            dialect.do_commit = fuse.around("COMMIT", dialect.do_commit)  # type: ignore[method-assign]

    def execute(self, ledger: Any, sql: str, *parameters: object) -> int:
        with ledger.where.joined() as connection:
            if connection.dialect.name == "sqlite":
                sql = sql.replace("%s", "?")
            result = connection.exec_driver_sql(sql, parameters)
            return len(result.all()) if result.returns_rows else int(result.rowcount)


def _statement(fuse: Fuse, execute: Any) -> Any:
    def burning(dialect: Any, cursor: Any, sql: str, *rest: Any, **named: Any) -> Any:
        return fuse.statement(sql, lambda: execute(dialect, cursor, sql, *rest, **named))

    return burning
