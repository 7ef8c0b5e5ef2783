"""What the proof says while it runs, at its end, and in the docs."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from importlib.metadata import version
from pathlib import Path

from docs.measured import put, table
from faults.ground import Count

_COUNTS = [each.name for each in fields(Count)]
_TOTALS = ("Trials", "Kills", "Lost", "Orphans", "Mutants caught")
_WIDTH = 52
_ROOT = Path(__file__).resolve().parents[1]
_PAGE = "explanation/faults.md"
_SHOWN = ("Django", "PostgreSQL + S3")
"""Where the mutants in the docs were caught."""


@dataclass
class Totals:
    trials: int = 0
    kills: int = 0
    lost: int = 0
    orphans: int = 0
    wrong: int = 0
    """Trials in which anything was counted that should not be there."""
    caught: int = 0
    mutants: int = 0
    skipped: int = 0
    """Mutants that cannot show themselves here."""

    def __iadd__(self, other: Totals) -> Totals:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))
        return self

    @property
    def right(self) -> bool:
        return self.trials + self.mutants > 0 and not self.wrong and self.caught == self.mutants

    def __str__(self) -> str:
        return (
            f"kills {self.kills}, lost {self.lost}, orphans {self.orphans}, "
            f"mutants caught {self.caught} of {self.mutants}"
        )

    @property
    def cells(self) -> tuple[str, ...]:
        numbers = (f"{number:,}" for number in (self.trials, self.kills, self.lost, self.orphans))
        return (*numbers, f"{self.caught} of {self.mutants}")


@dataclass(frozen=True)
class Caught:
    """A mutant, and the first trial that showed it."""

    mutant: str
    scenario: str
    trial: int
    where: str
    lost: int
    orphans: int

    def __str__(self) -> str:
        where = self.where or "not killed"
        return f"caught by {self.scenario!r}, trial {self.trial} ({where}): lost {self.lost}, orphans {self.orphans}"


@dataclass(frozen=True)
class Proved:
    """What came of one stack on one back end."""

    what: tuple[str, str]
    totals: Totals
    caught: Sequence[Caught] = ()
    versions: str = ""


def progress(text: str) -> None:
    """A line that the next one takes the place of; where nobody watches, nothing."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text[:110]}", end="", file=sys.stderr, flush=True)


def say(text: str = "") -> None:
    progress("")
    print(text, flush=True)


def heading(title: str) -> None:
    say(f"\n{title}\n{'scenario':{_WIDTH}}{'trials':>8}{'kills':>7}" + "".join(f"{name:>9}" for name in _COUNTS))


def row(scenario: str, trials: int, kills: int, counts: list[Count]) -> None:
    numbers = (sum(len(getattr(count, name)) for count in counts) for name in _COUNTS)
    say(f"{scenario:{_WIDTH}}{trials:8}{kills:7}" + "".join(f"{number:9}" for number in numbers))


def summary(proved: Sequence[Proved], how: str) -> None:
    totals = in_all(proved)
    say(f"\n{'':32}" + "".join(f"{title.lower():>{len(title) + 4}}" for title in _TOTALS))
    for what, cells in [(", ".join(each.what), each.totals.cells) for each in proved] + [("in all", totals.cells)]:
        say(f"{what:32}" + "".join(f"{cell:>{len(title) + 4}}" for title, cell in zip(_TOTALS, cells, strict=True)))
    if totals.skipped:
        say(f"({totals.skipped} times a mutant could not show itself: SQLite has one writer.)")
    say(f"\n{totals} ({totals.trials} trials)\n{how}")


def write(proved: Sequence[Proved], how: str) -> None:
    rows = [(*each.what, *each.totals.cells) for each in proved]
    sums = [f"**{cell}**" for cell in ("in all", "", *in_all(proved).cells)]
    sums[1] = ""
    results = table(("Stack", "Back end", *_TOTALS), [*rows, sums], numbers=_TOTALS[:4])
    put(_PAGE, "faults --write", f"{results}\n\n{how}")
    last = next(each for each in proved if each.what == _SHOWN)
    mutants = [(each.mutant, each.scenario, each.where, str(each.lost), str(each.orphans)) for each in last.caught]
    titles = ("Mutant", "Caught by", "There", "Lost", "Orphans")
    put(_PAGE, "faults --write (mutants)", table(titles, mutants, numbers=titles[3:]))


def how(proved: Sequence[Proved], seed: int, seconds: float) -> str:
    """With what it was had, and how it is had again."""
    ran = subprocess.run(("git", "describe", "--always", "--dirty"), capture_output=True, text=True, cwd=_ROOT)
    ours = [f"{name} {version(name)}" for name in ("Django", "Flask", "SQLAlchemy", "gunicorn")]
    versions = [f"Python {platform.python_version()}", *ours, *dict.fromkeys(each.versions for each in proved)]
    commit = ran.stdout.strip() or "unknown"
    return f"Seed {seed}, {seconds / 60:.1f} minutes, commit {commit}; {', '.join(filter(None, versions))}."


def in_all(proved: Sequence[Proved]) -> Totals:
    totals = Totals()
    for each in proved:
        totals += each.totals
    return totals
