"""For the tests of who uses SQLAlchemy: what they write is rolled back, and what they upload is kept in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session, sessionmaker

from safelight.errors import ConfigurationError
from safelight.storage import MemoryStorage

from .uploads import Uploads

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker


@contextmanager
def rolled_back(sessions: sessionmaker[Any], uploads: Uploads) -> Iterator[Session]:
    """A session for a test. Whatever it commits, or any other session of `sessions`, is in one transaction, which is
    rolled back in the end; and all storages of `uploads` are in memory. ::

        @pytest.fixture
        def session():
            with rolled_back(Session, uploads) as session:
                yield session

    The sessions share one connection: one of them is at work at a time, and commits or closes before another begins.
    Sweep in the session, ``uploads.sweep(session)``, and not on the engine, which sees nothing of all this.
    """
    with _engine_of(sessions).connect() as connection:
        transaction = connection.begin()
        try:
            _begin(connection)
            with _instead(sessions, uploads, connection), sessions() as session:
                yield session
        finally:
            transaction.rollback()


@asynccontextmanager
async def rolled_back_async(
    sessions: async_sessionmaker[AsyncSession], uploads: Uploads
) -> AsyncIterator[AsyncSession]:
    """`rolled_back` for the sessions of an async_sessionmaker."""
    async with _engine_of(sessions).connect() as connection:
        transaction = await connection.begin()
        try:
            await connection.run_sync(_begin)
            with _instead(sessions, uploads, connection):
                async with sessions() as session:
                    yield session
        finally:
            await transaction.rollback()


def _engine_of(sessions: Any) -> Any:
    engine = getattr(sessions, "kw", {}).get("bind")
    if not hasattr(engine, "connect"):
        raise ConfigurationError(
            "rolled_back wants the app's sessionmaker with its engine, sessionmaker(engine); scoped_session has it as "
            "session_factory. An app with Flask-SQLAlchemy is made for each test instead, with a database in memory"
        )
    return engine


@contextmanager
def _instead(sessions: Any, uploads: Uploads, connection: Any) -> Iterator[None]:
    """Every session that is made joins the transaction of `connection`, and no storage is the real one."""
    configured, storages = dict(sessions.kw), uploads.storages
    sessions.configure(bind=connection, join_transaction_mode="create_savepoint")
    uploads.storages = {name: MemoryStorage(_base_url(storage)) for name, storage in storages.items()}
    try:
        yield
    finally:
        sessions.kw.clear()
        sessions.kw.update(configured)
        uploads.storages = storages


def _begin(connection: Connection) -> None:
    """Left alone, Python's driver of SQLite begins no transaction for a SAVEPOINT, and would commit the first one."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite" and not driver.in_transaction:
        connection.exec_driver_sql("BEGIN")


def _base_url(storage: object) -> str:
    """The app's own addresses, where a storage has those."""
    return getattr(storage, "base_url", None) or "memory:/"
