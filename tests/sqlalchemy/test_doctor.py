"""The doctor asks a database of SQLAlchemy's as it asks one of Django's."""

import pytest
from sqlalchemy import Engine, create_engine, inspect, text
from tests.doctor.found import at, errors, troubles
from tests.sqlalchemy.models import Base

from safelight.doctor import Level, database
from safelight.sqlalchemy.columns import policies
from safelight.sqlalchemy.doctor import SqlDatabase
from safelight.sqlalchemy.tables import Tables

TABLES = Tables.of(Base.metadata)


def findings(engine: Engine) -> list:
    return list(database.examine(SqlDatabase(TABLES, engine)))


def intents(engine: Engine) -> int:
    with engine.connect() as connection:
        in_table = connection.scalar(text("SELECT count(*) FROM safelight_blob"))
    side = SqlDatabase(TABLES, engine).side_file()
    return in_table + len(side.intents() if side else [])


def test_a_database_that_is_well(engine):
    found = findings(engine)
    assert not troubles(found)
    assert "What is committed beside an open transaction survives its rollback." in at(Level.OK, found)
    assert intents(engine) == 0


@pytest.mark.parametrize("server", ["postgresql_engine", "mariadb_engine"])
def test_what_a_server_says(server, request):
    assert {"Its transactions run at READ COMMITTED.", "The database's clock and this machine's agree."} <= set(
        at(Level.OK, findings(request.getfixturevalue(server)))
    )


@pytest.mark.parametrize(
    ("server", "options"), [("postgresql_url", {"isolation_level": "REPEATABLE READ"}), ("mariadb_url", {})]
)
def test_transactions_that_see_too_little(server, options, request):
    """MariaDB's are such by themselves."""
    engine = create_engine(request.getfixturevalue(server), **options)
    level, beside = errors(findings(engine))
    assert level.startswith("Its transactions run at REPEATABLE READ")
    assert beside.startswith("Beside an open transaction no intent can be committed")
    assert intents(engine) == 0
    engine.dispose()


def test_tables_and_columns_that_are_missing(sqlite_engine):
    with sqlite_engine.begin() as connection:
        connection.execute(text("DROP TABLE safelight_request"))
        connection.execute(text("ALTER TABLE safelight_blob DROP COLUMN thumbnail_size"))
    assert errors(findings(sqlite_engine)) == [
        "It lacks thumbnail_size in the table safelight_blob, the table safelight_request."
    ]
    assert not inspect(sqlite_engine).has_table("safelight_request")


def test_a_database_that_is_not_there():
    engine = create_engine("sqlite:////nonexistent/db.sqlite3")
    (sentence,) = errors(findings(engine))
    assert sentence.startswith("It cannot be asked: OperationalError")
    engine.dispose()


def test_policies_of_columns_are_seen():
    assert {policy.name for policy in policies(Base.metadata)}
