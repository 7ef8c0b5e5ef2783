"""The ledger's own rules: nothing is orphaned, because no byte is stored before a row says that it may be.

`MemoryLedger` is the rules in their plainest form, and what tests use. `SideFile` is where an intent goes when it
cannot be committed beside an open transaction. The ledgers of the frameworks keep the same rules in SQL.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from .blob import Blob, Reference
from .errors import IntentExpired, UnknownKey


class MemoryLedger:
    """A ledger without a database: its transactions are its lock."""

    def __init__(self) -> None:
        self.intents: dict[str, str] = {}  # key -> storage
        self.blobs: dict[str, Blob] = {}
        self.free_since: dict[str, float] = {}
        self._references: dict[str, set[Reference]] = {}
        self._lock = threading.RLock()

    def intend(self, key: str, storage: str, /) -> None:
        with self._lock:
            if key in self.intents or key in self.blobs:
                raise ValueError(f"{key} is taken")
            self.intents[key] = storage

    def ready(self, blob: Blob, /) -> None:
        with self._lock:
            if self.intents.pop(blob.key, None) is None:
                raise IntentExpired(blob.key)
            self.blobs[blob.key] = blob
            self.free_since[blob.key] = time.time()

    def forget(self, key: str, /) -> None:
        with self._lock:
            self.intents.pop(key, None)

    def get(self, key: str, /) -> Blob:
        try:
            return self.blobs[key]
        except KeyError:
            raise UnknownKey(key) from None

    def attach(self, key: str, reference: Reference, /) -> None:
        with self._lock:
            self.get(key)
            self.free_since.pop(key, None)
            self._references.setdefault(key, set()).add(reference)

    def release(self, key: str, reference: Reference, /) -> None:
        with self._lock:
            self._references.get(key, set()).discard(reference)
            if key in self.blobs:
                self.free_since[key] = time.time()

    def references(self, key: str, /) -> list[Reference]:
        with self._lock:
            return sorted(self._references.get(key, ()))

    def held(self, holder: str, row: str, /) -> list[tuple[str, Reference]]:
        with self._lock:
            return sorted(
                (key, reference)
                for key, references in self._references.items()
                for reference in references
                if (reference.holder, reference.row) == (holder, row)
            )


class SideFile:
    """Intents beside a SQLite database, in ``<database>-safelight``.

    SQLite has one writer: while the caller's transaction is open, a second connection either finds the database
    locked or makes the caller's own write fail later. So the intent of an upload inside a transaction is committed
    to a small database of its own, which the sweep reads too.
    """

    def __init__(self, database: str) -> None:
        self.path = f"{database}-safelight"

    def add(self, key: str, storage: str) -> None:
        """Durable when it returns."""
        with self._connection() as connection:
            connection.execute("INSERT INTO intent VALUES (?, ?, ?)", (key, storage, time.time()))

    def discard(self, key: str) -> None:
        """Forgetting may itself be forgotten in a power cut: the sweep finds the row of the blob and discards again."""
        with self._connection() as connection:
            connection.execute("DELETE FROM intent WHERE key = ?", (key,))

    def holds(self, key: str) -> bool:
        with self._connection() as connection:
            return connection.execute("SELECT 1 FROM intent WHERE key = ?", (key,)).fetchone() is not None

    def intents(self) -> list[tuple[str, str, float]]:
        """(key, storage, seconds since the epoch), oldest first."""
        with self._connection() as connection:
            return connection.execute("SELECT key, storage, created FROM intent ORDER BY created").fetchall()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=30)) as connection, connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("CREATE TABLE IF NOT EXISTS intent (key TEXT PRIMARY KEY, storage TEXT, created REAL)")
            yield connection
