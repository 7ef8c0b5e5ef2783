"""An app as somebody would write it, with every way in that the extension has."""

from pathlib import Path
from typing import Any

from flask import Flask, jsonify, request, session
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.test import TestResponse

from safelight import DOCUMENTS, IMAGES, MB, Policy
from safelight.flask import Safelight, file_handler
from safelight.sqlalchemy import StoredFile, UploadKey

AVATARS = Policy("avatars", types=IMAGES, max_bytes=2 * MB, prefix="avatars")
LETTERS = Policy("letters", types=DOCUMENTS, max_bytes=1 * MB, prefix="letters")

db = SQLAlchemy()


class Client(FlaskClient):
    """Reads every answer to its end, and closes it, as a server does."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, **{"buffered": True} | kwargs)


safelight = Safelight(db=db)


class User(db.Model):  # type: ignore[name-defined]
    id: Mapped[int] = mapped_column(primary_key=True)
    picture: Mapped[StoredFile | None] = mapped_column(UploadKey(AVATARS))


def create_app(folder: Path, **config: Any) -> Flask:
    app = Flask("site")
    app.test_client_class = Client
    app.config |= {
        "SECRET_KEY": "for tests",
        "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'db.sqlite3'}",
        "SAFELIGHT_STORAGE": (folder / "media").as_uri(),
        **config,
    }
    db.init_app(app)
    safelight.init_app(app)
    with app.app_context():
        db.create_all()
    app.register_blueprint(file_handler(AVATARS, permissions=lambda: session.get("user")), url_prefix="/files")
    app.post("/files-of-a-form")(files_of_a_form)
    app.post("/any")(any_encoding)
    app.post("/gallery")(gallery)
    app.post("/text")(text)
    app.post("/sign-in/<user>")(sign_in)
    return app


def keep(file: Any) -> Any:
    blob = safelight.accept(file, AVATARS)
    user = User(picture=blob)
    db.session.add(user)
    db.session.commit()
    return jsonify(id=user.id, url=safelight.url(blob), key=blob.key, filename=blob.filename), 201


def files_of_a_form() -> Any:
    return keep(request.files.get("picture"))


def any_encoding() -> Any:
    sent = safelight.receive({"picture": AVATARS})
    answer, status = keep(sent.get("picture"))
    others = None if sent.data is None else {name: sent.data[name] for name in sent.data if name != "picture"}
    return jsonify(answer.json | {"others": others}), status


def gallery() -> Any:
    with safelight.receive({"title": AVATARS, "gallery.*.picture": AVATARS}) as sent:
        found = {place: safelight.accept(sent.get(place), AVATARS).size for place in request.args.getlist("place")}
    return jsonify(found)


def text() -> Any:
    return keep(request.get_json()["picture"])


def sign_in(user: str) -> Any:
    session["user"] = user
    return "", 204
