"""An intent is committed beside whatever transaction its session has open, and nobody has to wait for it."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool
from tests.sqlalchemy.app import DAY, HOUR, MINUTE, NONE, App
from tests.sqlalchemy.conftest import begin_for_real
from tests.sqlalchemy.models import TABLES, Base, User

from safelight import Blob, ConfigurationError
from safelight.blob import State
from safelight.errors import IntentExpired
from safelight.keys import new_key
from safelight.side_file import SideFile
from safelight.sqlalchemy import SqlLedger

LATER = datetime(2100, 1, 1, tzinfo=UTC)


def fresh_key() -> str:
    return new_key("tests", "png", datetime.now(UTC))


def facts(key: str) -> Blob:
    return Blob(key, "default", "image/png", 1, "ab" * 32, 1, 1)


def keep(session: Session, key: str) -> str:
    ledger = SqlLedger(TABLES, session)
    ledger.intend(key, "default")
    ledger.ready(facts(key))
    return key


def states(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        return dict(connection.execute(select(TABLES.blob.c.key, TABLES.blob.c.state)).all())


def begun(engine: Engine) -> Session:
    """A session that has read something, and so is in a transaction."""
    session = Session(engine)
    session.scalars(select(User)).all()
    assert session.in_transaction()
    return session


class TestSideFile:
    """SQLite has one writer: an intent inside a transaction lies beside the database."""

    @pytest.fixture(params=["sqlite_engine", "begun_sqlite_engine"])
    def engine(self, request: pytest.FixtureRequest) -> Engine:
        return request.getfixturevalue(request.param)

    def on_side(self, engine: Engine) -> list[str]:
        return [key for key, _, _ in SideFile(engine.url.database).intents()]

    def test_holds_the_intent_after_a_rollback(self, engine):
        with begun(engine) as session:
            key = keep(session, fresh_key())
            session.rollback()
        assert self.on_side(engine) == [key]
        assert states(engine) == {}

    def test_is_empty_after_a_commit(self, engine):
        with begun(engine) as session:
            key = keep(session, fresh_key())
            assert self.on_side(engine) == [key], "until the commit it is the only trace of the bytes"
            session.commit()
            assert self.on_side(engine) == []
        assert states(engine) == {key: State.READY}

    def test_is_not_made_without_a_transaction(self, engine):
        with Session(engine) as session:
            keep(session, fresh_key())
        assert not Path(f"{engine.url.database}-safelight").exists()

    def test_holds_the_intent_after_a_savepoint_was_rolled_back(self, engine):
        with begun(engine) as session:
            kept = keep(session, fresh_key())
            with suppress(ZeroDivisionError), session.begin_nested():
                lost = keep(session, fresh_key())
                raise ZeroDivisionError
            with session.begin_nested():
                also = keep(session, fresh_key())
            session.commit()
        assert self.on_side(engine) == [lost]
        assert states(engine) == {kept: State.READY, also: State.READY}

    def test_is_forgotten_with_the_intent(self, engine):
        with begun(engine) as session:
            ledger, key = SqlLedger(TABLES, session), fresh_key()
            ledger.intend(key, "default")
            ledger.forget(key)
            assert self.on_side(engine) == []
            with pytest.raises(IntentExpired):
                ledger.ready(facts(key))

    def test_does_not_lock_out_another_writer_of_it(self, engine):
        with begun(engine) as session:
            keep(session, fresh_key())
            other = threading.Thread(target=SideFile(engine.url.database).add, args=("another", "default"))
            other.start()
            other.join(5)
            assert not other.is_alive()
            session.commit()
        assert self.on_side(engine) == ["another"]

    def test_is_swept(self, engine):
        app = App(engine)
        with app.Session() as session:
            session.connection()
            key = app.accept(session).key
            session.rollback()
        assert app.sweep_in(HOUR - MINUTE, grace=NONE).unfinished == 0
        assert app.files == {key}
        assert app.sweep_in(2 * DAY, dry_run=True).unfinished == 1
        assert app.sweep_in(2 * DAY).unfinished == 1
        assert (self.on_side(engine), app.states(), app.files) == ([], {key: State.DELETED}, set())

    def test_an_intent_that_lies_in_both_is_one(self, engine):
        """The process was killed between its commit and the end of the intent beside it."""
        app = App(engine)
        with app.Session() as session:
            session.connection()
            key = app.accept(session).key
            session.commit()
        SideFile(engine.url.database).add(key, "default")
        app.sweep_in(HOUR, grace=2 * DAY)
        assert app.files == {key}
        app.assert_attached([])
        assert self.on_side(engine) == []

    def test_an_upload_whose_intent_expired_meanwhile_is_not_ready(self, engine):
        with Session(engine) as session:
            session.connection()
            ledger, key = SqlLedger(TABLES, session), fresh_key()
            ledger.intend(key, "default")
            sweeping = SqlLedger(TABLES, engine)
            found = sweeping.aged(State.INTENT, LATER, limit=10)
            assert [row.key for row in sweeping.expire(found, LATER)] == [key]
            with pytest.raises(IntentExpired):
                ledger.ready(facts(key))


class TestBeside:
    """PostgreSQL: an intent inside a transaction is committed on a connection of its own."""

    def test_the_intent_survives_a_rollback(self, postgresql_engine):
        with begun(postgresql_engine) as session:
            key = keep(session, fresh_key())
            session.rollback()
        assert states(postgresql_engine) == {key: State.INTENT}

    def test_the_blob_is_ready_after_a_commit(self, postgresql_engine):
        with begun(postgresql_engine) as session:
            key = keep(session, fresh_key())
            session.commit()
        assert states(postgresql_engine) == {key: State.READY}

    def test_the_connection_is_closed(self, postgresql_engine):
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with begun(postgresql_engine) as session:
            before = session.scalar(text(others))
            keep(session, fresh_key())
            taken = keep(session, fresh_key())
            session.commit()
            with begun(postgresql_engine) as other, pytest.raises(IntegrityError):
                SqlLedger(TABLES, other).intend(taken, "default")
            assert session.scalar(text(others)) <= before + 1  # which is in the pool

    def test_an_error_beside_leaves_the_callers_transaction_whole(self, postgresql_engine):
        with begun(postgresql_engine) as session:
            taken = keep(session, fresh_key())
            session.commit()
            session.connection()
            with pytest.raises(IntegrityError):
                SqlLedger(TABLES, session).intend(taken, "default")
            key = keep(session, fresh_key())
            session.commit()
        assert states(postgresql_engine) == {taken: State.READY, key: State.READY}

    def test_forgetting_does_not_wait_for_the_callers_own_transaction(self, postgresql_engine):
        with begun(postgresql_engine) as session:
            key = keep(session, fresh_key())
            SqlLedger(TABLES, session).forget(key)
            session.commit()
        assert states(postgresql_engine) == {key: State.READY}

    def test_a_pool_that_is_exhausted_is_no_trouble(self, postgresql_engine):
        """As many sessions as the pool has connections, each of which needs another one."""
        assert postgresql_engine.pool.size() == 2
        all_begun = threading.Barrier(2)

        def upload(_: int) -> str:
            with begun(postgresql_engine) as session:
                all_begun.wait(10)
                key = keep(session, fresh_key())
                session.commit()
                return key

        with ThreadPoolExecutor(2) as pool:
            keys = list(pool.map(upload, range(2)))
        assert states(postgresql_engine) == dict.fromkeys(keys, State.READY)

    def test_the_engines_own_options_count(self, postgresql_url):
        """Here the search path, which is not in the URL."""
        server = create_engine(postgresql_url)
        with server.begin() as connection:
            connection.execute(text("CREATE SCHEMA elsewhere"))
        engine = create_engine(postgresql_url, connect_args={"options": "-c search_path=elsewhere"})
        try:
            Base.metadata.create_all(engine)
            with begun(engine) as session:
                key = keep(session, fresh_key())
                session.commit()
            assert states(engine) == {key: State.READY}
            assert states(server) == {}
        finally:
            engine.dispose()
            with server.begin() as connection:
                connection.execute(text("DROP SCHEMA elsewhere CASCADE"))
            server.dispose()

    @pytest.mark.parametrize(
        ("server", "level", "options"),
        [
            ("postgresql", "REPEATABLE READ", {"isolation_level": "REPEATABLE READ"}),
            ("postgresql", "SERIALIZABLE", {"isolation_level": "SERIALIZABLE"}),
            ("mariadb", "REPEATABLE READ", {}),  # which is its own
        ],
    )
    def test_isolation_that_cannot_see_it_is_an_error(self, server, level, options, request):
        usual, url = (request.getfixturevalue(f"{server}_{what}") for what in ("engine", "url"))
        engine = create_engine(url, **options)
        app = App(engine)
        try:
            with pytest.raises(ConfigurationError, match=level):
                app.uploads.check(engine)
            with pytest.raises(ConfigurationError, match=level):
                app.uploads.sweep(engine)
            with app.Session() as session:
                session.connection()
                with pytest.raises(ConfigurationError, match=level):
                    app.accept(session)
            assert (app.files, app.states()) == (set(), {})
        finally:
            engine.dispose()
        App(usual).uploads.check(usual)


class TestRollbackFixtures:
    """A test binds a session to a connection, and rolls all of it back: nothing is left."""

    @pytest.fixture(params=["memory_engine", "begun_sqlite_engine", "postgresql_engine"])
    def app(self, request: pytest.FixtureRequest) -> App:
        return App(request.getfixturevalue(request.param))

    @pytest.fixture
    def session(self, app: App) -> Iterator[Session]:
        with app.engine.connect() as connection:
            outer = connection.begin()
            with app.Session(bind=connection, join_transaction_mode="create_savepoint") as session:
                yield session
            outer.rollback()
        assert app.states() == app.references() == {}
        with app.engine.connect() as connection:
            assert connection.scalar(select(func.count()).select_from(User)) == 0
        if app.engine.url.database:
            assert not Path(f"{app.engine.url.database}-safelight").exists()

    def test_commits_are_none(self, app, session):
        for _ in range(2):
            session.add(User(profile_image=app.accept(session)))
            session.commit()
        first, second = session.scalars(select(User)).all()
        assert first.profile_image.width == 37
        session.delete(first)
        session.commit()
        assert app.uploads.sweep(session, grace=NONE).deleted == 1
        assert app.files == {second.profile_image.key}

    def test_rollbacks_are_some(self, app, session):
        session.add(User(profile_image=app.accept(session)))
        session.rollback()
        assert session.scalars(select(User)).all() == []

    def test_a_delete_button(self, app, session):
        key = app.accept(session).key
        session.commit()
        session.connection()
        app.uploads.delete_now(session, key)
        assert app.files == {key}
        session.commit()
        assert app.files == set()


class TestTransactionsFromOutside:
    """A session that is bound to a connection knows nothing of the end of that connection's transaction."""

    @pytest.fixture(params=["begun_sqlite_engine", "postgresql_engine"])
    def app(self, request: pytest.FixtureRequest) -> App:
        return App(request.getfixturevalue(request.param))

    @pytest.mark.parametrize("end", ["commit", "rollback"])
    def test_what_is_accepted(self, app, end):
        with app.engine.connect() as connection:
            outer = connection.begin()
            with app.Session(bind=connection) as session:
                session.add(User(profile_image=(file := app.accept(session))))
                session.commit()
            getattr(outer, end)()
        assert app.files == {file.key}
        app.assert_attached([file.key] if end == "commit" else [])

    @pytest.mark.parametrize("end", ["commit", "rollback"])
    def test_what_a_delete_button_deletes(self, app, end):
        with app.Session() as session:
            key = app.accept(session).key
        with app.engine.connect() as connection:
            outer = connection.begin()
            with app.Session(bind=connection) as session:
                app.uploads.delete_now(session, key)
                session.commit()
            assert app.files == {key}
            getattr(outer, end)()
        assert app.states() == {key: State.DELETING if end == "commit" else State.READY}
        assert app.uploads.sweep(app.engine).deleted == (end == "commit")


def test_an_in_memory_database_that_threads_share():
    """One connection for all: an intent has to be part of the session's own transaction."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    begin_for_real(engine)
    Base.metadata.create_all(engine)
    app = App(engine)
    with app.Session() as session:
        session.add(user := User())
        session.flush()
        user.profile_image = app.accept(session)
        session.rollback()
    assert app.states() == {}
    key = app.key(app.user())
    assert (app.states(), set(app.references())) == ({key: State.READY}, {key})
    engine.dispose()


def test_a_sweep_in_a_transaction_is_refused(engine: Engine):
    app = App(engine)
    with app.Session() as session:
        session.connection()
        with pytest.raises(RuntimeError, match="inside a transaction"):
            app.uploads.sweep(session)
