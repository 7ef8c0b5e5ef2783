"""Whose the files are: in a database that is a copy, or was moved or restored, and in a storage of somebody else's, no
sweep deletes anything. Its exit code says so each hour, to whoever reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..ownership import ownership
from ..protocols import Identified, Storage, Sweepable
from .finding import Finding, ok, warning


def examine(ledger: Sweepable, storages: Mapping[str, Storage], command: str) -> Iterator[Finding]:
    """`command` says whose they are, and is told what has happened."""
    if not isinstance(ledger, Identified) or not ledger.here():
        return  # one of your own, or in memory: there is nothing to compare
    found = ownership(ledger, storages)
    mend = f"It says what to do: {command}"
    if found.displaced:
        yield warning(f"No sweep deletes anything. {found.displaced}", mend)
    for name, mark in found.foreign.items():
        yield warning(f"No sweep deletes anything in storage {name!r}: it is marked as that of {mark}.", mend)
    if not found.displaced and not found.foreign:
        yield ok("Neither the database nor a storage is another installation's.")
