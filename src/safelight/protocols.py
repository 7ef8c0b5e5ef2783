"""What Safelight asks of the parts that can be exchanged: a storage, a ledger, a scanner.

The required interfaces are tiny on purpose. An ability that only some storages have is a protocol of its own.
`safelight.testing` holds a conformance suite for each, which every implementation (ours or yours) must pass.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol, runtime_checkable

from .blob import Aged, Blob, Kept, Reference, State
from .claim import Claim
from .installation import Installation


class Storage(Protocol):
    """Where bytes live, under names that are relative paths with ``/``.

    Failures of the storage itself (down, full, forbidden) are `safelight.errors.StorageUnavailable`; a name that
    would leave the storage is a ValueError.
    """

    def save(self, name: str, content: IO[bytes], /) -> str:
        """Create `name` with all that `content` still holds, and return `name`. All or nothing: a reader never
        sees half a file. Raises `safelight.errors.KeyTaken` if the name exists: nothing is overwritten. A storage
        that repeats a create whose answer was lost must not take its own bytes for another's."""

    def open(self, name: str, /) -> IO[bytes]:
        """A seekable reader of the stored bytes. Raises FileNotFoundError."""

    def exists(self, name: str, /) -> bool:
        """Whether `name` is stored."""

    def delete(self, name: str, /) -> None:
        """Delete `name`. Already gone is not an error: a deletion that was interrupted is simply repeated."""

    def url(self, name: str, /) -> str:
        """Where clients get `name` from; it need not exist."""


@runtime_checkable
class Linkable(Protocol):
    """Content that is a nameless file on this machine's disk: a storage there need not copy it."""

    def link_to(self, target: Path, mode: int, /) -> bool:
        """Make the file itself, with all its bytes and the permissions `mode`, appear durably as `target`. False where
        that cannot be, for one because it is on another file system. Raises FileExistsError."""


@runtime_checkable
class Remote(Protocol):
    """A storage that somebody else runs, to be asked at start-up."""

    def trouble(self) -> str | None:
        """Why it cannot work as it is set up, in sentences: refused credentials, no such bucket. Else None. Raises
        `safelight.errors.StorageUnavailable` if it does not answer, which may pass."""


@runtime_checkable
class Dated(Protocol):
    """A storage that knows since when it has a file."""

    def modified(self, name: str, /) -> datetime | None:
        """When `name` was stored, by the storage's own clock; None where it does not say."""


@runtime_checkable
class InParts(Protocol):
    """A storage to which large files go in parts, which stay if the last one never comes."""

    def discard_parts(self, name: str, /) -> None:
        """Free what was sent of `name`, if that never became a file. For names whose upload can be under way no more:
        a sweep asks for those of expired intents, by name, and never for a list."""


@runtime_checkable
class Measurable(Protocol):
    """A storage that knows how large a file is without reading it."""

    def size(self, name: str, /) -> int:
        """Its bytes. Raises FileNotFoundError."""


@runtime_checkable
class Listable(Protocol):
    """A storage that can say what lies in it. Only an audit asks, and only where somebody wants to know."""

    def names(self, after: str = "", /) -> Iterator[str]:
        """Every name, in an order that stays the same; those that follow `after` in it. It costs the memory of a page
        or a folder, however many there are."""


class Scanner(Protocol):
    """A last word on an upload whose structure is already verified and sanitised."""

    def scan(self, content: IO[bytes], /) -> str | None:
        """Return the name of what was found; None lets the upload pass. `content` is what would be stored. A scanner
        that raises refuses the upload as well."""


Entry = tuple[str, Reference]
"""A key, and a place that names it."""


class Ledger(Protocol):
    """The table of blobs, and who refers to each. See docs/explanation/lifecycle.md for why in this order.

    A blob is an *intent* before its bytes are stored, then *ready*. While nothing refers to it, it is free and
    ages; a sweep deletes what has been free for longer than the grace period.
    """

    def intend(self, key: str, storage: str, /) -> None:
        """Record, durably and before any byte is stored, that bytes may come to lie under `key`, and under the keys
        that follow from it (`safelight.variants.keys_of`). The record must survive a rollback of whatever transaction
        the caller has open."""

    def ready(self, blob: Blob, /) -> None:
        """The bytes are stored: record their facts; the blob is free from now. Raises IntentExpired if the intent
        is gone (a sweep was faster than a very slow upload)."""

    def forget(self, key: str, /) -> None:
        """Nothing of ours lies under `key`, and nothing will arrive there any more: drop its intent."""

    def get(self, key: str, /) -> Blob:
        """The facts of a *ready* blob. Raises `safelight.errors.UnknownKey` for anything else."""

    def attach(self, key: str, reference: Reference, /) -> None:
        """`reference` now names `key`, which is no longer free. In the caller's transaction, together with the row.
        Raises UnknownKey unless the blob is ready. Attaching twice is attaching once."""

    def release(self, key: str, reference: Reference, /) -> None:
        """`reference` no longer names `key`; grace starts now. In the caller's transaction. No byte is touched."""

    def references(self, key: str, /) -> Iterable[Reference]:
        """Who refers to `key`."""

    def held(self, holder: str, row: str, /) -> Iterable[Entry]:
        """All that one row names: what a change of the row is compared with."""


