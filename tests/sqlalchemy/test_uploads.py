"""Uploads: which sessions it listens to, what a delete button does, and what a look costs."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, MetaData, text, update
from sqlalchemy.orm import Session, scoped_session, sessionmaker
from tests.sqlalchemy.app import DAY, HOUR, MINUTE, NONE, App, queries
from tests.sqlalchemy.models import TABLES, Base, User

from safelight import Reference
from safelight.blob import State
from safelight.errors import InUse, UnknownKey
from safelight.sqlalchemy import Tables, Uploads
from safelight.storage import MemoryStorage


class TestListening:
    """To what it was told, and to nothing else."""

    @pytest.fixture(params=["sessionmaker", "scoped_session", "class", "instance"])
    def session(self, request: pytest.FixtureRequest, sqlite_engine: Engine) -> Session:
        uploads = Uploads(Base.metadata, {"default": MemoryStorage()})
        if request.param == "class":

            class Own(Session):
                pass

            uploads.listen(Own)
            session = Own(sqlite_engine)
        elif request.param == "instance":
            uploads.listen(session := Session(sqlite_engine))
        else:
            maker = sessionmaker(sqlite_engine)
            made = scoped_session(maker) if request.param == "scoped_session" else maker
            uploads.listen(made)
            uploads.listen(made)  # once more changes nothing
            session = made()
        self.app = App(sqlite_engine)
        self.app.uploads = uploads
        yield session
        session.close()

    def test_a_save_attaches(self, session):
        session.add(user := User(profile_image=self.app.accept(session)))
        session.commit()
        assert user.profile_image.width == 37
        assert set(self.app.references()) == {user.profile_image.key}

    def test_other_sessions_do_not(self, session, sqlite_engine):
        key = self.app.accept(session).key
        with Session(sqlite_engine) as other:
            other.add(User(profile_image=key))
            other.commit()
        assert self.app.references() == {}


def test_the_tables_may_be_those_of_another_metadata(sqlite_engine: Engine):
    apart = MetaData()
    uploads = Uploads(MetaData(), {}, tables=Tables.of(apart))
    assert set(apart.tables) == {f"safelight_{name}" for name in ("blob", "reference", "installation", "request")}
    assert uploads.metadata.tables == {}


def test_a_second_app_on_the_same_tables():
    assert Uploads(Base.metadata, {}).tables == TABLES
    assert Tables.of(MetaData(schema="media")).blob.fullname == "media.safelight_blob"


class TestDeleteButton:
    def test_what_is_free_goes_with_the_commit(self, app: App):
        with app.Session() as session:
            key = app.accept(session).key
            session.commit()
            session.connection()
            app.uploads.delete_now(session, key)
            assert app.files == {key}
            session.commit()
        assert app.files == set()
        assert app.states() == {key: State.DELETED}

    def test_without_a_transaction_it_goes_at_once(self, app: App):
        with app.Session() as session:
            key = app.accept(session).key
            app.uploads.delete_now(session, key)
        assert app.files == set()

    def test_a_rollback_keeps_it(self, app: App):
        with app.Session() as session:
            key = app.accept(session).key
            session.connection()
            app.uploads.delete_now(session, key)
            session.rollback()
            session.commit()
        assert app.files == {key}
        assert app.states() == {key: State.READY}

    def test_so_does_a_savepoint_that_is_rolled_back(self, app: App):
        with app.Session() as session:
            kept, gone = app.accept(session).key, app.accept(session).key
            with session.begin_nested() as savepoint:
                app.uploads.delete_now(session, kept)
                savepoint.rollback()
            with session.begin_nested():
                app.uploads.delete_now(session, gone)
            assert app.files == {kept, gone}
            session.commit()
        assert app.files == {kept}

    def test_what_is_in_use_stays_and_says_where(self, app: App):
        user = app.user()
        key = app.key(user)
        with app.Session() as session:
            with pytest.raises(InUse) as refusal:
                app.uploads.delete_now(session, key)
            assert refusal.value.numbers["places"] == [{"kind": "user", "field": "profile_image", "path": ""}]
            assert app.uploads.places(session, key) == [Reference("user", str(user), "profile_image")]
            assert app.uploads.delete_unused(session, [key]) == set()
            session.commit()
        app.assert_attached([key])

    def test_so_does_what_a_row_names_past_the_ledger(self, app: App):
        user = app.user(profile_image=None)
        with app.Session() as session:
            key = app.accept(session).key
            with app.engine.begin() as connection:
                connection.execute(update(User.__table__).values(profile_image=key))
            with pytest.raises(InUse):
                app.uploads.delete_now(session, key)
        assert app.key(user) == key

    def test_what_is_not_there_is_unknown(self, app: App):
        with app.Session() as session:
            for key in ("no/such/key.png", "a\0b", "\udcff"):
                with pytest.raises(UnknownKey):
                    app.uploads.delete_now(session, key)

    def test_a_page_that_was_left(self, app: App):
        with app.Session() as session:
            mine, other = app.accept(session, owner="7"), app.accept(session, owner="8")
            app.uploads.hurry(session, [mine.key, other.key], "7")
            session.commit()
        assert app.sweep_in(HOUR + MINUTE).deleted == 1
        assert app.files == {other.key}


class TestLook:
    def test_it_tells_what_each_column_has_cost(self, app: App):
        app.user()
        with app.Session.begin() as session:
            app.accept(session)
        look = app.uploads.look(app.engine)
        app.sweep_in(2 * DAY, look=look)
        assert set(look.seconds) == {"user.profile_image", "member.card", "album.cover", "motto.emblem", "page.body"}

    def test_a_sweep_takes_the_grace_of_its_uploads(self, app: App):
        with app.Session() as session:
            app.accept(session)
        assert app.uploads.sweep(app.engine).deleted == 0
        app.uploads.grace = NONE
        assert app.uploads.sweep(app.engine).deleted == 1


class TestCost:
    """It follows the few candidates, not the many files that are fine."""

    @pytest.mark.parametrize(
        ("state", "index"),
        [
            (State.INTENT, "safelight_blob_intent"),
            (State.READY, "safelight_blob_free"),
            (State.DELETING, "safelight_blob_free"),
            (State.DELETED, "safelight_blob_free"),
        ],
    )
    def test_indexes_of_what_is_looked_for_are_used(self, app: App, state, index):
        dialect = app.engine.dialect.name
        if dialect == "mariadb" and state is State.INTENT:
            index = "safelight_blob_newest"  # the other one is not partial there
        blob = {"storage": "default", "state": "ready", "size": 1, "created": datetime.now(UTC)}
        blobs = [blob | {"key": f"{number}.png"} for number in range(3000)]
        with app.engine.begin() as connection:
            connection.execute(TABLES.blob.insert(), blobs)
            connection.execute(text("ANALYZE TABLE safelight_blob" if dialect == "mariadb" else "ANALYZE"))
        prefix = "EXPLAIN QUERY PLAN" if dialect == "sqlite" else "EXPLAIN"
        plans = []
        with app.Session() as session:
            app.accept(session)
        ledger = app.uploads.ledger(app.engine)
        (free,) = ledger.aged(State.READY, datetime.now(UTC), limit=1)
        first = replace(free, since=free.since - DAY)  # so that all are behind it
        with queries(app.engine) as told:
            ledger.aged(state, datetime.now(UTC), limit=500)
            ledger.aged(state, datetime.now(UTC), limit=500, after=first)
            ledger.count(state, datetime.now(UTC))
        with app.engine.connect() as connection:
            for statement, parameters in told:
                plan = connection.exec_driver_sql(f"{prefix} {statement}", parameters).all()
                # MySQL tells other indexes, too: those that it might have used.
                plans.append(str([(row.table, row.key) for row in plan] if dialect == "mariadb" else plan))
        assert len(plans) == 3
        for plan in plans:
            assert index in plan
            assert "Seq Scan on safelight_blob" not in plan
