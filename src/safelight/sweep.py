"""The sweep: nothing is orphaned, since what no row refers to is deleted when it is old enough; and nothing is lost.

::

    left over    deleting: by a sweep that was killed, or while a storage was down    delete
    unfinished   intents older than the grace period, and than an hour                look, expire, delete
    free         ready, and referred to by nothing for longer than the grace period   look, condemn, delete
    buried       deleted a grace period ago                                           delete again; the row

    delete = the variants, the object (of what is unfinished or on the move, the parts that came), then a tombstone in
             the row's place

The order is the point. The row goes last: while it is there, whatever of its bytes may be there is found again, by
asking the ledger and never by listing a storage. A blob is *condemned* by one conditional update that is committed
before a byte is touched: from then on no row can attach it, and if one was faster nothing happens. Before that the
sweep *looks* at the rows themselves, for one may name a key of which the ledger knows no reference (a bulk update, a
fixture, another program), and even one whose intent an audit has recorded, when its row has come back from a backup:
such a blob is spared. It looks before and not after, so that what is spared was served and could be attached all the
time, and that nothing is ever undone which another sweep may have begun to carry out.

The tombstone is for an upload so slow that its bytes come when its intent has long expired: they are deleted then.

What was answered to requests with an Idempotency-Key (`safelight.idempotency`) is forgotten on the way.

Any number of sweeps may run at once, be killed anywhere, and start again. What has no check code of ours in its key is
left alone, whatever the ledger says; so is what lies in a storage of another installation (`safelight.ownership`).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from .blob import Aged, State
from .errors import OtherInstallation
from .events import Deleted, tell
from .failures import PATIENCE, Failure
from .keys import is_ours
from .ownership import Guard
from .protocols import InParts, Repeatable, Storage, Sweepable
from .variants import keys_of

log = logging.getLogger(__name__)

GRACE = timedelta(hours=24)
"""How long a file may be free before it is deleted, if nothing else is said."""
SLOWEST = timedelta(hours=1)
"""What an upload may take at least, whatever the grace period: a younger intent is never swept."""
REMEMBERED = timedelta(hours=24)
"""How long an answer is kept at least, for a client that repeats its request; whatever the grace period."""

Look = Callable[[Collection[str]], Collection[str]]
"""Which of these keys do rows still name? Asked once for each batch, of the rows themselves."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did; or would have done, if it was a dry run."""

    examined: int = 0
    """Rows that were old enough to be looked at."""
    referenced: int = 0
    """Of those: in order, because something refers to them."""
    spared: int = 0
    """Named by a row, of which the ledger does not know: their grace has started again."""
    foreign: int = 0
    """Left alone, because their keys are not ours."""
    deleted: int = 0
    """Files that were deleted."""
    bytes: int = 0
    """What these had, without their variants."""
    unfinished: int = 0
    """Uploads that never became files, deleted with whatever had arrived."""
    forgotten: int = 0
    """Rows of files that an earlier sweep had deleted."""
    postponed: int = 0
    """Not tried any more, because their storage had failed several times in a row."""
    failures: tuple[Failure, ...] = ()
    withheld: int = 0
    """Left alone, because they lie in storages of another installation."""
    others: tuple[OtherInstallation, ...] = ()
    """Which these are: one for each."""

    @property
    def complete(self) -> bool:
        """Whether nothing is left to the next sweep that should have been done by this one."""
        return not self.failures and not self.postponed and not self.others


