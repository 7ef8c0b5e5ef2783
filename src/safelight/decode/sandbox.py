"""A decoder in a process of its own, started for one file and gone with it: whatever the file does to it, the server
process never decodes, keeps its memory, and leaves no process behind."""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple

from ..errors import Corrupt, DecoderUnavailable, TooComplex, local_files

log = logging.getLogger(__name__)

DECODERS = 2
"""Decoders that a server process has running at a time: each may use as much memory as its limit says."""
WAIT = 10
"""Seconds that an upload waits for one of them to be free."""
SPARE = 10
"""Seconds by the clock that a decoder has beyond its CPU time, on a machine that has other work to do."""

_CONFINE = Path(__file__).with_name("confine.py")
_CHUNK = 1 << 20
_READY = b"ready\n"
_MAX_ANSWER = 4096
_free = threading.BoundedSemaphore(DECODERS)


class Facts(NamedTuple):
    """What a decoder says of a picture; nothing, if it was only asked whether it is there."""

    width: int = 0
    height: int = 0
    frames: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """memory: bytes of address space; cpu: seconds; output: bytes that may be written."""

    memory: int
    cpu: int
    output: int = 0


def run(
    program: Path, job: Mapping[str, object], content: IO[bytes], limits: Limits, output: BinaryIO | None = None
) -> Facts:
    """What `program` (a module beside this one, see `confine`) says of `content`.

    The decoder gets a copy in a nameless temporary file: nothing it does can change what is stored. Raises `Corrupt`
    if it cannot be decoded, `TooComplex` if a limit was hit, `DecoderUnavailable` if the trouble is the server's.
    """
    with _slot(), local_files(), tempfile.TemporaryFile() as file:
        shutil.copyfileobj(content, file, _CHUNK)
        file.seek(0)
        deadline = time.monotonic() + limits.cpu + SPARE
        with _started(program, job, file, limits, output) as process:
            answer, late = _read_answer(process, deadline)
        if answer.startswith(_READY) and (late or process.returncode == -signal.SIGXCPU):
            raise TooComplex("decoding it takes more than {limit} seconds", limit=limits.cpu)
        return _understand(answer, process.returncode)


@contextmanager
def _slot() -> Iterator[None]:
    if not _free.acquire(timeout=WAIT):
        raise DecoderUnavailable(f"{DECODERS} decoders were busy for {WAIT} seconds")
    try:
        yield
    finally:
        _free.release()


@contextmanager
def _started(
    program: Path, job: Mapping[str, object], file: IO[bytes], limits: Limits, output: BinaryIO | None
) -> Iterator[subprocess.Popen[bytes]]:
    """The decoder's process, which is dead and reaped at the end, with all it may have started."""
    order = {
        "program": str(program),
        "path": [str(folder) for folder in sys.path if folder],  # behind its own: it finds what we would
        "parent": os.getpid(),
        "limits": asdict(limits),
        "job": dict(job) if output is None else {**job, "output": output.fileno()},
    }
    try:
        process = subprocess.Popen(  # noqa: S603
            [python(), "-I", "-S", str(_CONFINE), json.dumps(order)],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=() if output is None else (output.fileno(),),
            cwd="/",
            env=_environment(),
            start_new_session=True,
        )
    except OSError as error:
        log.error("a decoder could not be started: %s", error)
        raise DecoderUnavailable(str(error)) from error
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # before it is reaped: until then nobody else gets its number
        process.wait()
        if process.stdout:
            process.stdout.close()


def python() -> str:
    """The interpreter; within uWSGI and the like, `sys.executable` is the server."""
    if Path(sys.executable).name.startswith("python"):
        return sys.executable
    return str(Path(sys.prefix, "bin", "python3"))


def _environment() -> dict[str, str]:
    """Nothing of the server's own, which has secrets in it; but the way to libraries, and how frugal to be."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH") if name in os.environ}
    return kept | {
        "LC_ALL": "C.UTF-8",
        "MALLOC_ARENA_MAX": "1",
        "VIPS_BLOCK_UNTRUSTED": "1",
        "VIPS_CONCURRENCY": "1",
        "VIPS_DISC_THRESHOLD": "1000g",  # no temporary files: it may not write any
    }


def _read_answer(process: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, bool]:
    """What the process says, and whether it was cut short by the clock."""
    assert process.stdout is not None  # noqa: S101
    answer = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while answer.count(b"\n") < 2 and len(answer) <= _MAX_ANSWER:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                return answer, True
            piece = os.read(process.stdout.fileno(), _MAX_ANSWER + 1 - len(answer))
            if not piece:
                break
            answer += piece
    return answer, False


def _understand(answer: bytes, status: int) -> Facts:
    """The answer of a process that may be anybody's by now: bounded, and taken for numbers alone."""
    if not answer.startswith(_READY):
        reason = f"exit status {status}, {answer[:500].decode('utf-8', 'replace')!r}"
        log.error("a decoder did not start: %s", reason)
        raise DecoderUnavailable(reason)
    rest = answer.removeprefix(_READY)
    if not rest.endswith(b"\n") and len(answer) <= _MAX_ANSWER:
        raise _end(status)
    try:
        result = json.loads(rest)
    except (ValueError, RecursionError):
        result = None
    if result == {"too_much": "memory"}:
        raise TooComplex("decoding it takes more memory than so many pixels need")
    if not isinstance(result, dict) or set(result) - set(Facts._fields) or {*map(type, result.values())} - {int}:
        log.info("not decodable: %.500r", rest)
        raise Corrupt("its picture data cannot be decoded")
    return Facts(**result)


def _end(status: int) -> Exception:
    """Why a decoder died that had begun to decode."""
    if status == -signal.SIGKILL:  # by none of its limits: by the system, whose memory has run out
        log.error("a decoder was killed")
        return DecoderUnavailable("killed")
    log.warning("a decoder died with exit status %d", status)
    if status in (-signal.SIGABRT, -signal.SIGTRAP):  # how GLib ends when there is no memory
        return TooComplex("decoding it takes more memory than so many pixels need")
    return Corrupt("its picture data cannot be decoded")


def is_installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None
