"""Where an app's files are recorded, as the extension asks for it: one database, found once, and nothing global."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple, Protocol

from safelight import doctor
from safelight.adopt import Adopted
from safelight.audit import Rows
from safelight.errors import ConfigurationError
from safelight.http.library import Catalogue
from safelight.policy import Policy
from safelight.protocols import Auditable, Movable, Sweepable, Thumbnailing
from safelight.sweep import Look


class Database(NamedTuple):
    """Your own SQLAlchemy, where it is not Flask-SQLAlchemy: ``Safelight(db=Database(scoped, Base.metadata))``."""

    session: Any
    metadata: Any


class Examined(NamedTuple):
    """A ledger on which each step is a transaction of its own, the database that has it, if one does, and the policies
    of that database's columns."""

    ledger: Sweepable
    database: doctor.Database | None = None
    policies: Sequence[Policy] = ()


class Records(Protocol):
    """The ledger of one app, and what an app's own tables tell besides."""

    failures: tuple[type[Exception], ...]
    """What its database raises when it fails."""

    def ledger(self) -> Sweepable:
        """As the current request sees it: its steps join the transaction of the row that names the file."""

    def sweeping(self) -> tuple[Sweepable, Look]:
        """A ledger on which each step is a transaction of its own; and which files rows name."""

    def moving(self) -> Movable:
        """A ledger on which each step is a transaction of its own. Raises `ConfigurationError` if it cannot move."""

    def auditing(self) -> tuple[Auditable, Rows]:
        """A ledger on which each step is a transaction of its own, and the rows to compare it with. Raises
        `ConfigurationError` if there are none."""

    def adopt(self, column: str, *, dry_run: bool, progress: Callable[[int, int], None] | None) -> Adopted:
        """See `safelight.adopt.adopt`; `column` is ``table.column``. Raises `ConfigurationError` if there is none."""

    def thumbnailing(self) -> tuple[Thumbnailing, Sequence[Policy]]:
        """A ledger on which each step is a transaction of its own, and the policies of its database's columns. Raises
        `ConfigurationError` if it cannot know of thumbnails that are made later."""

    def examined(self) -> Examined:
        """What the doctor examines of it."""

    def look(self) -> Look:
        """Which files do rows name, as the current request sees them?"""

    def catalogue(self) -> Catalogue: ...

    def places(self, keys: Collection[str]) -> Mapping[str, Sequence[str]]:
        """Where files are used, in words that anybody may read who may see them."""

    def transaction(self) -> AbstractContextManager[object]:
        """All of what is done within, or nothing."""

    def after_commit(self, call: Callable[[], None]) -> None: ...


class OwnLedger:
    """A ledger without SQLAlchemy, yours or `safelight.ledger.MemoryLedger`: it knows its rows and nobody else's."""

    failures: tuple[type[Exception], ...] = ()

    def __init__(self, ledger: Sweepable, catalogue: Catalogue | None = None) -> None:
        self._ledger = ledger
        self._catalogue = catalogue

    def ledger(self) -> Sweepable:
        return self._ledger

    def sweeping(self) -> tuple[Sweepable, Look]:
        return self._ledger, self.look()

    def moving(self) -> Movable:
        if not isinstance(self._ledger, Movable):
            raise ConfigurationError("the ledger of this app is no safelight.protocols.Movable: it cannot move files")
        return self._ledger

    def auditing(self) -> tuple[Auditable, Rows]:
        raise ConfigurationError("a ledger of this app's own knows no rows to be compared with")

    def adopt(self, column: str, *, dry_run: bool, progress: Callable[[int, int], None] | None) -> Adopted:
        raise ConfigurationError("an app with a ledger of its own has no columns whose files could be adopted")

    def thumbnailing(self) -> tuple[Thumbnailing, Sequence[Policy]]:
        if not isinstance(self._ledger, Thumbnailing):
            raise ConfigurationError(
                "the ledger of this app is no safelight.protocols.Thumbnailing: its pictures stay as they are"
            )
        return self._ledger, ()

    def examined(self) -> Examined:
        return Examined(self._ledger)

    def look(self) -> Look:
        return lambda keys: ()

    def catalogue(self) -> Catalogue:
        if self._catalogue is None:
            raise ConfigurationError("a file handler lists files: give Safelight the catalogue of your ledger")
        return self._catalogue

    def places(self, keys: Collection[str]) -> Mapping[str, Sequence[str]]:
        return {}

    def transaction(self) -> AbstractContextManager[object]:
        return nullcontext()

    def after_commit(self, call: Callable[[], None]) -> None:
        call()