def sweep(
    ledger: Sweepable,
    storages: Mapping[str, Storage],
    *,
    look: Look,
    grace: timedelta = GRACE,
    now: datetime | None = None,
    batch: int = 500,
    dry_run: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Swept:
    """Delete what has expired. Not inside a transaction: see `safelight.protocols.Sweepable`.

    A storage that fails leaves its files to the next sweep, and is told in the result; so does one that is another
    installation's. `look` and the ledger may raise what they like: it ends the sweep, and the next one goes on from
    there. `progress` is told how many rows are done, and how many there are, as far as was known at the beginning.

    Raises `OtherInstallation`, before anything else, in a database that is a copy, or was moved or restored.
    """
    now = now or datetime.now(UTC)
    expired, unfinished = now - grace, now - max(grace, SLOWEST)
    guard = Guard.of(ledger, marks=not dry_run)
    work = Work(ledger, storages, guard, now, grace, batch, dry_run, progress)
    work.expect({State.DELETING: now, State.INTENT: unfinished, State.READY: expired, State.DELETED: expired})

    for left_over in work.pages(State.DELETING, now):
        work.delete(work.permitted(left_over))

    for page in work.pages(State.INTENT, unfinished):
        intents, _ = work.unnamed(page, look)
        work.delete(_unsettled(intents) if dry_run else ledger.expire(intents, unfinished))

    for free in work.pages(State.READY, expired):
        unnamed, named = work.unnamed(free, look)
        if not dry_run:
            ledger.spare(named, now)
        work.delete(_unsettled(unnamed) if dry_run else ledger.condemn(unnamed, expired))

    for buried in work.pages(State.DELETED, expired):
        # Of an intent bytes may still come, and of what was on the move, whatever the grace.
        work.forget(work.permitted([row for row in buried if _is_complete(row) or row.since < unfinished]))

    if isinstance(ledger, Repeatable) and not dry_run:
        ledger.forget_answers(now - REMEMBERED)

    return work.swept


def _is_complete(row: Aged) -> bool:
    """Whether no bytes of it are on their way anywhere."""
    return row.size is not None and not row.also_in


def _unsettled(rows: Sequence[Aged]) -> list[Aged]:
    return [row for row in rows if not row.settled]


@dataclass
class Work:
    """A sweep under way: the rows it meets, the deletions themselves, and the count of both."""

    ledger: Sweepable
    storages: Mapping[str, Storage]
    guard: Guard
    now: datetime
    grace: timedelta = GRACE
    batch: int = 1
    dry_run: bool = False
    progress: Callable[[int, int], None] | None = None
    swept: Swept = Swept()
    _expected: int = 0
    _strikes: Counter[str] = field(default_factory=Counter)

    def expect(self, states: Mapping[State, datetime]) -> None:
        if self.progress:
            self._expected = sum(self.ledger.count(state, before) for state, before in states.items())

    def pages(self, state: State, before: datetime) -> Iterator[list[Aged]]:
        """All rows in `state` that are old enough and ours, a batch at a time. What stays as it is is not met again."""
        last: Aged | None = None
        while page := self.ledger.aged(state, before, limit=self.batch, after=last):
            last = page[-1]
            ours = [row for row in page if is_ours(row.key)]
            self.tally(examined=len(page), foreign=len(page) - len(ours), referenced=sum(row.settled for row in ours))
            yield ours
            if self.progress:
                self.progress(self.swept.examined, max(self.swept.examined, self._expected))

    def unnamed(self, rows: Sequence[Aged], look: Look) -> tuple[list[Aged], set[str]]:
        """Those that no row of the app names, in storages that are ours; and the keys of those that are spared."""
        named = set(look([row.key for row in _unsettled(rows)]))
        self.tally(spared=len(named))
        return self.permitted([row for row in rows if row.key not in named]), named

    def delete(self, rows: Sequence[Aged]) -> None:
        gone = self._deleted(rows)
        files = [row for row in gone if row.size is not None]
        self.tally(deleted=len(files), bytes=sum(row.size or 0 for row in files), unfinished=len(gone) - len(files))
        if not self.dry_run:
            buried = self.ledger.bury(gone, self.now)
            if not self.grace:  # no time for a tombstone, which a file needs least that was complete, and stayed there
                self.ledger.drop([row for row in files if _is_complete(row)])
            for row in buried:
                if row.size is not None:
                    tell(self.ledger, Deleted(row.key, row.storage, row.size))

    def forget(self, buried: Sequence[Aged]) -> None:
        gone = self._deleted(buried)
        self.tally(forgotten=len(gone))
        if not self.dry_run:
            self.ledger.drop(gone)

    def tally(self, **more: int) -> None:
        self.swept = replace(self.swept, **{name: getattr(self.swept, name) + count for name, count in more.items()})

    def permitted(self, rows: Sequence[Aged]) -> list[Aged]:
        """Those whose bytes may be deleted. It is asked before they are condemned: what is another installation's may
        have a row here, and yet be in use there."""
        return [row for row in rows if row.settled or self._attempt(row, lambda _: None)]

    def _deleted(self, rows: Sequence[Aged]) -> list[Aged]:
        """Those of which nothing is left in their storage."""
        return list(rows) if self.dry_run else [row for row in rows if self._delete(row)]

    def _delete(self, row: Aged) -> bool:
        def delete(storage: Storage) -> None:
            for name in keys_of(row.key):
                storage.delete(name)
                if (row.size is None or row.also_in) and isinstance(storage, InParts):
                    storage.discard_parts(name)

        gone = self._attempt(row, delete)
        if gone:
            self._strikes[row.storage] = 0
        return gone

    def _attempt(self, row: Aged, do: Callable[[Storage], None]) -> bool:
        """Whether it could be done in each storage where bytes of `row` may lie; else it is counted why not."""
        if self._strikes[row.storage] >= PATIENCE:
            self.tally(postponed=1)
            return False
        try:
            for place in filter(None, (row.also_in, row.storage)):
                storage = self.storages[place]
                self.guard.require(storage, place)
                do(storage)
        except OtherInstallation as error:
            self.tally(withheld=1)
            if error not in self.swept.others:
                log.warning("nothing in a storage is deleted: %s", error)
                self.swept = replace(self.swept, others=(*self.swept.others, error))
            return False
        except Exception as error:
            failure = Failure.of(row.key, row.storage, error)
            log.warning("%s could not be deleted and is left to the next sweep: %s", row.key, failure.reason)
            self.swept = replace(self.swept, failures=(*self.swept.failures, failure))
            self._strikes[row.storage] += 1
            return False
        return True
