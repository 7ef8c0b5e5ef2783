"""Tables that the code already holds: ``{refusals}`` of `safelight.errors.TABLE`, ``{checks}`` of the system checks,
``{properties} FileInput.tsx FileInputProps`` of an interface in ``frontend/src``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from safelight.django import checks
from safelight.errors import TABLE

FRONTEND = Path(__file__).parent.parent.parent / "frontend" / "src"


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("refusals", Refusals)
    app.add_directive("checks", Checks)
    app.add_directive("properties", Properties)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Table(SphinxDirective):
    """A table of text, in the markup of the page that asks for it."""

    titles: tuple[str, ...]

    def rows(self) -> Iterable[tuple[str, ...]]:
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        lines = [self.titles, ("---",) * len(self.titles), *self.rows()]
        return self.parse_text_to_nodes("\n".join(f"| {' | '.join(cells)} |" for cells in lines))


class Refusals(Table):
    titles = ("status", "code", "title", "class")

    def rows(self) -> Iterable[tuple[str, ...]]:
        for code, kind in sorted(TABLE.items(), key=lambda row: row[1].status):
            yield str(kind.status), f"`{code}`", kind.title, f"{{py:class}}`~{kind.__module__}.{kind.__name__}`"


class Checks(Table):
    titles = ("id", "what is wrong")

    def rows(self) -> Iterable[tuple[str, ...]]:
        for name, meaning in re.findall(r"^(safelight\.\w+)\s+(.+(?:\n .+)*)", checks.__doc__ or "", re.MULTILINE):
            yield f"`{name}`", " ".join(meaning.split())


class Properties(Table):
    """Of a TypeScript interface: its file and its name are the arguments."""

    titles = ("property", "type", "meaning")
    required_arguments = 2
    _PROPERTY = re.compile(
        r"(?:/\*\*(?P<said>(?:(?!\*/).)*)\*/\s*)?(?:readonly )?(?P<name>\w+)(?P<optional>\??): (?P<type>[^;]+);", re.S
    )

    def rows(self) -> Iterable[tuple[str, ...]]:
        file, name = self.arguments
        self.env.note_dependency(str(FRONTEND / file))
        (body,) = re.findall(
            rf"^export interface {name}\b.*?\{{\n(.*?)\n\}}", (FRONTEND / file).read_text(), re.S | re.M
        )
        for found in self._PROPERTY.finditer(body):
            said = " ".join(re.sub(r"^\s*\* ?", "", found["said"] or "", flags=re.M).split())
            kind = found["type"].removesuffix(" | undefined").replace("|", "\\|")
            yield f"`{found['name']}`" + ("" if found["optional"] else " (needed)"), f"``{kind}``", said
