"""Every page, read by itself: its Python is Python, its links lead somewhere, and what it names exists."""

import inspect
import pkgutil
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import dev
import pytest
from tests.docs.pages import DOCS, PAGES, ROOT, anchors, blocks, links, name

from safelight import pipeline
from safelight.django import checks
from safelight.flask import Safelight

NAMES = re.compile(r"(?<![\w./-])safelight(?:\.\w+)+")

every_page = pytest.mark.parametrize("page", PAGES, ids=name)


@every_page
def test_python_blocks_are_python(page: Path) -> None:
    for block in blocks(page, "python"):
        compile(block.text, page.name, "exec")


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    """On a code host, that is: those of the site are looked at when it is built."""
    for link in links(page):
        path, _, anchor = link.partition("#")
        if path.startswith("https://"):
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@every_page
def test_safelights_names_exist(page: Path) -> None:
    for found in set(NAMES.findall(page.read_text())):
        if re.fullmatch(r"safelight\.[EW]\d{3}", found):
            assert found in (checks.__doc__ or ""), found
        elif "safelight = Safelight(" in page.read_text() and hasattr(Safelight, found.split(".")[1]):
            continue  # not the package, but the extension of that name
        else:
            pkgutil.resolve_name(found)


@every_page
def test_commands_of_dev_py_exist(page: Path) -> None:
    for command, argument in re.findall(r"dev\.py (\w+)(?: ([a-z]+)\b)?", page.read_text()):
        assert f"python3 dev.py {command}" in (dev.__doc__ or ""), command
        assert callable(getattr(dev, command)), command
        if command == "bench":
            assert (ROOT / "benchmarks" / argument / "run.py").exists(), argument


@every_page
def test_extras_exist(page: Path) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(re.findall(r"safelight\[(\w+)\]", page.read_text())) <= set(extras)


@pytest.mark.parametrize(
    ("page", "folder", "run"),
    [("example.md", dev.EXAMPLE, dev.run_recognizer), ("profiles.md", dev.PROFILES, dev.run_profiles)],
)
def test_the_variables_of_an_example_are_those_of_its_code(page: str, folder: Path, run: Callable[[], None]) -> None:
    paths = [path for path in sorted(folder.rglob("*.py")) if "node_modules" not in path.parts]
    environment = r"(?:environ.get|environ\[|_setting|check_port)\W+(\w+)"
    code = "".join(path.read_text() for path in paths) + inspect.getsource(run)
    table = dict(re.findall(r"^\| `([A-Z_]+)` \|.*\|\s*([^|]*?)\s*\|$", (DOCS / "reference" / page).read_text(), re.M))
    assert set(table) == set(re.findall(environment, code)) - {"name"}
    for variable, default in re.findall(r'_setting\("(\w+)", "([^"]+)"', code):
        assert table[variable] == f"`{default}`"


def test_the_dependencies_are_those_of_the_extras() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    page = (DOCS / "reference/dependencies.md").read_text()
    for extra, wanted in ({"(bare)": project["dependencies"]} | project["optional-dependencies"]).items():
        assert f"| {extra} |" in page
        for requirement in wanted:
            package = re.match(r"[\w-]+", requirement)[0].replace("-", "[-_]")
            assert re.search(rf"^\| {package} \|.*\| (everything|.*\b{re.escape(extra)}\b.*) \|", page, re.I | re.M), (
                package
            )


def test_the_drawing_has_the_words_of_the_pipeline() -> None:
    drawing = ElementTree.parse(DOCS / "images" / "flow.svg")
    drawn = [
        text.text or "" for text in drawing.iter("{http://www.w3.org/2000/svg}text") if text.get("class") == "name"
    ]
    steps = re.findall(r"^    (?:check|keep)? +([a-z]+) {3,}\S", pipeline.__doc__ or "", re.MULTILINE)
    assert ", ".join(drawn[1:]).split(", ") == [*steps, "attach", "release", "sweep"]
    said = re.findall(r"\*\*([A-Z][a-z, ]+)", (DOCS / "explanation" / "flow.md").read_text())
    assert ", ".join(said).rstrip(", ").lower().split(", ") == [*steps, "attach", "release", "sweep"]
