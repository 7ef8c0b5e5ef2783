"""What a browser has to load: little, nothing twice, and React only where React is."""

import gzip
import re
from pathlib import Path

import pytest
from tests.scripts import FIRST_LOAD, UPLOADER, imports

import safelight

STATIC = Path(safelight.__file__).parent / "django" / "static" / "safelight"
ENTRIES = sorted(path.name for path in STATIC.glob("*.js"))


def test_there_is_something_to_test() -> None:
    assert ENTRIES == ["admin.js", "file-input.js", "json-form.js"], "run: python3 dev.py frontend"


@pytest.mark.parametrize("entry", ENTRIES)
def test_first_load(entry: str) -> None:
    scripts = imports(STATIC / entry)
    styles = [path for path in [(STATIC / entry).with_suffix(".css")] if path.exists()]
    size = sum(len(gzip.compress(path.read_bytes())) for path in [*scripts, *styles])
    assert size <= FIRST_LOAD


def test_cropping_and_the_camera_come_later() -> None:
    loaded = {path.name.partition("-")[0] for path in imports(STATIC / "file-input.js")}
    assert "react" in loaded
    assert loaded.isdisjoint({"CropDialog", "CameraDialog"})


def test_what_only_some_do_with_a_document_comes_later() -> None:
    """Sending a file, the library, and the same of the file input."""
    loaded = imports(STATIC / "json-form.js")
    later = {"transport", "Library", "CropDialog", "CameraDialog"}
    assert {path.name.partition("-")[0] for path in loaded}.isdisjoint(later)
    assert not [path.name for path in loaded if "XHRUpload" in path.read_text()]


def test_the_uploader_is_small() -> None:
    (transport,) = (STATIC / "chunks").glob("transport-*.js")
    scripts = imports(transport) - imports(STATIC / "json-form.js")
    assert "XHRUpload" in transport.read_text()
    assert sum(len(gzip.compress(path.read_bytes())) for path in scripts) <= UPLOADER


def test_the_admin_needs_no_react() -> None:
    scripts = imports(STATIC / "admin.js")
    assert not [path.name for path in scripts if "react" in path.read_text().lower()]
    assert sum(len(gzip.compress(path.read_bytes())) for path in scripts) <= 10_000


def test_no_chunk_imports_an_entry() -> None:
    """Django serves entries under a second name, with a hash: who imports one by its first gets another module."""
    for script in STATIC.rglob("*.js"):
        assert not [path for path in imports(script) - {script} if path.parent == STATIC], script.name


def test_nothing_is_inline_or_evaluated() -> None:
    """What a strict Content-Security-Policy would forbid."""
    for script in STATIC.rglob("*.js"):
        assert not re.search(r"\beval\(|new Function\(", script.read_text()), script.name
