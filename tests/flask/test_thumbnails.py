"""``flask safelight thumbnails``: pictures from before get their thumbnails, and it says so in words."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask, session
from flask.testing import FlaskClient
from sqlalchemy import text
from tests.flask import site
from tests.flask.bare import Bare

from safelight import Upload
from safelight.flask import Safelight, file_handler
from safelight.ledger import MemoryLedger
from safelight.storage import MemoryStorage
from safelight.variants import THUMBNAIL

ASKING = replace(site.AVATARS, thumbnail=True)


def thumbnails(app: Flask, *options: str) -> Result:
    return app.test_cli_runner().invoke(args=["safelight", "thumbnails", *options])


@pytest.fixture
def key(client: FlaskClient, picture: bytes) -> str:
    """Of a picture that was stored before."""
    sent = {"picture": (io.BytesIO(picture), "me.jpg")}
    return client.post("/files-of-a-form", data=sent).json["key"]


@pytest.fixture
def asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the column's policy asks for thumbnails."""
    monkeypatch.setattr(site.User.__table__.c.picture.type, "_policy", ASKING)


def test_it_says_what_it_did(app: Flask, client: FlaskClient, key: str, asks: None):
    assert thumbnails(app, "--dry-run").output == "1 picture of avatars without a thumbnail.\n"
    done = thumbnails(app)
    assert (done.exit_code, done.output) == (0, "Made 1.\n")
    answer = client.get(f"/media/{THUMBNAIL.key(key)}")
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    with app.app_context():
        assert site.db.session.get_one(site.User, 1).picture.thumbnail_url == f"/media/{THUMBNAIL.key(key)}"
    assert thumbnails(app).output == "0 pictures of avatars without a thumbnail.\n"
    assert thumbnails(app, "--quiet").output == ""


def test_which_policies(app: Flask, key: str):
    done = thumbnails(app)
    assert (done.exit_code, done.output[:40]) == (1, "Error: No policy has thumbnail=True. Set")
    assert thumbnails(app, "--policy=nobody").output == "0 pictures of nobody without a thumbnail.\n"
    assert thumbnails(app, "--policy=avatars", "--dry-run").output == "1 picture of avatars without a thumbnail.\n"


def test_the_policies_of_file_handlers(app: Flask):
    handler = file_handler(replace(ASKING, name="heroes"), name="heroes", permissions=lambda: session.get("user"))
    app.register_blueprint(handler, url_prefix="/heroes")
    assert thumbnails(app, "--dry-run").output == "0 pictures of heroes without a thumbnail.\n"


def test_failures_are_told(app: Flask, key: str, asks: None):
    (Path(app.config["SAFELIGHT_STORAGE"].removeprefix("file://")) / key).unlink()
    done = thumbnails(app, "--quiet")
    first, told = done.output.splitlines()
    assert (done.exit_code, first) == (1, "Error: 1 picture failed:")
    assert told.startswith(f"  {key} in storage 'default': FileNotFoundError")


def test_a_database_that_fails_has_its_sentence(app: Flask, asks: None):
    with app.app_context(), site.db.engine.begin() as connection:
        connection.execute(text("DROP TABLE safelight_reference"))
        connection.execute(text("DROP TABLE safelight_blob"))
    done = thumbnails(app)
    assert done.exit_code == 1
    assert "flask safelight doctor" in done.output


def own(ledger: object) -> tuple[Flask, Safelight]:
    app = Flask("own")
    return app, Safelight(app, ledger=ledger, storage=MemoryStorage())


def test_a_ledger_of_ones_own(picture: bytes):
    ledger = MemoryLedger()
    app, light = own(ledger)
    with app.test_request_context():
        key = light.accept(Upload(io.BytesIO(picture), "me.jpg"), site.AVATARS).key
    assert thumbnails(app, "--policy=avatars").output == "Made 1.\n"
    assert ledger.get(key).thumbnail_size


def test_a_ledger_that_cannot():
    done = thumbnails(own(Bare())[0], "--policy=avatars")
    assert done.exit_code == 1
    assert "no safelight.protocols.Thumbnailing" in done.output
