"""The page of the reference, followed: its app keeps a picture."""

import re
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import DOCS, blocks
from tests.pictures import photo


def test_the_reference_does_as_it_says(tmp_path: Path):
    for block in blocks(DOCS / "reference" / "sqlalchemy.md", "python"):
        name = re.match(r"# (\w+\.py)\n", block.text)[1]
        (tmp_path / name).write_text(block.text)
    (tmp_path / "photo.jpg").write_bytes(photo())
    command = [sys.executable, "app.py", "photo.jpg"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("image/jpeg 37 x 23\n", "")
    [stored] = (path for path in (tmp_path / "media").rglob("*") if path.is_file())
    assert stored.suffix == ".jpg"
