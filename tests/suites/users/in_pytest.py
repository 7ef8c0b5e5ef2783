import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from app import AVATARS, Session, User, engine, sign_up, uploads
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
    assert user.profile_image.url == f"/media/{user.profile_image.key}"
    assert (user.profile_image.width, session.scalar(select(func.count(User.id)))) == (64, 1)
    assert list(uploads.storages["default"].files) == [user.profile_image.key]


def test_a_sweep(session) -> None:
    session.delete(session.get_one(User, sign_up(upload())))
    session.commit()
    assert uploads.sweep(session, grace=timedelta()).deleted == 1
    assert uploads.storages["default"].files == {}


def test_a_rollback_of_the_apps_own(session) -> None:
    session.add(User(profile_image=uploads.accept(session, upload(), AVATARS)))
    session.flush()
    session.rollback()
    assert session.scalar(select(func.count(User.id))) == 0


def test_afterwards_all_is_as_it_was() -> None:
    with Session() as session:
        assert session.get_bind() is engine
        assert session.scalar(select(func.count(User.id))) == 0
