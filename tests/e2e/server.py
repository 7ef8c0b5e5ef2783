"""An example as users run it: a real gunicorn process with a data folder of its own, on a port nobody chose."""

import contextlib
import io
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import dev
import httpx
import psycopg
from tests.stored import stored_in

PASSWORD = "e2e-password"
_TROUBLE = re.compile(r"Traceback \(most recent call last\)|Internal Server Error|\[CRITICAL\]|Exception ignored")
_DEADLINE = 60


class Counts(NamedTuple):
    """Everything that an upload can leave behind."""

    files: int  # below the media folder
    thumbnails: int  # beside them
    blobs: int
    intents: int
    references: int
    images: int
    side: int  # intents in the side file
    temporary: int  # named files in the temporary folder
    nameless: int  # deleted files that the worker has open or mapped

    def plus(self, uploads: int) -> "Counts":
        """What these counts are after so many uploads that were accepted."""
        return self._replace(
            files=self.files + uploads,
            thumbnails=self.thumbnails + uploads,
            blobs=self.blobs + uploads,
            references=self.references + uploads,
            images=self.images + uploads,
        )


class Server:
    """`with Server(folder, SAFELIGHT_UPLOAD_RATE="off") as server:` prepares, starts and stops the example.

    `data` is the data folder; one that exists is taken as it is. `python` is of the environment that the example is
    installed in. Environment variables are given by name.
    """

    example = "recognizer"
    database = "db.sqlite3"  # in the data folder
    table = "resolver_image"  # whose rows name files

    def __init__(
        self, folder: Path, data: Path | None = None, *, python: Path = Path(sys.executable), **environment: str
    ) -> None:
        self.data = data or folder / "data"
        self.temporary = folder / "tmp"
        self.log = folder / "gunicorn.log"
        self.temporary.mkdir(parents=True)
        self.media = self.data / "media"
        self._folder = folder
        self._python = python
        self._looked = 0  # how much of the log has been looked at
        self._idle = 0  # nameless files of a worker that has nothing to do
        self._process: subprocess.Popen[bytes] | None = None
        inherited = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        self.environment = inherited | {
            "SAFELIGHT_DATA": str(self.data),
            "SAFELIGHT_ADMIN_PASSWORD": PASSWORD,
            "SAFELIGHT_SEED": "off",  # tests count
            "TMPDIR": str(self.temporary),
            **environment,
        }

    def __enter__(self) -> "Server":
        if not self.data.exists():
            self.prepare()
        self.start()
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        self.stop()
        if error is None:
            self.assert_clean_log()

    def prepare(self) -> str:
        return self.manage("prepare")

    def manage(self, *arguments: str) -> str:
        """Returns what the command says."""
        with self.managing(*arguments) as process:
            said, complaint = process.communicate()
        assert not process.returncode, complaint
        return said

    @contextlib.contextmanager
    def managing(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """The command while it runs. At the end it is killed."""
        command = [str(self._python), *self.manager(), *arguments]
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, env=self.environment, cwd=self._folder, stdout=pipe, stderr=pipe, text=True
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def manager(self) -> list[str]:
        """What Python is given to run the example's commands."""
        return ["-u", str(dev.EXAMPLE / "manage.py")]

    def start(self) -> None:
        command, folder = gunicorn_command(self._python, self.example)
        with self.log.open("ab") as log:
            begin = log.tell()
            self._process = subprocess.Popen(
                command,
                env=self.environment,
                cwd=folder or self._folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self.url = self._wait_for_url(begin)
            httpx.get(self.url, timeout=_DEADLINE, trust_env=False).raise_for_status()  # answers: the worker is up
            self._idle = len(self._nameless())
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """As Ctrl-C or a supervisor would. Nothing of it may be left."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            assert process.wait(_DEADLINE) == 0, self.log.read_text()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def kill(self) -> None:
        """As a power cut would: every process of the server at once."""
        process, self._process = self._process, None
        assert process is not None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def client(self, **options: object) -> httpx.Client:
        return httpx.Client(base_url=self.url, trust_env=False, timeout=_DEADLINE, **options)  # type: ignore[arg-type]

    def assert_clean_log(self) -> None:
        """No stack trace and no 500 since the last look."""
        with self.log.open(errors="replace") as log:
            log.seek(self._looked)
            fresh = log.read()
            self._looked = log.tell()
        assert not _TROUBLE.search(fresh), fresh

    # --- what there is ----------------------------------------------------------------------------------------------

    def files(self) -> list[Path]:
        return stored_in(self.media)

    def counts(self) -> Counts:
        files = self.files()
        thumbnails = sum(path.name.endswith(".thumbnail.webp") for path in files)
        return Counts(
            files=len(files) - thumbnails,
            thumbnails=thumbnails,
            blobs=self.scalar("SELECT count(*) FROM safelight_blob"),
            intents=self.scalar("SELECT count(*) FROM safelight_blob WHERE state = 'intent'"),
            references=self.scalar("SELECT count(*) FROM safelight_reference"),
            images=self.scalar(f"SELECT count(*) FROM {self.table}"),
            side=len(self.side_keys()),
            temporary=sum(1 for path in self.temporary.rglob("*") if path.is_file()),
            nameless=len(self._nameless()),
        )

    def baseline(self, seconds: float = 5) -> Counts:
        """The counts, once what came before has been tidied up."""
        deadline = time.monotonic() + seconds
        while True:
            counts = self.counts()
            if (counts.temporary, counts.nameless) == (0, self._idle) or time.monotonic() > deadline:
                return counts
            time.sleep(0.02)

    def settled(self, expected: Counts, seconds: float = 5) -> Counts:
        """The counts, once they are as expected or the time is over: a worker tidies up after it has answered."""
        deadline = time.monotonic() + seconds
        while (counts := self.counts()) != expected and time.monotonic() < deadline:
            time.sleep(0.02)
        return counts

    def rows(self, sql: str, *values: object) -> list[tuple]:
        if url := self.environment.get("SAFELIGHT_DATABASE"):
            with psycopg.connect(url) as connection:
                return connection.execute(sql.replace("?", "%s"), values).fetchall()  # type: ignore[arg-type]
        return _read(self.data / self.database, sql, *values)

    def scalar(self, sql: str, *values: object) -> int:
        return self.rows(sql, *values)[0][0]

    def side_keys(self) -> set[str]:
        """Of intents that could not be committed beside an open transaction."""
        path = self.data / f"{self.database}-safelight"
        return {key for (key,) in _read(path, "SELECT key FROM intent")} if path.exists() else set()

    def worker(self) -> int:
        assert self._process is not None
        pid = self._process.pid
        (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return int(child)

    def temporary_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.temporary.iterdir())

    def serves(self, port: int) -> bool:
        """Whether the server still has its end of the connection from this port of ours."""
        ours, theirs = f":{httpx.URL(self.url).port:04X}", f":{port:04X}"
        table = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return any(row[1].endswith(ours) and row[2].endswith(theirs) and row[9] != "0" for row in table)

    def resident(self) -> int:
        """Bytes of memory that the worker has (VmRSS)."""
        status = Path(f"/proc/{self.worker()}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024  # type: ignore[index]

    def _nameless(self) -> list[str]:
        if self._process is None:
            return []
        process = Path(f"/proc/{self.worker()}")
        found = []
        for descriptor in (process / "fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                found.append(os.readlink(descriptor))
        found += [line.split(maxsplit=5)[-1] for line in (process / "maps").read_text().splitlines()]
        places = (str(self.temporary), str(self.media))
        return [name for name in found if name.startswith(places) and name.endswith("(deleted)")]

    def _wait_for_url(self, begin: int) -> str:
        assert self._process is not None
        deadline = time.monotonic() + _DEADLINE
        while time.monotonic() < deadline and self._process.poll() is None:
            if match := re.search(rb"Listening at: (http://\S+)", self.log.read_bytes()[begin:]):
                return match[1].decode()
            time.sleep(0.02)
        raise AssertionError("the server does not start:\n" + self.log.read_text())


def gunicorn_command(python: Path, example: str) -> tuple[list[str], str | None]:
    """The command with which `dev.py run` becomes gunicorn, but with any free port and a log that says which; and the
    folder it runs in, if `dev.py run` changes to one."""
    with (
        mock.patch.object(dev, "environment", return_value=python),
        mock.patch.object(dev, "call"),
        mock.patch("os.chdir") as chdir,
        mock.patch("os.execv") as execv,
        contextlib.redirect_stdout(io.StringIO()),
    ):
        dev.run(example)
    command = [str(argument) for argument in execv.call_args.args[1]]
    command[command.index("--bind") + 1] = "127.0.0.1:0"
    command[command.index("--log-level") + 1] = "info"
    return command, str(chdir.call_args.args[0]) if chdir.called else None


def _read(database: Path, sql: str, *values: object) -> list[tuple]:
    # Not as read-only: who comes first after a kill has to undo what was half written.
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=rw", uri=True, timeout=20)) as connection:
        return connection.execute(sql, values).fetchall()
