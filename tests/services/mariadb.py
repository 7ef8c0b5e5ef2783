"""A real MariaDB for the tests: on a free port, in a temporary folder, gone afterwards. Where it is not installed, its
tests are skipped: apt install mariadb-server."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pymysql
import pytest
from pymysql.err import OperationalError  # now: Django's tests let it be imported once more, under another name

_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
_PATIENCE = 60


@contextmanager
def mariadb() -> Iterator[str]:
    """The URL of an empty database, ``mysql://root@127.0.0.1:PORT/app``, whose user may do anything."""
    server, install = shutil.which("mariadbd", path=_PATH), shutil.which("mariadb-install-db", path=_PATH)
    if not server or not install:
        pytest.skip("MariaDB is not installed: apt install mariadb-server")
    folder = Path(tempfile.mkdtemp(prefix="safelight-mariadb-"))
    log, data = folder / "log.txt", folder / "data"
    user = ("--user=root",) if os.geteuid() == 0 else ()
    try:
        with log.open("w") as output:
            made = (install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", *user)
            subprocess.run([*made, "--skip-test-db"], check=True, stdout=output, stderr=output)
            port = _free_port()
            run = (server, "--no-defaults", f"--datadir={data}", "--bind-address=127.0.0.1", f"--port={port}", *user)
            settings = (
                f"--socket={folder / 'socket'}",
                "--innodb-flush-log-at-trx-commit=0",
                "--innodb-lock-wait-timeout=3",
            )
            with subprocess.Popen([*run, *settings], stdout=output, stderr=output) as process:
                try:
                    _create_database(port, process, log)
                    yield f"mysql://root@127.0.0.1:{port}/app"
                finally:
                    process.kill()
    finally:
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _create_database(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with suppress(OperationalError):
            connection = pymysql.connect(host="127.0.0.1", port=port, user="root")
            with connection, connection.cursor() as cursor:
                cursor.execute("CREATE DATABASE app CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
            return
        time.sleep(0.1)
    raise RuntimeError(f"MariaDB does not start:\n{log.read_text()}")
