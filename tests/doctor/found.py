"""What an examination found, as tests ask it."""

from collections.abc import Iterable

from safelight.doctor import Finding, Level


def at(level: Level, findings: Iterable[Finding]) -> list[str]:
    """The sentences at one level."""
    return [found.sentence for found in findings if found.level is level]


def errors(findings: Iterable[Finding]) -> list[str]:
    return at(Level.ERROR, findings)


def warnings(findings: Iterable[Finding]) -> list[str]:
    return at(Level.WARNING, findings)


def notes(findings: Iterable[Finding]) -> list[str]:
    return at(Level.NOTE, findings)


def troubles(findings: Iterable[Finding]) -> list[str]:
    """All that is not well; and each says how to mend it."""
    wrong = [found for found in findings if found.level in (Level.ERROR, Level.WARNING)]
    assert all(found.mend for found in wrong)
    return [found.sentence for found in wrong]
