"""What is left in the ledger: if nothing sweeps, files that nobody refers to are kept for ever, and nobody notices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ..blob import State
from ..durations import counted
from ..protocols import Sweepable
from ..sweep import SLOWEST
from .finding import Finding, ok, warning

_A_DAY = timedelta(days=1)


def examine(ledger: Sweepable, grace: timedelta, sweep: str) -> Iterator[Finding]:
    """`sweep` is the command that deletes what has been free for `grace`."""
    late = 2 * max(grace, SLOWEST)
    told = [
        (State.READY, late, "{files} {have} been unused for more than {hours}"),
        (State.INTENT, max(late, _A_DAY), "{uploads} that {were} never finished {are} older than {hours}"),
        (State.DELETED, 2 * late, "{deleted} {have} been listed for more than {hours}"),
    ]
    waiting = [(text, _older(ledger, state, age), age) for state, age, text in told]
    condemned = _older(ledger, State.DELETING, late)
    for text, count, age in waiting:
        if count:
            yield warning(
                f"No sweep seems to run: {_filled(text, count, age)}.",
                f"Run it every hour (cron, a systemd timer): {sweep}",
            )
    if condemned:
        yield warning(
            f"A sweep could not delete {counted(condemned, 'file')} that it has condemned.", f"See why: {sweep}"
        )
    if not condemned and not any(count for _, count, _ in waiting):
        yield ok("Nothing waits for a sweep that should have come.")


def _older(ledger: Sweepable, state: State, age: timedelta) -> int:
    return ledger.count(state, datetime.now(UTC) - age)


def _filled(text: str, count: int, age: timedelta) -> str:
    one = count == 1
    return text.format(
        files=counted(count, "file"),
        uploads=counted(count, "upload"),
        deleted=counted(count, "deleted file"),
        have="has" if one else "have",
        were="was" if one else "were",
        are="is" if one else "are",
        hours=counted(int(age.total_seconds()) // 3600, "hour"),
    )
