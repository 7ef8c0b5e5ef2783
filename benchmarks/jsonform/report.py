"""What was found, as Markdown: printed, and with ``--write`` put into docs/explanation/jsonform.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from docs.measured import put, table
from tests.faults.trial import Fault

_WORDS = {True: "yes", False: "no", None: "?"}


class Result(NamedTuple):
    is_right: bool | None
    """None if the scenario could not be tried."""
    evidence: str


def report(faults: Sequence[Fault], found: Mapping[str, Mapping[str, Result]], versions: str) -> str:
    """`found` is by contender, and by the fault's name."""
    verdicts = [
        (fault.name, fault.promise, *(_WORDS[results[fault.name].is_right] for results in found.values()))
        for fault in faults
    ]
    seen = [(fault.name, *(results[fault.name].evidence for results in found.values())) for fault in faults]
    tables = [
        table(("", "what should happen", *found), verdicts),
        table(("", *(f"seen with {contender}" for contender in found)), seen),
    ]
    return "\n\n".join([*tables, versions])


def write(text: str) -> None:
    put("explanation/jsonform.md", "bench jsonform --write", text)
