"""A site as its visitors meet it: a gunicorn process on a free port, with a database and files of its own."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx
from tests.e2e.server import PASSWORD
from tests.stored import names_in

ROOT = Path(__file__).resolve().parents[2]
_DEADLINE = 30
_USERS = f"""
from django.contrib.auth.models import Permission, User
User.objects.create_superuser("admin", password="{PASSWORD}")
viewer = User.objects.create_user("viewer", password="{PASSWORD}", is_staff=True)
viewer.user_permissions.add(Permission.objects.get(codename="view_page"))
"""


class Request(NamedTuple):
    method: str
    path: str
    query: dict[str, list[str]]
    status: int


class Site:
    """`settings` names the project; `environment` is added to that of its processes. Staff are `admin`, who may do all,
    and `viewer`, who may look. A folder that is there already is a copy of one that was prepared."""

    def __init__(self, folder: Path, settings: str, **environment: str) -> None:
        self.folder = folder
        self.media = folder / "media"
        self.url = ""
        self._log, self._access = folder / "gunicorn.log", folder / "access.log"
        self._process: subprocess.Popen[bytes] | None = None
        inherited = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        self._environment = inherited | {
            "DATA": str(folder),
            "TMPDIR": str(folder / "tmp"),
            "DJANGO_SETTINGS_MODULE": settings,
            "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "examples" / "recognizer"))),
            **environment,
        }

    def __enter__(self) -> "Site":
        if not self.folder.exists():
            self.prepare()
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_DEADLINE)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def prepare(self) -> None:
        (self.folder / "tmp").mkdir(parents=True)
        self.media.mkdir()
        self.manage("migrate", "--run-syncdb", "--verbosity", "0")
        self.manage("shell", "--command", _USERS)

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "django", *arguments]
        done = subprocess.run(command, env=self._environment, cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(f"{arguments[0]}: {done.stderr}")
        return done.stdout

    @contextlib.contextmanager
    def client(self, user: str = "admin") -> Iterator[httpx.Client]:
        """Of somebody who is logged in to the admin."""
        with httpx.Client(base_url=self.url, trust_env=False, timeout=_DEADLINE) as client:
            client.get("/admin/login/")
            form = {"username": user, "password": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
            response = client.post("/admin/login/?next=/admin/", data=form)
            assert response.status_code == 302, response.text
            yield client

    # --- what there is ----------------------------------------------------------------------------------------------

    def add(self, document: Any, name: str = "A page") -> int:
        """A page, from outside; its number."""
        with self._database() as database:
            row = database.execute("INSERT INTO pages_page (name, body) VALUES (?, ?)", (name, json.dumps(document)))
            return int(row.lastrowid or 0)

    def document(self, page: int) -> Any:
        return json.loads(self._rows("SELECT body FROM pages_page WHERE id = ?", page)[0][0])

    def last_page(self) -> int:
        return int(self._rows("SELECT coalesce(max(id), 0) FROM pages_page")[0][0])

    def text_of_all_documents(self) -> str:
        return "\n".join(
            json.dumps(json.loads(body), ensure_ascii=False) for (body,) in self._rows("SELECT body FROM pages_page")
        )

    def end_sessions(self) -> None:
        """As time does."""
        with self._database() as database:
            database.execute("DELETE FROM django_session")

    def files(self) -> set[str]:
        """What is stored, by the names that documents use."""
        return names_in(self.media)

    def requests(self, method: str, path: str) -> list[Request]:
        found = []
        for line in self._access.read_text().splitlines():
            verb, address, status = line.split(" ")
            url = urlsplit(address)
            if (verb, url.path) == (method, path):
                found.append(Request(verb, url.path, parse_qs(url.query), int(status)))
        return found

    def troubles(self) -> str:
        """The server's log, if there is a stack trace in it."""
        log = self._log.read_text(errors="replace")
        return log if "Traceback" in log or "Internal Server Error" in log else ""

    # --- its process ------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "--workers", "1", "--threads", "8", "--no-control-socket"]
        command += ["--bind", "127.0.0.1:0", "--access-logfile", str(self._access)]
        command += ["--access-logformat", "%(m)s %(U)s?%(q)s %(s)s", "django.core.wsgi:get_wsgi_application()"]
        with self._log.open("wb") as log:
            options: dict[str, Any] = {"stdout": log, "stderr": subprocess.STDOUT, "start_new_session": True}
            self._process = subprocess.Popen(command, env=self._environment, cwd=self.folder, **options)
        deadline = time.monotonic() + _DEADLINE
        while time.monotonic() < deadline and self._process.poll() is None:
            if match := re.search(rb"Listening at: (http://\S+)", self._log.read_bytes()):
                self.url = match[1].decode()
                httpx.get(f"{self.url}/admin/login/", timeout=_DEADLINE, trust_env=False).raise_for_status()
                return
            time.sleep(0.02)
        raise AssertionError("the server does not start:\n" + self._log.read_text())

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._database() as database:
            return database.execute(sql, values).fetchall()

    @contextlib.contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self.folder / "db.sqlite3", timeout=20)
        with contextlib.closing(database), database:
            yield database


@contextlib.contextmanager
def both_sites(folder: Path, settings: str) -> Iterator[dict[bool, Site]]:
    """One without a Content-Security-Policy (False), and one with a strict one (True)."""
    with Site(folder / "plain", settings) as plain, Site(folder / "strict", settings, STRICT="1") as strict:
        yield {False: plain, True: strict}
