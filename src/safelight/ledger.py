"""The ledger's own rules: nothing is orphaned, because no byte is stored before a row says that it may be.

`MemoryLedger` is the rules in their plainest form, and what tests use; `settle` is what every change of a row comes to.
The ledgers of the frameworks keep the same rules in SQL.
"""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from .blob import Aged, Blob, Kept, Reference, State, age
from .claim import MemoryClaims
from .errors import IntentExpired, UnknownKey
from .events import Attached, Released, tell
from .keys import is_ours
from .protocols import Adopting, Entry, Ledger


def settle(ledger: Ledger, held: set[Entry], named: set[Entry]) -> None:
    """Attach what rows name now, release what they named before and do not name any more: `held` is what the ledger
    has of their places, which another process may have changed since the rows were read.

    By key, so that two who save the same keys do not wait for each other; and of each key first what goes: what has
    only moved is not free afterwards. Observers are told of each, in this order.
    """
    for key, comes, place in sorted((key, (key, place) in named, place) for key, place in held ^ named):
        (ledger.attach if comes else ledger.release)(key, place)
        tell(ledger, Attached(key, place) if comes else Released(key, place))


def followed(ledger: Adopting, named: set[Entry]) -> set[Entry]:
    """Those of the (key, reference) that rows name which the ledger follows. A name without our check code was there
    before Safelight: unless it was adopted, it is left alone, and keeps working."""
    foreign = {key for key, _ in named if not is_ours(key)}
    known = ledger.find(foreign) if foreign else {}
    return {(key, place) for key, place in named if is_ours(key) or key in known}


_MOST = 500  # parameters of one statement, of which databases have a most


def portions(texts: Collection[str]) -> Iterator[list[str]]:
    """As many at a time as a statement may ask for."""
    ordered = sorted(texts)
    for at in range(0, len(ordered), _MOST):
        yield ordered[at : at + _MOST]


