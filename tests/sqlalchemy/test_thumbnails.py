"""Pictures get their thumbnails later, in every database, and the sessions of an app see them."""

from dataclasses import replace
from io import BytesIO

import pytest
from sqlalchemy.orm import Session
from tests.sqlalchemy.app import App
from tests.sqlalchemy.models import AVATARS, TABLES, User

from safelight import ConfigurationError
from safelight.errors import OtherInstallation
from safelight.ownership import MARKER
from safelight.sqlalchemy.ledger import SqlLedger
from safelight.testing import ThumbnailConformance
from safelight.variants import THUMBNAIL


class TestThumbnails(ThumbnailConformance):
    @pytest.fixture(autouse=True, params=["memory_engine", "postgresql_engine", "mariadb_engine"])
    def ledger(self, request: pytest.FixtureRequest) -> None:
        database = request.getfixturevalue(request.param)
        self.make_ledger = lambda: SqlLedger(TABLES, database)


class TestThumbnailsInARollbackFixture(ThumbnailConformance):
    @pytest.fixture(autouse=True)
    def ledger(self, begun_sqlite_engine):
        with begun_sqlite_engine.connect() as connection:
            outer = connection.begin()
            with Session(connection, join_transaction_mode="create_savepoint") as session:
                self.make_ledger = lambda: SqlLedger(TABLES, session)
                yield
            outer.rollback()


@pytest.fixture
def memory_app(memory_engine) -> App:
    return App(memory_engine)


def test_a_row_has_the_thumbnail_that_was_made(memory_app: App, monkeypatch: pytest.MonkeyPatch):
    app = memory_app
    user = app.user()
    with pytest.raises(ConfigurationError, match="No policy has thumbnail=True"):
        app.uploads.thumbnails(app.engine)
    monkeypatch.setattr(User.__table__.c.profile_image.type, "_policy", replace(AVATARS, thumbnail=True))
    with app.Session() as session:
        session.connection()
        with pytest.raises(RuntimeError, match="The making of thumbnails commits each of its steps"):
            app.uploads.thumbnails(session)
        session.rollback()
        assert app.uploads.thumbnails(session, dry_run=True).missing == 1
    assert app.uploads.thumbnails(app.engine, ["nobody"]).missing == 0
    assert app.uploads.thumbnails(app.engine).made == 1
    with app.Session() as session:
        image = session.get_one(User, user).profile_image
        assert image.thumbnail_url.endswith(THUMBNAIL.key(image.key))
    assert THUMBNAIL.key(app.key(user)) in app.files


def test_none_is_made_in_a_storage_of_another_installation(sqlite_engine):
    app = App(sqlite_engine)
    app.user()
    app.storage.save(MARKER, BytesIO(b"a" * 36))
    before = app.files
    with pytest.raises(OtherInstallation, match="Its files are left alone"):
        app.uploads.thumbnails(app.engine, [AVATARS.name])
    assert app.files == before
