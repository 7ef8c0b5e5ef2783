"""Lengths of time as people write and read them: ``24h``, ``24 hours``. For how long a file is kept is told in them."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LONGEST = timedelta(days=3650)


def duration(given: object) -> timedelta:
    """From ``"24h"``, ``"90s"``, ``"30m"``, ``"7d"``, or a timedelta. Raises ValueError, which says what it must be."""
    found = given
    if isinstance(given, str) and (match := re.fullmatch(r"(\d{1,9})([smhd])", given, re.ASCII)):
        found = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if isinstance(found, timedelta) and timedelta() <= found <= _LONGEST:
        return found
    raise ValueError(f"must be a number with s, m, h or d behind it, as in 24h or 7d, and at most {_LONGEST.days}d")


def in_words(period: timedelta) -> str:
    """In the unit in which it was probably given."""
    seconds = int(period.total_seconds())
    for unit, length, least in (("day", 86_400, 2), ("hour", 3_600, 1), ("minute", 60, 1)):
        count, rest = divmod(seconds, length)
        if count >= least and not rest:
            return counted(count, unit)
    return counted(seconds, "second")


def counted(count: int, what: str) -> str:
    """``1 file``, ``1,200 files``"""
    return f"{count:,} {what}" + ("s" if count != 1 else "")