class MemoryLedger(MemoryClaims):
    """A ledger without a database: its transactions are its lock. A `safelight.protocols.Sweepable`, `Movable`,
    `Thumbnailing`, `Adopting` and `Repeatable`."""

    def __init__(self) -> None:
        super().__init__()
        self.intents: dict[str, str] = {}  # key -> storage
        self.blobs: dict[str, Blob] = {}  # those that are ready
        self.free_since: dict[str, datetime] = {}
        self.deleting: dict[str, Aged] = {}
        self.deleted: dict[str, Aged] = {}
        self.also_in: dict[str, str] = {}  # key -> a second storage
        self._intended: dict[str, datetime] = {}
        self._references: dict[str, dict[Reference, int]] = {}
        self._numbers = itertools.count(1)
        self._audited = ""
        self._lock = threading.RLock()

    def intend(self, key: str, storage: str, /) -> None:
        with self._lock:
            if self._knows(key):
                raise ValueError(f"{key} is taken")
            self.intents[key] = storage
            self._intended[key] = datetime.now(UTC)

    def ready(self, blob: Blob, /) -> None:
        with self._lock:
            if self.intents.pop(blob.key, None) is None:
                raise IntentExpired(blob.key)
            del self._intended[blob.key]
            self.blobs[blob.key] = blob
            self.free_since[blob.key] = datetime.now(UTC)

    def forget(self, key: str, /) -> None:
        with self._lock:
            self.intents.pop(key, None)
            self._intended.pop(key, None)

    def get(self, key: str, /) -> Blob:
        try:
            return self.blobs[key]
        except KeyError:
            raise UnknownKey(key) from None

    def attach(self, key: str, reference: Reference, /) -> None:
        with self._lock:
            self.get(key)
            self.free_since.pop(key, None)
            self._references.setdefault(key, {}).setdefault(reference, next(self._numbers))

    def release(self, key: str, reference: Reference, /) -> None:
        with self._lock:
            self._references.get(key, {}).pop(reference, None)
            if key in self.blobs:
                self.free_since[key] = datetime.now(UTC)

    def references(self, key: str, /) -> list[Reference]:
        with self._lock:
            return sorted(self._references.get(key, ()))

    def held(self, holder: str, row: str, /) -> list[Entry]:
        with self._lock:
            return sorted(
                (key, reference)
                for key, references in self._references.items()
                for reference in references
                if (reference.holder, reference.row) == (holder, row)
            )

    # --- the adoption ------------------------------------------------------------------------------------------------

    def find(self, keys: Collection[str], /) -> dict[str, Blob]:
        with self._lock:
            return {key: self.blobs[key] for key in keys if key in self.blobs}

    def adopt(self, blob: Blob, /) -> bool:
        with self._lock:
            if self._knows(blob.key):
                return False
            self.blobs[blob.key], self.free_since[blob.key] = blob, datetime.now(UTC)
            return True

    # --- the sweep ---------------------------------------------------------------------------------------------------

    def aged(self, state: State, before: datetime, /, *, limit: int, after: Aged | None = None) -> list[Aged]:
        with self._lock:
            old = sorted((row for row in self._in(state) if row.since < before), key=age)
        return [row for row in old if after is None or age(row) > age(after)][:limit]

    def count(self, state: State, before: datetime, /) -> int:
        with self._lock:
            return sum(row.since < before for row in self._in(state))

    def expire(self, rows: Sequence[Aged], before: datetime, /) -> list[Aged]:
        with self._lock:
            expired = [row for row in rows if row.key in self.intents and self._intended[row.key] < before]
            for row in expired:
                self.forget(row.key)
                self.deleting[row.key] = row
        return expired

    def condemn(self, rows: Sequence[Aged], before: datetime | None = None, /) -> list[Aged]:
        condemned = []
        with self._lock:
            for row in rows:
                free_since = self.free_since.get(row.key)
                if free_since is None or (before is not None and free_since >= before):
                    continue
                del self.free_since[row.key]
                if not self._references.get(row.key):
                    storage, also_in = self.blobs.pop(row.key).storage, self.also_in.pop(row.key, "")
                    self.deleting[row.key] = replace(row, storage=storage, also_in=also_in)
                    condemned.append(self.deleting[row.key])
        return condemned

    def spare(self, keys: Collection[str], now: datetime, /) -> None:
        with self._lock:
            self.free_since.update({key: now for key in keys if key in self.free_since})

    def hurry(self, keys: Collection[str], owner: str, since: datetime, /) -> None:
        with self._lock:
            for key in keys:
                free_since = self.free_since.get(key)
                if free_since and self.blobs[key].owner == owner and not self._references.get(key):
                    self.free_since[key] = min(free_since, since)

    def bury(self, rows: Sequence[Aged], now: datetime, /) -> list[Aged]:
        with self._lock:
            gone = [row for row in rows if self.deleting.pop(row.key, None)]
            self.deleted.update({row.key: replace(row, since=now) for row in gone})
        return gone

    def drop(self, rows: Sequence[Aged], /) -> None:
        with self._lock:
            for row in rows:
                self.deleted.pop(row.key, None)

    # --- the move ----------------------------------------------------------------------------------------------------

    def kept_in(self, storage: str, /, *, limit: int, after: str = "") -> list[Blob]:
        with self._lock:
            found = sorted(key for key, blob in self.blobs.items() if blob.storage == storage and key > after)
            return [self.blobs[key] for key in found[:limit]]

    def count_in(self, storage: str, /) -> int:
        with self._lock:
            return sum(blob.storage == storage for blob in self.blobs.values())

    def left_in(self, storage: str, /, *, limit: int, after: str = "") -> list[Blob]:
        with self._lock:
            found = sorted(key for key, left in self.also_in.items() if left == storage and key > after)
            return [self.blobs[key] for key in found[:limit]]

    def count_left_in(self, storage: str, /) -> int:
        with self._lock:
            return sum(left == storage for left in self.also_in.values())

    def copying(self, key: str, source: str, target: str, /) -> bool:
        with self._lock:
            blob = self.blobs.get(key)
            if blob is None or blob.storage != source or self.also_in.get(key, target) != target:
                return False
            self.also_in[key] = target
            return True

    def moved(self, key: str, source: str, target: str, /) -> bool:
        with self._lock:
            blob = self.blobs.get(key)
            if blob is None or blob.storage != source or self.also_in.get(key) != target:
                return False
            self.blobs[key], self.also_in[key] = replace(blob, storage=target), source
            return True

    def tidied(self, key: str, storage: str, /) -> None:
        with self._lock:
            if self.also_in.get(key) == storage:
                del self.also_in[key]

    # --- thumbnails --------------------------------------------------------------------------------------------------

    def without_thumbnail(self, policies: Collection[str], /, *, limit: int, after: str = "") -> list[Blob]:
        with self._lock:
            found = [
                blob
                for key, blob in sorted(self.blobs.items())
                if key > after and key not in self.also_in and blob.policy in policies
            ]
        return [blob for blob in found if blob.width is not None and blob.thumbnail_size is None][:limit]

    def count_without_thumbnail(self, policies: Collection[str], /) -> int:
        return len(self.without_thumbnail(policies, limit=sys.maxsize))

    def note_thumbnail(self, key: str, storage: str, size: int, /) -> bool:
        with self._lock:
            blob = self.blobs.get(key)
            if blob is None or blob.storage != storage or key in self.also_in:
                return False
            self.blobs[key] = replace(blob, thumbnail_size=size)
            return True

    # --- the audit ---------------------------------------------------------------------------------------------------

    def held_by(self, holder: str, rows: Collection[str], /) -> list[Entry]:
        return [entry for row in sorted(rows) for entry in self.held(holder, row)]

    def entries(self, *, limit: int, after: int = 0) -> list[tuple[int, Entry]]:
        with self._lock:
            numbered = sorted(
                (number, (key, place))
                for key, places in self._references.items()
                for place, number in places.items()
                if number > after
            )
        return numbered[:limit]

    def kept(self, *, limit: int, after: str = "") -> list[Kept]:
        with self._lock:
            page = sorted(key for key in self.blobs if key > after)[:limit]
            blobs = [self.blobs[key] for key in page]
            return [
                Kept(blob.key, blob.storage, blob.size, blob.key in self.free_since, bool(self.references(blob.key)))
                for blob in blobs
            ]

    def totals(self) -> tuple[int, int]:
        with self._lock:
            return sum(map(len, self._references.values())), len(self.blobs)

    def stored_in(self) -> set[str]:
        with self._lock:
            return {blob.storage for blob in self.blobs.values()}

    def states(self, keys: Collection[str], /) -> dict[str, State]:
        with self._lock:
            tables = {
                State.INTENT: self.intents.keys(),
                State.READY: self.blobs.keys(),
                State.DELETING: self.deleting.keys(),
                State.DELETED: self.deleted.keys(),
            }
            return {key: state for state, table in tables.items() for key in table & set(keys)}

    def known(self, keys: Collection[str], /) -> set[str]:
        return set(self.states(keys))

    @contextmanager
    def transaction(self) -> Iterator[MemoryLedger]:
        with self._lock:
            yield self

    def lock(self, keys: Collection[str], /) -> dict[str, State]:
        return self.states(keys)

    def age(self, keys: Collection[str], now: datetime, /) -> set[str]:
        with self._lock:
            ageless = {key for key in keys if key in self.blobs.keys() - self.free_since and not self.references(key)}
            self.free_since.update(dict.fromkeys(ageless, now))
        return ageless

    def audited(self) -> str:
        return self._audited

    def note_audited(self, position: str, /) -> None:
        self._audited = position

    def _knows(self, key: str) -> bool:
        return any(key in rows for rows in (self.intents, self.blobs, self.deleting, self.deleted))

    def _in(self, state: State) -> list[Aged]:
        if state is State.INTENT:
            return [Aged(key, storage, None, self._intended[key]) for key, storage in self.intents.items()]
        if state is State.READY:
            return [
                Aged(key, self.blobs[key].storage, self.blobs[key].size, since, bool(self._references.get(key)))
                for key, since in self.free_since.items()
            ]
        return list((self.deleting if state is State.DELETING else self.deleted).values())
