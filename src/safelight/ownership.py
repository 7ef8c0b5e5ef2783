"""Whose files are these? Nothing is deleted but by the installation it belongs to: a staging copy of the database on
the production's bucket deletes nothing.

Two things must be as they were. The database must be in the place that its ledger remembers: else it is a copy, or was
moved or restored. And each storage must be marked with the ledger's identity, by a small object under a fixed name; the
first sweep that has something to delete marks those that nobody has marked. Objects are never overwritten, and so marks
are not either: a storage that several installations share, or that is a copy of another's, gets another one beside the
first, when somebody says so.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from .errors import ConfigurationError, KeyTaken, OtherInstallation, StorageUnavailable, reason_of
from .installation import Installation
from .keys import MARK
from .protocols import Identified, Ledger, Storage

log = logging.getLogger(__name__)

MARKER = f"{MARK}.bin"
"""The name of the first mark in a storage. No key: nothing serves it, nothing sweeps it."""
_SHARED = f"{MARK}-shared.bin"
"""Lies beside marks of more than one installation, of which the first would not know otherwise."""
_LENGTH = 36  # of an identity
_IDENTITY = re.compile(r"[0-9a-f-]{36}")
_SOMEBODY = "somebody unknown"  # in place of an identity, under the marker's name


@dataclass
class Guard:
    """Asked before anything is deleted or moved: is it ours? A storage is asked once.

    `identity` is None for a ledger that has none to compare: one in memory or of one's own, or a test that will be
    rolled back; and empty for one whose row is not made yet.
    """

    identity: str | None = None
    marks: bool = True
    _answers: dict[str, OtherInstallation | None] = field(init=False, default_factory=dict)

    @classmethod
    def of(cls, ledger: Ledger, *, marks: bool = True) -> Guard:
        """Unless it `marks`, nothing is written: neither the ledger's row nor a storage's mark. Raises
        `OtherInstallation` for a database that is in another place than it was."""
        if not isinstance(ledger, Identified) or not (here := ledger.here()):
            return cls()
        found = ledger.installation()
        if found is None and marks:
            found = ledger.install(Installation.new(here))
        if found is None:
            return cls("", marks)
        if found.place != here:
            raise _displaced(found, here)
        return cls(found.identity, marks)

    def require(self, storage: Storage, name: str) -> None:
        """Raises `OtherInstallation` if the storage, which is called `name`, is not this installation's, and whatever
        the storage raises."""
        if self.identity is None:
            return
        if name not in self._answers:
            self._answers[name] = self._ask(storage, name, self.identity)
        if (answer := self._answers[name]) is not None:
            raise answer.with_traceback(None)  # it is the same one for many files

    def shares(self, storage: Storage) -> bool:
        """Whether another installation has marked it as well, and may have files there that this ledger does not
        know."""
        return self.identity is not None and storage.exists(_SHARED)

    def _ask(self, storage: Storage, name: str, identity: str) -> OtherInstallation | None:
        found = _mark(storage, MARKER)
        if found is None and self.marks:
            found = _marked(storage, identity)
        if found in (None, identity) or (identity and _mark(storage, _another(identity)) == identity):
            return None
        ours = f"is installation {identity}" if identity else "has no identity yet"
        return OtherInstallation(
            f"Storage {name!r} belongs to {found}, says its mark; this database {ours}. Its files are left alone.",
            "If it is this installation's as well: {command} --mark " + name,
        )


@dataclass(frozen=True, slots=True)
class Ownership:
    """What a ledger and its storages say of themselves. `installation` is None if there is none yet; `here` is the
    place that the database is in. `marks` are those of the storages that files lie in: ours, another's, or None;
    `down` are those that could not be asked, and why."""

    installation: Installation | None
    here: str
    marks: Mapping[str, str | None]
    down: Mapping[str, str]

    @property
    def displaced(self) -> OtherInstallation | None:
        """What every sweep answers, unless the database is where it was."""
        if self.installation is None or self.installation.place == self.here:
            return None
        return _displaced(self.installation, self.here)

    @property
    def foreign(self) -> Mapping[str, str]:
        """The storages that are marked with another identity alone, and that."""
        ours = self.installation and self.installation.identity
        return {name: found for name, found in self.marks.items() if found not in (None, ours)}

    @property
    def sound(self) -> bool:
        return not (self.displaced or self.foreign or self.down)


def ownership(
    ledger: Ledger,
    storages: Mapping[str, Storage],
    *,
    moved: bool = False,
    copy: bool = False,
    mark: Collection[str] = (),
) -> Ownership:
    """Say whose files these are, after changing it as somebody says who knows. Not inside a transaction.

    moved: the database was moved or restored, and the one that it was before is not used any more
    copy:  the database is a copy, and the other is used as well: it gets an identity of its own. Storages that nobody
           has marked are the other's, unless they are in `mark`
    mark:  these storages are this installation's, whoever has marked them before

    Raises `ConfigurationError` for what cannot be meant, and `OtherInstallation` if a database is to mark storages that
    is not where it was.
    """
    if moved and copy:
        raise ConfigurationError("a database is either a copy, or the same one in another place")
    if unknown := set(mark) - set(storages):
        raise ConfigurationError(
            f"there is no storage {min(unknown)!r}; there are: {', '.join(sorted(storages))}",
        )
    if not isinstance(ledger, Identified) or not (here := ledger.here()):
        raise ConfigurationError("this ledger has no identity: it is in memory, or one of your own")
    found = ledger.installation()
    if found is not None and moved:
        found = ledger.install(Installation(found.identity, here), found)
    elif found is not None and copy:
        for name in ledger.stored_in():
            if name in set(storages) - set(mark):
                _marked(storages[name], found.identity)
        found = ledger.install(Installation.new(here), found)
    elif found is None and (moved or copy or mark):
        found = ledger.install(Installation.new(here))
    if found is not None and mark:
        if found.place != here:
            raise _displaced(found, here)
        for name in mark:
            _mark_besides(storages[name], found.identity)
    return _told(ledger, storages, found, here, mark)


def _told(
    ledger: Identified, storages: Mapping[str, Storage], found: Installation | None, here: str, mark: Collection[str]
) -> Ownership:
    marks: dict[str, str | None] = {}
    down: dict[str, str] = {}
    for name in sorted({*ledger.stored_in(), *mark} & set(storages)):
        try:
            marks[name] = _mark(storages[name], MARKER)
            if found and _mark(storages[name], _another(found.identity)) == found.identity:
                marks[name] = found.identity
        except Exception as error:
            log.warning("storage %r could not be asked whose it is: %s", name, error)
            down[name] = reason_of(error)
    return Ownership(found, here, marks, down)


def _displaced(found: Installation, here: str) -> OtherInstallation:
    return OtherInstallation(
        f"This database is not where installation {found.identity} was: it is {here!r} and was {found.place!r}. So it "
        "is a copy, or was moved or restored. Its files are left alone: they may be the other's.",
        "If the other is not used any more: {command} --moved\nIf both are used: {command} --copy",
    )


def _another(identity: str) -> str:
    """The name of a mark beside the first."""
    return MARKER.replace(".", f"-{identity}.")


def _mark(storage: Storage, name: str) -> str | None:
    """Whose it is; None if there is none. Storages may be written to by others, who may put anything there."""
    try:
        with storage.open(name) as content:
            told = content.read(_LENGTH + 1).decode("ascii", "replace")
    except FileNotFoundError:
        return None
    except StorageUnavailable:
        raise
    except Exception:  # of a backend that fetches what is read, and has an error of its own for what is not there
        if storage.exists(name):
            raise
        return None
    return told if _IDENTITY.fullmatch(told) else _SOMEBODY


def _marked(storage: Storage, identity: str) -> str:
    """Whose the storage is, now that whoever was first has marked it."""
    try:
        storage.save(MARKER, io.BytesIO(identity.encode()))
    except KeyTaken:
        found = _mark(storage, MARKER)
        if found is None:  # the answer of a cache
            raise StorageUnavailable(f"it has a file {MARKER}, which cannot be read yet") from None
        return found
    return identity


def _mark_besides(storage: Storage, identity: str) -> None:
    if _marked(storage, identity) != identity:
        with suppress(KeyTaken):
            storage.save(_SHARED, io.BytesIO(b"shared"))
        name = _another(identity)
        try:
            storage.save(name, io.BytesIO(identity.encode()))
        except KeyTaken:
            if _mark(storage, name) != identity:
                raise ConfigurationError(f"something else lies under {name}: delete that first") from None