class Sweepable(Ledger, Protocol):
    """A ledger whose blobs can be deleted again: what `safelight.sweep` asks of it besides.

    Of what it is given, each method changes only the rows that still are as they were when a sweep looked: an attach,
    a release or another sweep may have been faster. It never waits for a row that somebody else's transaction has
    changed, and its own changes are committed when it returns (in an open transaction: with that). What its database
    undoes for the sake of another transaction it does once more (``safelight.contention``).
    """

    def aged(self, state: State, before: datetime, /, *, limit: int, after: Aged | None = None) -> Sequence[Aged]:
        """Rows that have been in `state` since `before` or longer: the oldest `limit`, or those that follow `after`.
        Of ready ones those that are free. The cost follows what is found, not the millions of files that are fine."""

    def count(self, state: State, before: datetime, /) -> int:
        """How many rows `aged` would find in all."""

    def expire(self, rows: Sequence[Aged], before: datetime, /) -> Sequence[Aged]:
        """Intents that were made before `before` are deleting from now, and can no longer become ready. Returns
        which."""

    def condemn(self, rows: Sequence[Aged], before: datetime | None = None, /) -> Sequence[Aged]:
        """Ready blobs that nothing refers to, and that have been free since before `before` (None: however long), are
        deleting from now, and can no longer be attached. Returns which. Those that turn out to be referenced are no
        longer free."""

    def spare(self, keys: Collection[str], now: datetime, /) -> None:
        """The grace of free blobs starts again at `now`."""

    def hurry(self, keys: Collection[str], owner: str, since: datetime, /) -> None:
        """Those among `keys` that `owner` sent, and that are free and referred to by nothing, count as free since
        `since`, unless they have been for longer."""

    def bury(self, rows: Sequence[Aged], now: datetime, /) -> Sequence[Aged]:
        """The bytes of what is deleting are gone: tombstones, since `now`. Returns which: of two sweeps that have
        deleted the same, one has buried it."""

    def drop(self, rows: Sequence[Aged], /) -> None:
        """The rows of tombstones go."""


@runtime_checkable
class Movable(Ledger, Protocol):
    """A ledger whose blobs can be moved between storages: what `safelight.move` asks of it besides.

    Each change is one conditional update, committed when it returns. What it knows of a second storage, `Sweepable`
    tells a sweep: the rows that it returns are as they are by then.
    """

    def kept_in(self, storage: str, /, *, limit: int, after: str = "") -> Sequence[Blob]:
        """Ready blobs whose bytes are in `storage`, by their keys: the first `limit`, or those that follow `after`."""

    def count_in(self, storage: str, /) -> int:
        """How many there are."""

    def left_in(self, storage: str, /, *, limit: int, after: str = "") -> Sequence[Blob]:
        """Ready blobs whose bytes are elsewhere, and of which some may lie in `storage`, too; as `kept_in`."""

    def count_left_in(self, storage: str, /) -> int:
        """How many there are."""

    def copying(self, key: str, source: str, target: str, /) -> bool:
        """From now on bytes may come to lie in `target`, too. False, and nothing changes, unless the blob is ready, is
        kept in `source`, and has been left in no third storage."""

    def moved(self, key: str, source: str, target: str, /) -> bool:
        """All of its bytes are in `target`, which keeps it from now on; what lies in `source` is left behind. False,
        and nothing changes, unless it is ready, and as `copying` has left it."""

    def tidied(self, key: str, storage: str, /) -> None:
        """Nothing of it lies in `storage` any more, in which it was left."""


