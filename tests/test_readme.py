"""What the README tells people to write works as it stands there. (Its links, and the guides: see tests/docs.)"""

import base64
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.pictures import photo

ROOT = Path(__file__).resolve().parent.parent

SETTINGS = """
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent
SECRET_KEY = "x"
ALLOWED_HOSTS = ["testserver"]
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
TRY = """
import json, sys
import django
django.setup()
from django.core.management import call_command
call_command("makemigrations", "shop", verbosity=0)
call_command("migrate", verbosity=0)
call_command("check", fail_level="WARNING")
from django.test import Client
client = Client()
answer = client.post("/api/images/", json.dumps({"image": sys.argv[1]}), content_type="application/json")
print(answer.status_code, answer.json())
row = answer.json()
print(client.get(row["image"]).status_code, client.get(row["image"]).headers["Content-Type"])
print(client.put(f"/api/images/{row['pk']}/", json.dumps(row), content_type="application/json").status_code)
refused = client.post("/api/images/", json.dumps({"image": "PGh0bWw+"}), content_type="application/json")
print(refused.status_code, refused.json()["detail"])
"""


def blocks(page: Path, name: str) -> str:
    """The code of all Python blocks that begin with a comment naming the file they go into."""
    found = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    return "\n".join(block for block in found if block.startswith(f"# {name}"))


def test_the_readmes_code_is_a_working_project(tmp_path: Path) -> None:
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "models.py").write_text(blocks(ROOT / "README.md", "models.py"))
    (package / "urls.py").write_text(blocks(ROOT / "README.md", "urls.py"))
    (package / "settings.py").write_text(SETTINGS + blocks(ROOT / "README.md", "settings.py"))
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "shop.settings", "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", TRY, base64.b64encode(photo((64, 48))).decode()]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert not done.returncode, done.stderr
    created, delivered, updated, refused = done.stdout.splitlines()[-4:]
    assert created.startswith("201")
    assert delivered == "200 image/jpeg"
    assert updated == "200"
    assert refused == "415 This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP."
    assert refused[4:] in (ROOT / "README.md").read_text()
