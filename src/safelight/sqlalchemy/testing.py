"""For the tests of who uses SQLAlchemy: what they write is rolled back, and what they upload is kept in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session, sessionmaker

from safelight.storage import MemoryStorage

from .uploads import Uploads


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
    configured, real = dict(sessions.kw), uploads.storages
    with configured["bind"].connect() as connection:
        outer = connection.begin()
        _begin(connection)
        sessions.configure(bind=connection, join_transaction_mode="create_savepoint")
        uploads.storages = {name: MemoryStorage(_base_url(storage)) for name, storage in real.items()}
        try:
            with sessions() as session:
                yield session
        finally:
            sessions.kw.clear()
            sessions.kw.update(configured)
            uploads.storages = real
            outer.rollback()


def _begin(connection: Connection) -> None:
    """Left alone, Python's driver of SQLite begins no transaction for a SAVEPOINT, and would commit the first one."""
    driver = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite" and not getattr(driver, "in_transaction", True):
        connection.exec_driver_sql("BEGIN")


def _base_url(storage: object) -> str:
    """The app's own addresses, where a storage has those."""
    return getattr(storage, "base_url", None) or "memory:/"
