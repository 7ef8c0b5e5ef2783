"""AsyncSessions, by aiosqlite and asyncpg: the same rules, and an event loop that waits for no file."""

import asyncio
import io
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import Engine, delete, event, select, text, update
from sqlalchemy.exc import MissingGreenlet
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session
from tests.sqlalchemy.app import NONE, PHOTO, App
from tests.sqlalchemy.models import AVATARS, User

from safelight import Upload
from safelight.audit import Kind
from safelight.errors import Refusal
from safelight.sqlalchemy.asynchronous import accept_async
from safelight.storage import MemoryStorage
from safelight.testing.expect import files


class AsyncApp:
    """An app with async sessions, on the database of a synchronous one, which looks at what is in it."""

    def __init__(self, app: App, engine: AsyncEngine) -> None:
        self.app, self.engine, self.uploads = app, engine, app.uploads
        self.Session = async_sessionmaker(engine, expire_on_commit=False)
        self.uploads.listen(self.Session)

    async def accept(self, session: AsyncSession, data: bytes = PHOTO):
        return await accept_async(self.uploads, session, Upload(io.BytesIO(data), "holiday.jpg"), AVATARS)


@pytest.fixture(params=["sqlite_engine", "begun_sqlite_engine", "postgresql_engine"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each of the databases that have a driver without threads here."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def run(engine: Engine) -> Callable[[Callable[[AsyncApp], Awaitable[None]]], App]:
    """Run a coroutine function with an AsyncApp. Its synchronous App comes back."""
    app = App(engine)

    @asynccontextmanager
    async def beside() -> AsyncIterator[AsyncApp]:
        url = engine.url
        if engine.dialect.name == "sqlite":
            other = create_async_engine(url.set(drivername="sqlite+aiosqlite"))
        else:
            other = create_async_engine(url.set(drivername="postgresql+asyncpg"), pool_size=1, max_overflow=0)
        try:
            yield AsyncApp(app, other)
        finally:
            await other.dispose()

    def run(test: Callable[[AsyncApp], Awaitable[None]]) -> App:
        async def main() -> None:
            async with beside() as made:
                await test(made)

        asyncio.run(main())
        return app

    return run


def test_attach_replace_and_delete(run):
    async def test(app: AsyncApp):
        async with app.Session.begin() as session:
            session.add(user := User(name="ann", profile_image=await app.accept(session)))
        first = user.profile_image
        assert (first.width, first.url) == (37, app.app.storage.url(first.key))
        async with app.Session.begin() as session:
            row = await session.get_one(User, user.id)
            row.profile_image = second = await app.accept(session)
        assert set(app.app.references()) == {second.key}
        assert app.app.free() == {first.key}
        async with app.Session.begin() as session:
            await session.delete(await session.get_one(User, user.id))

    run(test).assert_attached([])


def test_a_rollback_leaves_the_file_to_the_sweep(run):
    async def test(app: AsyncApp):
        async with app.Session() as session:
            await session.scalars(select(User))
            session.add(User(profile_image=await app.accept(session)))
            await session.flush()
            await session.rollback()
        assert len(app.app.files) == 1

    run(test).assert_attached([])


def test_bulk_update_and_delete(run):
    async def test(app: AsyncApp):
        async with app.Session.begin() as session:
            session.add(User(profile_image=await app.accept(session)))
        async with app.Session.begin() as session:
            await session.execute(update(User).values(profile_image=(file := await app.accept(session))))
        assert set(app.app.references()) == {file.key}
        async with app.Session.begin() as session:
            await session.execute(delete(User))

    run(test).assert_attached([])


def test_facts_are_asked_ahead(run):
    async def test(app: AsyncApp):
        app.app.user()
        async with app.Session() as session:
            user = (await session.scalars(select(User))).one()
            with pytest.raises(MissingGreenlet, match=r"uploads\.load"):
                _ = user.profile_image.url
            await session.run_sync(app.uploads.load)
            assert user.profile_image.width == 37

    run(test)


def test_a_refusal_stores_nothing(run):
    async def test(app: AsyncApp):
        async with app.Session() as session:
            with pytest.raises(Refusal):
                await app.accept(session, PHOTO[:-20])

    app = run(test)
    assert (app.states(), app.files) == ({}, set())


def test_a_sweep(run):
    async def test(app: AsyncApp):
        async with app.Session.begin() as session:
            await app.accept(session)
        async with app.Session() as session:
            swept = await session.run_sync(app.uploads.sweep, grace=NONE)
        assert swept.deleted == 1

    run(test)


def test_an_audit(run):
    async def test(app: AsyncApp):
        async with app.Session.begin() as session:
            session.add(User(profile_image=await app.accept(session)))
        async with app.Session.begin() as session:
            await session.execute(text("DELETE FROM safelight_reference"))
        async with app.Session() as session:
            audited = await session.run_sync(app.uploads.audit, repair=True, storage=True)
            assert (audited.complete, list(audited.found)) == (True, [Kind.MISSING])

    run(test)


def test_a_move(run):
    async def test(app: AsyncApp):
        app.uploads.storages = {**app.uploads.storages, "cloud": MemoryStorage()}
        async with app.Session.begin() as session:
            file = await app.accept(session)
        async with app.Session() as session:
            moved = await session.run_sync(app.uploads.move, "default", "cloud", delete=True)
        assert (moved.moved, moved.deleted, moved.left) == (1, 1, 0)
        assert set(files(app.uploads.storages["cloud"])) == {file.key}

    assert run(test).files == set()


def test_the_loop_goes_on_while_a_file_is_stored(run):
    async def test(app: AsyncApp):
        going, loop = asyncio.Event(), asyncio.get_running_loop()

        class Waiting(MemoryStorage):
            def save(self, name, content, /):
                # Only the loop can answer.
                asyncio.run_coroutine_threadsafe(going.wait(), loop).result(10)
                return super().save(name, content)

        app.uploads.storages["default"] = app.app.storage = Waiting()
        async with app.Session.begin() as session:
            keeping = asyncio.create_task(app.accept(session))
            await asyncio.sleep(0)
            going.set()
            assert (await keeping).width == 37

    run(test)


def test_a_client_that_goes_away_leaves_the_file_to_the_sweep(run):
    async def test(app: AsyncApp):
        stored, loop = asyncio.Event(), asyncio.get_running_loop()

        class Telling(MemoryStorage):
            def save(self, name, content, /):
                if not loop.is_closed():  # the sweep that comes later marks the storage
                    loop.call_soon_threadsafe(stored.set)
                return super().save(name, content)

        app.uploads.storages["default"] = app.app.storage = Telling()
        async with app.Session() as session:
            keeping = asyncio.create_task(app.accept(session))
            await stored.wait()
            keeping.cancel()
            with pytest.raises(asyncio.CancelledError):
                await keeping
        assert len(app.app.files) == 1

    run(test).assert_attached([])


def test_other_async_sessions_are_not_listened_to(run):
    async def test(app: AsyncApp):
        async with AsyncSession(app.engine) as session:
            assert session.sync_session_class is Session
            assert not event.contains(Session, "after_flush", app.uploads._after_flush)

    run(test)


def test_nobody_else_needs_greenlet():
    program = """if True:
        import sys

        sys.modules["greenlet"] = None
        from sqlalchemy import MetaData, create_engine
        from sqlalchemy.orm import sessionmaker
        from safelight.sqlalchemy import Tables, Uploads

        Tables.of(metadata := MetaData())
        metadata.create_all(engine := create_engine("sqlite://"))
        uploads = Uploads(metadata, {})
        uploads.listen(Session := sessionmaker(engine))
        with Session() as session:
            uploads.load(session)
        print(uploads.sweep(engine).complete)
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("True\n", "")
