"""The same with Flask: an app that is made by a function."""

from collections.abc import Mapping

from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from safelight import Policy
from safelight.flask import Safelight
from safelight.sqlalchemy import StoredFile, UploadKey

AVATARS = Policy("avatars")


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)
safelight = Safelight(db=db)


class User(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    profile_image: Mapped[StoredFile | None] = mapped_column(UploadKey(AVATARS))


def create_app(config: Mapping[str, object]) -> Flask:
    app = Flask(__name__)
    app.config.from_mapping(config)
    db.init_app(app)
    safelight.init_app(app)
    app.post("/users/")(add)
    return app


def add() -> tuple[dict[str, str], int]:
    user = User(profile_image=safelight.accept(request.files["profile_image"], AVATARS))
    db.session.add(user)
    db.session.commit()
    return {"profile_image": user.profile_image.url}, 201
