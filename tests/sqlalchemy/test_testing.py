"""What is rolled back leaves nothing, on every database; and the app has its own engine and storages again."""

from contextlib import suppress

from sqlalchemy import func, select
from tests.sqlalchemy.app import NONE, App
from tests.sqlalchemy.models import User

from safelight.sqlalchemy.testing import rolled_back


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
