"""The tables: who there is, and who is signed in where. Safelight's two come along by themselves."""

from sqlite3 import Connection as SQLite

from flask import has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, ForeignKey, String, event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from safelight import IMAGES, Policy
from safelight.http.cross_site import SAFE_METHODS
from safelight.sqlalchemy import StoredFile, UploadKey

AVATARS = Policy("avatars", types=IMAGES, prefix="avatars/%Y/%m", thumbnail=True)


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


class User(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    is_active: Mapped[bool] = mapped_column(default=True)
    profile_image: Mapped[StoredFile | None] = mapped_column(UploadKey(AVATARS), index=True)  # one short key


class SignIn(db.Model):
    """One browser or app of a user's, until it signs out or is not seen again in time."""

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)  # whoever reads the table cannot sign in
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    expires: Mapped[int]
    """Seconds since the epoch."""


def init_engine(engine: Engine) -> None:
    """On SQLite writers queue up instead of failing, and readers never wait for them."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def connect(connection: SQLite, _: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late, and is none that waits
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        is_reading = has_request_context() and request.method in SAFE_METHODS
        connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")
