"""The adoption: files that were there before Safelight become known where they lie, and not a byte or name of theirs
changes.

::

    each name    read       into a nameless temporary file, bounded as an upload is
                 check      as the column's policy would, were it sent now; by its scanners as it lies
                 compare    what an upload would lose must be metadata, in which no program begins
                 record     the ledger knows it by the name that it has; it is free
    each row     follow     in a transaction with the row, which is locked: the ledger's references are what it names

Whatever is refused stays unknown and goes on working as before. What was recorded is served, counted and referred to
like any blob, but never deleted: its name has no check code of ours (`safelight.keys.is_ours`), and a sweep leaves
alone what Safelight has not stored.

The order lets the app go on meanwhile: who saves a row after its name was recorded attaches it himself, and who saved
it just before has committed by the time the row is locked. Killed anywhere and started again it goes on: what the
ledger knows is not read again, and settling the references of a row twice is settling them once.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Protocol, cast

from .blob import Blob
from .errors import ConfigurationError, Corrupt, DecoderUnavailable, Refusal, SafelightError, StorageUnavailable
from .failures import PATIENCE, Failure
from .formats import Inspection, Span, scripts
from .keys import MAX_LENGTH, is_findable, is_ours
from .pipeline import check, scan
from .policy import HEIC, IMAGES, Policy
from .protocols import Adopting, Storage
from .receive import Spool, Upload, receive
from .words import listed, megabytes

log = logging.getLogger(__name__)

_BYTES = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Named:
    """A file that a row names: where it should lie, and what would be accepted in its place."""

    name: str
    storage: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class Row:
    """`identity` is the column's own, by which it finds the row again."""

    identity: object
    files: tuple[Named, ...]


class Column(Protocol):
    """Rows of an app that name files. None of these calls joins a transaction."""

    def count(self) -> int:
        """How many rows name any."""

    def rows(self, *, limit: int, after: Row | None = None) -> Sequence[Row]:
        """Those, by their primary keys: the first `limit`, or those that follow `after`."""

    def follow(self, row: Row) -> None:
        """Lock the row, and let the ledger's references be what it names by now; all in one transaction."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that stays unknown to the ledger, and why."""

    name: str
    reason: str


