"""The report, for people and for programs; and an examination that fails is a finding like others."""

import json
from collections.abc import Iterator

import pytest

from safelight.doctor import (
    Examination,
    Finding,
    Level,
    error,
    fails,
    note,
    ok,
    summary,
    told,
    warning,
)
from safelight.errors import StorageUnavailable

COMMAND = "Make room: rm" + " ~/a/long/path" * 8


def disk() -> Iterator[Finding]:
    yield ok("It is there.")
    yield note("It is old.")
    yield warning("It is nearly full: " + "word " * 30, COMMAND)


def database() -> Iterator[Finding]:
    yield error("It is not there.", "Start it.")
    raise StorageUnavailable("the plug is out.")


EXAMINATIONS = [Examination("Disk", disk), Examination("Database", database)]


def test_in_words():
    lines: list[str] = []
    counts = told(EXAMINATIONS, lines.append, encoding="utf-8")
    report = "\n".join(lines)
    assert report.splitlines()[:3] == ["Disk", "  ✓ It is there.", "  · It is old."]
    assert f"\n    → {COMMAND}\nDatabase\n  ✗ It is not there.\n    → Start it.\n" in report
    assert "  ✗ This could not be examined to its end: the plug is out.\n" in report
    assert all(len(line) <= 80 for line in report.splitlines() if "→" not in line)
    assert counts == {Level.OK: 1, Level.NOTE: 1, Level.WARNING: 1, Level.ERROR: 2}
    assert summary(counts) == "2 errors and 1 warning."


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_shows_no_marks(encoding):
    lines: list[str] = []
    told([*EXAMINATIONS, Examination("Names", lambda: [ok("/srv/Übung ✓")])], lines.append, encoding=encoding)
    "\n".join(lines).encode(encoding)
    assert "  XX It is not there." in lines
    assert "     -> Start it." in lines


def test_for_programs():
    written: list[str] = []
    counts = told(EXAMINATIONS, written.append, encoding="ascii", as_json=True)
    (text,) = written
    assert json.loads(text)[0] == {"subject": "Disk", "level": "ok", "sentence": "It is there.", "mend": ""}
    assert [each["level"] for each in json.loads(text)] == ["ok", "note", "warning", "error", "error"]
    assert counts[Level.ERROR] == 2


@pytest.mark.parametrize(
    ("findings", "error_fails", "warning_fails"),
    [
        ([ok("")], False, False),
        ([note("")], False, False),
        ([warning("", "")], False, True),
        ([error("", "")], True, True),
        ([error("", ""), warning("", "")], True, True),
    ],
)
def test_what_fails(findings, error_fails, warning_fails):
    counts = told([Examination("It", lambda: findings)], lambda line: None, encoding=None)
    assert fails(counts, Level.ERROR) == error_fails
    assert fails(counts, Level.WARNING) == warning_fails


def test_all_is_well():
    assert summary(told([Examination("It", lambda: [ok("")])], lambda line: None, encoding=None)) == "All is well."


def test_who_stops_reading_lets_the_examination_clean_up():
    closed = []

    def examine() -> Iterator[Finding]:
        try:
            yield ok("It is there.")
        finally:
            closed.append(True)

    def write(line: str) -> None:
        if "there" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        told([Examination("It", examine)], write, encoding="utf-8")
    assert closed == [True]
