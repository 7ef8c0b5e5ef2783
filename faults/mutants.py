"""Mutants: the same steps in a wrong order. Each loses or orphans files, and the scenarios must notice.

They change the methods of a ledger (`safelight.protocols`), and are the same for all ledgers: in processes that are
forked for it, so that whoever forks them stays as he is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from faults.stack import Stack

from safelight import deleting, pipeline
from safelight.blob import Aged, Blob, Reference
from safelight.errors import UnknownKey

NOBODY = Reference("nobody", "0", "nothing")


@dataclass(frozen=True)
class Mutant:
    """`shown_by`: the scenarios in which to look for what it does, the best first. `needs_locks`: where each statement
    has the database for itself, as in SQLite, nobody can come between. One that `is_harmless` shows that what its
    neighbour does is the neighbour's own fault."""

    name: str
    change: Callable[[Stack], None]
    shown_by: tuple[str, ...]
    needs_locks: bool = False
    is_harmless: bool = False


def row_before_object(stack: Stack) -> None:
    """A sweep forgets what it is about to delete."""
    for name in ("expire", "condemn"):
        real = getattr(stack.ledger, name)

        def forgetting(ledger: Any, rows: Sequence[Aged], *rest: Any, real: Any = real) -> Sequence[Aged]:
            condemned: Sequence[Aged] = real(ledger, rows, *rest)
            ledger.bury(condemned, datetime.now(UTC))
            ledger.drop(condemned)
            return condemned

        setattr(stack.ledger, name, forgetting)


def bytes_before_intent(stack: Stack) -> None:
    intend, ready = stack.ledger.intend, stack.ledger.ready  # type: ignore[attr-defined]

    def late(ledger: Any, blob: Blob) -> None:
        intend(ledger, blob.key, blob.storage)
        ready(ledger, blob)

    _set(stack, intend=lambda ledger, key, storage: None, ready=late)


def intent_in_the_transaction(stack: Stack) -> None:
    """Of the caller: what is rolled back was never intended."""

    def within(ledger: Any, key: str, storage: str) -> None:
        columns = "key, storage, state, created, also_in, media_type, sha256, filename, policy, owner"
        values = "%s, %s, 'intent', CURRENT_TIMESTAMP, '', '', '', '', '', ''"
        stack.execute(ledger, f"INSERT INTO safelight_blob ({columns}) VALUES ({values})", key, storage)

    _set(stack, intend=within)


def ready_before_bytes(stack: Stack) -> None:
    store, ready = pipeline.store, stack.ledger.ready  # type: ignore[attr-defined]
    waiting: list[tuple[Any, ...]] = []

    def then_store(ledger: Any, blob: Blob) -> None:
        ready(ledger, blob)
        store(*waiting.pop())

    pipeline.store = lambda *call: waiting.append(call)  # type: ignore[assignment]
    _set(stack, ready=then_store)


def deleted_in_the_transaction(stack: Stack) -> None:
    """With the last reference go the bytes, though all of it may be rolled back."""
    release = stack.ledger.release  # type: ignore[attr-defined]

    def at_once(ledger: Any, key: str, reference: Reference) -> None:
        release(ledger, key, reference)
        if not list(ledger.references(key)):
            stack.storages()[ledger.get(key).storage].delete(key)

    _set(stack, release=at_once)


def others_forgotten(stack: Stack) -> None:
    """Who lets go of a file condemns it, without a look at who else refers to it."""
    release = stack.ledger.release  # type: ignore[attr-defined]

    def for_all(ledger: Any, key: str, reference: Reference) -> None:
        for each in {reference, *ledger.references(key)}:
            release(ledger, key, each)
        blob = ledger.get(key)
        ledger.condemn([Aged(key, blob.storage, blob.size, datetime.now(UTC))])

    _set(stack, release=for_all)


def by_age_alone(stack: Stack) -> None:
    """A sweep deletes what is old, whoever refers to it: nothing ends a file's ageing, nobody looks."""
    attach, release, condemn = (getattr(stack.ledger, name) for name in ("attach", "release", "condemn"))

    def still_ageing(ledger: Any, key: str, reference: Reference) -> None:
        attach(ledger, key, reference)
        release(ledger, key, NOBODY)

    def all_of_them(ledger: Any, rows: Sequence[Aged], before: datetime | None = None) -> Sequence[Aged]:
        for row in rows:
            for each in list(ledger.references(row.key)):
                release(ledger, row.key, each)
        found: Sequence[Aged] = condemn(ledger, [_unsettled(row) for row in rows])
        return found

    def named(look: Any, keys: Collection[str]) -> set[str]:
        return set()

    _set(stack, attach=still_ageing, condemn=all_of_them)
    stack.look.__call__ = named  # type: ignore[attr-defined]


