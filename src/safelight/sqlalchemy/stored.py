"""What a column that names a file gives: a key, and the facts of the ledger, which are asked for when they are wanted.

A page that shows fifty rows must not ask fifty times: who asks for the facts of one file gets those of all files that
its session has loaded, by one query. `Uploads.load` asks ahead, which an AsyncSession has to.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Protocol

from sqlalchemy import MetaData, inspect
from sqlalchemy.orm import Session, object_session
from sqlalchemy.orm.exc import DetachedInstanceError

from safelight.blob import Blob
from safelight.errors import ConfigurationError
from safelight.policy import Policy
from safelight.protocols import Storage
from safelight.variants import thumbnail_key

LISTENING = "safelight"
"""In a session's ``info``: who listens to it, by the metadata whose tables name files."""


class Source(Protocol):
    """Where facts come from: `safelight.sqlalchemy.Uploads`."""

    def load(self, session: Session, files: Iterable[StoredFile] | None = None, /) -> None: ...


@dataclass(slots=True)
class _Facts:
    """What a value has come to know; and of which row it is, whose session can be asked for more. Sessions do not keep
    rows that nobody else keeps: while the transaction lasts in which one was loaded, its session is asked all the same.
    """

    blob: Blob | None = None
    storages: Mapping[str, Storage] | None = None
    row: weakref.ref[object] | None = None
    session: weakref.ref[Session] | None = None
    metadata: MetaData | None = None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The value of an `UploadKey` column: ``user.profile_image.url``. Two are equal if their keys are.

    Of a name from before Safelight, which the ledger does not know, there is a URL and nothing else: ``blob`` is None
    and so are all facts.
    """

    key: str
    policy: Policy | None = field(default=None, repr=False, compare=False)
    """The column's."""
    _facts: _Facts = field(default_factory=_Facts, repr=False, compare=False)

    def __str__(self) -> str:
        return self.key

    def __reduce__(self) -> tuple[object, ...]:
        """Of a copy, or what comes out of a cache, the facts are asked anew."""
        return type(self), (self.key, self.policy)

    @property
    def blob(self) -> Blob | None:
        """All facts. Raises DetachedInstanceError if they are not known yet and there is no session to ask."""
        if self._facts.storages is None:
            source, session = self._source()
            source.load(session, [self, *unloaded(session)])
        return self._facts.blob

    @property
    def url(self) -> str:
        storage, _ = self._storage()
        return storage.url(self.key)

    @property
    def thumbnail_url(self) -> str | None:
        """None if it has none."""
        storage, blob = self._storage()
        key = thumbnail_key(blob) if blob else None
        return None if key is None else storage.url(key)

    @property
    def media_type(self) -> str | None:
        return self.blob.media_type if self.blob else None

    @property
    def size(self) -> int | None:
        """In bytes."""
        return self.blob.size if self.blob else None

    @property
    def width(self) -> int | None:
        return self.blob.width if self.blob else None

    @property
    def height(self) -> int | None:
        return self.blob.height if self.blob else None

    @property
    def filename(self) -> str:
        """The client's name for the file, cleaned, for display alone."""
        return self.blob.filename if self.blob else ""

    def open(self) -> IO[bytes]:
        """A seekable reader of the stored bytes. Raises FileNotFoundError."""
        storage, _ = self._storage()
        return storage.open(self.key)

    @property
    def is_loaded(self) -> bool:
        """Whether its facts can be had without a query."""
        return self._facts.storages is not None

    def learn(self, blob: Blob | None, storages: Mapping[str, Storage]) -> None:
        """What the ledger knows of it. A key names the same bytes for ever; what may change is where they are, and a
        move leaves them where they were, too, until nobody can still go by these facts."""
        self._facts.blob, self._facts.storages = blob, storages

    def of(self, row: object, metadata: MetaData, policy: Policy | None) -> StoredFile:
        """The same file as the value of `row`; each row has one of its own."""
        session = object_session(row)
        asked = None if session is None else weakref.ref(session)
        facts = _Facts(self._facts.blob, self._facts.storages, weakref.ref(row), asked, metadata)
        return StoredFile(self.key, policy, facts)

    def _storage(self) -> tuple[Storage, Blob | None]:
        blob, storages = self.blob, self._facts.storages or {}
        if blob is None and self.policy is None:
            raise ConfigurationError(f"{self.key}: the ledger does not know where it is")
        return storages[blob.storage if blob else self.policy.storage if self.policy else ""], blob

    def _session(self) -> Session | None:
        row = self._facts.row() if self._facts.row else None
        if row is not None:
            return object_session(row)
        session = self._facts.session() if self._facts.session else None
        return session if session is not None and session.in_transaction() else None

    def _source(self) -> tuple[Source, Session]:
        session = self._session()
        if session is None:
            raise DetachedInstanceError(
                f"{self!r} is not part of a session that could be asked for its facts. Load them before, with "
                "Uploads.load(session), or ask while the row is in its session."
            )
        listening: dict[MetaData, Source] = session.info.get(LISTENING, {})
        if self._facts.metadata not in listening:
            raise ConfigurationError(f"{self!r}: no Uploads listens to its session (listen() takes a sessionmaker)")
        return listening[self._facts.metadata], session


def unloaded(session: Session) -> Iterator[StoredFile]:
    """The files of the rows in a session whose facts are not known yet."""
    for row in [*session.identity_map.values(), *session.new]:
        for value in inspect(row, raiseerr=True).dict.values():
            if isinstance(value, StoredFile) and not value.is_loaded:
                yield value
