"""What is told of the life of a file: that it was stored, attached, released, and deleted in the end.

Who is told observes, and decides nothing: each event is told when the transaction in which it happened is committed,
and of one that is rolled back nothing is told. A process that is killed between its commit and the telling tells
nobody, so that what has to be exact is asked of the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Protocol, TypeAlias, runtime_checkable

from .blob import Blob, Reference


@dataclass(frozen=True, slots=True)
class Stored:
    """A file is there: its bytes are stored, and its facts recorded. No row names it yet."""

    blob: Blob


@dataclass(frozen=True, slots=True)
class Attached:
    """`reference` names `key`, and did not before."""

    key: str
    reference: Reference


@dataclass(frozen=True, slots=True)
class Released:
    """`reference` does not name `key` any more; other places may."""

    key: str
    reference: Reference


@dataclass(frozen=True, slots=True)
class Deleted:
    """The bytes of `key`, of which there were `size`, are gone from `storage`: by a sweep, or a delete button."""

    key: str
    storage: str
    size: int


Event: TypeAlias = Stored | Attached | Released | Deleted


@runtime_checkable
class Telling(Protocol):
    """A ledger that has observers."""

    def tell(self, event: Event, /) -> None:
        """`event` has happened, in the transaction that the caller has open: tell whoever observes when that is
        committed; at once if none is open. Raises nothing that observers raise."""


def tell(ledger: object, event: Event) -> None:
    """Of a ledger without observers nobody is told."""
    if isinstance(ledger, Telling):
        ledger.tell(event)


def told(event: Event) -> dict[str, Any]:
    """What an event says, by name: as signals give it to their receivers."""
    return {field.name: getattr(event, field.name) for field in fields(event)}
