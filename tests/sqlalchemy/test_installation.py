"""Whose files are these? A copy of the database deletes nothing."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session
from tests.sqlalchemy.app import NONE, App
from tests.sqlalchemy.models import TABLES

from safelight.errors import NotAllowed, OtherInstallation
from safelight.ownership import MARKER
from safelight.sqlalchemy.ledger import SqlLedger
from safelight.testing import InstallationConformance


class TestInstallation(InstallationConformance):
    @pytest.fixture(autouse=True, params=["sqlite_engine", "postgresql_engine", "mariadb_engine"])
    def ledger(self, request: pytest.FixtureRequest) -> None:
        self.engine: Engine = request.getfixturevalue(request.param)

    def make_ledger(self) -> SqlLedger:
        with self.engine.begin() as connection:
            connection.execute(TABLES.installation.delete())  # of an earlier ledger of the same test
        return SqlLedger(TABLES, self.engine)


def test_a_copied_file_deletes_nothing_until_somebody_says_that_the_other_is_gone(
    sqlite_engine: Engine, tmp_path: Path
):
    app = App(sqlite_engine)
    with app.Session() as session:
        app.accept(session)
    assert app.uploads.sweep(app.engine, grace=NONE).deleted == 1
    with app.Session() as session:
        key = app.accept(session).key
    copy = create_engine(f"sqlite:///{shutil.copy(tmp_path / 'db.sqlite3', tmp_path / 'staging.sqlite3')}")
    with pytest.raises(OtherInstallation):
        app.uploads.sweep(copy, grace=NONE)
    with Session(copy) as session, pytest.raises(NotAllowed):
        app.uploads.delete_now(session, key)
    assert app.files == {key}
    assert app.uploads.installation(copy).displaced
    assert app.uploads.installation(copy, moved=True).sound
    assert app.uploads.sweep(copy, grace=NONE).deleted == 1
    copy.dispose()


def test_not_in_a_transaction(sqlite_engine: Engine):
    app = App(sqlite_engine)
    with app.Session() as session:
        session.connection()
        with pytest.raises(RuntimeError, match="cannot run inside a transaction"):
            app.uploads.installation(session, mark=["default"])


def test_in_a_rollback_fixture_nothing_is_marked(begun_sqlite_engine: Engine):
    app = App(begun_sqlite_engine)
    with begun_sqlite_engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            app.accept(session)
            assert app.uploads.sweep(session, grace=NONE).deleted == 1
            assert app.uploads.ledger(session).here() == ""
        outer.rollback()
    assert MARKER not in app.storage.files


def test_a_database_in_memory_is_nobodys(memory_engine: Engine):
    assert SqlLedger(TABLES, memory_engine).here() == ""
