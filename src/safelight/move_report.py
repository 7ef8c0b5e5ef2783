"""What a move did, in words, for whoever runs it by hand or reads its log."""

from __future__ import annotations

from collections.abc import Iterator

from .durations import counted
from .failures import some
from .move import Moved
from .words import megabytes, printable


def sentences(moved: Moved, source: str, target: str) -> Iterator[str]:
    """What was done, and what comes next."""
    yield f"Moved {counted(moved.moved, 'file')} from {source!r} to {target!r}: {megabytes(moved.size)}."
    if moved.gone:
        yield f"{counted(moved.gone, 'file')} deleted by others meanwhile."
    if moved.deleted:
        yield f"Deleted {counted(moved.deleted, 'file')} left behind in {source!r}."
    if moved.adopted:
        yield (
            f"{counted(moved.adopted, 'adopted file')} kept in {source!r}: Safelight deletes nothing that it has not "
            "stored itself. Delete by hand what nothing else uses."
        )
    if moved.behind:
        yield (
            f"{counted(moved.behind, 'file')} left behind in {source!r}: when no page and no cache has their addresses "
            "any more, run this again with --delete."
        )


def troubles(moved: Moved, source: str) -> Iterator[str]:
    """What could not be done. Empty if nothing is left to the next run."""
    if moved.left:
        yield f"{counted(moved.left, 'file')} left in {source!r}. Run this again."
    elif moved.failures:
        yield f"{counted(len(moved.failures), 'file')} not deleted in {source!r}."
    yield from some([f"{printable(failure.key)}: {failure.reason}" for failure in moved.failures])
