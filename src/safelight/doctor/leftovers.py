"""What is left in the ledger: if nothing sweeps, files that nobody refers to are kept for ever, and nobody notices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ..blob import State
from ..durations import counted, in_words
from ..protocols import Sweepable
from ..sweep import SLOWEST
from .finding import Finding, ok, warning

_A_DAY = timedelta(days=1)


def examine(ledger: Sweepable, grace: timedelta, sweep: str) -> Iterator[Finding]:
    """`sweep` is the command that deletes what has been free for `grace`."""
    now, late = datetime.now(UTC), 2 * max(grace, SLOWEST)
    hourly = f"Run it every hour (cron, a systemd timer): {sweep}"
    well = True
    for state, before, what in (
        (State.READY, now - late, f"been unused for more than {in_words(late)}"),
        (State.INTENT, now - max(late, _A_DAY), f"never been finished, for {in_words(max(late, _A_DAY))} or more"),
        (State.DELETED, now - 2 * late, "long been deleted, and are still listed"),
    ):
        if count := ledger.count(state, before):
            well = False
            yield warning(f"No sweep seems to run: {counted(count, 'file')} {_have(count)} {what}.", hourly)
    if count := ledger.count(State.DELETING, now - late):
        well = False
        yield warning(
            f"{counted(count, 'file')} {_have(count)} been condemned by a sweep that could not delete {_them(count)}.",
            f"See why: {sweep}",
        )
    if well:
        yield ok("Nothing waits for a sweep that should have come.")


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _them(count: int) -> str:
    return "it" if count == 1 else "them"
