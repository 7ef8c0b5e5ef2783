"""Where an intent goes that cannot be committed beside an open transaction, so that its bytes are not orphaned.

SQLite has one writer: while the caller's transaction is open, a second connection either finds the database locked or
makes the caller's own write fail later. So the intent of an upload inside a transaction is committed to a small
database of its own, which the sweep reads too.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from .blob import Aged, State, age
from .protocols import Auditable


class SideFile:
    """Intents beside a SQLite database, in ``<database>-safelight``."""

    SUFFIX = "-safelight"

    def __init__(self, database: str) -> None:
        """`database` is its path, or a URI of it. All who open the same file meet here, whatever links they follow."""
        path = unquote(urlsplit(database).path) if database.startswith("file:") else database
        self.path = os.path.realpath(path) + self.SUFFIX

    def add(self, key: str, storage: str) -> None:
        """Durable when it returns."""
        with self._connection() as connection:
            connection.execute("INSERT INTO intent VALUES (?, ?, ?)", (key, storage, time.time()))

    def discard(self, key: str) -> None:
        """Forgetting may itself be forgotten in a power cut: the sweep finds the row of the blob and discards again."""
        with self._connection() as connection:
            connection.execute("DELETE FROM intent WHERE key = ?", (key,))

    def hand_over(self, key: str, ledger: Auditable) -> None:
        """The caller has committed, and the database speaks for `key`; unless a savepoint of which nobody was told has
        taken the row back. Then nothing but this file knows of the bytes."""
        if ledger.states([key]).get(key) is not State.INTENT:
            self.discard(key)

    def holds(self, key: str) -> bool:
        with self._connection() as connection:
            return connection.execute("SELECT 1 FROM intent WHERE key = ?", (key,)).fetchone() is not None

    def intents(self) -> list[tuple[str, str, float]]:
        """(key, storage, seconds since the epoch), oldest first. Looking makes no file."""
        if not os.path.exists(self.path):
            return []
        with self._connection() as connection:
            return connection.execute("SELECT key, storage, created FROM intent ORDER BY created").fetchall()

    def aged(self, before: datetime) -> list[Aged]:
        """Those that were made before `before`, as a sweep sees them, oldest first."""
        found = (Aged(key, storage, None, datetime.fromtimestamp(at, UTC)) for key, storage, at in self.intents())
        return sorted((row for row in found if row.since < before), key=age)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=30)) as connection, connection:
            connection.execute("PRAGMA synchronous = EXTRA")  # FULL may forget the last commit in a power cut
            connection.execute("CREATE TABLE IF NOT EXISTS intent (key TEXT PRIMARY KEY, storage TEXT, created REAL)")
            yield connection
