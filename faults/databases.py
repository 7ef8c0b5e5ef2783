"""The databases as somebody sees them who trusts nobody: asked and changed in plain SQL.

Both stacks have the same tables: picture (id, title, image), page (id, title, body), and the ledger's. A database that
is restored stays where it is: moved, it would be another installation's, and nothing would be deleted.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import psycopg

TABLES = (
    "safelight_installation",
    "safelight_request",
    "safelight_blob",
    "safelight_reference",
    "picture",
    "page",
)
"""In an order in which they can be filled."""
_MOMENTS = (("safelight_blob", "created"), ("safelight_blob", "free_since"), ("safelight_request", "created"))


class Database(Protocol):
    django: dict[str, Any]
    """An entry of DATABASES."""
    sqlalchemy: str
    """The URL of an engine."""
    locks_rows: bool
    """Or is there one writer?"""

    def rows(self, sql: str) -> list[tuple[Any, ...]]: ...

    def change(self, sql: str) -> None:
        """Past everything that would tell the ledger."""

    def on_side(self) -> set[str]:
        """Keys of intents that could not be committed to the database."""

    def age(self, period: timedelta) -> None:
        """So much time goes by."""

    def snapshot(self) -> Any: ...

    def restore(self, snapshot: Any) -> None: ...

    def settle(self) -> None:
        """Wait until it has noticed who was killed."""


class Sqlite:
    locks_rows = False

    def __init__(self, folder: Path) -> None:
        self._path = folder / "db.sqlite3"
        self._side = folder / "db.sqlite3-safelight"
        # Nobody cuts the power here: what a process has written the system keeps, whatever becomes of the process.
        options = {"init_command": "PRAGMA synchronous = OFF"}
        self.django = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(self._path), "OPTIONS": options}
        self.sqlalchemy = f"sqlite:///{self._path}"

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._path)) as connection:
            return connection.execute(sql).fetchall()

    def change(self, sql: str) -> None:
        with closing(sqlite3.connect(self._path)) as connection, connection:
            connection.execute(sql)

    def on_side(self) -> set[str]:
        if not self._side.exists():
            return set()
        with closing(sqlite3.connect(self._side)) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'intent'").fetchone():
                return set()  # killed while it was made
            return {key for (key,) in connection.execute("SELECT key FROM intent")}

    def age(self, period: timedelta) -> None:
        seconds = period.total_seconds()
        earlier = "strftime('%Y-%m-%d %H:%M:%f', {}, '-{} seconds') || '000'"
        with closing(sqlite3.connect(self._path)) as connection, connection:
            for table, column in _MOMENTS:
                connection.execute(f"UPDATE {table} SET {column} = {earlier.format(column, seconds)}")
        if self.on_side():
            with closing(sqlite3.connect(self._side)) as connection, connection:
                connection.execute("UPDATE intent SET created = created - ?", (seconds,))

    def snapshot(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in (self._path, self._side) if path.exists()}

    def restore(self, snapshot: dict[Path, bytes]) -> None:
        for path in self._path.parent.glob(f"{self._path.name}-*"):  # with the journals of who was killed
            path.unlink()
        for path, data in snapshot.items():
            path.write_bytes(data)

    def settle(self) -> None:
        """The locks of a process that is gone are gone."""


class Postgresql:
    locks_rows = True

    def __init__(self, server: str, name: str) -> None:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        address = server.rpartition("/")[0]
        self._connection = psycopg.connect(f"{address}/{name}", autocommit=True)
        info = self._connection.info
        self.version = f"PostgreSQL {info.server_version // 10_000}.{info.server_version % 10_000}"
        self.django = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "HOST": info.host,
            "PORT": info.port,
            "USER": info.user,
        }
        self.sqlalchemy = f"{address}/{name}".replace("postgres://", "postgresql+psycopg://")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql).fetchall()  # type: ignore[arg-type]

    def change(self, sql: str) -> None:
        self._connection.execute(sql)  # type: ignore[arg-type]

    def on_side(self) -> set[str]:
        return set()

    def age(self, period: timedelta) -> None:
        for table, column in _MOMENTS:
            self.change(f"UPDATE {table} SET {column} = {column} - interval '{period.total_seconds()} seconds'")

    def snapshot(self) -> dict[str, list[tuple[Any, ...]]]:
        return {table: self.rows(f"SELECT {self._columns(table, '::text')} FROM {table}") for table in TABLES}

    def restore(self, snapshot: dict[str, list[tuple[Any, ...]]]) -> None:
        self._connection.execute(f"TRUNCATE {', '.join(TABLES)}")  # type: ignore[arg-type]
        with self._connection.cursor() as cursor:
            for table, rows in snapshot.items():
                with cursor.copy(f"COPY {table} ({self._columns(table)}) FROM STDIN") as copy:  # type: ignore[arg-type]
                    for row in rows:
                        copy.write_row(row)

    def settle(self) -> None:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        deadline = time.monotonic() + 30
        while self.rows(f"{others} AND backend_type = 'client backend'")[0][0]:
            if time.monotonic() > deadline:
                raise TimeoutError("PostgreSQL still has sessions of processes that are gone")
            time.sleep(0.002)

    def _columns(self, table: str, kind: str = "") -> str:
        query = "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position"
        names = [f'"{name}"{kind}' for (name,) in self._connection.execute(query, (table,))]
        return ", ".join(names)
