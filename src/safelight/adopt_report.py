"""What an adoption did, in words, for whoever runs it by hand or reads its log."""

from __future__ import annotations

from collections.abc import Iterator

from .adopt import Adopted
from .durations import counted
from .words import megabytes, printable


def sentences(adopted: Adopted, dry_run: bool) -> Iterator[str]:
    """What was done, or would be."""
    if dry_run:
        yield "A dry run: nothing is recorded."
    if adopted.adopted:
        done = "Would adopt" if dry_run else "Adopted"
        yield f"{done} {counted(adopted.adopted, 'file')}: {megabytes(adopted.size)}, left as they are."
    if adopted.with_metadata:
        yield (
            f"{adopted.with_metadata:,} of them with metadata, such as the place where a photo was taken, which is "
            "served as it was before: bringing them in anew removes it."
        )
    if adopted.complete and not adopted.adopted:
        yield f"Nothing to adopt: {counted(adopted.rows, 'row')} with files from before Safelight, all of them known."


def troubles(adopted: Adopted) -> Iterator[str]:
    """Which files the ledger still does not know, and why: all of them, since somebody has to look at each."""
    if adopted.refused:
        yield f"{counted(len(adopted.refused), 'file')} refused, left unknown to the ledger, and working as before:"
    for refused in adopted.refused:
        yield f"  {printable(refused.name)}: {refused.reason}"
    if adopted.missing:
        yield f"{counted(len(adopted.missing), 'file')} missing, though rows name them:"
    for name in adopted.missing:
        yield f"  {printable(name)}"
    if adopted.failures:
        yield f"{counted(len(adopted.failures), 'file')} could not be looked at. Run this again:"
    for failure in adopted.failures:
        yield f"  {printable(failure.key)} in storage {failure.storage!r}: {failure.reason}"
    if adopted.stopped:
        yield "After these failures in a row nothing more was tried."
