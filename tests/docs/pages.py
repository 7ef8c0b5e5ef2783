"""The pages of the documentation, as text: their blocks of code, their headings, their links."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]

_FENCE = re.compile(r"^```(?P<language>[^\n`]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


class Block(NamedTuple):
    language: str
    text: str


def blocks(page: Path, language: str = "") -> list[Block]:
    return [block for block in _blocks(page.read_text()) if language in ("", block.language)]


def sections(page: Path) -> list[tuple[str, list[Block]]]:
    """Each heading of the second level, and the blocks below it."""
    heads = [(match[1], match.end()) for match in re.finditer(r"^## (.+)$", page.read_text(), re.MULTILINE)]
    ends = [end for _, end in heads[1:]] + [None]
    return [(title, _blocks(page.read_text()[begin:end])) for (title, begin), end in zip(heads, ends, strict=True)]


def _blocks(text: str) -> list[Block]:
    return [Block(match["language"], match["text"]) for match in _FENCE.finditer(text)]


def prose(page: Path) -> str:
    """The page without its blocks of code."""
    return _FENCE.sub("", page.read_text())


def links(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", prose(page))


def anchors(page: Path) -> set[str]:
    """The headings as a code host names them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def file(page: Path, path: str) -> str:
    """The block that begins with a comment naming the file it goes into."""
    (text,) = (block.text for block in blocks(page) if block.text.startswith(f"# {path}\n"))
    return text


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()
