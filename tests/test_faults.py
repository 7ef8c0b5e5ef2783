"""The short form of `python3 dev.py faults`: some of its kills, on SQLite and a folder, with all mutants that can show
themselves there."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FAULTS = (sys.executable, "-m", "faults.run", "--short")


def left_behind() -> list[Path]:
    return [path for folder in ("/dev/shm", "/tmp") for path in Path(folder).glob("safelight-faults-*")]


def test_nothing_is_lost_or_orphaned_and_mutants_are_caught():
    ran = subprocess.run(FAULTS, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = re.search(r"^kills (\d+), lost 0, orphans 0, mutants caught (\d+) of (\d+) \(", ran.stdout, re.MULTILINE)
    assert found, ran.stdout
    kills, caught, mutants = map(int, found.groups())
    assert kills > 60
    assert caught == mutants == 20, "ten on each stack"


def test_interrupted_it_leaves_nothing_behind():
    before = left_behind()
    with subprocess.Popen(
        (*FAULTS, "--stack", "sqlalchemy"), cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        while not process.stdout.readline().startswith("scenario "):  # its first files are being made
            assert process.poll() is None
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(30) == 128 + signal.SIGINT
    deadline = time.monotonic() + 10
    while in_session(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not in_session(process.pid)
    assert left_behind() == before


def in_session(session: int) -> list[str]:
    """Processes that were started in it, and are not gone."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(stat.parent.name)
    return found
