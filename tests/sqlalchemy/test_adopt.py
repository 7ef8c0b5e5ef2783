"""A column of names becomes an `UploadKey`, and the files that it has named before become known where they lie."""

import pytest
from sqlalchemy import Engine, insert, update
from sqlalchemy.orm import Session
from tests.adoptions import KNOWN, Past, assert_told
from tests.pictures import photo
from tests.sqlalchemy.app import DAY, NONE, App
from tests.sqlalchemy.models import TABLES, Album, Member, Page, User

from safelight import ConfigurationError, Reference
from safelight.adopt_report import troubles
from safelight.errors import UnknownKey
from safelight.sqlalchemy import Uploads
from safelight.sqlalchemy.adopting import ColumnRows
from safelight.sqlalchemy.ledger import SqlLedger
from safelight.testing import AdoptConformance

NAME = "portraits/ada.jpg"
PHOTO = photo((40, 30))


ENGINES = ["memory_engine", "sqlite_engine", "begun_sqlite_engine", "postgresql_engine", "mariadb_engine"]


class TestAdopting(AdoptConformance):
    @pytest.fixture(autouse=True, params=ENGINES)
    def ledger(self, request: pytest.FixtureRequest) -> None:
        database = request.getfixturevalue(request.param)
        self.make_ledger = lambda: SqlLedger(TABLES, database)


class TestAdoptingInARollbackFixture(AdoptConformance):
    @pytest.fixture(autouse=True, params=["begun_sqlite_engine", "postgresql_engine"])
    def ledger(self, request: pytest.FixtureRequest):
        with request.getfixturevalue(request.param).connect() as connection:
            outer = connection.begin()
            with Session(connection, join_transaction_mode="create_savepoint") as session:
                self.make_ledger = lambda: SqlLedger(TABLES, session)
                yield
            outer.rollback()


def rows(engine: Engine, *names: str) -> list[int]:
    """As they were written before the column was an `UploadKey`: their primary keys."""
    with engine.begin() as connection:
        return [connection.execute(insert(User).values(profile_image=name)).inserted_primary_key[0] for name in names]


@pytest.fixture
def user(app: App) -> int:
    """One whose picture was adopted."""
    app.storage.files[NAME] = PHOTO
    (user,) = rows(app.engine, NAME)
    assert app.uploads.adopt(app.engine, User.profile_image).complete
    return user


def test_a_table_of_thirty_files(app: App):
    past = Past.of()
    app.storage.files |= past.files
    users = rows(app.engine, *past.names)
    adopted = app.uploads.adopt(app.engine, "user.profile_image")
    assert (adopted.adopted, adopted.with_metadata, adopted.rows) == (12, 6, 30)
    assert_told("\n".join(troubles(adopted)))
    named = {name: [] for name in KNOWN}
    for name, row in zip(past.names, users, strict=True):
        if name in named:
            named[name].append(Reference("user", str(row), "profile_image"))
    assert app.references() == named
    assert app.storage.files == past.files
    assert app.uploads.adopt(app.engine, User.profile_image).adopted == 0


class TestAfterwards:
    def test_its_facts_are_the_ledgers(self, app: App, user: int):
        with app.Session() as session:
            image = session.get_one(User, user).profile_image
            assert (image.size, image.width, image.height, image.filename) == (len(PHOTO), 40, 30, "ada.jpg")

    def test_references_follow_the_row(self, app: App, user: int):
        with app.Session.begin() as session:
            session.get_one(User, user).name = "Ada"
        with app.Session.begin() as session:
            session.execute(update(User).values(profile_image=User.profile_image))
        assert set(app.references()) == {NAME}
        with app.Session.begin() as session:
            session.get_one(User, user).profile_image = app.accept(session)
        assert NAME not in app.references()
        assert app.sweep_in(2 * DAY, grace=NONE).deleted == 0
        assert NAME in app.files

    def test_no_request_makes_it_the_name_of_another_file(self, app: App, user: int):
        with app.Session() as session:
            session.add(User(profile_image=NAME))
            with pytest.raises(UnknownKey):
                session.flush()


def test_a_composite_key(app: App):
    with app.engine.begin() as connection:
        for name in ("ann", "bob"):
            user = connection.execute(insert(User).values(name=name)).inserted_primary_key[0]
            titles = [{"user_id": user, "title": each, "cover": f"covers/{name}{each}.jpg"} for each in "abc"]
            connection.execute(insert(Album), titles)
            app.storage.files |= {row["cover"]: PHOTO for row in titles}
    column, seen, last = ColumnRows(app.engine, TABLES, Album.__table__.c.cover), [], None
    while page := column.rows(limit=2, after=last):
        last = page[-1]
        seen += [file.name for row in page for file in row.files]
    assert seen == [f"covers/{name}{each}.jpg" for name in ("ann", "bob") for each in "abc"]
    assert app.uploads.adopt(app.engine, Album.cover).adopted == 6
    assert set(app.references()) == set(seen)


def test_a_session_that_rolls_everything_back(begun_sqlite_engine: Engine):
    app = App(begun_sqlite_engine)
    app.storage.files[NAME] = PHOTO
    with begun_sqlite_engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            app.uploads.listen(session)
            session.execute(insert(User).values(profile_image=NAME))
            assert app.uploads.adopt(session, User.profile_image).adopted == 1
        outer.rollback()
    assert app.references() == {}


class TestRefusals:
    @pytest.mark.parametrize("column", ["user.typo", "typo.profile_image", "profile_image", ""])
    def test_a_column_that_is_not_there(self, app: App, column: str):
        with pytest.raises(ConfigurationError, match="say which with table and column"):
            app.uploads.adopt(app.engine, column)

    @pytest.mark.parametrize("column", [User.name, Page.body])
    def test_a_column_of_another_kind(self, app: App, column: object):
        with pytest.raises(ConfigurationError, match="is no UploadKey"):
            app.uploads.adopt(app.engine, column)

    def test_a_storage_that_is_not_there(self, app: App):
        uploads = Uploads(app.uploads.metadata, {"other": app.storage})
        with pytest.raises(ConfigurationError, match="there is no storage 'default'"):
            uploads.adopt(app.engine, Member.card)

    def test_in_a_transaction(self, app: App):
        with app.Session() as session:
            session.connection()
            with pytest.raises(RuntimeError, match="An adoption commits each of its steps"):
                app.uploads.adopt(session, User.profile_image)
