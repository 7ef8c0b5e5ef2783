"""Uploads: Safelight for the sessions of one database.

::

    uploads = Uploads(Base.metadata, {"default": from_url("file:///var/media")})
    Session = sessionmaker(engine)
    uploads.listen(Session)

    with Session() as session:
        user = session.get_one(User, 1)
        user.profile_image = uploads.accept(session, upload, AVATARS)
        session.commit()  # now it stays; the picture that was there before is free, and goes with a sweep
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Connection, Engine, MetaData, event
from sqlalchemy.exc import MissingGreenlet
from sqlalchemy.orm import (
    InstrumentedAttribute,
    ORMExecuteState,
    Session,
    SessionTransaction,
    scoped_session,
    sessionmaker,
)
from sqlalchemy.util.concurrency import in_greenlet

from safelight import adopt as adoption
from safelight import audit as comparison
from safelight import deleting
from safelight import move as relocation
from safelight import sweep as core
from safelight import thumbnails as pictures
from safelight.adopt import Adopted
from safelight.audit import Audited
from safelight.blob import Blob, Reference
from safelight.errors import ConfigurationError, InTransaction, InUse
from safelight.move import Moved
from safelight.ownership import Ownership, ownership
from safelight.pipeline import Checked, Safelight, check
from safelight.policy import Policy
from safelight.protocols import Storage
from safelight.sweep import GRACE, Swept
from safelight.thumbnails import Made
from safelight.upload import Upload

from . import references
from .adopting import ColumnRows, upload_key
from .catalogue import SqlCatalogue
from .columns import Look, policies
from .ledger import SqlLedger
from .rows import SqlRows
from .stored import LISTENING, StoredFile, unloaded
from .tables import Tables
from .where import require_read_committed

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session, async_sessionmaker

    AsyncSessions = AsyncSession | async_sessionmaker[Any] | async_scoped_session[Any]

AnySession = Session | scoped_session[Any]


class Uploads:
    """
    metadata: of the tables that have `UploadKey` columns; the ledger's own tables get into it
    storages: by the names that policies use
    tables:   the ledger's, where another metadata has them (``Tables.of(metadata)``)
    grace:    how long a file may be free before a sweep deletes it

    Nothing is global: it does for the sessions that it was told to listen to, and no others.
    """

    def __init__(
        self,
        metadata: MetaData,
        storages: Mapping[str, Storage],
        *,
        tables: Tables | None = None,
        grace: timedelta = GRACE,
    ) -> None:
        self.metadata = metadata
        self.storages = storages
        self.tables = tables or Tables.of(metadata)
        self.grace = grace

    def listen(self, sessions: AnySession | type[Session] | sessionmaker[Any] | AsyncSessions) -> None:
        """Follow what these sessions flush: a sessionmaker (also an async one), a Session class, or one session."""
        target = _target(sessions)
        event.listen(target, "after_begin", self._after_begin)
        event.listen(target, "after_attach", self._after_attach)
        event.listen(target, "after_flush", self._after_flush)
        event.listen(target, "do_orm_execute", self._do_orm_execute, retval=True)

    def check(self, engine: Engine) -> None:
        """To be called at the start. Raises `safelight.ConfigurationError` for an isolation level that cannot work."""
        with engine.connect() as connection:
            require_read_committed(connection)

    # --- uploads -----------------------------------------------------------------------------------------------------

    def accept(self, session: AnySession, upload: Upload, policy: Policy, *, owner: str = "") -> StoredFile:
        """Check an upload and keep it: see `safelight.Safelight.accept`. What comes back is to be assigned to a column;
        unless that is committed, the file expires. With an AsyncSession: `accept_async`."""
        with check(upload, policy) as checked:
            return self.keep(session, checked, owner=owner)

    def keep(self, session: AnySession, checked: Checked, *, owner: str = "") -> StoredFile:
        """Store what has been checked: see `safelight.Safelight.keep`."""
        return self.stored(self.safelight(session).keep(checked, owner=owner))

    def safelight(self, session: AnySession) -> Safelight:
        """The core, as one session has it: what an HTTP library keeps files with."""
        return Safelight(self.ledger(session), self.storages)

    def catalogue(self, place: Engine | AnySession) -> SqlCatalogue:
        """All files, for a library's pages."""
        return SqlCatalogue(self.ledger(place))

    def stored(self, blob: Blob) -> StoredFile:
        """What a blob is in a column, all its facts known."""
        file = StoredFile(blob.key)
        file.learn(blob, self.storages)
        return file

    def ledger(self, place: Engine | AnySession) -> SqlLedger:
        """The ledger as one session sees it, or an engine, on which each step is a transaction of its own."""
        return SqlLedger(self.tables, place if isinstance(place, Engine) else _session(place))

    def load(self, session: AnySession, files: Iterable[StoredFile] | None = None, /) -> None:
        """Ask for the facts of `files` at once; of all in the rows that the session has loaded, if none are given.
        Whoever asks for those of one file does the same, unless it cannot: ``await session.run_sync(uploads.load)``."""
        wanted, ledger = list(unloaded(_session(session)) if files is None else files), self.ledger(session)
        if ledger.where.bind.dialect.is_async and not in_greenlet():
            raise MissingGreenlet("the facts of files are loaded before: await session.run_sync(uploads.load)")
        found = ledger.find([file.key for file in wanted])
        for file in wanted:
            file.learn(found.get(file.key), self.storages)

    # --- the end -----------------------------------------------------------------------------------------------------

    def sweep(
        self,
        place: Engine | AnySession,
        *,
        grace: timedelta | None = None,
        look: Look | None = None,
        batch: int = 500,
        dry_run: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> Swept:
        """See `safelight.sweep.sweep`. ``await session.run_sync(uploads.sweep)`` with an AsyncSession.

        Raises RuntimeError in an open transaction: what it rolls back would be rows whose bytes are gone already. (A
        test that rolls all of it back may sweep in its session.)
        """
        return core.sweep(
            self._stepwise("A sweep", place),
            self.storages,
            look=look or self.look(place),
            grace=self.grace if grace is None else grace,
            batch=batch,
            dry_run=dry_run,
            progress=progress,
        )

    def move(
        self,
        place: Engine | AnySession,
        source: str,
        target: str,
        *,
        delete: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> Moved:
        """See `safelight.move.move`: the files of the storage named `source` come to lie in the one named `target`.
        ``await session.run_sync(uploads.move, "default", "cloud")`` with an AsyncSession.

        Raises RuntimeError in an open transaction: what it rolls back would be where files are."""
        ledger = self._stepwise("A move", place)
        return relocation.move(ledger, self.storages, source, target, delete=delete, progress=progress)

    def audit(
        self,
        place: Engine | AnySession,
        *,
        repair: bool = False,
        storage: bool = False,
        rotate: int | None = None,
        batch: int = 500,
        progress: Callable[[int, int], None] | None = None,
    ) -> Audited:
        """See `safelight.audit.audit`. ``await session.run_sync(uploads.audit)`` with an AsyncSession.

        Raises RuntimeError in an open transaction: what it rolls back would be what was mended."""
        ledger = self._stepwise("An audit", place)
        return comparison.audit(
            ledger,
            self.rows(place),
            self.storages,
            repair=repair,
            storage=storage,
            rotate=rotate,
            batch=batch,
            progress=progress,
        )

    def rows(self, place: Engine | AnySession) -> SqlRows:
        """What an audit compares with: all rows that name files."""
        return SqlRows(self.ledger(place), self.metadata)

    def installation(
        self, place: Engine | AnySession, *, moved: bool = False, copy: bool = False, mark: Collection[str] = ()
    ) -> Ownership:
        """See `safelight.ownership.ownership`: whose files these are, and what has become of the database.

        Raises RuntimeError in an open transaction: what it rolls back would be whose the marked storages are."""
        ledger = self._stepwise("A change of whose files these are", place)
        return ownership(ledger, self.storages, moved=moved, copy=copy, mark=mark)

    def adopt(
        self,
        place: Engine | AnySession,
        column: Column[Any] | InstrumentedAttribute[Any] | str,
        *,
        dry_run: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> Adopted:
        """See `safelight.adopt.adopt`: what ``User.profile_image`` (or ``"user.profile_image"``, table and column) has
        named since before Safelight. ``await session.run_sync(uploads.adopt, User.profile_image)`` with an
        AsyncSession.

        Raises `ConfigurationError` for a column that is no `UploadKey`, and RuntimeError in an open transaction, in
        which every row would stay locked."""
        ledger = self._stepwise("An adoption", place)
        place = place if isinstance(place, Engine) else _session(place)
        rows = ColumnRows(place, self.tables, upload_key(self.metadata, column))
        if rows.storage not in self.storages:
            raise ConfigurationError(f"there is no storage {rows.storage!r}, which the policy of {column} names")
        return adoption.adopt(ledger, self.storages, rows, dry_run=dry_run, progress=progress)

    def thumbnails(
        self,
        place: Engine | AnySession,
        names: Sequence[str] = (),
        *,
        dry_run: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> Made:
        """See `safelight.thumbnails.make_thumbnails`: `names` are those of policies; without any, those of all
        policies with thumbnails that an `UploadKey` has. ``await session.run_sync(uploads.thumbnails)`` with an
        AsyncSession.

        Raises `ConfigurationError` if no policy asks for thumbnails, and RuntimeError in an open transaction, in which
        every picture would stay locked."""
        ledger = self._stepwise("The making of thumbnails", place)
        known = policies(self.metadata)
        return pictures.make_thumbnails(ledger, self.storages, names, known, dry_run=dry_run, progress=progress)

    def look(self, place: Engine | AnySession) -> Look:
        """Which files do rows name? Asked of the columns themselves."""
        return Look(self.ledger(place).where, self.metadata)

    def delete_now(self, session: AnySession, key: str) -> None:
        """What a delete button does: delete a file at once, unless something refers to it. The bytes go when the
        session commits. Raises `UnknownKey`, and `InUse` with the places."""
        try:
            ledger, look = self.ledger(session), self.look(session)
            deleting.delete_now(ledger, self.storages, key, look=look, after_commit=ledger.where.after_commit)
        except InUse as refusal:
            places = [
                {"kind": place.holder, "field": place.field, "path": place.path} for place in self.places(session, key)
            ]
            raise InUse(refusal.detail, places=places) from None

    def delete_unused(self, session: AnySession, keys: Collection[str]) -> set[str]:
        """The same for many: those that something refers to stay. Returns the keys of those that were deleted."""
        ledger, look = self.ledger(session), self.look(session)
        return deleting.delete_unused(ledger, self.storages, keys, look=look, after_commit=ledger.where.after_commit)

    def hurry(self, session: AnySession, keys: Collection[str], owner: str) -> None:
        """See `safelight.deleting.hurry`: what `owner` uploaded into a page that was left expires in an hour."""
        deleting.hurry(self.ledger(session), keys, owner, self.grace)

    def places(self, session: AnySession, key: str) -> list[Reference]:
        """Where a file is used: table, primary key as text, column, and the path in a document."""
        return sorted(self.ledger(session).references(key))

    def _stepwise(self, what: str, place: Engine | AnySession) -> SqlLedger:
        """The ledger for `what`, which commits each of its steps."""
        ledger = self.ledger(place)
        if ledger.where.in_transaction() and not ledger.where.in_test():
            raise InTransaction(what)
        with ledger.where.joined() as connection:
            require_read_committed(connection)
        return ledger

    # --- a session's events ------------------------------------------------------------------------------------------

    def _after_begin(self, session: Session, transaction: SessionTransaction, connection: Connection) -> None:
        self._answer_for(session)

    def _after_attach(self, session: Session, instance: object) -> None:
        self._answer_for(session)

    def _answer_for(self, session: Session) -> None:
        session.info.setdefault(LISTENING, {})[self.metadata] = self

    def _after_flush(self, session: Session, flushed: Any) -> None:
        references.after_flush(session, self.ledger(session), self.metadata, flushed)

    def _do_orm_execute(self, statement: ORMExecuteState) -> Any:
        if statement.is_select or statement.is_insert:
            return None
        return references.execute(statement, self.ledger(statement.session), self.metadata)


def _session(session: AnySession) -> Session:
    return session() if isinstance(session, scoped_session) else session


def _target(sessions: Any) -> Any:
    """What SQLAlchemy listens to: an async session's events are those of the session behind it. (They are told apart by
    what they have: their module cannot be imported without greenlet.)"""
    sessions = getattr(sessions, "session_factory", sessions)
    if isinstance(sessions, type | Session | sessionmaker):
        return sessions
    if hasattr(sessions, "sync_session"):
        return sessions.sync_session
    # Left alone, these sessions are of the class of all sessions, also of those that are none of ours.
    return sessions.kw.setdefault("sync_session_class", sessionmaker())
