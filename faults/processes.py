"""Real processes, forked from one that has imported everything, so that thousands of them can be killed in minutes:
servers, each at a port of its own, and commands. None of them outlives the block it was started in.

Each is a group: what stops, kills or lets it go on does so to all that it has started.
"""

from __future__ import annotations

import ctypes
import gc
import http.client
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlencode

from faults import serving, stopping

AnyProcess = TypeVar("AnyProcess", bound="Process")
End = Literal["stopped", "ended", "waits"]
_DEADLINE = 60.0  # seconds
_PR_SET_CHILD_SUBREAPER = 36


class Wrong(Exception):
    """What should not have happened without any fault."""


def adopt_workers() -> None:
    """A worker whose server is gone becomes a child of ours, so that we can wait for its end, too."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Process:
    """`body` in a process of its own."""

    def __init__(self, body: Callable[[], object], log: Path) -> None:
        self._status: int | None = None
        sys.stdout.flush()
        stopping.hold()
        self.pid = os.fork()
        if self.pid == 0:
            os.setpgid(0, 0)  # by whoever of the two comes first
            _become(body, log)
        os.setpgid(self.pid, self.pid)
        try:
            stopping.release()
        except BaseException:
            self.kill()
            raise

    def watch(self, seconds: float = _DEADLINE) -> End:
        """Until it has stopped itself or ended; "waits" if it does neither (somebody else holds a lock)."""
        deadline, pause = time.monotonic() + seconds, 0.0002
        while self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
            if pid and os.WIFSTOPPED(status):
                return "stopped"
            if pid:
                self._end(status)
            elif self.is_answered():
                return "ended"
            elif time.monotonic() > deadline:
                return "waits"
            else:
                time.sleep(pause)
                pause = min(pause * 1.5, 0.01)
        return "ended"

    def is_answered(self) -> bool:
        """Whether it has done what was asked of it, though it goes on."""
        return False

    def go_on(self) -> None:
        if self._status is None:
            os.killpg(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        if self._status is None:
            os.killpg(self.pid, signal.SIGKILL)  # until we have waited for it, there is something to be killed
            self._end(os.waitpid(self.pid, 0)[1])

    def _end(self, status: int) -> None:
        """Its workers end with it. What they had locked is free, and nothing of theirs is written any more."""
        self._status = status
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            while True:
                os.waitpid(-self.pid, 0)

    @property
    def was_killed(self) -> bool:
        return self._status is not None and os.WIFSIGNALED(self._status)

    @property
    def failed(self) -> bool:
        return self._status != 0


class Server(Process):
    """Serves `app` by gunicorn. One request at a time is on its way."""

    def __init__(self, app: Callable[[], object], log: Path) -> None:
        self._answer: http.client.HTTPConnection | None = None
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._port = listener.getsockname()[1]
            super().__init__(serving.server(app, listener), log)

    def ask(self, path: str, fields: dict[str, str], file: bytes | None = None) -> None:
        """Begin a POST. Its answer is fetched by `status`."""
        if file is None:
            body, kind = urlencode(fields).encode(), "application/x-www-form-urlencoded"
        else:
            body, kind = _multipart(fields, file)
        self._answer = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_DEADLINE)
        self._answer.request("POST", path, body, {"Content-Type": kind, "Idempotency-Key": "the-only-one"})

    def is_answered(self) -> bool:
        return self._answer is not None and bool(select.select([self._answer.sock], [], [], 0)[0])

    def status(self) -> tuple[int, str]:
        """And what was answered; (0, "") if the process was killed before it could."""
        assert self._answer is not None
        connection, self._answer = self._answer, None
        try:
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (ConnectionError, http.client.HTTPException):
            self.watch(5)  # its connections end a moment before it does
            return 0, ""
        finally:
            connection.close()

    def post(self, path: str, fields: dict[str, str], file: bytes | None = None) -> str:
        """For what must succeed."""
        self.ask(path, fields, file)
        status, text = self.status()
        if status != 200:
            raise Wrong(f"{path} {fields}: {status} {text[:500]}")
        return text


@contextmanager
def ended(process: AnyProcess) -> Iterator[AnyProcess]:
    """It is killed at the end of the block, unless it has ended."""
    try:
        yield process
    finally:
        process.kill()


def _become(body: Callable[[], object], log: Path) -> None:
    """Never returns: nothing that the parent would tidy up is ours."""
    code = 1
    try:
        stopping.as_ever()
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(output, 1)
        os.dup2(output, 2)
        gc.freeze()
        body()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _multipart(fields: dict[str, str], file: bytes) -> tuple[bytes, str]:
    border = "safelight-faults-border"
    head = f"--{border}\r\nContent-Disposition: form-data; name="
    parts = [f'{head}"{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
    about = f'{head}"file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'.encode()
    return b"".join([*parts, about, file, f"\r\n--{border}--\r\n".encode()]), f"multipart/form-data; boundary={border}"
