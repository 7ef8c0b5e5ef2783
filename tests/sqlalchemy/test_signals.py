"""Observers are told what is committed, and nothing else, by sessions of both kinds; what they do changes nothing."""

import asyncio
import io
from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import Engine, insert, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session
from tests.sqlalchemy.app import NONE, PHOTO, App
from tests.sqlalchemy.models import AVATARS, Album, Page, User

from safelight import Reference, Upload
from safelight.sqlalchemy import StoredFile
from safelight.sqlalchemy.after_commit import AfterCommit
from safelight.sqlalchemy.asynchronous import accept_async
from safelight.sqlalchemy.signals import attached, released, stored, swept

SIGNALS = {"stored": stored, "attached": attached, "released": released, "swept": swept}


class Observer:
    def __init__(self) -> None:
        self.calls: list[dict] = []
        self.listeners = {name: self._listener(name) for name in SIGNALS}

    def _listener(self, name: str):
        def listen(sender: str, **told: object) -> None:
            self.calls.append({"signal": name, "sender": sender, **told})

        return listen

    def told(self) -> list[tuple[str, ...]]:
        """What has been told since this was last asked: signal, sender, key, and path in a document if there is one."""
        calls, self.calls = self.calls, []
        return [
            (call["signal"], call["sender"], call["blob"].key if "blob" in call else call["key"])
            + ((place.path,) if (place := call.get("reference")) and place.path else ())
            for call in calls
        ]


@pytest.fixture
def observer() -> Iterator[Observer]:
    observer = Observer()
    for name, signal in SIGNALS.items():
        signal.connect(observer.listeners[name])
    yield observer
    for name, signal in SIGNALS.items():
        signal.disconnect(observer.listeners[name])


class TestTransactions:
    def test_a_whole_life(self, app: App, observer: Observer):
        with app.Session() as session:
            session.add(user := User(profile_image=app.accept(session)))
            session.commit()
            first, blob = user.profile_image.key, user.profile_image.blob
            place = Reference("user", str(user.id), "profile_image")
            user.profile_image = None
            session.commit()
        app.uploads.sweep(app.engine, grace=NONE)
        assert observer.calls == [
            {"signal": "stored", "sender": "safelight_blob", "blob": blob},
            {"signal": "attached", "sender": "user", "key": first, "reference": place},
            {"signal": "released", "sender": "user", "key": first, "reference": place},
            {"signal": "swept", "sender": "safelight_blob", "key": first, "storage": "default", "size": blob.size},
        ]

    def test_a_rollback_is_told_to_nobody(self, app: App, observer: Observer):
        with suppress(ZeroDivisionError), app.Session.begin() as session:
            session.add(User(profile_image=app.accept(session)))
            session.flush()
            raise ZeroDivisionError
        assert observer.told() == []

    def test_without_a_transaction_it_is_told_at_once(self, app: App, observer: Observer):
        with app.Session() as session:
            key = app.accept(session).key
            assert observer.told() == [("stored", "safelight_blob", key)]

    def test_nor_is_a_savepoint_that_is_rolled_back(self, app: App, observer: Observer):
        with app.Session.begin() as session:
            session.add(kept := User(profile_image=app.accept(session)))
            session.flush()
            with suppress(ZeroDivisionError), session.begin_nested():
                session.add(User(profile_image=app.accept(session)))
                session.flush()
                raise ZeroDivisionError
            key = kept.profile_image.key
            told = observer.told()
        assert told + observer.told() == [("stored", "safelight_blob", key), ("attached", "user", key)]

    def test_a_delete_button_tells_when_the_bytes_are_gone(self, app: App, observer: Observer):
        left = []

        @swept.connect
        def look(sender: str, **_: object) -> None:
            left.append((app.files, list(app.states().values())))

        with app.Session() as session:
            key = app.accept(session).key
            session.commit()
            session.connection()
            app.uploads.delete_now(session, key)
            assert [name for name, *_ in observer.told()] == ["stored"]
            session.commit()
        assert observer.told() == [("swept", "safelight_blob", key)]
        assert left == [(set(), ["deleted"])]


