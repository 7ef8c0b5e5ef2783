"""The report: for people while it is being found, for programs when all is known."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import asdict
from textwrap import fill

from ..durations import counted
from .finding import Examination, Level

_MARKS = {Level.OK: "✓", Level.NOTE: "·", Level.WARNING: "!", Level.ERROR: "✗"}
_PLAIN = {Level.OK: "ok", Level.NOTE: "- ", Level.WARNING: "! ", Level.ERROR: "XX"}
_WIDTH = 80  # of the narrowest terminal, and of a mail

Counts = Counter[Level]
_Write = Callable[[str], object]


def told(examinations: Iterable[Examination], write: _Write, *, encoding: str | None, as_json: bool = False) -> Counts:
    """Examine, and say what is found in lines that `write` writes. Returns how much of each level it was. `encoding` is
    what the terminal understands; None: everything."""
    return _in_json(examinations, write) if as_json else _in_words(examinations, write, encoding)


def _in_words(examinations: Iterable[Examination], write: _Write, encoding: str | None) -> Counts:
    """Each finding as it comes, under the subject that is being examined."""
    marks = _MARKS if _can_show(encoding) else _PLAIN
    arrow = "→ " if marks is _MARKS else "-> "
    counts: Counts = Counter()
    for examination in examinations:
        write(examination.subject)
        with closing(examination.findings()) as findings:  # what is open is closed, also if nobody reads on
            for found in findings:
                counts[found.level] += 1
                write(_wrapped(f"  {marks[found.level]} ", found.sentence, encoding))
                if found.mend:  # on one line: commands and settings are copied out of it
                    write(" " * (3 + len(marks[found.level])) + arrow + _shown(found.mend, encoding))
    return counts


def _in_json(examinations: Iterable[Examination], write: _Write) -> Counts:
    """A list of objects with ``subject``, ``level``, ``sentence`` and ``mend``."""
    found: list[dict[str, str]] = []
    for examination in examinations:
        with closing(examination.findings()) as findings:
            found += [{"subject": examination.subject} | asdict(each) for each in findings]
    write(json.dumps(found, ensure_ascii=False, indent=2))
    return Counter(Level(each["level"]) for each in found)


def summary(counts: Counts) -> str:
    """One sentence: what there is besides what is well."""
    told = [counted(counts[level], level.value) for level in (Level.ERROR, Level.WARNING) if counts[level]]
    return f"{' and '.join(told)}." if told else "All is well."


def fails(counts: Counts, least: Level) -> bool:
    """Whether anything is as bad as `least`, or worse."""
    return any(count for level, count in counts.items() if level.severity >= least.severity)


def _can_show(encoding: str | None) -> bool:
    try:
        "".join((*_MARKS.values(), "→")).encode(encoding or "utf-8")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def _shown(text: str, encoding: str | None) -> str:
    return text.encode(encoding or "utf-8", "backslashreplace").decode(encoding or "utf-8")


def _wrapped(begin: str, text: str, encoding: str | None) -> str:
    return fill(
        _shown(text, encoding),
        _WIDTH,
        initial_indent=begin,
        subsequent_indent=" " * len(begin),
        break_long_words=False,
        break_on_hyphens=False,
    )
