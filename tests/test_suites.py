"""The test suites of projects that upload: run as their people run them, they leave nothing behind."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.pages import DOCS, file

SUITES = Path(__file__).parent / "suites"
PYTEST = ["-m", "pytest", "-q", "-p", "no:cacheprovider"]


class Project:
    """A copy of one, with a folder for temporary files."""

    def __init__(self, name: str, folder: Path) -> None:
        self.folder = Path(shutil.copytree(SUITES / name, folder / name))
        (folder / "tmp").mkdir()
        self._all = folder

    def run(self, *command: str) -> str:
        environment = {
            "PATH": os.environ["PATH"],
            "TMPDIR": f"{self._all}/tmp",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # most of what these tests run in takes seconds to load
        }
        done = subprocess.run(
            [sys.executable, "-W", "error", *command], cwd=self.folder, env=environment, capture_output=True, text=True
        )
        assert not done.returncode, done.stdout + done.stderr
        return done.stdout + done.stderr

    def files(self) -> dict[str, str]:
        """Every file and folder, with a digest of what is in it."""
        return {
            str(path.relative_to(self._all)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            for path in sorted(self._all.rglob("*"))
        }


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    return Project("shop", tmp_path)


def test_djangos_test_runner_in_parallel(shop: Project) -> None:
    before = shop.files()
    told = shop.run("manage.py", "test", "--parallel", "2")
    assert "Ran 10 tests" in told
    assert "OK" in told
    assert shop.files() == before


def test_pytest_django(shop: Project) -> None:
    (shop.folder / "conftest.py").write_text('pytest_plugins = ["safelight.django.pytest"]\n')
    before = shop.files()
    told = shop.run(
        *PYTEST, "-p", "pytest_django.plugin", "--ds", "shop.settings", "shop/in_pytest.py", "shop/tests.py"
    )
    assert "18 passed" in told
    assert shop.files() == before


def test_sqlalchemy_and_flask(tmp_path: Path) -> None:
    project = Project("users", tmp_path)
    for name in ("test_users.py", "test_profiles.py"):
        (project.folder / name).write_text(file(DOCS / "how-to" / "testing.md", name))
    project.run("-c", "import app; app.Base.metadata.create_all(app.engine)")
    before = project.files()
    assert "7 passed" in project.run(*PYTEST, "in_pytest.py", "test_users.py", "test_profiles.py")
    assert project.files() == before
