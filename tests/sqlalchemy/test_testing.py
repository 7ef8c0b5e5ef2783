"""What is rolled back leaves nothing, on every database; and the app has its own engine and storages again."""

import asyncio
import io
from contextlib import suppress

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import scoped_session, sessionmaker
from tests.sqlalchemy.app import NONE, PHOTO, App
from tests.sqlalchemy.models import AVATARS, User

from safelight import Upload
from safelight.errors import ConfigurationError
from safelight.sqlalchemy.asynchronous import accept_async
from safelight.sqlalchemy.testing import rolled_back, rolled_back_async


def number_of_users(app: App) -> int:
    with app.Session() as session:
        return session.scalar(select(func.count(User.id)))


def test_what_any_session_commits_is_rolled_back(app: App):
    before = app.user("before")
    with rolled_back(app.Session, app.uploads) as session:
        user = app.user("ann")
        assert (session.get_one(User, user).name, number_of_users(app)) == ("ann", 2)
        session.delete(session.get_one(User, user))
        session.get_one(User, before).profile_image = app.accept(session)
        session.commit()
        assert app.uploads.sweep(session, grace=NONE).deleted == 2
        assert len(app.uploads.storages["default"].files) == 1
    assert number_of_users(app) == 1
    app.assert_attached([app.key(before)])


def test_a_rollback_inside_is_one(app: App):
    with rolled_back(app.Session, app.uploads) as session:
        session.add(User(name="kept"))
        session.commit()
        session.add(User(name="dropped", profile_image=app.accept(session)))
        session.flush()
        session.rollback()
        assert session.scalars(select(User.name)).all() == ["kept"]
    assert number_of_users(app) == 0


def test_a_test_that_fails_leaves_nothing_either(app: App):
    storages, configured = app.uploads.storages, dict(app.Session.kw)
    with suppress(ZeroDivisionError), rolled_back(app.Session, app.uploads):
        app.user()
        raise ZeroDivisionError
    assert (app.uploads.storages, app.Session.kw) == (storages, configured)
    assert (number_of_users(app), app.files, app.states()) == (0, set(), {})


@pytest.mark.parametrize("wrong", [lambda app: sessionmaker(), lambda app: scoped_session(app.Session)])
def test_sessions_that_it_cannot_do_with(app: App, wrong):
    with pytest.raises(ConfigurationError, match="wants the app's sessionmaker"), rolled_back(wrong(app), app.uploads):
        pass


@pytest.mark.parametrize("engine", ["sqlite_engine", "postgresql_engine"], indirect=True)
def test_async_sessions(app: App):
    async def main() -> None:
        url = app.engine.url
        driver = "sqlite+aiosqlite" if app.engine.dialect.name == "sqlite" else "postgresql+asyncpg"
        engine = create_async_engine(url.set(drivername=driver))
        sessions = async_sessionmaker(engine, expire_on_commit=False)
        app.uploads.listen(sessions)
        async with rolled_back_async(sessions, app.uploads) as session:
            async with sessions.begin() as of_the_app:
                file = await accept_async(app.uploads, of_the_app, Upload(io.BytesIO(PHOTO)), AVATARS)
                of_the_app.add(User(name="ann", profile_image=file))
            async with sessions.begin() as of_the_app:
                await of_the_app.delete(await of_the_app.scalar(select(User)))
            assert list(app.uploads.storages["default"].files) == [file.key]
            swept = await session.run_sync(lambda own: app.uploads.sweep(own, grace=NONE))
            assert (swept.deleted, app.uploads.storages["default"].files) == (1, {})
        assert sessions.kw["bind"] is engine
        await engine.dispose()

    asyncio.run(main())
    assert (number_of_users(app), app.files, app.states()) == (0, set(), {})
