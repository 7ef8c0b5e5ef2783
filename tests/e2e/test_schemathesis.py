"""Schemathesis over the real server, by the schema that it serves: no input gives a 500, every answer is one that the
schema knows, what it calls wrong is refused and what it calls right is taken."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.server import PASSWORD, Counts, Server

HERE = Path(__file__).parent
REAL_FILES = """
hooks = "tests.e2e.real_files"
# It would send addresses that it has seen in answers, which are strings, but no files.
phases.examples.extra-data-sources.responses = false
phases.coverage.extra-data-sources.responses = false
phases.fuzzing.extra-data-sources.responses = false
phases.stateful.checks.positive_data_acceptance.enabled = false
"""


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Iterator[Server]:
    """A server whose rows are nobody else's: some of them are going to be deleted."""
    folder = tmp_path_factory.mktemp("schemathesis")
    with Server(folder, shutil.copytree(prepared, folder / "data"), SAFELIGHT_UPLOAD_RATE="off") as server:
        yield server


@pytest.fixture(scope="module")
def token(target: Server) -> str:
    """Fetched once: Schemathesis asks for tokens as often as the server lets it."""
    with target.client() as client:
        return client.post("/api/token/", json={"username": "admin", "password": PASSWORD}).json()["token"]


@pytest.mark.parametrize("files", ["real files", "any bytes"])
@pytest.mark.parametrize("who", ["staff", "anybody"])
def test_the_api_is_as_its_schema_says(target: Server, token: str, tmp_path: Path, who: str, files: str) -> None:
    config = (HERE / "schemathesis.toml").read_text()
    options = ["--exclude-checks", "positive_data_acceptance"]
    if files == "real files":
        config, options = REAL_FILES + config, []
    if who == "staff":
        options += ["--header", f"Authorization: Token {token}"]
    if "CI" in os.environ:
        options.append("--generation-deterministic")
    (tmp_path / "schemathesis.toml").write_text(config)
    before = target.baseline()
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", f"{target.url}/api/schema/?format=json", *options],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(HERE.parents[1]), "NO_PROXY": "127.0.0.1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert not done.returncode, done.stdout + done.stderr
    assert "7 selected / 7 total" in done.stdout
    target.assert_clean_log()
    assert_nothing_left(target.baseline(), before)


def assert_nothing_left(counts: Counts, before: Counts) -> None:
    """Whatever was refused: each row has its file, each file its blob, and there is nothing else."""
    assert (counts.files, counts.references) == (counts.blobs, counts.images)
    assert (counts.intents, counts.side, counts.temporary, counts.nameless) == (0, 0, 0, before.nameless)