def condemned_for_ever(stack: Stack) -> None:
    """A delete button deletes what it had condemned, though that was taken back."""
    deleting._is_ready = lambda ledger, key: False  # type: ignore[assignment]


def no_look(stack: Stack) -> None:
    """The ledger's word is taken for it that no row names a file."""
    stack.look.__call__ = lambda look, keys: set()  # type: ignore[attr-defined]


def no_tombstone(stack: Stack) -> None:
    """The row of an upload that never came goes at once: so it may come later."""
    bury = stack.ledger.bury  # type: ignore[attr-defined]

    def and_drop(ledger: Any, rows: Sequence[Aged], now: datetime) -> Sequence[Aged]:
        buried: Sequence[Aged] = bury(ledger, rows, now)
        ledger.drop(rows)
        return buried

    _set(stack, bury=and_drop)


def looked_then_attached(stack: Stack) -> None:
    """Between the look and the reference a sweep may come."""

    def look_and_insert(ledger: Any, key: str, reference: Reference) -> None:
        ledger.get(key)
        _insert(stack, ledger, key, reference)

    _set(stack, attach=look_and_insert)


def attached_by_share_lock(stack: Stack) -> None:
    """And a sweep that condemns in one statement: it waits for the lock, and keeps its old view of "no reference"."""

    def lock_and_insert(ledger: Any, key: str, reference: Reference) -> None:
        if not stack.execute(
            ledger, "SELECT key FROM safelight_blob WHERE key = %s AND state = 'ready' FOR SHARE", key
        ):
            raise UnknownKey(key)
        _insert(stack, ledger, key, reference)

    _set(stack, attach=lock_and_insert)
    condemned_at_once(stack)


def condemned_at_once(stack: Stack) -> None:
    """By one statement, as it stands in docs/explanation/lifecycle.md. It is the attaching that must be an update of
    the same row."""

    def in_one(ledger: Any, rows: Sequence[Aged], before: datetime | None = None) -> Sequence[Aged]:
        condemned = []
        for row in rows:
            if stack.execute(
                ledger,
                "UPDATE safelight_blob SET state = 'deleting' WHERE key = %s AND state = 'ready' AND free_since < %s "
                "AND NOT EXISTS (SELECT 1 FROM safelight_reference WHERE blob_id = safelight_blob.key)",
                row.key,
                before or datetime.now(UTC),
            ):
                condemned.append(row)
        return condemned

    _set(stack, condemn=in_one)


def _insert(stack: Stack, ledger: Any, key: str, reference: Reference) -> None:
    stack.execute(
        ledger,
        'INSERT INTO safelight_reference (blob_id, holder, "row", field, path) VALUES (%s, %s, %s, %s, %s)',
        key,
        reference.holder,
        reference.row,
        reference.field,
        reference.path,
    )


def _unsettled(row: Aged) -> Aged:
    return Aged(row.key, row.storage, row.size, row.since, also_in=row.also_in)


def _set(stack: Stack, **methods: Callable[..., Any]) -> None:
    for name, method in methods.items():
        setattr(stack.ledger, name, method)


MUTANTS = (
    Mutant("row deleted before the object", row_before_object, ("sweep", "sweep without grace")),
    Mutant("bytes stored before the intent", bytes_before_intent, ("create", "upload without a row")),
    Mutant("intent in the caller's transaction", intent_in_the_transaction, ("create, in one transaction", "rollback")),
    Mutant("row ready before the bytes", ready_before_bytes, ("upload, chosen from the library",)),
    Mutant("bytes deleted in the transaction", deleted_in_the_transaction, ("delete", "rollback")),
    Mutant("no look at other references", others_forgotten, ("share: delete one",)),
    Mutant("sweep by age alone", by_age_alone, ("share", "create")),
    Mutant("no look at the rows", no_look, ("sweep",)),
    Mutant("delete, though not condemned", condemned_for_ever, ("savepoint by hand",)),
    Mutant("no tombstone", no_tombstone, ("bytes after their intent",)),
    Mutant("attach looks, then inserts", looked_then_attached, ("attach against sweep",), needs_locks=True),
    Mutant("attach by share lock", attached_by_share_lock, ("attach against sweep",), needs_locks=True),
    Mutant(
        "its sweep, attach as it is", condemned_at_once, ("attach against sweep",), needs_locks=True, is_harmless=True
    ),
)
