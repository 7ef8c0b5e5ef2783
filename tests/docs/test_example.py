"""The commands that show what the example does, sent to the example."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.pages import DOCS, ROOT, blocks, name
from tests.docs.reader import ADDRESS
from tests.e2e.server import Server
from tests.pictures import photo

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="curl is missing: apt install curl")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("example")) as server:
        yield server


@pytest.mark.parametrize("page", [ROOT / "README.md", DOCS / "reference" / "example.md"], ids=name)
def test_curl_is_answered(page: Path, example: Server, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(photo())
    commands = [line for block in blocks(page, "sh") for line in block.text.splitlines() if line.startswith("curl ")]
    picture, refusal = (ask(command.replace(ADDRESS, example.url), tmp_path) for command in commands)
    assert set(picture) >= {"pk", "image", "timestamp"}
    assert refusal["code"] == "type_not_allowed"
    for block in blocks(page, "json"):
        assert refusal == json.loads(block.text)


def ask(command: str, folder: Path) -> dict[str, object]:
    done = subprocess.run(["sh", "-ec", command], cwd=folder, capture_output=True, text=True)
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)
