"""What became of the pictures without a thumbnail, in words, for whoever runs it by hand or reads its log."""

from __future__ import annotations

from collections.abc import Iterator

from .durations import counted
from .failures import some
from .thumbnails import Made


def sentences(made: Made, dry_run: bool) -> Iterator[str]:
    """What was done, or would be."""
    if dry_run or not made.missing:
        yield f"{counted(made.missing, 'picture')} of {', '.join(made.policies)} without a thumbnail."
        return
    yield f"Made {made.made:,}."
    if made.without:
        yield f"None was made of {counted(made.without, 'picture')}: none can be, or it was moved or deleted meanwhile."


def troubles(made: Made) -> Iterator[str]:
    """What could not be done. Empty if nothing is left to the next run."""
    if made.failures:
        yield f"{counted(len(made.failures), 'picture')} failed:"
        yield from some(made.failures)
    if made.stopped:
        yield "After these failures in a row nothing more was tried."