class TestRows:
    @pytest.fixture
    def app(self, sqlite_engine: Engine) -> App:
        return App(sqlite_engine)

    def test_a_flush_that_changes_no_file_tells_nothing(self, app: App, observer: Observer):
        user = app.user()
        observer.told()
        with app.Session.begin() as session:
            session.get_one(User, user).name = "bob"
        assert observer.told() == []

    def test_the_sender_is_the_rows_table(self, app: App, observer: Observer):
        with app.Session.begin() as session:
            session.add(User(profile_image=app.accept(session), albums=[Album(title="x", cover=app.accept(session))]))
        assert sorted(sender for name, sender, _ in observer.told() if name == "attached") == ["album", "user"]

    def test_who_listens_to_one_table_is_told_of_no_other(self, app: App):
        observer = Observer()
        attached.connect(observer.listeners["attached"], sender="album")
        app.user()
        assert observer.told() == []

    def test_a_key_that_moves_in_a_document_goes_and_comes(self, app: App, observer: Observer):
        with app.Session.begin() as session:
            key = app.accept(session).key
            session.add(page := Page(body={"cover": key}))
        observer.told()
        with app.Session.begin() as session:
            session.merge(page).body = {"gallery": [key]}
        assert observer.told() == [("released", "page", key, "cover"), ("attached", "page", key, "gallery§0")]

    def test_bulk_updates_tell_and_core_statements_do_not(self, app: App, observer: Observer):
        user = app.user()
        key = app.key(user)
        observer.told()
        with app.engine.begin() as connection:
            connection.execute(insert(User).values(name="core", profile_image=key))
        assert observer.told() == []
        with app.Session.begin() as session:
            session.execute(update(User).where(User.id == user).values(profile_image=None))
        assert observer.told() == [("released", "user", key)]

    def test_one_that_raises_is_logged_and_the_others_are_told(self, app: App, observer: Observer, caplog):
        def broken(sender: str, **_: object) -> None:
            raise ZeroDivisionError("an observer's own mistake")

        with attached.connected_to(broken):
            user = app.user()
        assert [name for name, *_ in observer.told()] == ["stored", "attached"]
        assert "an observer's own mistake" in caplog.text
        assert "next sweep" not in caplog.text
        app.assert_attached([app.key(user)])

    def test_a_muted_signal_is_silent(self, app: App, observer: Observer):
        with stored.muted(), attached.muted():
            app.user()
        assert observer.told() == []

    def test_without_observers_nothing_waits_for_a_commit(self, app: App):
        key = app.key(app.user())
        with app.Session() as session:
            session.add(User(profile_image=key))
            session.flush()
            assert AfterCommit not in session.info

    def test_a_session_in_somebody_elses_transaction_tells_nothing(self, app: App, observer: Observer):
        """Nobody says when that is committed."""
        with app.engine.begin() as connection, Session(connection) as session:
            app.uploads.listen(session)
            session.add(User(profile_image=app.accept(session)))
            session.commit()
        assert observer.told() == []


def test_async_sessions_tell_on_their_event_loop(sqlite_engine: Engine, observer: Observer):
    app, loops = App(sqlite_engine), []

    @stored.connect
    @attached.connect
    def where(sender: str, **_: object) -> None:
        loops.append(asyncio.get_running_loop())

    async def main() -> None:
        engine = create_async_engine(sqlite_engine.url.set(drivername="sqlite+aiosqlite"))
        sessions = async_sessionmaker(engine)
        app.uploads.listen(sessions)

        async def accept(session: AsyncSession) -> StoredFile:
            return await accept_async(app.uploads, session, Upload(io.BytesIO(PHOTO)), AVATARS)

        async with sessions() as session:
            session.add(User(profile_image=await accept(session)))
            await session.flush()
            assert [name for name, *_ in observer.told()] == ["stored"]
            await session.commit()
            assert [name for name, *_ in observer.told()] == ["attached"]
            session.add(User(profile_image=await accept(session)))
            await session.flush()
            await session.rollback()
        assert set(loops) == {asyncio.get_running_loop()}
        await engine.dispose()

    asyncio.run(main())
    assert len(loops) == 3
