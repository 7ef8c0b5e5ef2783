"""What every test of decoding leaves behind: nothing."""

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from safelight.decode import sandbox

pytest.register_assert_rewrite("tests.decode.processes")

from tests.decode.processes import children, eventually, running  # noqa: E402


def open_files() -> Counter[str]:
    """Which files, pipes and sockets this process has open, how many times each."""
    found: Counter[str] = Counter()
    for number in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # of the list itself
            found[os.readlink(f"/proc/self/fd/{number}")] += 1
    return found


@pytest.fixture(autouse=True)
def nothing_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No process, not even a zombie, nor what it may have started; no open file; no temporary file."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    processes, files = children(), open_files()
    yield
    assert children() == processes
    eventually(lambda: not running(str(sandbox._CONFINE)))
    assert open_files() <= files  # what another test had left may be collected meanwhile
    assert list(folder.iterdir()) == []
