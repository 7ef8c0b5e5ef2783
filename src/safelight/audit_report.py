"""What an audit found, in words and in a table, for whoever runs it by hand or reads its log."""

from __future__ import annotations

from collections.abc import Iterator

from .audit import Audited, Difference, Kind
from .durations import counted
from .failures import some
from .words import printable

_MEANING = {
    Kind.MISSING: "a row names a file, and its ledger does not know",
    Kind.STALE: "a place that names its file no more, or is gone",
    Kind.UNFOLLOWED: "a column that is no UploadField or document any more: its files stay, and it is no mistake",
    Kind.AGELESS: "nothing refers to it, and no sweep would ever meet it",
    Kind.UNREGISTERED: "a row names it, its bytes are there, and the ledger has forgotten it",
    Kind.LOST: "a row names it, and it is no file of the ledger",
    Kind.GONE: "the ledger has it, and its storage does not",
    Kind.DAMAGED: "its storage has more or fewer bytes than were stored",
    Kind.STRAY: "in the storage, and in no ledger",
}

_MENDABLE = frozenset({Kind.MISSING, Kind.STALE, Kind.AGELESS, Kind.UNREGISTERED, Kind.STRAY})

_REMEDY = {
    Kind.LOST: "No file can be made out of nothing: upload these again, or empty the places. If the database was "
    "restored from an older backup, --storage finds those whose bytes are still there.",
    Kind.GONE: "Restore these from a backup of the storage, under the same names; or upload them again.",
    Kind.DAMAGED: "Restore these from a backup of the storage, under the same names; or upload them again.",
}


def sentences(audited: Audited, *, repair: bool, rotate: bool) -> Iterator[str]:
    """What was looked at, and what was found."""
    yield _reach(audited, rotate)
    if audited.found:
        yield from _table(audited)
        for kind in Kind:
            if found := audited.found.get(kind):
                yield ""
                yield f"{_plural(kind, found.number)}: {_MEANING[kind]}."
                yield from some([_example(difference) for difference in found.examples], found.number)
        yield ""
    for name in audited.unlistable:
        yield f"Storage {name!r} cannot list its files: what may be left in it, and in no ledger, cannot be told."
    for name in audited.shared:
        yield (
            f"Storage {name!r} is marked for another installation, too: files in it that this ledger does not know may "
            "be the other's, and were not looked for."
        )
    if not audited.found:
        yield "All is in order: rows, references and files agree."
    elif audited.complete:
        yield "All of it is mended." if repair else "Nothing has to be mended."


def troubles(audited: Audited, *, repair: bool) -> Iterator[str]:
    """What is left to be done. Empty if nothing is."""
    if audited.open:
        yield f"{counted(audited.open, 'difference')} left."
    if audited.busy:
        yield f"{counted(audited.busy, 'row')} in use at that moment. Run this again."
    if not repair and any(kind in _MENDABLE for kind in audited.found):
        yield "Run this with --repair: no row is changed and no byte is touched, only what the ledger knows."
    yield from dict.fromkeys(_REMEDY[kind] for kind in Kind if kind in _REMEDY and kind in audited.found)
    if audited.failures:
        yield f"{counted(len(audited.failures), 'time')} a storage did not answer. Run this again."
    yield from some(audited.failures)


def _reach(audited: Audited, rotate: bool) -> str:
    if audited.goes_on is not None:
        of, after = audited.goes_on
        where = printable(f"{of}, after {after}" if after else of)
        return (
            f"Looked at {audited.examined:,} of about {max(audited.examined, audited.expected):,} rows, references and "
            f"files; the next run goes on with {where}."
        )
    end = "; that is the end of a round, and the next run begins anew" if rotate else ""
    return f"Looked at {audited.examined:,} rows, references and files{end}."


def _table(audited: Audited) -> Iterator[str]:
    kinds = [(kind.capitalize(), audited.found[kind]) for kind in Kind if kind in audited.found]
    width = max(len("Difference"), *(len(name) for name, _ in kinds))
    yield ""
    yield f"{'Difference':<{width}}  {'Found':>9}  {'Mended':>9}"
    for name, found in kinds:
        yield f"{name:<{width}}  {found.number:>9,}  {found.mended:>9,}"


def _plural(kind: Kind, number: int) -> str:
    plural = kind if kind.endswith("bytes") or number == 1 else f"{kind}s"
    return f"{number:,} {plural}"


def _example(difference: Difference) -> str:
    """``pages.page 4711, body: gallery§0§picture: images/2026/11/20/k3v5…x2.jpg``"""
    parts = [difference.key]
    if place := difference.place:
        column = f"{place.field}: {place.path}" if place.path else place.field
        parts.append(f"{place.holder} {place.row}, {column}")
    if difference.storage:
        parts.append(f"in storage {difference.storage!r}")
    return printable(" - ".join(parts))
