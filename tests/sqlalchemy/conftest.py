"""Databases that commit for real, and one that does not outlive its connection."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event
from tests.services.mariadb import create_database
from tests.services.postgresql import postgresql
from tests.sqlalchemy.app import App
from tests.sqlalchemy.models import Base

POSTGRESQL_OPTIONS = {
    # What would wait for ever, because this very process is what it waits for, fails.
    "connect_args": {"options": "-c lock_timeout=3000"},
    "pool_size": 2,
    "max_overflow": 0,
    "pool_timeout": 3,
}


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A real PostgreSQL with all tables: ``postgresql+psycopg://...``."""
    with postgresql() as url:
        yield _with_tables(url.replace("postgres://", "postgresql+psycopg://"))


@pytest.fixture
def postgresql_engine(postgresql_url: str) -> Iterator[Engine]:
    yield from _emptied(create_engine(postgresql_url, **POSTGRESQL_OPTIONS))


@pytest.fixture(scope="session")
def mariadb_url(mariadb_server: str) -> str:
    """A real MariaDB with all tables: ``mariadb+pymysql://...``."""
    return _with_tables(create_database(mariadb_server, "sqlalchemy").replace("mysql://", "mariadb+pymysql://"))


@pytest.fixture
def mariadb_engine(mariadb_url: str) -> Iterator[Engine]:
    yield from _emptied(
        create_engine(mariadb_url, isolation_level="READ COMMITTED", pool_size=2, max_overflow=0, pool_timeout=3)
    )


def _with_tables(url: str) -> str:
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    engine.dispose()
    return url


def _emptied(engine: Engine) -> Iterator[Engine]:
    """Afterwards."""
    yield engine
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    engine.dispose()


def begin_for_real(engine: Engine) -> None:
    """SQLAlchemy's recipe: left alone, Python's driver begins no transaction for a SELECT or a SAVEPOINT."""

    @event.listens_for(engine, "connect")
    def leave_it_to_us(connection: Any, _: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")


def _sqlite(url: str, *, for_real: bool = False) -> Iterator[Engine]:
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def no_test_cuts_the_power(connection: Any, _: object) -> None:
        connection.execute("PRAGMA synchronous = OFF")

    if for_real:
        begin_for_real(engine)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    """A SQLite file."""
    yield from _sqlite(f"sqlite:///{tmp_path}/db.sqlite3")


@pytest.fixture
def begun_sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    """A SQLite file, with transactions that begin when SQLAlchemy's do."""
    yield from _sqlite(f"sqlite:///{tmp_path}/db.sqlite3", for_real=True)


@pytest.fixture
def memory_engine() -> Iterator[Engine]:
    yield from _sqlite("sqlite://", for_real=True)


@pytest.fixture(params=["sqlite_engine", "begun_sqlite_engine", "postgresql_engine", "mariadb_engine"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each of the databases that commit for real."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def app(engine: Engine) -> App:
    """An app on each of the databases that commit for real."""
    return App(engine)
