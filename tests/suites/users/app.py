"""An app with SQLAlchemy alone: its engine, sessions and uploads are those of a module, as apps have them."""

from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

from safelight import Policy, Upload
from safelight.sqlalchemy import StoredFile, UploadKey, Uploads
from safelight.storage import from_url

FOLDER = Path(__file__).resolve().parent
AVATARS = Policy("avatars")


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    profile_image: Mapped[StoredFile | None] = mapped_column(UploadKey(AVATARS))


engine = create_engine(f"sqlite:///{FOLDER}/app.sqlite3")
Session = sessionmaker(engine)
uploads = Uploads(Base.metadata, {"default": from_url(f"file://{FOLDER}/media", "/media/")})
uploads.listen(Session)


def sign_up(upload: Upload) -> int:
    """What the tests test: it commits by itself."""
    with Session() as session:
        user = User(profile_image=uploads.accept(session, upload, AVATARS))
        session.add(user)
        session.commit()
        return user.id
