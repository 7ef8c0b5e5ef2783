"""Files out of `request.files`, strings and nothing: verified, kept, and in the row that names them."""

import base64
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, scoped_session, sessionmaker
from tests.flask import site
from tests.stored import stored_in

from safelight import ConfigurationError, Refusal
from safelight.flask import Database, Safelight
from safelight.ledger import MemoryLedger
from safelight.sqlalchemy import StoredFile, UploadKey
from safelight.storage import MemoryStorage


def test_a_file_of_a_form(app: Flask, client: FlaskClient, picture: bytes) -> None:
    response = client.post("/files-of-a-form", data={"picture": (io.BytesIO(picture), "../me.jpg")})
    assert response.json
    assert response.json["filename"] == "me.jpg"
    assert response.json["url"] == f"/media/{response.json['key']}"
    with app.app_context():
        user = site.db.session.get(site.User, response.json["id"])
        assert user.picture.key == response.json["key"]
        assert (user.picture.width, user.picture.url) == (120, response.json["url"])


def test_base64_in_a_small_document(client: FlaskClient, picture: bytes) -> None:
    response = client.post("/text", json={"picture": base64.b64encode(picture).decode()})
    assert response.json
    assert client.get(response.json["url"]).data == picture


@pytest.mark.parametrize("data", [{}, {"picture": (io.BytesIO(b""), "")}, {"picture": (io.BytesIO(b""), "a.jpg")}])
def test_no_file(client: FlaskClient, data: dict[str, object]) -> None:
    response = client.post("/files-of-a-form", data=data)
    assert response.status_code == 400
    assert response.json
    assert response.json["code"] == "empty"


def test_a_refusal_may_be_handled_by_the_app(app: Flask) -> None:
    app.register_error_handler(Refusal, lambda refusal: (f"no: {refusal.code}", 418))
    response = app.test_client().post("/files-of-a-form")
    assert (response.status_code, response.text) == (418, "no: empty")


class TestSeveralApps:
    def test_each_has_its_own_storage_and_database(self, make_app: Callable[..., Flask], picture: bytes) -> None:
        one, two = make_app(), make_app(SAFELIGHT_URL_PREFIX="/pictures/")
        urls = []
        for app in (one, two):
            response = app.test_client().post("/files-of-a-form", data={"picture": (io.BytesIO(picture), "a.jpg")})
            assert response.json
            urls.append(response.json["url"])
            with app.app_context():
                (user,) = site.db.session.scalars(site.db.select(site.User))
                assert user.picture.url == response.json["url"]
                with user.picture.open() as stored:
                    assert stored.read() == picture
        assert urls[0].startswith("/media/")
        assert urls[1].startswith("/pictures/")
        assert [app.test_client().get(url).status_code for app in (one, two) for url in urls] == [200, 404, 404, 200]

    def test_a_session_is_listened_to_once(self, make_app: Callable[..., Flask]) -> None:
        for _ in range(3):
            make_app()
        _, listened = site.db.metadata.info["safelight.flask"]
        assert listened == [site.db.session]


def test_flask_sqlalchemy_is_found(tmp_path: Path) -> None:
    app = Flask("found")
    app.config |= {"SQLALCHEMY_DATABASE_URI": "sqlite://", "SAFELIGHT_STORAGE": "memory:"}
    db = SQLAlchemy(app)
    Safelight(app)
    assert "safelight_blob" in db.metadata.tables


def test_a_session_of_ones_own(tmp_path: Path, picture: bytes) -> None:
    class Base(DeclarativeBase):
        pass

    class Note(Base):
        __tablename__ = "note"
        id: Mapped[int] = mapped_column(primary_key=True)
        drawing: Mapped[StoredFile | None] = mapped_column(UploadKey(site.AVATARS))

    engine = create_engine(f"sqlite:///{tmp_path / 'own.sqlite3'}")
    session = scoped_session(sessionmaker(engine))
    app = Flask("own")
    app.test_client_class = site.Client
    light = Safelight(app, db=Database(session, Base.metadata), storage=(tmp_path / "media").as_uri())
    Base.metadata.create_all(engine)
    with app.test_request_context():
        note = Note(drawing=light.accept(base64.b64encode(picture).decode(), site.AVATARS))
        session.add(note)
        session.commit()
        assert [place.row for place in light.core.ledger.references(note.drawing.key)] == ["1"]
        assert app.test_client().get(note.drawing.url).data == picture
        session.delete(note)
        session.commit()
        session.remove()
    assert "Deleted 1 file" in app.test_cli_runner().invoke(args=["safelight", "sweep", "--grace", "0s"]).output
    assert not stored_in(tmp_path / "media")
    engine.dispose()


def test_a_ledger_and_storages_of_ones_own(picture: bytes) -> None:
    app, ledger, storage = Flask("memory"), MemoryLedger(), MemoryStorage("https://cdn.example.org/")
    light = Safelight(app, ledger=ledger, storage={"default": storage}, url_prefix=None)
    with app.test_request_context():
        blob = light.accept(base64.b64encode(picture).decode(), site.AVATARS, owner="7")
        assert light.url(blob) == f"https://cdn.example.org/{blob.key}"
    assert ledger.blobs[blob.key].owner == "7"
    assert app.test_client().get(f"/media/{blob.key}").status_code == 404
    result = app.test_cli_runner().invoke(args=["safelight", "sweep", "--grace", "0s"])
    assert result.output.splitlines() == ["Deleted 1 file, unused: " + result.output.split(": ")[1].strip()]
    assert not storage.files


class TestConfiguration:
    @pytest.mark.parametrize(
        ("config", "complaint"),
        [
            ({"SAFELIGHT_STORAGE": "s4://x"}, "unknown scheme"),
            ({"SAFELIGHT_STORAGE": ""}, "SAFELIGHT_STORAGE says where"),
            ({"SAFELIGHT_GRACE": "soon"}, "SAFELIGHT_GRACE must be a number"),
            ({"SAFELIGHT_CACHE_SECONDS": "1"}, "SAFELIGHT_CACHE_SECONDS must be"),
            ({"SAFELIGHT_URL_PREFIX": "media"}, "SAFELIGHT_URL_PREFIX must be"),
            ({"SAFELIGHT_URL_PREFIX": "/"}, "SAFELIGHT_URL_PREFIX must be"),
            ({"SAFELIGHT_STORAGES": {}}, "there is no setting SAFELIGHT_STORAGES"),
        ],
    )
    def test_what_cannot_work_is_said_at_the_start(
        self, make_app: Callable[..., Flask], config: dict[str, object], complaint: str
    ) -> None:
        with pytest.raises(ConfigurationError, match=complaint):
            make_app(**config)

    def test_an_app_without_a_database(self) -> None:
        with pytest.raises(ConfigurationError, match=r"call db\.init_app\(app\) before"):
            Safelight(Flask("bare"), storage="memory:")

    def test_twice(self, app: Flask) -> None:
        with pytest.raises(ConfigurationError, match="already"):
            site.safelight.init_app(app)

    def test_an_app_that_was_forgotten(self) -> None:
        with Flask("forgotten").test_request_context(), pytest.raises(ConfigurationError, match=r"init_app\(app\)"):
            site.safelight.accept("AAAA", site.AVATARS)
