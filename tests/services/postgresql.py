"""A real PostgreSQL for the tests: on a free port, in a temporary folder, gone afterwards."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

OWNER = "postgres"
"""The system user that runs the server when we are root, which the server refuses."""
SETTINGS = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c unix_socket_directories="


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of an empty database, ``postgres://app@127.0.0.1:PORT/app``, whose user may do anything."""
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="safelight-postgresql-"))
    data, log = folder / "data", folder / "log.txt"
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, OWNER)
        _run(binaries / "initdb", "-D", data, "-U", "app", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        port = _start(binaries, data, log)
        try:
            _run(binaries / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "app", "app")
            yield f"postgres://app@127.0.0.1:{port}/app"
        finally:
            _run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)


def _binaries() -> Path:
    """Debian keeps the server's programs out of the PATH, in a folder for each version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    initdb = found[-1] if found else shutil.which("initdb")
    if initdb is None:
        pytest.skip("PostgreSQL is not installed: apt install postgresql")
    if os.geteuid() == 0 and OWNER not in {user.pw_name for user in pwd.getpwall()}:
        pytest.skip(f"PostgreSQL does not run as root, and there is no system user {OWNER!r} to run it as")
    return Path(initdb).resolve().parent


def _start(binaries: Path, data: Path, log: Path, attempts: int = 5) -> int:
    for attempt in range(attempts):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = f"-h 127.0.0.1 -p {port} {SETTINGS}"
        try:
            _run(binaries / "pg_ctl", "-D", data, "-w", "-t", "60", "-l", log, "-o", options, "start")
        except RuntimeError:  # somebody else may have taken the port
            if attempt == attempts - 1:
                raise RuntimeError(f"PostgreSQL does not start:\n{log.read_text()}") from None
        else:
            return port
    raise AssertionError("unreachable")


def _run(*command: str | Path) -> None:
    user = ("runuser", "-u", OWNER, "--") if os.geteuid() == 0 else ()
    # Not a pipe for the output: the server would inherit it and keep us waiting for its end.
    with tempfile.TemporaryFile() as output:
        code = subprocess.call(
            [*user, *command],
            cwd="/",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        output.seek(0)
        if code:
            raise RuntimeError(f"{Path(command[0]).name}: {output.read().decode(errors='replace')}")
