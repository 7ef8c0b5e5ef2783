"""The example, with the models of tests/django in its admin."""

import subprocess
import sys
from pathlib import Path

import dev
from tests.e2e.server import Server


class Gallery(Server):
    """`with Gallery(folder) as server:`"""

    def __init__(self, folder: Path, **environment: str) -> None:
        settings = {"DJANGO_SETTINGS_MODULE": "tests.e2e.admin.settings", "PYTHONPATH": str(dev.ROOT)}
        super().__init__(folder, **settings, **environment)

    def prepare(self) -> None:
        super().prepare()
        command = [sys.executable, str(dev.EXAMPLE / "manage.py"), "migrate", "--run-syncdb", "--verbosity=0"]
        subprocess.run(command, env=self.environment, check=True)