@dataclass(slots=True)
class Adopted:
    """What an adoption did; or would have done, if it was a dry run."""

    adopted: int = 0
    """Files that the ledger knows now."""
    size: int = 0
    """How many bytes these have."""
    with_metadata: int = 0
    """Those of them with something that an upload would lose."""
    rows: int = 0
    """Rows that name files which were there before Safelight."""
    refused: list[Refused] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Names under which nothing lies."""
    failures: list[Failure] = field(default_factory=list)
    stopped: bool = False
    """Whether it has ended early, after several failures in a row."""

    @property
    def complete(self) -> bool:
        """Whether the ledger knows every file that the rows name."""
        return not (self.refused or self.missing or self.failures)


class CannotAdopt(SafelightError):
    """A file stays unknown; the message says why."""


def adopt(
    ledger: Adopting,
    storages: Mapping[str, Storage],
    column: Column,
    *,
    dry_run: bool = False,
    batch: int = 100,
    progress: Callable[[int, int], None] | None = None,
) -> Adopted:
    """Record what the rows of `column` name and the ledger does not know yet, and who refers to it. Not inside a
    transaction. `progress` is told how many rows are done, and how many there are, as far as was known at the
    beginning. What the ledger or the column raise ends it, and the next run goes on from there."""
    work = _Adoption(ledger, storages, dry_run)
    done, expected = 0, column.count() if progress else 0
    last: Row | None = None
    while page := column.rows(limit=batch, after=last):
        last = page[-1]
        work.turn(page)
        for row in page:
            if work.meet(row) and not dry_run:
                column.follow(row)
            done += 1
            if progress:
                progress(done, max(done, expected))
            if work.result.stopped:
                return work.result
    return work.result


@dataclass
class _Adoption:
    ledger: Adopting
    storages: Mapping[str, Storage]
    dry_run: bool
    result: Adopted = field(default_factory=Adopted)
    _known: Mapping[str, Blob] = field(default_factory=dict)  # before, of the names on this page
    _new: set[str] = field(default_factory=set)  # recorded since; in a dry run, what would be
    _unknown: set[str] = field(default_factory=set)  # and that is told already
    _strikes: int = 0

    def turn(self, page: Sequence[Row]) -> None:
        names = {file.name for row in page for file in _foreign(row)}
        self._known = self.ledger.find(names) if names else {}
        if not self.dry_run:  # then the ledger remembers
            self._new.clear()

    def meet(self, row: Row) -> bool:
        """Whether the ledger knows, by now, a file of the row that was there before Safelight."""
        files = _foreign(row)
        self.result.rows += bool(files)
        return any([self._is_known(file) for file in files])  # noqa: C419  # each of them, not up to the first

    def _is_known(self, file: Named) -> bool:
        """Each name is read once, however many rows have it."""
        if file.name in self._new or self.result.stopped:
            return file.name in self._new
        if file.name in self._unknown:
            return False
        known = self._known.get(file.name)
        if known is not None and known.storage == file.storage:
            return True
        try:
            if known is not None:  # a key is one file, wherever it lies
                raise CannotAdopt(f"The ledger knows another file of this name, in the storage {known.storage!r}.")
            blob, has_metadata = _examined(file, self.storages[file.storage])
        except ConfigurationError:
            raise
        except Exception as error:
            self._tell(file, error)
            return False
        self._strikes = 0
        return self._record(file, blob, has_metadata)

    def _tell(self, file: Named, error: Exception) -> None:
        """Why it stays unknown. A storage that says no is not down."""
        self._unknown.add(file.name)
        is_down = isinstance(error, StorageUnavailable | DecoderUnavailable)
        if isinstance(error, FileNotFoundError):
            self.result.missing.append(file.name)
        elif isinstance(error, Refusal | CannotAdopt) and not is_down:
            self.result.refused.append(Refused(file.name, str(error)))
        else:
            failure = Failure.of(file.name, file.storage, error)
            log.warning("%s could not be adopted: %s", file.name, failure.reason)
            self.result.failures.append(failure)
            self._strikes += 1
            self.result.stopped = self._strikes >= PATIENCE
            return
        self._strikes = 0

    def _record(self, file: Named, blob: Blob, has_metadata: bool) -> bool:
        if self.dry_run or self.ledger.adopt(blob):
            self.result.adopted += 1
            self.result.size += blob.size
            self.result.with_metadata += has_metadata
        elif file.name not in self.ledger.find([file.name]):  # else somebody was faster
            self._tell(file, CannotAdopt("The database takes its name for that of another file, which it knows."))
            return False
        self._new.add(blob.key)
        return True


def _foreign(row: Row) -> list[Named]:
    return [file for file in row.files if not is_ours(file.name)]


def _examined(file: Named, storage: Storage) -> tuple[Blob, bool]:
    """The facts of the bytes as they lie, and whether an upload would lose some of them. Raises `CannotAdopt`, a
    `Refusal`, or FileNotFoundError."""
    if not is_findable(file.name):
        raise CannotAdopt(f"Its name cannot be a key: that takes up to {MAX_LENGTH} characters that can be printed.")
    try:
        content = storage.open(file.name)
    except ValueError:
        raise CannotAdopt("This is no name of a file in a storage.") from None
    with content:
        spool = receive(Upload(content), file.policy.max_bytes)
    with spool:
        size, sha256 = spool.size, hashlib.file_digest(spool.open(), "sha256").hexdigest()
        scan(file.policy, spool)
        is_program = _begins_program(spool, file.policy)
        with check(Upload(cast(BinaryIO, spool), file.name), _as_it_lies(file.policy)) as checked:
            inspection, stored = checked.inspection, checked.blob(file.name, file.storage)
    is_changed = stored.sha256 != sha256
    if is_changed:
        _require_metadata(inspection, is_program)
    # What no walk has proved is only known by a key that ends in .bin, and this one ends as it pleases.
    media_type = _BYTES if inspection.as_sent else stored.media_type
    return replace(stored, media_type=media_type, size=size, sha256=sha256), is_changed


def _as_it_lies(policy: Policy) -> Policy:
    """Nothing is converted, turned or made of a file that stays as it is; and it has been scanned."""
    return replace(policy, types=policy.types - {HEIC}, orient="keep", thumbnail=False, scanners=())


def _begins_program(spool: Spool, policy: Policy) -> bool:
    """In whatever part of a picture; asked before it is reduced to those that are kept."""
    if policy.types.isdisjoint(IMAGES):
        return False
    try:
        scripts.refuse(spool.buffer, [Span(0, spool.size)])
    except Corrupt:
        return True
    return False


def _require_metadata(inspection: Inspection, is_program: bool) -> None:
    """What an upload would lose stays in a file that stays as it is, and is served with it: it must be a part of the
    container that no decoder shows, not another file behind its end."""
    payloads = [removed for removed in inspection.removed if removed.is_payload]
    if payloads:
        found = listed([f"{removed.what} ({megabytes(removed.size)})" for removed in payloads])
        raise CannotAdopt(f"It carries what is no part of it: {found}.")
    if is_program and inspection.media_type in IMAGES:
        raise CannotAdopt("Program code is hidden in its metadata.")
