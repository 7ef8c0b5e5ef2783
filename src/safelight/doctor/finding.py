"""What an examination finds: how bad it is, in a sentence, and how to mend it. None that fails ends the others."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from enum import StrEnum

from ..errors import SafelightError, reason_of


class Level(StrEnum):
    """From what is well to what is wrong."""

    OK = "ok"
    NOTE = "note"
    """Worth knowing; it may be as it should be."""
    WARNING = "warning"
    """It works, and not as it should, or not for long."""
    ERROR = "error"
    """Uploads fail, or something is open that must not be."""

    @property
    def severity(self) -> int:
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    level: Level
    sentence: str
    mend: str = ""
    """What to do about it; empty where there is nothing to do."""


def ok(sentence: str) -> Finding:
    return Finding(Level.OK, sentence)


def note(sentence: str, mend: str = "") -> Finding:
    return Finding(Level.NOTE, sentence, mend)


def warning(sentence: str, mend: str) -> Finding:
    return Finding(Level.WARNING, sentence, mend)


def error(sentence: str, mend: str) -> Finding:
    return Finding(Level.ERROR, sentence, mend)


@dataclass(frozen=True, slots=True)
class Examination:
    """What is examined, for people, and how."""

    subject: str
    examine: Callable[[], Iterable[Finding]]

    def findings(self) -> Generator[Finding, None, None]:
        """As they come: some wait for a network. Raises nothing."""
        try:
            yield from self.examine()
        except Exception as failure:
            yield error(
                f"This could not be examined to its end: {reason(failure)}.",
                "Mend what the sentence names, and examine again. If that is nothing of yours, it is a bug: report it.",
            )


def reason(failure: BaseException) -> str:
    """One line of what went wrong, to be part of a sentence; a log, where it stands by itself, has `reason_of`."""
    failure = getattr(failure, "orig", None) or failure  # SQLAlchemy's tells the statement as well
    text = reason_of(failure) if isinstance(failure, SafelightError) else f"{type(failure).__name__}: {failure}"
    return " ".join(text.split()).rstrip(".: ")[:500]
