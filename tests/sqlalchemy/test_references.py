"""What a session writes attaches and releases, in its own transaction, and nothing that a row names is ever free."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import MetaData, bindparam, case, delete, insert, literal, select, text, update
from sqlalchemy.orm import Session
from tests.sqlalchemy.app import DAY, App
from tests.sqlalchemy.models import Album, Member, User

from safelight import ConfigurationError, Reference
from safelight.errors import UnknownKey
from safelight.keys import new_key
from safelight.sqlalchemy import Tables, Uploads


def test_a_row_that_is_committed_holds_its_file(app: App):
    user = app.user()
    key = app.key(user)
    assert app.references() == {key: [Reference("user", str(user), "profile_image")]}
    assert app.free() == set()
    app.assert_attached([key])


def test_a_new_picture_releases_the_old_one(app: App):
    user = app.user()
    old = app.key(user)
    with app.Session.begin() as session:
        session.get_one(User, user).profile_image = app.accept(session)
    assert app.free() == {old}
    assert app.key(user) != old
    app.assert_attached([app.key(user)])


def test_none_clears(app: App):
    user = app.user()
    with app.Session.begin() as session:
        session.get_one(User, user).profile_image = None
    assert app.key(user) is None
    app.assert_attached([])


def test_a_row_that_is_deleted_releases_its_file(app: App):
    user = app.user()
    with app.Session.begin() as session:
        session.delete(session.get_one(User, user))
    app.assert_attached([])


def test_a_rollback_leaves_the_file_to_the_sweep(app: App):
    user = app.user()
    old = app.key(user)
    with app.Session() as session:
        session.get_one(User, user).profile_image = app.accept(session)
        session.flush()
        session.rollback()
    assert len(app.files) == 2
    assert app.key(user) == old
    app.assert_attached([old])


def test_a_file_that_is_never_assigned_expires(app: App):
    with app.Session.begin() as session:
        app.accept(session)
    assert len(app.free()) == 1
    app.assert_attached([])


def test_an_accept_without_a_transaction_commits_by_itself(app: App):
    with app.Session() as session:
        key = app.accept(session).key
        assert not session.in_transaction()
    assert app.free() == {key}


def test_two_rows_on_one_file(app: App):
    first = app.user()
    with app.Session.begin() as session:
        session.add(User(profile_image=session.get_one(User, first).profile_image))
    key = app.key(first)
    assert len(app.references()[key]) == 2
    with app.Session.begin() as session:
        session.delete(session.get_one(User, first))
    app.assert_attached([key])


@pytest.mark.parametrize("kind", [str, lambda file: file.blob])
def test_a_key_and_a_blob_can_be_assigned_as_well(app: App, kind):
    with app.Session.begin() as session:
        file = app.accept(session)
        session.add(user := User(profile_image=kind(file)))
        assert user.profile_image == file
        session.flush()
        assert user.profile_image.size == file.size
    app.assert_attached([file.key])


def test_what_the_ledger_does_not_know_cannot_be_named(app: App):
    user = app.user()
    gone = app.key(user)
    with app.Session.begin() as session:
        session.get_one(User, user).profile_image = None
    app.sweep_in(2 * DAY)
    for key in (gone, "../../etc/passwd", "legacy/photo.jpg"):
        with pytest.raises(UnknownKey), app.Session.begin() as session:
            session.get_one(User, user).profile_image = key
        with pytest.raises(UnknownKey), app.Session.begin() as session:
            session.add(User(profile_image=key))
        with pytest.raises(UnknownKey), app.Session.begin() as session:
            session.execute(update(User).values(profile_image=key))
    assert app.key(user) is None


def test_anything_else_is_a_type_error():
    with pytest.raises(TypeError, match="UploadKey"):
        User(profile_image=b"bytes")


def test_names_from_before_safelight_are_left_alone(app: App):
    user = app.user(profile_image=None)
    with app.engine.begin() as connection:
        connection.execute(update(User.__table__).values(profile_image="legacy/photo.jpg"))
    with app.Session.begin() as session:
        row = session.get_one(User, user)
        row.name = "changed"
        assert (row.profile_image.url, row.profile_image.blob) == ("memory:/legacy/photo.jpg", None)
    assert app.key(user) == "legacy/photo.jpg"
    assert app.references() == {}


class TestStaleViews:
    """Another process has changed the row since this session loaded it."""

    def test_what_the_other_has_attached_is_released(self, app: App):
        user = app.user()
        with app.Session() as late:
            row = late.get_one(User, user)
            late.commit()
            late.refresh(row)
            late.commit()
            with app.Session.begin() as other:
                other.get_one(User, user).profile_image = app.accept(other)
            row.profile_image = app.accept(late)
            late.commit()
        app.assert_attached([app.key(user)])

    def test_a_primary_key_that_is_used_again(self, app: App):
        """The row was deleted past the session, and its reference is stale."""
        user = app.user()
        with app.engine.begin() as connection:
            connection.execute(delete(User.__table__))
        with app.Session.begin() as session:
            session.add(User(id=user))
        app.assert_attached([])


class TestColumns:
    def test_those_of_a_joined_child_and_of_its_parent(self, app: App):
        with app.Session.begin() as session:
            member = Member(profile_image=app.accept(session), card=app.accept(session))
            session.add(member)
        with app.Session.begin() as session:
            member = session.scalars(select(Member)).one()
            picture, card = member.profile_image.key, member.card.key
            member.card = new = app.accept(session)
        assert app.free() == {card}
        assert set(app.references()) == {picture, new.key}
        with app.Session.begin() as session:
            session.delete(session.scalars(select(Member)).one())
        app.assert_attached([])

    def test_those_of_rows_with_composite_keys(self, app: App):
        user = app.user(profile_image=None)
        with app.Session.begin() as session:
            for title in ("a", "b"):
                session.add(Album(user_id=user, title=title, cover=app.accept(session)))
        with app.Session.begin() as session:
            a, b = session.get_one(User, user).albums
            kept = b.cover.key
            session.delete(a)
        app.assert_attached([kept])

    def test_a_primary_key_that_changes(self, app: App):
        user = app.user(profile_image=None)
        with app.Session.begin() as session:
            session.add(Album(user_id=user, title="a", cover=app.accept(session)))
        with app.Session.begin() as session:
            album = session.scalars(select(Album)).one()
            album.title = "b"
            key = album.cover.key
        assert app.references() == {key: [Reference("album", f'["{user}", "b"]', "cover")]}
        app.assert_attached([key])

    def test_orphans_and_cascades(self, app: App):
        user = app.user(profile_image=None)
        with app.Session.begin() as session:
            for title in ("a", "b", "c"):
                session.add(Album(user_id=user, title=title, cover=app.accept(session)))
        with app.Session.begin() as session:
            row = session.get_one(User, user)
            row.albums.pop()
        assert len(app.free()) == 1
        with app.Session.begin() as session:
            session.delete(session.get_one(User, user))
        app.assert_attached([])

    def test_rows_that_exchange_their_files(self, app: App):
        one, two = app.user(), app.user()
        keys = {app.key(one), app.key(two)}
        with app.Session.begin() as session:
            a, b = session.get_one(User, one), session.get_one(User, two)
            a.profile_image, b.profile_image = b.profile_image, a.profile_image
        assert app.free() == set()
        app.assert_attached(keys)

    def test_a_row_that_is_deleted_and_made_again_in_one_flush(self, app: App):
        user = app.user()
        with app.Session.begin() as session:
            session.delete(session.get_one(User, user))
            session.add(User(id=user, profile_image=(file := app.accept(session))))
        app.assert_attached([file.key])

    def test_expressions(self, app: App):
        user = app.user()
        with app.Session.begin() as session:
            row, key = session.get_one(User, user), app.accept(session).key
            row.profile_image = case((literal(1) == 1, key), else_=None)
        app.assert_attached([key])
        with app.Session.begin() as session:
            session.add(User(profile_image=select(User.profile_image).where(User.id == user).scalar_subquery()))
        assert len(app.references()[key]) == 2


class TestBulk:
    @pytest.mark.parametrize(
        "change", [update(User).values(profile_image=None), delete(User)], ids=["update", "delete"]
    )
    def test_rows_that_are_not_written_yet(self, app: App, change):
        """The session writes them first, as it does before any statement."""
        user = app.user()
        with app.Session.begin() as session:
            session.get_one(User, user).name = "late"
            session.add(User(name="late", profile_image=app.accept(session)))
            assert session.execute(change.where(User.name == "late")).rowcount == 2
        app.assert_attached([])

    @pytest.mark.parametrize("synchronized", ["auto", "fetch"])  # the latter by a RETURNING that nobody has asked for
    def test_update(self, app: App, synchronized: str):
        users = [app.user(), app.user(), app.user()]
        stays = app.key(users[2])
        with app.Session.begin() as session:
            file = app.accept(session)
            done = session.execute(
                update(User).where(User.id.in_(users[:2])).values(profile_image=file),
                execution_options={"synchronize_session": synchronized},
            )
            assert done.rowcount == 2
        assert len(app.references()[file.key]) == 2
        app.assert_attached([file.key, stays])

    def test_update_to_none(self, app: App):
        app.user()
        with app.Session.begin() as session:
            session.execute(update(User).values({User.profile_image: None}))
        app.assert_attached([])

    def test_update_of_other_columns_asks_nothing(self, app: App):
        key = app.key(app.user())
        with app.Session.begin() as session:
            session.execute(update(User).values(name="x"))
        app.assert_attached([key])

    def test_update_that_is_refused_has_written_nothing(self, app: App):
        """Whoever handles the refusal and commits all the same has no row that names nothing."""
        key = app.key(app.user())
        unknown = new_key("tests", "jpg", datetime.now(UTC))
        with app.Session() as session:
            with pytest.raises(UnknownKey):
                session.execute(update(User).values(profile_image=unknown, name="eve"))
            session.add(User(name="bob"))
            session.commit()
            assert session.scalars(select(User.name).order_by(User.id)).all() == ["ann", "bob"]
        app.assert_attached([key])

    def test_update_with_parameters(self, app: App):
        users = [app.user(), app.user()]
        with app.Session.begin() as session:
            one, *files = (app.accept(session).key for _ in range(3))
            session.execute(update(User).where(User.id == users[0]), {"profile_image": one})
            assert app.uploads.places(session, one)
            named = update(User).where(User.id == bindparam("user")).values(profile_image=bindparam("file"))
            parameters = [{"user": user, "file": key} for user, key in zip(users, files, strict=True)]
            session.execute(named, parameters, execution_options={"dml_strategy": "core_only"})
            with pytest.raises(UnknownKey):
                session.execute(named, {"user": users[0], "file": "../../etc/passwd"})
        app.assert_attached(files)

    def test_update_of_a_child_and_its_parent_by_primary_keys(self, app: App):
        with app.Session.begin() as session:
            session.add(member := Member(profile_image=app.accept(session), card=app.accept(session)))
            session.flush()
            image, card = (app.accept(session).key for _ in range(2))
            row = {"id": member.id, "user_id": member.id, "profile_image": image, "card": card}
            session.execute(update(Member), [row])
        app.assert_attached([image, card])

    def test_update_by_primary_keys(self, app: App):
        users = [app.user(), app.user()]
        with app.Session.begin() as session:
            files = [app.accept(session).key for _ in users]
            parameters = [{"id": user, "profile_image": key} for user, key in zip(users, files, strict=True)]
            session.execute(update(User), parameters)
        assert [app.key(user) for user in users] == files
        app.assert_attached(files)

    def test_delete(self, app: App):
        users = [app.user("ann"), app.user("bob")]
        with app.Session.begin() as session:
            session.execute(delete(User).where(User.name == "ann"))
        app.assert_attached([app.key(users[1])])

    def test_delete_by_query(self, app: App):
        app.user()
        with app.Session.begin() as session:
            assert session.query(User).filter(User.name == "ann").delete() == 1
        app.assert_attached([])

    def test_delete_that_returns_rows(self, app: App):
        user = app.user()
        with app.Session.begin() as session:
            assert session.scalars(delete(User).returning(User.id)).all() == [user]
        app.assert_attached([])

    def test_delete_with_parameters_of_its_own(self, app: App):
        app.user()
        with app.Session.begin() as session:
            session.execute(delete(User).where(text("name = :name")), {"name": "ann"})
        app.assert_attached([])

    def test_a_rollback_takes_it_back(self, app: App):
        key = app.key(app.user())
        with app.Session() as session:
            session.execute(delete(User))
            session.rollback()
        assert app.free() == set()
        app.assert_attached([key])

    def test_what_passes_the_session_by_is_spared(self, app: App):
        """Until it is attached, or is not named any more."""
        with app.Session.begin() as session:
            file = app.accept(session)
            session.execute(insert(User.__table__).values(name="x", profile_image=file.key))
        assert app.references() == {}
        assert app.sweep_in(2 * DAY).spared == 1
        assert app.sweep_in(2 * DAY + DAY / 2).examined == 0
        with app.engine.begin() as connection:
            connection.execute(User.__table__.delete())
        app.assert_attached([])


class TestSavepoints:
    def test_one_that_is_rolled_back(self, app: App):
        with app.Session.begin() as session:
            session.add(kept := User(profile_image=app.accept(session)))
            session.flush()
            savepoint = session.begin_nested()
            session.add(User(profile_image=app.accept(session)))
            session.flush()
            savepoint.rollback()
            key = kept.profile_image.key
        assert len(app.files) == 2
        app.assert_attached([key])

    def test_one_below_the_session(self, app: App):
        """Of whose end a session knows nothing: what was condemned in it was not."""
        with app.Session.begin() as session:
            key = app.accept(session).key
        with app.Session.begin() as session:
            savepoint = session.connection().begin_nested()
            app.accept(session)
            app.uploads.delete_now(session, key)
            savepoint.rollback()
            session.add(User(profile_image=key))
        app.assert_attached([key])

    def test_one_that_is_released(self, app: App):
        with app.Session.begin() as session, session.begin_nested():
            session.add(User(profile_image=(file := app.accept(session))))
        app.assert_attached([file.key])


@pytest.mark.parametrize("database", ["sqlite_engine", "postgresql_engine", "mariadb_engine"])
def test_two_uploads_for_one_user_at_once_leave_one_attached(database, request):
    app = App(request.getfixturevalue(database))
    user = app.user()
    loaded, start = threading.Barrier(2), threading.Barrier(2)

    def upload(_: int) -> None:
        with app.Session() as session:
            row = session.get_one(User, user)
            session.commit()
            loaded.wait(10)
            start.wait(10)
            row.profile_image = app.accept(session)
            session.commit()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(upload, range(2)))
    assert len(app.files) == 3
    assert len(app.free()) == 2
    app.assert_attached([app.key(user)])


def test_a_session_without_a_listener_attaches_nothing_and_the_look_spares(app: App):
    with Session(app.engine) as session:
        session.add(User(profile_image=(file := app.accept(session))))
        session.commit()
    assert app.sweep_in(2 * DAY).spared == 1
    assert app.files == {file.key}


def test_a_table_of_another_metadata_is_not_overlooked(app: App):
    with Session(app.engine) as session:
        Uploads(MetaData(), app.uploads.storages, tables=Tables.of(User.metadata)).listen(session)
        session.add(User(profile_image=app.accept(session)))
        with pytest.raises(ConfigurationError, match="user names files"):
            session.flush()
