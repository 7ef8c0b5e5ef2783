"""The tables of an app that uses Safelight."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from safelight import MB, Policy
from safelight.sqlalchemy import StoredFile, Tables, UploadDocument, UploadKey

AVATARS = Policy("avatars", max_bytes=5 * MB)


BODY = {
    "type": "object",
    "keys": {
        "title": {"type": "string"},
        "cover": {"type": "string", "format": "file-url"},
        "gallery": {"type": "array", "items": {"type": "string", "format": "file-url"}},
    },
}


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50), default="")
    profile_image: Mapped[StoredFile | None] = mapped_column(UploadKey(AVATARS), index=True)
    albums: Mapped[list["Album"]] = relationship(cascade="all, delete-orphan", order_by="Album.title")


class Member(User):
    """A joined child: some columns are its parent's."""

    __tablename__ = "member"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    card: Mapped[StoredFile | None] = mapped_column(UploadKey(AVATARS))


class Album(Base):
    """A composite key."""

    __tablename__ = "album"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    title: Mapped[str] = mapped_column(String(50), primary_key=True)
    cover: Mapped[StoredFile | None] = mapped_column(UploadKey(AVATARS))


class Motto(Base):
    """A key that is longer than what references name a row by."""

    __tablename__ = "motto"

    text: Mapped[str] = mapped_column(String(300), primary_key=True)
    emblem: Mapped[StoredFile | None] = mapped_column(UploadKey(AVATARS))


class Page(Base):
    """Files inside documents."""

    __tablename__ = "page"

    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[dict | None] = mapped_column(MutableDict.as_mutable(UploadDocument(BODY)))


TABLES = Tables.of(Base.metadata)
