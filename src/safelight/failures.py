"""What could not be done with a file, and why: a storage that fails ends nothing that is done with many files. It is
told at the end, and when it is down it is soon left alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .errors import reason_of
from .words import printable

PATIENCE = 3
"""Failures in a row after which a storage is taken for one that is down."""
SHOWN = 10
"""What is told one by one, of how many there ever are."""


@dataclass(frozen=True, slots=True)
class Failure:
    """`key` is empty where it was the list of all files that a storage did not give."""

    key: str
    storage: str
    reason: str

    @classmethod
    def of(cls, key: str, storage: str, error: BaseException) -> Failure:
        return cls(key, storage, reason_of(error))

    def __str__(self) -> str:
        return f"{printable(self.key) or 'its list'} in storage {self.storage!r}: {self.reason}"


def some(lines: Sequence[object], number: int | None = None) -> Iterator[str]:
    """The first lines of a list, and how many more there are; `number` in all, where `lines` are not all of them."""
    yield from (f"  {line}" for line in lines[:SHOWN])
    if (more := (len(lines) if number is None else number) - SHOWN) > 0:
        yield f"  and {more:,} more"
