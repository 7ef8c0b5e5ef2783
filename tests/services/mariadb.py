"""A real MariaDB for the tests: on a free port, in a temporary folder, gone afterwards."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pymysql
import pytest
from pymysql.err import OperationalError  # now: Django's tests let it be imported once more, under another name

_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
_PATIENCE = 60
_SETTINGS = (  # no test cuts the power
    "--innodb-flush-method=nosync",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-log-file-size=8M",
)


@contextmanager
def mariadb() -> Iterator[str]:
    """The URL of a server, ``mysql://root@127.0.0.1:PORT``, whose user may do anything."""
    programs = ("mariadbd", "mariadb-install-db", "my_print_defaults")
    server, install, defaults = (shutil.which(program, path=_PATH) for program in programs)
    if not server or not install or not defaults:
        pytest.skip("MariaDB is not installed: apt install mariadb-server-core mariadb-client-core")
    folder = Path(tempfile.mkdtemp(prefix="safelight-mariadb-"))
    log, data, temporary = folder / "log.txt", folder / "data", folder / "temporary"
    temporary.mkdir()  # its own: a server that starts deletes from there what another one has open
    user = ("--user=root",) if os.geteuid() == 0 else ()
    own = ("--no-defaults", f"--datadir={data}", f"--tmpdir={temporary}", *user, *_SETTINGS)
    try:
        with log.open("w") as output:
            made = (install, *own, "--auth-root-authentication-method=normal", "--skip-test-db")
            subprocess.run(made, check=True, stdout=output, stderr=output)
            port = _free_port()
            run = (server, *own, f"--socket={folder / 'socket'}", "--bind-address=127.0.0.1", f"--port={port}")
            # What would wait for ever, because this very process is what it waits for, fails after a while.
            with subprocess.Popen([*run, "--innodb-lock-wait-timeout=3"], stdout=output, stderr=output) as process:
                try:
                    _wait_for(port, process, log)
                    yield f"mysql://root@127.0.0.1:{port}"
                finally:
                    process.kill()
    finally:
        shutil.rmtree(folder)


def create_database(server: str, name: str) -> str:
    """The URL of an empty database of that server."""
    with _connect(urlsplit(server).port) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    return f"{server}/{name}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with suppress(OperationalError):
            _connect(port).close()
            return
        time.sleep(0.1)
    raise RuntimeError(f"MariaDB does not start:\n{log.read_text()}")


def _connect(port: int | None) -> pymysql.Connection:
    return pymysql.connect(host="127.0.0.1", port=port or 0, user="root")
