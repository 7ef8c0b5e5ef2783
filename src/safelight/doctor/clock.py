"""Clocks that differ: signed addresses are refused before their time, and the age of files is measured wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ..durations import counted
from .finding import Finding, error, ok, warning

TOO_FAR = timedelta(minutes=5)
"""S3 refuses requests whose signature is a quarter of an hour off."""
_FAR = timedelta(minutes=1)
_COARSE = timedelta(seconds=2)  # clocks that are told in whole seconds, and what a round trip takes


def examine(whose: str, theirs: datetime, before: datetime, after: datetime | None = None) -> Iterator[Finding]:
    """`theirs` is what `whose` clock said between `before` and `after` of ours."""
    after = after or datetime.now(UTC)
    ahead = max(theirs - after, timedelta()) - max(before - theirs, timedelta())
    if abs(ahead) <= _COARSE:
        yield ok(f"{whose} clock and this machine's agree.")
        return
    way = "ahead of" if ahead > timedelta() else "behind"
    sentence = f"{whose} clock is {_told(abs(ahead))} {way} this machine's."
    mend = "Let this machine, and the other if it is yours, take the time from the network (chrony, systemd-timesyncd)."
    if abs(ahead) >= TOO_FAR:
        yield error(sentence, mend)
    elif abs(ahead) >= _FAR:
        yield warning(sentence, mend)
    else:
        yield ok(sentence)


def _told(difference: timedelta) -> str:
    seconds = round(difference.total_seconds())
    return counted(seconds, "second") if seconds < 120 else counted(seconds // 60, "minute")
