"""What a sweep did, in words, for whoever runs it by hand or reads its log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from .durations import counted, in_words
from .installation_report import with_remedy
from .sweep import Swept
from .words import megabytes

_SHOWN = 10  # failures that are told one by one


def sentences(swept: Swept, grace: timedelta, dry_run: bool) -> Iterator[str]:
    """What was done, or would be."""
    unused = f"unused for more than {in_words(grace)}" if grace else "unused"
    told = (
        (swept.deleted, "Deleted", "delete", "file", f", {unused}: {megabytes(swept.bytes)}."),
        (swept.unfinished, "Cleared away", "clear away", "upload", " never finished."),
        (swept.forgotten, "Forgot", "forget", "file", " deleted by an earlier sweep."),
        (
            swept.spared,
            "Spared",
            "spare",
            "file",
            " named by rows that were not saved one by one: an audit mends it, or saving them.",
        ),
        (swept.foreign, "Left alone", "leave alone", "file", " not stored by Safelight."),
    )
    if dry_run:
        yield "A dry run: nothing is changed."
    for count, done, do, what, how in told:
        if count:
            yield f"{f'Would {do}' if dry_run else done} {counted(count, what)}{how}"
    if not (swept.deleted or swept.unfinished or swept.forgotten or swept.failures or swept.others):
        yield f"Nothing to delete: no file is {unused}."


def troubles(swept: Swept, command: str) -> Iterator[str]:
    """What could not be done. Empty if nothing is left to the next sweep. `command` is the one that says whose files
    these are."""
    for error in swept.others:
        yield with_remedy(error, command)
    if swept.withheld:
        yield f"{counted(swept.withheld, 'file')} left alone for that."
    if not (swept.failures or swept.postponed):
        return
    failed = len(swept.failures)
    left = failed + swept.postponed
    yield f"{counted(left, 'file')} could not be deleted, and will be by the next sweep."
    for failure in swept.failures[:_SHOWN]:
        yield f"  {failure.key} in storage {failure.storage!r}: {failure.reason}"
    if failed > _SHOWN:
        yield f"  and {failed - _SHOWN:,} more"
    if swept.postponed:
        yield f"  {swept.postponed:,} of them were not tried: their storage had failed several times in a row."
