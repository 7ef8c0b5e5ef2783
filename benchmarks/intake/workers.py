"""Workers to send bodies to, and what /proc says of them."""

from __future__ import annotations

import http.client
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
_FLAGS = ("--workers", "1", "--worker-class", "sync", "--timeout", "600", "--no-control-socket")
_FLAGS += ("--log-level", "warning", "--pythonpath", str(HERE))
_PIECE = 1 << 20


@dataclass
class Cost:
    cpu: float  # seconds, user and system, of the worker process alone
    wall: float
    growth: int | None  # bytes: the highest resident set size during the upload above that before it


class Worker:
    """A gunicorn of one worker process, in a folder of its own, listening on a socket in it."""

    def __init__(self, name: str, folder: Path, environ: dict[str, str]) -> None:
        self.name, self._folder = name, folder
        self._socket = folder / "socket"
        self._environ = os.environ | environ | {"CONTENDER": name, "DATA": str(folder), "TMPDIR": str(folder / "tmp")}
        self._server: subprocess.Popen[bytes] | None = None
        self.pid = 0

    def start(self) -> None:
        (self._folder / "tmp").mkdir(parents=True)
        self._run("-c", "import contender; contender.prepare()").check_returncode()
        command = [sys.executable, "-m", "gunicorn", *_FLAGS, "--bind", f"unix:{self._socket}", "contender"]
        self._server = subprocess.Popen(command, cwd=HERE, env=self._environ)
        until = time.monotonic() + 60
        while True:
            try:
                self.pid = int(self._request("GET", "/pid")[1])
                return
            except OSError:
                if self._server.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"the worker of {self.name} did not start") from None
                time.sleep(0.05)

    def stop(self) -> None:
        if self._server is None:
            return
        self._server.terminate()
        try:
            self._server.wait(20)
        except subprocess.TimeoutExpired:
            if self.pid:
                os.kill(self.pid, 9)
            self._server.kill()
            self._server.wait()
        self._server = None

    def upload(self, body: bytes, content_type: str) -> tuple[int, bytes]:
        """Status and answer."""
        return self._request("POST", "/", content_type, _pieces(body), len(body))

    def measure(self, pieces: Iterable[bytes | memoryview], size: int, content_type: str, times: int = 1) -> Cost:
        """What accepting `pieces` costs on average. Raises RuntimeError if they are refused."""
        before = self.resident() if self._reset_peak() else None
        cpu, wall = self._cpu(), time.perf_counter()
        for _ in range(times):
            status, answer = self._request("POST", "/", content_type, pieces, size)
            if status != 201:
                raise RuntimeError(f"{self.name} answered {status}: {answer[:300]!r}")
        wall = time.perf_counter() - wall
        cpu = self._settled_cpu() - cpu
        growth = None if before is None else max(0, self._status("VmHWM") - before)
        return Cost(cpu / times, wall / times, growth)

    def measure_body(self, body: bytes, content_type: str, times: int = 1) -> Cost:
        return self.measure(_Pieces(body), len(body), content_type, times)

    def resident(self) -> int:
        return self._status("VmRSS")

    def stored(self) -> list[Path]:
        return [path for path in (self._folder / "media").rglob("*") if path.is_file()]

    def clear(self) -> None:
        """Remove all files and rows, from outside: it costs the worker nothing, and leaves it nothing to find."""
        for path in self.stored():
            path.unlink()
        database = sqlite3.connect(self._folder / "db.sqlite3", timeout=20)
        try:
            with database:
                for table in ("safelight_reference", "safelight_blob", "benchmark_picture"):
                    if database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
                        database.execute(f"DELETE FROM {table}")
        finally:
            database.close()

    def left_behind(self) -> list[str]:
        """Temporary files, which there should be none of between two uploads."""
        return [path.name for path in (self._folder / "tmp").rglob("*") if "wgunicorn" not in path.name]

    def _cpu(self) -> float:
        # The clock of all threads of another process, in nanoseconds: clock_getcpuclockid(3), which Python lacks.
        # (utime and stime in /proc/PID/stat are the same sum, in hundredths of a second.)
        return time.clock_gettime((~self.pid << 3) | 2)

    def _settled_cpu(self) -> float:
        """Once it has come to rest: it frees memory and files after it has answered."""
        last, now = -1.0, self._cpu()
        while now != last:
            time.sleep(0.005)
            last, now = now, self._cpu()
        return now

    def _status(self, name: str) -> int:
        text = Path(f"/proc/{self.pid}/status").read_text()
        return int(text.split(f"{name}:")[1].split()[0]) * 1024

    def _reset_peak(self) -> bool:
        try:
            Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        except OSError:  # some containers forbid it
            return False
        return True

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([sys.executable, *arguments], cwd=HERE, env=self._environ, check=False)

    def _request(
        self, method: str, url: str, content_type: str = "", pieces: Iterable[bytes | memoryview] = (), size: int = 0
    ) -> tuple[int, bytes]:
        connection = _Connection(self._socket)
        try:
            headers = {"Content-Length": str(size), "Connection": "close"}
            if content_type:
                headers["Content-Type"] = content_type
            with suppress(BrokenPipeError):  # refused before all was sent: the answer says why
                connection.request(method, url, pieces, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=600)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class _Pieces:
    """Can be sent again, which an iterator cannot."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[memoryview]:
        return _pieces(self._body)


def _pieces(body: bytes) -> Iterator[memoryview]:
    view = memoryview(body)
    return iter([view[at : at + _PIECE] for at in range(0, len(body), _PIECE)])
