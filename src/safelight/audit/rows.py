"""Rows and references: what rows name is attached, and what none of them names is released; each row in a transaction
of its own, in which it is read again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from typing import NamedTuple, Protocol

from ..blob import Blob, Reference, State
from ..contention import repeat
from ..errors import Busy, IntentExpired
from ..ledger import followed, settle
from ..policy import Policy
from ..protocols import Auditable, Entry, Storage
from .findings import Audited, Difference, Kind
from .recovery import recovered


class Page(NamedTuple):
    """Some rows of one table, and what each names in the columns that are followed."""

    rows: Mapping[str, Collection[Entry]]
    last: str
    """By which the next page is asked for."""


class Still(NamedTuple):
    """A row that stays as it is until a transaction ends."""

    ledger: Auditable
    """In the same transaction."""
    names: Callable[[], Collection[Entry] | None]
    """Reads what it names now; None while there is no such row."""


class Rows(Protocol):
    """The tables whose columns name files, as an audit reads them: all of their rows, also those that the app itself
    hides. Tables and rows are called what references call them."""

    def holders(self) -> Sequence[str]:
        """Each table once, in an order that stays the same."""

    def count(self, holder: str) -> int: ...

    def page(self, holder: str, *, limit: int, after: str = "") -> Page | None:
        """The first `limit` rows by their primary key, or those that follow `after`; None where none follow."""

    def there(self, holder: str, rows: Collection[str]) -> Collection[str]:
        """Those of `rows` that exist, or of which it cannot be told from their names."""

    def still(self, holder: str, row: str) -> AbstractContextManager[Still]:
        """A transaction in which nobody else changes that row. Raises `Busy` if somebody is about to."""

    def is_followed(self, place: Reference) -> bool:
        """Whether what its column names becomes references."""

    def has_column(self, place: Reference) -> bool:
        """Whether the database still has such a column, followed or not."""

    def named(self, keys: Collection[str]) -> Collection[str]:
        """Those of `keys` that any row names: asked of the columns themselves, as a sweep does."""

    def policy(self, place: Reference) -> Policy | None:
        """What that column accepts, and into which storage, if that can be said of a column."""

    def storages(self) -> Collection[str]:
        """The names of those that columns accept into."""


class RowsAudit:
    """
    storages: in which to look for the bytes of files that the ledger does not know; none if that is not wanted
    """

    def __init__(
        self, ledger: Auditable, rows: Rows, result: Audited, *, repair: bool, storages: Mapping[str, Storage]
    ) -> None:
        self._ledger = ledger
        self._rows = rows
        self._result = result
        self._repair = repair
        self._storages = storages
        self._holders = frozenset(rows.holders())
        self._columns: dict[tuple[str, str], bool] = {}  # that the database has, as far as it was asked

    def rows(self, holder: str, limit: int, after: str) -> tuple[int, str | None]:
        """One page of the rows of a table: how many there were, and the last."""
        page = self._rows.page(holder, limit=limit, after=after)
        if page is None:
            return 0, None
        held: dict[str, set[Entry]] = defaultdict(set)
        for key, place in self._ledger.held_by(holder, page.rows.keys()):
            held[place.row].add((key, place))
        ours = followed(self._ledger, {entry for names in page.rows.values() for entry in names})
        states = self._ledger.states({key for key, _ in ours})
        for row, names in page.rows.items():
            self._compare(holder, row, ours.intersection(names), held[row], states)
        return len(page.rows), page.last

    def references(self, limit: int, after: str) -> tuple[int, str | None]:
        """One page of the references, of those places that no row stands for any more."""
        page = self._ledger.entries(limit=limit, after=int(after or 0))
        by_holder: dict[str, list[Entry]] = defaultdict(list)
        for _, entry in page:
            by_holder[entry[1].holder].append(entry)
        for holder, entries in by_holder.items():
            self._look_for(holder, entries)
        return len(page), str(page[-1][0]) if page else None

    def _compare(self, holder: str, row: str, names: set[Entry], held: set[Entry], states: Mapping[str, State]) -> None:
        unknown = {entry for entry in names if states.get(entry[0]) is not State.READY}
        suspected = dict.fromkeys(names - held, Kind.MISSING)
        suspected |= dict.fromkeys(unknown, Kind.LOST)
        suspected |= {entry: Kind.STALE for entry in held - names if not self._is_kept(entry[1])}
        if suspected:
            lost = [entry for entry in unknown if states.get(entry[0], State.INTENT) is State.INTENT]
            blobs = [blob for entry in lost if (blob := self._recovered(entry))]
            for blob in blobs if self._repair else ():
                self._register(blob, states)
            recovered_keys = {blob.key for blob in blobs}
            self._tell(*repeat(partial(self._judge, holder, row, suspected, recovered_keys)))

    def _look_for(self, holder: str, entries: Sequence[Entry]) -> None:
        """What stands in rows that are there, `rows` compares."""
        is_read = holder in self._holders
        there = self._rows.there(holder, {place.row for _, place in entries}) if is_read else ()
        gone: dict[str, dict[Entry, Kind]] = defaultdict(dict)
        for key, place in entries:
            if place.row in there or (not is_read and self._has_column(place)):
                if self._is_kept(place):
                    self._result.add(Difference(Kind.UNFOLLOWED, key, place))
            else:
                gone[place.row][key, place] = Kind.STALE
        for row, suspected in gone.items():
            kinds, mended = repeat(partial(self._judge, holder, row, suspected))
            self._tell({entry: kind for entry, kind in kinds.items() if entry in suspected}, mended)

    def _judge(
        self, holder: str, row: str, suspected: Mapping[Entry, Kind], recovered: Collection[str] = ()
    ) -> tuple[Mapping[Entry, Kind], Collection[Entry]]:
        """What is wrong with a row that stays as it is while it is read again, as its files do; and what of it is
        mended by now. What is `suspected`, if the row or one of its files is in use."""
        try:
            with self._rows.still(holder, row) as still:
                names = still.names()
                is_gone = names is None and holder in self._holders
                named = followed(still.ledger, set(names or ()))
                held = {entry for entry in still.ledger.held(holder, row) if is_gone or not self._is_kept(entry[1])}
                states = still.ledger.lock({key for key, _ in held | named})
                if names is None and still.names() is not None:
                    raise Busy  # it has come back, before its files were locked
                ready = {entry for entry in named if states.get(entry[0]) is State.READY}
                if self._repair:
                    settle(still.ledger, held, ready | (named & held))
        except Busy:
            self._result.busy += 1
            return suspected, ()
        kinds = dict.fromkeys(held - named, Kind.STALE) | dict.fromkeys(ready - held, Kind.MISSING)
        mended = set(kinds) if self._repair else set()
        kinds |= dict.fromkeys(named - ready, Kind.LOST)
        return kinds | {entry: Kind.UNREGISTERED for entry in kinds if entry[0] in recovered}, mended

    def _is_kept(self, place: Reference) -> bool:
        """Whether its column may name the file, and nobody reads it."""
        return not self._rows.is_followed(place) and self._has_column(place)

    def _has_column(self, place: Reference) -> bool:
        column = place.holder, place.field
        if column not in self._columns:
            self._columns[column] = self._rows.has_column(place)
        return self._columns[column]

    def _recovered(self, entry: Entry) -> Blob | None:
        key, place = entry
        return recovered(key, self._rows.policy(place), self._storages)

    def _register(self, blob: Blob, states: Mapping[str, State]) -> None:
        """Known by an intent are bytes that were taken for strays, until their row came back."""
        if blob.key not in states:
            self._ledger.adopt(blob)
            return
        with suppress(IntentExpired):  # a sweep was faster, or it is registered by now
            self._ledger.ready(blob)

    def _tell(self, kinds: Mapping[Entry, Kind], mended: Collection[Entry]) -> None:
        for entry, kind in sorted(kinds.items()):
            key, place = entry
            self._result.add(Difference(kind, key, place, mended=entry in mended))
