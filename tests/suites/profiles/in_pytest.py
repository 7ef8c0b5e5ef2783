import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from profiles import AVATARS, Session, User, engine, sign_up, uploads
from sqlalchemy import func, select

from safelight import Upload
from safelight.sqlalchemy.testing import rolled_back
from safelight.testing import picture


@pytest.fixture
def session() -> Iterator[object]:
    with rolled_back(Session, uploads) as session:
        yield session


def upload() -> Upload:
    return Upload(io.BytesIO(picture("jpeg")), "me.jpg")


@pytest.mark.parametrize("again", [False, True])
def test_what_the_app_commits_is_seen_in_this_test_alone(session, again: bool) -> None:
    user = session.get_one(User, sign_up(upload()))
    assert user.picture.url == f"/media/{user.picture.key}"
    assert (user.picture.width, session.scalar(select(func.count(User.id)))) == (64, 1)
    assert list(uploads.storages["default"].files) == [user.picture.key]


def test_a_sweep(session) -> None:
    session.delete(session.get_one(User, sign_up(upload())))
    session.commit()
    assert uploads.sweep(session, grace=timedelta()).deleted == 1
    assert uploads.storages["default"].files == {}


def test_a_rollback_of_the_apps_own(session) -> None:
    session.add(User(picture=uploads.accept(session, upload(), AVATARS)))
    session.flush()
    session.rollback()
    assert session.scalar(select(func.count(User.id))) == 0


def test_afterwards_all_is_as_it_was() -> None:
    with Session() as session:
        assert session.get_bind() is engine
        assert session.scalar(select(func.count(User.id))) == 0
