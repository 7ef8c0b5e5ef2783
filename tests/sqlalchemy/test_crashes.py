"""Killed before and after every write to the database, the storage and the side file: nothing is lost, and the next
sweeps leave no orphan.

A kill is an exception that nothing catches: the connections are cut, which rolls open transactions back as the database
does for a process that is gone, and nothing else happens any more.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from unittest import mock

import pytest
from sqlalchemy import Engine, delete, event, select, update
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.orm import Session
from tests.fuse import Fuse, Killed
from tests.sqlalchemy.app import DAY, HOUR, MINUTE, NONE, App
from tests.sqlalchemy.models import Base, User

from safelight.blob import State
from safelight.errors import Refusal
from safelight.side_file import SideFile
from safelight.storage import MemoryStorage


class SqlFuse(Fuse):
    def statement(self, execute: Callable[..., object]) -> Callable[..., object]:
        burning = self.around(execute)

        def chosen(dialect: object, cursor: object, statement: str, *args: object, **kwargs: object) -> object:
            # To be killed beside a read is to be killed beside the next statement that writes.
            reads = statement.startswith(("SELECT", "PRAGMA", "BEGIN", "show", "SHOW"))
            return (execute if reads else burning)(dialect, cursor, statement, *args, **kwargs)

        return chosen

    @contextmanager
    def everywhere(self) -> Iterator[None]:
        patches = [self.in_class(MemoryStorage, "save", "delete"), self.in_class(SideFile, "add", "discard")]
        for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg, MySQLDialect_pymysql):
            patches.append(
                mock.patch.multiple(
                    dialect,
                    do_execute=self.statement(dialect.do_execute),
                    do_executemany=self.statement(dialect.do_executemany),
                    do_commit=self.around(dialect.do_commit),
                )
            )
        with ExitStack() as stack:
            for patch in patches:
                stack.enter_context(patch)
            yield


# --- what is killed --------------------------------------------------------------------------------------------------


def replace(app: App) -> None:
    with app.Session() as session:
        session.scalars(select(User).where(User.name == "mine")).one().profile_image = app.accept(session)
        session.commit()


def create_without_a_transaction(app: App) -> None:
    with app.Session() as session:
        session.add(User(profile_image=app.accept(session)))
        session.commit()


def remove(app: App) -> None:
    with app.Session.begin() as session:
        session.delete(session.scalars(select(User).where(User.name == "mine")).one())


def bulk(app: App) -> None:
    with app.Session.begin() as session:
        session.connection()
        session.execute(update(User).where(User.name == "mine").values(profile_image=app.accept(session)))
        session.execute(delete(User).where(User.name == "shared"))


def form_error(app: App) -> None:
    with app.Session() as session:
        session.connection()
        session.add(User(profile_image=app.accept(session)))
        session.flush()
        session.rollback()


def savepoint(app: App) -> None:
    with app.Session.begin() as session:
        with suppress(ZeroDivisionError), session.begin_nested():
            session.add(User(profile_image=app.accept(session)))
            session.flush()
            raise ZeroDivisionError
        session.add(User(profile_image=app.accept(session)))


def press_delete(app: App) -> None:
    for key in app.states():
        with suppress(Refusal), app.Session.begin() as session:
            session.connection()
            app.uploads.delete_now(session, key)


def sweep(app: App) -> None:
    app.sweep_in(4 * HOUR, grace=HOUR, batch=2)


def sweep_without_grace(app: App) -> None:
    app.sweep_in(MINUTE, grace=NONE)


ALL = (replace, create_without_a_transaction, remove, bulk, form_error, savepoint, press_delete, sweep)
OPERATIONS = [
    *(("begun_sqlite_engine", call) for call in (*ALL, sweep_without_grace)),
    *(("sqlite_engine", call) for call in (replace, savepoint)),
    *(("postgresql_engine", call) for call in (replace, bulk, savepoint, press_delete, sweep)),
    ("mariadb_engine", replace),
]


# --- the world, and what must be true of it --------------------------------------------------------------------------


def world(app: App) -> None:
    """Files in every state: attached, shared by two rows, free, an upload that broke off, a tombstone; named by a row
    of which the ledger does not know."""
    with app.Session() as session:
        app.accept(session)
    app.sweep_in(HOUR + MINUTE, grace=HOUR)  # which makes it a tombstone
    app.user("mine")
    shared = app.key(app.user("shared"))
    with app.Session.begin() as session:
        session.add(User(profile_image=shared))
        past = app.accept(session)
        session.execute(User.__table__.insert().values(name="past", profile_image=past.key))
    with app.Session() as session:
        app.accept(session)
    form_error(app)


def clear(app: App) -> None:
    with app.engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    for key in on_side(app):
        SideFile(app.engine.url.database).discard(key)
    app.storage.files.clear()


def on_side(app: App) -> set[str]:
    if app.engine.dialect.name != "sqlite":
        return set()
    return {key for key, _, _ in SideFile(app.engine.url.database).intents()}


def named(app: App) -> set[str]:
    with Session(app.engine) as session:
        return {file.key for file in session.scalars(select(User.profile_image)) if file}


def assert_nothing_lost_or_unknown(app: App) -> None:
    found = app.states()
    for key in named(app):
        assert found[key] == State.READY, "a row names what cannot be had"
        assert key in app.files, "a row names what is gone"
    for key, state in found.items():
        assert key in app.files or state != State.READY, "what the ledger calls ready is gone"
    assert app.files <= found.keys() | on_side(app), "bytes of which nothing knows"


def cut_connections(engine: Engine) -> None:
    """Also those that the killed operation has not given back."""
    for connection in CONNECTIONS:
        with suppress(Exception):
            connection.close()
    CONNECTIONS.clear()
    engine.dispose()


CONNECTIONS: list[object] = []


@pytest.mark.parametrize(("database", "operation"), OPERATIONS)
def test_killed_anywhere(database, operation, request):
    engine: Engine = request.getfixturevalue(database)
    event.listen(engine, "connect", lambda connection, _: CONNECTIONS.append(connection))
    app = App(engine)
    for calls in range(1, 1000):
        clear(app)
        world(app)
        fuse = SqlFuse(calls)
        with suppress(Killed), fuse.everywhere():
            operation(app)
        cut_connections(engine)
        assert_nothing_lost_or_unknown(app)
        for period in (9 * DAY, 18 * DAY):
            assert app.sweep_in(period).complete
            assert_nothing_lost_or_unknown(app)
        assert app.files == named(app) == set(app.states())
        if fuse.left > 0:
            break
    assert calls > 6, "it was killed now and then"
