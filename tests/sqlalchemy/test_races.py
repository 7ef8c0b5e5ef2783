"""Sessions and sweeps at the same time, on real connections: whoever is faster, no row names what is gone."""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from functools import partial

import pytest
from sqlalchemy import Connection, Engine, delete, event, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from tests.deadlocks import rival, saved
from tests.sqlalchemy.app import DAY, HOUR, NONE, App
from tests.sqlalchemy.models import TABLES, User

from safelight import Reference
from safelight.blob import State
from safelight.contention import was_undone
from safelight.errors import UnknownKey

ROW = Reference("user", "1", "profile_image")


@contextmanager
def beside(call) -> Iterator[Future]:
    """`call` runs in another thread, and has ended when the block has."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(call)
        yield future
    future.result()


def stored(app: App, count: int) -> list[str]:
    """The keys of files that are free."""
    with app.Session() as session:
        return [app.accept(session).key for _ in range(count)]


def assert_nothing_lost(app: App) -> None:
    """What is referenced is ready, what is ready has its bytes."""
    found = app.states()
    for key in app.references():
        assert found[key] == State.READY
    for key, state in found.items():
        assert state != State.READY or key in app.files


@pytest.mark.parametrize("seed", range(2))
def test_attaching_while_a_sweep_runs(app: App, seed):
    """Each file is either attached and stays, or swept and cannot be attached."""
    keys = stored(app, 40)
    order = random.Random(seed).sample(keys, len(keys))
    start, refused = threading.Barrier(2), []

    def attach(key: str) -> None:
        with app.Session.begin() as session:
            session.add(User(profile_image=key))

    def attach_all() -> None:
        start.wait(10)
        for key in order:
            try:
                saved(partial(attach, key), app.engine.dialect.name)
            except UnknownKey:
                refused.append(key)

    with beside(attach_all):
        start.wait(10)
        for _ in range(3):
            app.sweep_in(2 * DAY, batch=7, look=lambda keys: ())
    attached = set(app.references())
    assert attached | set(refused) == set(keys)
    assert attached.isdisjoint(refused)
    assert app.files == attached
    assert_nothing_lost(app)


@pytest.mark.parametrize("database", ["sqlite_engine", "postgresql_engine", "mariadb_engine"])
def test_rows_exchange_files_while_sweeps_run(database, request):
    """Two writers give the same files to their rows, while a sweep without any grace runs. (Where a SQLite transaction
    begins by reading, one of two writers is refused at once, whatever it writes.)"""
    app = App(request.getfixturevalue(database))
    keys, users = stored(app, 6), [app.user(profile_image=None), app.user(profile_image=None)]
    start = threading.Barrier(3)

    def give(user: int, key: str) -> None:
        with app.Session.begin() as session:
            session.get_one(User, user).profile_image = key

    def write(user: int) -> None:
        choose = random.Random(user)
        start.wait(10)
        for _ in range(20):
            with suppress(UnknownKey):
                saved(partial(give, user, choose.choice(keys)), app.engine.dialect.name)

    with beside(lambda: write(users[0])), beside(lambda: write(users[1])):
        start.wait(10)
        for _ in range(10):
            app.sweep_in(NONE, grace=NONE)
    assert_nothing_lost(app)
    named = {app.key(user) for user in users} - {None}
    assert named == set(app.references())
    app.assert_attached(named)


@pytest.mark.parametrize("database", ["sqlite_engine", "postgresql_engine", "mariadb_engine"])
@pytest.mark.parametrize("change", [update(User).values(profile_image=None), delete(User)], ids=["update", "delete"])
def test_a_row_that_comes_when_a_bulk_statement_has_looked_for_its_rows(database, change, request):
    """It is either one of them, or left alone: it does not lose its file without a word to the ledger. (Where there is
    one writer, it waits.)"""
    app = App(request.getfixturevalue(database))
    app.user()
    (key,) = stored(app, 1)
    coming: list[Future] = []

    def come(*_: object) -> None:
        if not coming:
            coming.append(pool.submit(app.user, profile_image=key))
            wait(coming, 0.2)

    with ThreadPoolExecutor(1) as pool, app.Session.begin() as session:
        session.execute(select(User.id))  # whose connection it is from now on
        event.listen(session.connection(), "after_cursor_execute", come)
        session.execute(change.where(User.name == "ann"))
    with app.Session() as session:
        app.assert_attached({each.key for each in session.scalars(select(User.profile_image)) if each})


def test_a_bulk_statement_that_loses_a_deadlock_says_so(mariadb_engine: Engine):
    """And not that its savepoint is gone, as which nobody would know it who repeats what a deadlock has undone."""
    app, both = App(mariadb_engine), threading.Barrier(2)
    users, keys = [app.user() for _ in range(4)], stored(app, 2)

    def save(own: int) -> DBAPIError | None:
        with app.Session() as session:
            session.execute(update(User).where(User.id == users[own]).values(profile_image=keys[own]))
            both.wait(10)
            try:
                session.execute(update(User).where(User.id == users[own + 2]).values(profile_image=keys[1 - own]))
            except DBAPIError as error:
                return error
            session.commit()
            return None

    with ThreadPoolExecutor(2) as pool:
        (lost,) = filter(None, pool.map(save, range(2)))
    assert was_undone(lost)
    assert_nothing_lost(app)


def test_two_sweeps_at_once(app: App):
    kept, keys, start = app.key(app.user()), stored(app, 30), threading.Barrier(2)

    def sweep() -> int:
        start.wait(10)
        return app.sweep_in(2 * DAY, batch=3).deleted

    with beside(sweep) as other:
        mine = sweep()
    if app.engine.dialect.name in ("mysql", "mariadb"):  # as in Django's test
        mine += app.sweep_in(2 * DAY).deleted
    assert mine + other.result() >= len(keys), "what both had taken up is deleted twice"
    assert app.states() == {kept: State.READY, **dict.fromkeys(keys, State.DELETED)}
    app.assert_attached([kept])


@pytest.mark.parametrize(("database", "vendor"), [("postgresql_engine", "postgresql"), ("mariadb_engine", "mysql")])
def test_a_sweep_that_loses_a_deadlock_goes_on(database, vendor, request):
    app = App(request.getfixturevalue(database))
    url, changes, (wanted, other) = app.engine.url, [], sorted(stored(app, 2))

    def change(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        def run(statement: str) -> tuple | None:
            result = connection.exec_driver_sql(statement)
            return tuple(result.first()) if result.returns_rows else None

        if statement.startswith("UPDATE safelight_blob") and "EXISTS" in statement:
            changes.append(statement)
            if len(changes) == 1:
                lose(run)

    with rival(vendor, url.port, url.username, url.database, wanted) as lose:
        event.listen(app.engine, "before_cursor_execute", change)
        assert app.sweep_in(2 * DAY).deleted
    assert len(changes) > 1
    assert app.states()[other] == State.DELETED
    assert_nothing_lost(app)


class TestOpenTransactions:
    """PostgreSQL: a sweep waits for nobody. (If it did, a lock_timeout would end it.)"""

    @pytest.fixture
    def app(self, postgresql_engine) -> App:
        return App(postgresql_engine)

    @pytest.fixture
    def other(self, app: App) -> Iterator[Session]:
        with app.Session() as session:
            yield session

    @pytest.mark.parametrize("end", ["commit", "rollback"])
    def test_one_that_attaches(self, app, other, end):
        key, free = stored(app, 2)
        other.connection()
        app.uploads.ledger(other).attach(key, ROW)
        assert app.sweep_in(2 * DAY).deleted == 1
        assert app.states() == {key: State.READY, free: State.DELETED}
        getattr(other, end)()
        assert app.sweep_in(2 * DAY).deleted == (end == "rollback")

    @pytest.mark.parametrize("end", ["commit", "rollback"])
    def test_one_that_releases(self, app, other, end):
        [key] = stored(app, 1)
        app.uploads.ledger(app.engine).attach(key, ROW)
        other.connection()
        app.uploads.ledger(other).release(key, ROW)
        assert app.sweep_in(DAY, grace=HOUR).deleted == 0
        getattr(other, end)()
        assert app.sweep_in(2 * DAY).deleted == (end == "commit")

    @pytest.mark.parametrize("state", list(State))
    def test_one_that_has_locked_the_row(self, app, other, state):
        [key] = stored(app, 1)
        with app.engine.begin() as connection:
            connection.execute(TABLES.blob.update().values(state=state.value))
        other.execute(select(TABLES.blob.c.key).with_for_update())
        app.sweep_in(2 * DAY)
        assert app.states() == {key: state}
        other.rollback()

    def test_one_that_condemns(self, app, other):
        """An attach waits for it, and must not take its old look at the row for true."""
        [key] = stored(app, 1)
        condemned = TABLES.blob.update().values(state=State.DELETING.value)
        other.execute(condemned)

        def attach() -> None:
            with app.Session.begin() as session:
                session.add(User(profile_image=key))

        with ThreadPoolExecutor(1) as pool:
            attaching = pool.submit(attach)
            wait([attaching], timeout=0.3)  # long enough for it to begin waiting, on any but a busy machine
            other.commit()
            with pytest.raises(UnknownKey):
                attaching.result(10)
        assert app.references() == {}
