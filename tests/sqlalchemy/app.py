"""An app's sessions, and what it does with them."""

import io
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session, sessionmaker
from tests.pictures import photo
from tests.sqlalchemy.models import AVATARS, TABLES, Base, User

from safelight import Reference, Upload
from safelight import sweep as core
from safelight.sqlalchemy import StoredFile, Uploads
from safelight.storage import MemoryStorage
from safelight.sweep import Swept
from safelight.testing.expect import files

DAY, HOUR, MINUTE, NONE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta()
PHOTO = photo()


@contextmanager
def queries(engine: Engine) -> Iterator[list[tuple[str, object]]]:
    """The statements, with their parameters, that are sent meanwhile."""
    told: list[tuple[str, object]] = []

    def tell(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            told.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", tell)
    try:
        yield told
    finally:
        event.remove(engine, "before_cursor_execute", tell)


class App:
    """``with app.Session() as session: ...``"""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.storage = MemoryStorage()
        self.uploads = Uploads(Base.metadata, {"default": self.storage})
        self.Session = sessionmaker(engine)
        self.uploads.listen(self.Session)

    def accept(self, session: Session, name: str = "holiday.jpg", owner: str = "") -> StoredFile:
        """A JPEG of 37 x 23 pixels."""
        return self.uploads.accept(session, Upload(io.BytesIO(PHOTO), name), AVATARS, owner=owner)

    def user(self, name: str = "ann", **columns: object) -> int:
        """The primary key of a user who has a picture, unless it is said what is in the columns."""
        with self.Session.begin() as session:
            user = User(name=name, **(columns or {"profile_image": self.accept(session)}))
            session.add(user)
            session.flush()
            return user.id

    def key(self, user: int) -> str | None:
        with self.Session() as session:
            image = session.get_one(User, user).profile_image
            return image.key if image else None

    @property
    def files(self) -> set[str]:
        return set(files(self.storage))

    def states(self) -> dict[str, str]:
        with self.engine.connect() as connection:
            return dict(connection.execute(select(TABLES.blob.c.key, TABLES.blob.c.state)).all())

    def free(self) -> set[str]:
        query = select(TABLES.blob.c.key).where(TABLES.blob.c.state == "ready", TABLES.blob.c.free_since.is_not(None))
        with self.engine.connect() as connection:
            return set(connection.scalars(query))

    def references(self) -> dict[str, list[Reference]]:
        table, found = TABLES.reference, {}
        with self.engine.connect() as connection:
            for row in connection.execute(select(table).order_by(table.c.id)):
                found.setdefault(row.blob_id, []).append(Reference(row.holder, row.row, row.field, row.path))
        return found

    def sweep_in(self, period: timedelta, grace: timedelta = DAY, **options: object) -> Swept:
        """A sweep that runs so much later."""
        given = {"look": self.uploads.look(self.engine), "now": datetime.now(UTC) + period, **options}
        return core.sweep(self.uploads.ledger(self.engine), self.uploads.storages, grace=grace, **given)

    def assert_attached(self, keys: Collection[str]) -> None:
        """These, and nothing else, are referred to; the rest goes with the next sweeps."""
        assert set(self.references()) == set(keys)
        for period in (9 * DAY, 18 * DAY):
            assert self.sweep_in(period).complete
        assert self.files == set(keys) == set(self.states())