@runtime_checkable
class Identified(Protocol):
    """A ledger that knows whose it is, so that a copy of it deletes nothing: see `safelight.ownership`.

    One whose `here` is empty is compared with nothing: it does not outlive its process, or its test.
    """

    def here(self) -> str:
        """Which database this is, at most `safelight.installation.MAX_PLACE` characters: a copy of it, wherever that
        is, has another answer."""

    def installation(self) -> Installation | None:
        """Which installation it is, as its row says; None if there is no row yet."""

    def install(self, new: Installation, instead_of: Installation | None = None, /) -> Installation:
        """Make the row, or change it from what it was, and commit. Returns what it says then: of several who do it at
        the same time one is first, and the others find that."""

    def stored_in(self) -> Collection[str]:
        """The names of all storages in which files lie, as the rows say. It may read all of them."""


@runtime_checkable
class Adopting(Ledger, Protocol):
    """A ledger that may know files which were there before Safelight: what `safelight.adopt` asks of it besides."""

    def find(self, keys: Collection[str], /) -> Mapping[str, Blob]:
        """The facts of those among `keys`, which may be any strings, that are ready: by few queries."""

    def adopt(self, blob: Blob, /) -> bool:
        """Record what lies under a name that was not made here: it is ready, and free from now. Committed when it
        returns (in an open transaction: with that). False, and nothing changes, if the key is known already."""


@runtime_checkable
class Auditable(Adopting, Protocol):
    """A ledger that can be compared with what rows name and with what storages hold: what `safelight.audit` asks of it
    besides. Each change is committed when it returns, unless the ledger is that of a `transaction`."""

    def held_by(self, holder: str, rows: Collection[str], /) -> Iterable[Entry]:
        """`held` of many rows."""

    def entries(self, *, limit: int, after: int = 0) -> Sequence[tuple[int, Entry]]:
        """Every reference, with a number by which they are in order: the first `limit`, or those that follow
        `after`."""

    def kept(self, *, limit: int, after: str = "") -> Sequence[Kept]:
        """Every ready blob, by its key: the first `limit`, or those that follow `after`."""

    def totals(self) -> tuple[int, int]:
        """How many references there are, and how many ready blobs."""

    def stored_in(self) -> Collection[str]:
        """The names of all storages in which files lie, as the rows say. It may read all of them."""

    def states(self, keys: Collection[str], /) -> Mapping[str, State]:
        """Where in their lives these are, as far as it has a row of them, or an intent beside the database."""

    def known(self, keys: Collection[str], /) -> Collection[str]:
        """Those of which it, or another ledger of this app, has a row or an intent. What is committed while it is
        asked it may overlook in neither place."""

    def transaction(self) -> AbstractContextManager[Auditable]:
        """This ledger, so that all or nothing of what is done with it is done."""

    def lock(self, keys: Collection[str], /) -> Mapping[str, State]:
        """In a transaction: nobody changes these rows until it ends. Returns their states. Waits for nobody: raises
        `safelight.errors.Busy` if somebody else is changing one."""

    def age(self, keys: Collection[str], now: datetime, /) -> Collection[str]:
        """Ready blobs that nothing refers to, and that do not age all the same, are free since `now`. Returns which;
        what somebody else is changing is left alone."""

    def audited(self) -> str:
        """What `note_audited` was given last; empty if it never was."""

    def note_audited(self, position: str, /) -> None:
        """Remember where an audit has come to, in 500 characters at most, beside the ledger's identity; a ledger that
        has none, as in a test that is rolled back, need not."""


@runtime_checkable
class Repeatable(Protocol):
    """A ledger that remembers how requests were answered: what `safelight.idempotency` asks besides.

    All but `answer` is committed when it returns, whatever transaction the caller has open, and is never part of it.
    (SQLite has one writer: there it joins an open transaction, and whoever repeats the request waits for its end.)
    """

    def claimed(self, id: str, /) -> Claim | None:
        """The claim on a request, as it was last committed."""

    def claim(self, claim: Claim, dead: datetime, /) -> Claim | None:
        """Insert `claim`, unless there is one with its id; take over one with its fingerprint that has no answer and
        was made before `dead`: then it has the new token and date. Returns what is there now, ours or another's; None
        if that was abandoned in this very moment."""

    def answer(self, claim: Claim, status: int, answer: str, /) -> bool:
        """Record the answer, in the caller's transaction, together with the rows. False, and nothing changes, unless
        there is a claim with the id and the fingerprint that has no answer yet; of whatever token: who answers first
        is who has done it."""

    def abandon(self, claim: Claim, /) -> None:
        """Delete a claim without an answer, if it still has this token: the request may be sent again."""

    def forget_answers(self, before: datetime, /) -> None:
        """Delete all claims that were made before `before`, answered or not."""
