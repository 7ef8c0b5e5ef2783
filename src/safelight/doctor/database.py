"""The database: it has the ledger's tables, and an intent that is committed beside an open transaction survives that
transaction's rollback and is seen inside of it. On both hangs that no byte is stored of which nobody knows.

An adapter says how the database is asked; what is asked stands here, once for all of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from shlex import quote
from typing import Any, Protocol

from ..blob import AS_SENT
from ..keys import new_key
from ..protocols import Auditable
from ..side_file import SideFile
from . import clock
from .finding import Finding, error, note, ok, reason, warning

# In a transaction, as the app's are. The last column of the answer counts. (MySQL calls it by the one name, older
# MariaDBs by the other, newer ones by both. No percent signs, which some drivers take for a placeholder.)
_ISOLATION = {
    "postgresql": "SHOW transaction_isolation",
    "mysql": "SHOW VARIABLES WHERE Variable_name IN ('transaction_isolation', 'tx_isolation')",
}
_TOO_STRICT = {"REPEATABLE READ", "SERIALIZABLE", "SNAPSHOT"}
_NOW = {
    "postgresql": "SELECT extract(epoch FROM clock_timestamp())",
    "mysql": "SELECT unix_timestamp(now(6))",
}
_CONNECTIONS = (
    "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int "
    "- (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')"
)
_FEW_CONNECTIONS = 5


class Database(Protocol):
    """A database with a ledger, as an adapter knows it."""

    @property
    def vendor(self) -> str:
        """``postgresql``, ``mysql``, ``sqlite`` or another."""

    @property
    def migrate(self) -> str:
        """How its tables are made, as a command or in words."""

    def ask(self, sql: str, /) -> Sequence[Any]:
        """The first row of the answer, within the transaction if one is open."""

    def lacking(self) -> Sequence[str]:
        """What the ledger needs and the database has not, each for people: a table, a column, a migration."""

    def ledger(self) -> Auditable:
        """On the connection that `ask` asks: in the open transaction, if there is one."""

    def transaction(self) -> AbstractContextManager[object]:
        """What is asked within is asked in a transaction, which is rolled back in the end."""

    def side_file(self) -> SideFile | None:
        """Where intents lie that SQLite cannot commit beside a transaction."""


def lacking(expected: Mapping[str, Collection[str]], found: Callable[[str], Collection[str]]) -> Iterator[str]:
    """For `Database.lacking`: `expected` are columns by their tables, `found` says which a table has; none if there is
    no such table."""
    for table, columns in expected.items():
        there = set(found(table))
        if not there:
            yield f"the table {table}"
        elif missing := sorted(set(columns) - there):
            yield f"{', '.join(missing)} in the table {table}"


def examine(database: Database) -> Iterator[Finding]:
    try:
        missing = list(database.lacking())
    except Exception as failure:
        yield error(
            f"It cannot be asked: {reason(failure)}.", "Look at its address, its password, and whether it runs."
        )
        return
    if missing:
        yield error(f"It lacks {', '.join(missing)}.", f"{database.migrate}, and restart the app.")
        return
    yield ok("It answers, and has the ledger's tables.")
    yield from _clock(database)
    yield from _isolated(database)
    if database.vendor == "postgresql":
        yield from _connections(database)
    if (side := database.side_file()) is None:
        yield from _beside(database)
    else:
        was_there = os.path.exists(side.path)
        yield from _beside(database)
        if not was_there:
            _hand_over(side)
        yield from _journal(database, side.path.removesuffix(SideFile.SUFFIX))


def _clock(database: Database) -> Iterator[Finding]:
    if sql := _NOW.get(database.vendor):
        before = datetime.now(UTC)
        (theirs,) = database.ask(sql)
        yield from clock.examine("The database's", datetime.fromtimestamp(float(theirs), UTC), before)


def isolation(database: Database) -> str | None:
    """At which level its transactions run, as the server says; None where there are no levels."""
    sql = _ISOLATION.get(database.vendor)
    if sql is None:
        return None
    with database.transaction():
        return str(database.ask(sql)[-1]).replace("-", " ").upper()


def _isolated(database: Database) -> Iterator[Finding]:
    if level := isolation(database):
        if level in _TOO_STRICT:
            yield error(
                f"Its transactions run at {level}: what is committed beside one stays invisible in it.",
                "Set READ COMMITTED for the app's connections: uploads inside a transaction fail otherwise.",
            )
        else:
            yield ok(f"Its transactions run at {level}.")


def _connections(database: Database) -> Iterator[Finding]:
    (free,) = database.ask(_CONNECTIONS)
    if free < _FEW_CONNECTIONS:
        yield warning(
            f"Only {free} more connections can be opened, and an upload inside a transaction opens a second one.",
            "Raise max_connections, or let the app keep fewer.",
        )


def _beside(database: Database) -> Iterator[Finding]:
    """An intent, as an upload in the admin or under ATOMIC_REQUESTS commits it."""
    key = new_key("", AS_SENT, datetime.now(UTC))
    try:
        with database.transaction():
            database.ask("SELECT 1")  # as every view has asked something before
            try:
                database.ledger().intend(key, "")
            except Exception as failure:
                yield error(
                    f"Beside an open transaction no intent can be committed: {reason(failure)}.",
                    "PostgreSQL and MySQL must let the app open a second connection; SQLite's folder must be writable.",
                )
                return
            is_seen = bool(database.ledger().states([key]))
        if not database.ledger().states([key]):
            yield error(
                "An intent does not survive the rollback of the transaction beside which it was committed.",
                "Let the doctor's command run outside of any transaction. If it does, report this: it is a bug.",
            )
        elif not is_seen:
            yield error(
                "What is committed beside an open transaction is not seen in it: uploads there fail.",
                "Set READ COMMITTED for the app's connections.",
            )
        else:
            yield ok("What is committed beside an open transaction survives its rollback.")
    finally:
        with suppress(Exception):
            database.ledger().forget(key)


def _hand_over(side: SideFile) -> None:
    """What root has made must be the app's to write, whose the database is. (It stays: somebody else may have an intent
    in it by now.)"""
    if os.geteuid() == 0 and os.path.exists(side.path):
        about = os.stat(side.path.removesuffix(SideFile.SUFFIX))
        os.chown(side.path, about.st_uid, about.st_gid)


def _journal(database: Database, path: str) -> Iterator[Finding]:
    (mode,) = database.ask("PRAGMA journal_mode")
    if str(mode).lower() == "wal":
        yield ok("Its journal mode is WAL: readers do not wait for a writer.")
    else:
        yield note(
            f"Its journal mode is {mode}: readers wait for a writer.",
            f"Run once: sqlite3 {quote(path)} 'PRAGMA journal_mode = WAL'",
        )
