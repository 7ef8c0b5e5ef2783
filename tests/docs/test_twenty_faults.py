"""The page of the twenty faults: it has each of them, as it was tried last, with the peer that is tried today."""

import re
import tomllib

from tests.docs.pages import DOCS, ROOT
from tests.faults.twenty import FAULTS

PAGE = DOCS / "explanation" / "jsonform.md"
COMMAND = "python3 dev.py bench jsonform --write"


def tables() -> list[list[list[str]]]:
    """Their rows, without what separates the titles from them."""
    found = re.findall(r"(?:^\|.*\|\n)+", PAGE.read_text(), re.MULTILINE)
    rows = [[re.split(r" \| ", line[2:-2]) for line in table.splitlines()] for table in found]
    return [[titles, *entries] for titles, _, *entries in rows]


def peer() -> str:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    (pinned,) = (need for need in groups["bench-jsonform"] if str(need).startswith("django-jsonform=="))
    return pinned.replace("==", " ")


def test_each_fault_is_in_it_with_what_became_of_it() -> None:
    verdicts, seen = tables()
    assert verdicts[0][1:] == ["what should happen", peer(), "Safelight"], f"it is older: {COMMAND}"
    assert [row[:2] for row in verdicts[1:]] == [[fault.name, fault.promise] for fault in FAULTS], COMMAND
    ours = {name: verdict for name, _, _, verdict in verdicts[1:]}
    assert ours == {fault.name: "yes" for fault in FAULTS}, COMMAND
    assert {verdict for _, _, verdict, _ in verdicts[1:]} == {"yes", "no"}
    assert [row[0] for row in seen[1:]] == [fault.name for fault in FAULTS], COMMAND
    assert all(evidence for row in seen[1:] for evidence in row[1:])


def test_it_says_what_it_was_tried_with() -> None:
    assert re.search(r"^Chromium [\d.]+, Django [\d.]+, Python [\d.]+\.$", PAGE.read_text(), re.MULTILINE)
    assert COMMAND in PAGE.read_text()
