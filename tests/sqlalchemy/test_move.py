"""Files change their storage while an app's sessions go on, in databases of today and of yesterday."""

import pytest
from alembic.autogenerate import compare_metadata, produce_migrations
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, inspect
from sqlalchemy.orm import Session
from tests.docs.pages import DOCS, blocks
from tests.sqlalchemy.app import DAY, NONE, App
from tests.sqlalchemy.models import TABLES, Base, User

from safelight import ConfigurationError
from safelight.sqlalchemy.ledger import SqlLedger
from safelight.storage import MemoryStorage
from safelight.testing import MoveConformance
from safelight.testing.expect import files

REFERENCE = DOCS / "reference" / "sqlalchemy.md"


class OfOneTest:
    """Each ledger of a test begins with nothing."""

    def empty(self, ledger: SqlLedger) -> SqlLedger:
        with ledger.where.joined() as connection:
            connection.execute(TABLES.blob.delete())
        return ledger


class TestMoving(OfOneTest, MoveConformance):
    @pytest.fixture(
        autouse=True,
        params=["memory_engine", "sqlite_engine", "begun_sqlite_engine", "postgresql_engine", "mariadb_engine"],
    )
    def ledger(self, request: pytest.FixtureRequest) -> None:
        database = request.getfixturevalue(request.param)
        self.make_ledger = lambda: self.empty(SqlLedger(TABLES, database))


class TestMovingInARollbackFixture(OfOneTest, MoveConformance):
    @pytest.fixture(autouse=True, params=["begun_sqlite_engine", "postgresql_engine"])
    def ledger(self, request: pytest.FixtureRequest):
        with request.getfixturevalue(request.param).connect() as connection:
            outer = connection.begin()
            with Session(connection, join_transaction_mode="create_savepoint") as session:
                self.make_ledger = lambda: self.empty(SqlLedger(TABLES, session))
                yield
            outer.rollback()


@pytest.fixture
def cloud(app: App) -> MemoryStorage:
    """A second storage, whose addresses tell it apart."""
    app.uploads.storages = {**app.uploads.storages, "cloud": MemoryStorage("https://cloud.example/")}
    return app.uploads.storages["cloud"]


class TestRows:
    def test_a_file_is_read_and_addressed_where_it_is(self, app: App, cloud: MemoryStorage):
        user = app.user()
        key, content = app.key(user), app.storage.files[app.key(user)]
        assert app.uploads.move(app.engine, "default", "cloud", delete=True).deleted == 1
        assert app.files == set()
        with app.Session() as session, session.get_one(User, user).profile_image.open() as file:
            assert session.get_one(User, user).profile_image.url == f"https://cloud.example/{key}"
            assert file.read() == content

    def test_who_knew_its_facts_before_can_still_read_it(self, app: App, cloud: MemoryStorage):
        with app.Session() as session:
            image = session.get_one(User, app.user()).profile_image
            assert image.width == 37
            session.rollback()
            app.uploads.move(app.engine, "default", "cloud")
            with image.open() as file:
                assert file.read() == cloud.files[image.key]

    def test_a_row_lets_go_of_a_file_that_was_moved(self, app: App, cloud: MemoryStorage):
        user = app.user()
        app.uploads.move(app.engine, "default", "cloud")
        with app.Session.begin() as session:
            session.get_one(User, user).profile_image = None
        assert app.sweep_in(2 * DAY).deleted == 1
        assert app.files == set(files(cloud)) == set()

    def test_a_delete_button_reaches_both_places(self, app: App, cloud: MemoryStorage):
        with app.Session.begin() as session:
            key = app.accept(session).key
        app.uploads.move(app.engine, "default", "cloud")
        with app.Session.begin() as session:
            app.uploads.delete_now(session, key)
        assert app.files == set(files(cloud)) == set()


def test_a_move_in_a_transaction_is_refused(app: App, cloud: MemoryStorage):
    with app.Session() as session:
        session.connection()
        with pytest.raises(RuntimeError, match="A move commits each of its steps"):
            app.uploads.move(session, "default", "cloud")
        session.rollback()
        assert app.uploads.move(session, "default", "cloud").moved == 0


@pytest.mark.parametrize("names", [("default", "typo"), ("typo", "default")])
def test_a_name_that_no_storage_has(app: App, names: tuple[str, str]):
    with pytest.raises(ConfigurationError, match="there is no storage 'typo'; there are: default"):
        app.uploads.move(app.engine, *names)


class TestTablesOfAnEarlierVersion:
    """A table without the column gets it as the reference says, by Alembic or by hand, and its rows move."""

    @pytest.fixture
    def old(self, app: App, cloud: MemoryStorage):
        app.user()
        with app.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE safelight_blob DROP COLUMN also_in")
        yield app
        if "also_in" not in {column["name"] for column in inspect(app.engine).get_columns("safelight_blob")}:
            self.by_hand(app.engine)  # PostgreSQL's tables are those of other tests, too

    def by_hand(self, engine: Engine) -> None:
        (statement,) = blocks(REFERENCE, "sql")
        with engine.begin() as connection:
            connection.exec_driver_sql(statement.text)

    def by_alembic(self, engine: Engine) -> None:
        with engine.begin() as connection:
            context = MigrationContext.configure(connection)
            operations = Operations(context)
            found = [
                operation
                for table in produce_migrations(context, Base.metadata).upgrade_ops.ops
                for operation in getattr(table, "ops", [table])
            ]
            for operation in found:
                operations.invoke(operation)

    @pytest.mark.parametrize("way", ["by_hand", "by_alembic"])
    def test_rows_that_were_there_move(self, old: App, way: str):
        getattr(self, way)(old.engine)
        with old.engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        assert old.uploads.move(old.engine, "default", "cloud", delete=True).deleted == 1
        assert old.sweep_in(2 * DAY, grace=NONE).examined == 0
