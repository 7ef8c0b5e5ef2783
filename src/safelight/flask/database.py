"""The ledger in the app's own database: Flask-SQLAlchemy's, or a scoped session's. Only this module imports SQLAlchemy.

Several apps may share one set of models. What listens to their sessions is therefore made once for each MetaData, and
asks the current app for its storages.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, MetaData, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from safelight.adopt import Adopted
from safelight.audit import Rows
from safelight.documents.paths import in_words
from safelight.http.library import Catalogue
from safelight.policy import Policy
from safelight.protocols import Auditable, Movable, Sweepable, Thumbnailing
from safelight.sqlalchemy.after_commit import AfterCommit
from safelight.sqlalchemy.columns import policies
from safelight.sqlalchemy.doctor import SqlDatabase
from safelight.sqlalchemy.uploads import Uploads
from safelight.sweep import Look

from .current import CurrentStorages
from .records import Examined

_MOST_PLACES = 500  # of the files of one page
_INFO = "safelight.flask"  # in a MetaData's info


class SqlRecords:
    """`db` has a `session`, which is scoped, and the `metadata` of the models."""

    failures: tuple[type[Exception], ...] = (SQLAlchemyError,)

    def __init__(self, db: Any) -> None:
        self._sessions = db.session
        self._uploads = _listening(db.metadata, db.session)

    def ledger(self) -> Sweepable:
        return self._uploads.ledger(self._session())

    def sweeping(self) -> tuple[Sweepable, Look]:
        engine = self._checked()
        return self._uploads.ledger(engine), self._uploads.look(engine)

    def moving(self) -> Movable:
        return self._uploads.ledger(self._checked())

    def auditing(self) -> tuple[Auditable, Rows]:
        engine = self._checked()
        return self._uploads.ledger(engine), self._uploads.rows(engine)

    def adopt(self, column: str, *, dry_run: bool, progress: Callable[[int, int], None] | None) -> Adopted:
        return self._uploads.adopt(self._checked(), column, dry_run=dry_run, progress=progress)

    def thumbnailing(self) -> tuple[Thumbnailing, Sequence[Policy]]:
        return self._uploads.ledger(self._checked()), list(policies(self._uploads.metadata))

    def examined(self) -> Examined:
        engine = self._engine()
        database = SqlDatabase(self._uploads.tables, engine)
        return Examined(self._uploads.ledger(engine), database, list(policies(self._uploads.metadata)))

    def look(self) -> Look:
        return self._uploads.look(self._session())

    def catalogue(self) -> Catalogue:
        return self._uploads.catalogue(self._session())

    def places(self, keys: Collection[str]) -> Mapping[str, Sequence[str]]:
        """By table and column, and not by row: whose rows somebody may see is not known here."""
        table = self._uploads.tables.reference
        columns = (table.c.blob_id, table.c.holder, table.c.field, table.c.path)
        query = select(*columns).where(table.c.blob_id.in_(keys)).distinct().order_by(*columns).limit(_MOST_PLACES)
        places: dict[str, list[str]] = {}
        for key, holder, field, path in self._session().execute(query):
            column = ": ".join(filter(None, (field, in_words(path))))
            places.setdefault(key, []).append(f"{holder}, {column}")
        return places

    @contextmanager
    def transaction(self) -> Iterator[None]:
        session = self._session()
        if not session.in_transaction():
            session.begin()
        try:
            yield
            session.commit()
        except BaseException:
            session.rollback()
            raise

    def after_commit(self, call: Callable[[], None]) -> None:
        session = self._session()
        AfterCommit.of(session).call(session, call)

    def _session(self) -> Session:
        session: Session = self._sessions()
        return session

    def _engine(self) -> Engine:
        """The session's engine, on which each step is a transaction of its own."""
        bind = self._session().get_bind(clause=self._uploads.tables.blob.update())
        return bind if isinstance(bind, Engine) else bind.engine

    def _checked(self) -> Engine:
        engine = self._engine()
        self._uploads.check(engine)
        return engine


def _listening(metadata: MetaData, sessions: Any) -> Uploads:
    uploads, listened = metadata.info.setdefault(_INFO, (Uploads(metadata, CurrentStorages()), []))
    if sessions not in listened:
        uploads.listen(sessions)
        listened.append(sessions)
    return uploads  # type: ignore[no-any-return]
