"""An UploadKey column gives a key and its facts; in the database and in migrations it is a varchar."""

import copy
import pickle
from dataclasses import FrozenInstanceError

import pytest
from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, create_engine, inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import DetachedInstanceError
from tests.sqlalchemy.app import App, queries
from tests.sqlalchemy.models import AVATARS, Base, User

from safelight import IMAGES, ConfigurationError, Policy
from safelight.sqlalchemy import StoredFile, UploadKey


class TestFacts:
    def test_those_of_what_was_accepted_need_no_query(self, app: App):
        with app.Session.begin() as session:
            file = app.accept(session)
            user = User(profile_image=file)
            with queries(app.engine) as told:
                seen = user.profile_image
                assert (seen.width, seen.height, seen.media_type, seen.filename) == (
                    37,
                    23,
                    "image/jpeg",
                    "holiday.jpg",
                )
                assert seen.url == app.storage.url(file.key)
                assert seen.size == len(app.storage.files[file.key])
                assert seen.blob == file.blob
            assert told == []

    def test_those_of_a_row_that_was_loaded(self, app: App):
        user = app.user()
        with app.Session() as session:
            seen = session.get_one(User, user).profile_image
            assert seen.key == str(seen) == app.key(user)
            assert (seen.width, seen.height, seen.url) == (37, 23, app.storage.url(seen.key))
            assert seen.thumbnail_url is None
            assert seen.open().read() == app.storage.files[seen.key]

    def test_those_of_many_rows_take_one_query(self, app: App):
        for _ in range(5):
            app.user()
        with app.Session() as session:
            users = session.scalars(select(User)).all()
            with queries(app.engine) as told:
                assert [user.profile_image.width for user in users] == [37] * 5
                assert all(user.profile_image.url for user in users)
            assert len(told) == 1

    def test_they_are_there_again_after_a_commit(self, app: App):
        with app.Session() as session:
            session.add(user := User(profile_image=app.accept(session)))
            session.commit()
            assert user.profile_image.width == 37
            session.refresh(user)
            assert user.profile_image.width == 37

    def test_those_of_a_row_that_has_left_its_session_are_asked_before(self, app: App):
        user = app.user()
        with app.Session() as session:
            row = session.get_one(User, user)
        with pytest.raises(DetachedInstanceError, match=r"Uploads\.load"):
            _ = row.profile_image.url
        with app.Session() as session:
            row = session.get_one(User, user)
            app.uploads.load(session)
        assert row.profile_image.is_loaded
        assert row.profile_image.width == 37

    def test_columns_that_were_selected_alone(self, app: App):
        key = app.key(app.user())
        with app.Session() as session:
            file = session.scalars(select(User.profile_image)).one()
            assert file == StoredFile(key)
            app.uploads.load(session, [file])
            assert file.width == 37

    def test_a_session_without_a_listener_says_so(self, app: App):
        user = app.user()
        with Session(app.engine) as session, pytest.raises(ConfigurationError, match="no Uploads listens"):
            _ = session.get_one(User, user).profile_image.url


class TestValues:
    def test_are_frozen(self):
        with pytest.raises(FrozenInstanceError):
            StoredFile("a").key = "b"

    def test_are_equal_if_their_keys_are(self):
        assert StoredFile("a") == StoredFile("a", AVATARS)
        assert len({StoredFile("a"), StoredFile("a"), StoredFile("b")}) == 2

    def test_belong_to_their_rows(self, app: App):
        one = app.user()
        with app.Session() as session:
            two = User(profile_image=session.get_one(User, one).profile_image)
            session.get_one(User, one)
            session.expunge_all()
            session.add(two)
            assert two.profile_image.width == 37

    @pytest.mark.parametrize("again", [lambda row: pickle.loads(pickle.dumps(row)), copy.deepcopy])
    def test_come_out_of_a_cache_and_into_a_session(self, app: App, again):
        user = app.user()
        with app.Session() as session:
            cached = again(session.get_one(User, user).profile_image)
        assert cached == StoredFile(app.key(user))
        with app.Session() as session:
            row = pickle.loads(pickle.dumps(session.get_one(User, user)))
        with app.Session() as session:
            assert session.merge(row, load=False).profile_image.width == 37

    def test_can_be_searched_for(self, app: App):
        user = app.user()
        with app.Session() as session:
            file = session.get_one(User, user).profile_image
            for wanted in (file, file.key, file.blob):
                assert session.scalar(select(User.id).where(User.profile_image == wanted)) == user
            assert session.scalar(select(User.id).where(User.profile_image.is_(None))) is None

    def test_the_same_picture_again_writes_nothing(self, app: App):
        user = app.user()
        with app.Session() as session:
            row = session.get_one(User, user)
            row.profile_image = row.profile_image.key
            assert not session.is_modified(row)


class TestMigrations:
    def test_the_column_is_a_varchar(self, engine: Engine):
        kind = next(column for column in inspect(engine).get_columns("user") if column["name"] == "profile_image")[
            "type"
        ]
        assert isinstance(kind, String)
        assert kind.length == 100

    def test_alembic_writes_what_sqlalchemy_alone_can_read(self):
        engine = create_engine("sqlite://")  # with nothing in it
        with engine.connect() as connection:
            context = MigrationContext.configure(connection)
            code = render_python_code(produce_migrations(context, Base.metadata).upgrade_ops)
        engine.dispose()
        assert "sa.Column('profile_image', sa.String(length=100), nullable=True)" in code
        assert "op.create_table('safelight_blob'" in code
        assert "sa.Column('body', sa.JSON(), nullable=True)" in code
        assert "safelight.sqlalchemy" not in code
        assert "UploadKey" not in code

    def test_alembic_sees_no_change_in_what_it_wrote(self, engine: Engine):
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []

    def test_the_way_out_is_a_string(self, app: App):
        """Without Safelight the column has the key, and Alembic has nothing to do."""
        key = app.key(app.user())
        plain = MetaData()
        for table in Base.metadata.tables.values():
            table.to_metadata(plain)
        column = plain.tables["user"].c.profile_image
        column.type = String(100)
        with app.engine.connect() as connection:
            assert connection.scalar(select(column)) == key
            assert compare_metadata(MigrationContext.configure(connection), plain) == []


def test_a_scanner_that_cannot_be_hashed_is_no_trouble(memory_engine: Engine):
    class Scanner:
        __hash__ = None

        def scan(self, content, /):
            return None

    kind = UploadKey(Policy("scanned", IMAGES, scanners=(Scanner(),)))
    table = Table("scanned", MetaData(), Column("id", Integer, primary_key=True), Column("file", kind))
    with memory_engine.begin() as connection:
        table.create(connection)
        assert connection.execute(select(table)).all() == []
        table.drop(connection)
