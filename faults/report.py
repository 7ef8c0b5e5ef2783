"""What the proof says while it runs, and at its end."""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields

from faults.ground import Count

_COUNTS = [field.name for field in fields(Count)]
_WIDTH = 52


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
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))
        return self

    @property
    def right(self) -> bool:
        return self.trials + self.mutants > 0 and not self.wrong and self.caught == self.mutants

    def __str__(self) -> str:
        return (
            f"kills {self.kills}, lost {self.lost}, orphans {self.orphans}, "
            f"mutants caught {self.caught} of {self.mutants}"
        )


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
