"""What commands have measured stands in the docs between two marks, and is put there by the command itself.

``<!-- python3 dev.py ... --write -->`` is before it, with the words of the command, and ``<!-- end -->`` behind it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

DOCS = Path(__file__).resolve().parent


def put(page: str, command: str, text: str) -> None:
    path = DOCS / page
    mark = re.escape(f"<!-- python3 dev.py {command} -->\n")
    marked = re.compile(f"(?<={mark}).*?(?=\n<!-- end -->)", re.DOTALL)
    written, count = marked.subn(lambda _: f"\n{text}\n", path.read_text())
    if count != 1:
        raise ValueError(f"{path} has lost its marks")
    path.write_text(written)


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[str] = ()) -> str:
    """In Markdown. `numbers` are the titles of columns that are aligned at the right."""
    rules = ["---:" if title in numbers else "---" for title in titles]
    return "\n".join(map(_row, [titles, rules, *rows]))


def _row(cells: Sequence[str]) -> str:
    """What pages say may hold anything."""
    plain = (" ".join(escape(cell, quote=False).replace("|", "\\|").split()) for cell in cells)
    return f"| {' | '.join(plain)} |"
