"""What was found, as Markdown: printed, and with ``--write`` put into docs/explanation/jsonform.md."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

from tests.faults.trial import Fault

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "jsonform.md"
_MARKED = re.compile(r"(?<=<!-- python3 dev.py bench jsonform --write -->\n).*(?=\n<!-- end -->)", re.DOTALL)
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
        _table(("", "what should happen", *found), verdicts),
        _table(("", *(f"seen with {contender}" for contender in found)), seen),
    ]
    return "\n\n".join([*tables, versions])


def write(text: str) -> None:
    page, count = _MARKED.subn(lambda _: f"\n{text}\n", PAGE.read_text())
    assert count == 1, f"{PAGE} has lost its marks"
    PAGE.write_text(page)


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(map(_row, [titles, ["---"] * len(titles), *rows]))


def _row(cells: Sequence[str]) -> str:
    """What pages say may hold anything."""
    plain = (" ".join(escape(cell, quote=False).replace("|", "\\|").split()) for cell in cells)
    return f"| {' | '.join(plain)} |"
