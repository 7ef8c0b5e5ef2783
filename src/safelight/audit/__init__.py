"""The audit: rows, references and storage are compared, and what has come apart is put together again.

::

    rows         of each table whose columns name files        missing, stale; lost, unregistered
    references   is the place that they name still there?      stale
    files        ready ones: do those age that are free?       ageless
                 and, if wanted, are their bytes there?        missing bytes, other bytes
    storage      if wanted: what lies there that no ledger     stray
                 knows

A ledger follows what its framework saves. What passes that by (a bulk update, a fixture, raw SQL, a cascade in the
database, a backup that was restored) loses nothing, for a sweep looks at the rows before it deletes; but it leaves
files that never age, and others that every sweep has to look at again.

A repair never releases what a row names, and touches no byte. Each row is mended in a transaction of its own, in which
it and its files are locked and read again: what was seen before is only a suspicion. It waits for nobody: what somebody
else is changing is left to the next audit. So any number of audits may run while the app does, and be killed anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from safelight.errors import StorageUnavailable
from safelight.ownership import Guard
from safelight.protocols import Auditable, Storage
from safelight.sweep import Failure

from .files import FilesAudit
from .findings import SHOWN, Audited, Difference, Found, Kind
from .rows import Page, Rows, RowsAudit, Still
from .strays import StraysAudit

__all__ = ["SHOWN", "Audited", "Difference", "Found", "Kind", "Page", "Rows", "Still", "audit"]

_LONGEST = 500  # characters of a position, as ledgers remember it


@dataclass(frozen=True, slots=True)
class _Section:
    """A part of a round. `step` looks at so many things after one, and says how many there were, and the last."""

    name: str
    step: Callable[[int, str], tuple[int, str | None]]
    storage: str = ""


def audit(
    ledger: Auditable,
    rows: Rows,
    storages: Mapping[str, Storage],
    *,
    repair: bool = False,
    storage: bool = False,
    rotate: int | None = None,
    batch: int = 500,
    progress: Callable[[int, int], None] | None = None,
) -> Audited:
    """Compare everything; with `storage` what lies in the storages, too. Not inside a transaction.

    What lies in a storage of another installation is not this ledger's to judge: raises `OtherInstallation` before
    anything is looked at, as it does in a copy of a database.

    With `rotate` so many rows, references, files and names are looked at, from where the last such audit has ended on,
    which the ledger remembers; at the end of a round it ends, however few they were.

    A storage that fails is told in the result. The ledger and the rows may raise what they like: the next audit finds
    what this one has not mended. `progress` is told how much is done, and about how much there is.
    """
    guard, result = Guard.of(ledger, marks=repair or rotate is not None), Audited()
    used = sorted(storages.keys() & {*ledger.stored_in(), *rows.storages()}) if storage else []
    for name in used:
        with suppress(StorageUnavailable):  # which is told when its turn comes
            guard.require(storages[name], name)
    sections = list(_sections(ledger, rows, storages, used, guard, result, repair=repair, storage=storage))
    if progress or rotate is not None:
        result.expected = sum(ledger.totals()) + sum(rows.count(holder) for holder in rows.holders())
    at, after = _begin(sections, ledger.audited()) if rotate is not None else (0, "")
    for section in sections[at:]:
        last: str | None = after
        while last is not None and (rotate is None or result.examined < rotate):
            limit = batch if rotate is None else min(batch, rotate - result.examined)
            last = _step(section, limit, last, result)
            if progress and result.examined:
                progress(result.examined, max(result.examined, min(result.expected, rotate or result.expected)))
        if last is not None:
            result.goes_on = section.name, last
            break
        after = ""
    if rotate is not None:
        ledger.note_audited(_position(result.goes_on))
    return result


def _sections(
    ledger: Auditable,
    rows: Rows,
    storages: Mapping[str, Storage],
    used: Sequence[str],
    guard: Guard,
    result: Audited,
    *,
    repair: bool,
    storage: bool,
) -> Iterator[_Section]:
    """What is attached comes before what is released, and both before what ages. `used` are the storages to compare
    with."""
    found = {name: storages[name] for name in used}
    of_rows = RowsAudit(ledger, rows, result, repair=repair, storages=found)
    for holder in rows.holders():
        yield _Section(holder, partial(of_rows.rows, holder))
    yield _Section("references", of_rows.references)
    yield _Section(
        "files", FilesAudit(ledger, rows, result, repair=repair, storages=storages if storage else None).files
    )
    for name in used:
        listing = StraysAudit(ledger, rows, guard, result, name, found[name], repair=repair)
        yield _Section(f"storage {name!r}", listing.names, name)


def _step(section: _Section, limit: int, after: str, result: Audited) -> str | None:
    try:
        count, last = section.step(limit, after)
    except StorageUnavailable as error:
        result.failures.append(Failure("", section.storage, error.reason))
        return None
    if count and last == after:
        raise RuntimeError(f"{section.name} ends where it began, after {after}: this audit would never end")
    result.examined += count
    return last


def _begin(sections: list[_Section], position: str) -> tuple[int, str]:
    """Where the last audit has ended; from the beginning, if there is no such place any more."""
    with suppress(ValueError):
        name, after = json.loads(position)
        for at, section in enumerate(sections):
            if section.name == name:
                return at, str(after)
    return 0, ""


def _position(goes_on: tuple[str, str] | None) -> str:
    if goes_on is None:
        return ""
    text = json.dumps(goes_on, ensure_ascii=False)
    return text if len(text) <= _LONGEST else json.dumps((goes_on[0], ""))
