"""Where the ledger's statements run: with the caller's transaction, or committed beside it whatever becomes of that.

Beside an open transaction is not the pool of the caller's engine: if every connection of a pool is held by somebody who
waits for a second one, all wait for ever. An intent opens a connection of its own and closes it again.

SQLAlchemy's sessions are in a transaction from their first SELECT on, so this is the usual case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.orm import Session

from safelight.errors import ConfigurationError

from .after_commit import AfterCommit


class Where:
    """An engine, on which each step is a transaction of its own, or a session, whose transaction it joins."""

    def __init__(self, place: Engine | Session, table: Table) -> None:
        self._place = place
        # Sessions that send reads elsewhere choose by the statement: the ledger is read where it is written.
        self._statement = table.update()

    @property
    def session(self) -> Session | None:
        return self._place if isinstance(self._place, Session) else None

    @property
    def bind(self) -> Engine | Connection:
        return self._place.get_bind(clause=self._statement) if isinstance(self._place, Session) else self._place

    def in_transaction(self) -> bool:
        bind = self.bind
        outside = isinstance(bind, Connection) and bind.in_transaction()
        return outside or (isinstance(self._place, Session) and self._place.in_transaction())

    def in_test(self) -> bool:
        """Whether nothing outlives the transaction by intention: a test has bound the session to a connection whose
        transaction it rolls back, and the session's own are savepoints of it."""
        session = self.session
        return (
            session is not None
            and session.join_transaction_mode == "create_savepoint"
            and isinstance(self.bind, Connection)
        )

    def after_commit(self, call: Callable[[], object]) -> None:
        """Once what the caller has open is committed. Of a transaction that was begun outside of the session nobody
        tells the end: there it is left to the next sweep."""
        if self.session is None:
            call()
        elif not isinstance(self.bind, Connection) or self.in_test() or not self.in_transaction():
            AfterCommit.of(self.session).call(self.session, call)

    def joined(self) -> AbstractContextManager[Connection]:
        """A connection for one step: in the caller's transaction, or, if none is open, in one of its own."""
        if isinstance(self._place, Session) and self._place.in_transaction():
            return _within(self._place.connection({"clause": self._statement}))
        return _step(self.bind)

    @contextmanager
    def committing(self) -> Iterator[Connection]:
        """A connection on which a step commits by itself, whatever transaction the caller has open. SQLite cannot."""
        if self.bind.dialect.name == "sqlite" or self.in_test() or not self.in_transaction():
            with self.joined() as connection:
                yield connection
            return
        with self.joined() as callers:
            require_read_committed(callers)
        engine = self.bind.engine
        beside = Engine(
            engine.pool.recreate(),  # configured like the caller's, and empty
            engine.dialect,
            engine.url,
            execution_options=engine.get_execution_options(),
        )
        try:
            with beside.begin() as connection:
                yield connection
        finally:
            beside.dispose()


@contextmanager
def _within(connection: Connection) -> Iterator[Connection]:
    yield connection


@contextmanager
def _step(bind: Engine | Connection) -> Iterator[Connection]:
    if isinstance(bind, Engine):
        with bind.begin() as connection:
            yield connection
    else:
        with bind.begin_nested() if bind.in_transaction() else bind.begin():
            yield bind


def require_read_committed(connection: Connection) -> None:
    """Raises `ConfigurationError` for a transaction that cannot see what was committed beside it: it could not make a
    blob ready whose intent it does not see. (SQLite has one writer, and no such transactions.)"""
    if connection.dialect.name == "sqlite":
        return
    level = connection.get_isolation_level().replace("_", " ").upper()
    if level in ("REPEATABLE READ", "SERIALIZABLE", "SNAPSHOT"):
        raise ConfigurationError(
            f"{connection.engine.url!r} runs transactions at {level}, which cannot see an upload's intent that is "
            'committed beside them: make the engine with isolation_level="READ COMMITTED".'
        )
