"""What every test of decoding leaves behind: nothing."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from safelight.decode import sandbox

pytest.register_assert_rewrite("tests.decode.processes")

from tests.decode.processes import children, eventually, running  # noqa: E402


@pytest.fixture(autouse=True)
def nothing_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No process, not even a zombie, nor what it may have started; no open file; no temporary file."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    processes, files = children(), len(os.listdir("/proc/self/fd"))
    yield
    assert children() == processes
    eventually(lambda: not running(str(sandbox._CONFINE)))
    assert len(os.listdir("/proc/self/fd")) <= files  # fewer, if what another test had left was collected meanwhile
    assert list(folder.iterdir()) == []
