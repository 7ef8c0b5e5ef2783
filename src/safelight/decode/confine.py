"""The first thing that runs in a decoder's process: it gives up what a decoder does not need, before a byte of the file
is read. A decoder is a million lines of C that a stranger's bytes go through; it may crash, spin or eat memory, but
only here.

Run as a file by `safelight.decode.sandbox`, with nothing of Safelight imported, for the sake of a quick start::

    python -I -S confine.py '{"program": ..., "path": [...], "parent": ..., "limits": {...}, "job": {...}}'

The file to look at is standard input. The answer is two lines on standard output: ``ready`` once the program is loaded
and the limits stand, and then the result as JSON.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from importlib.machinery import SourceFileLoader
from types import ModuleType

TYPE_CHECKING = False  # typing itself takes as long to import as a small picture to decode
if TYPE_CHECKING:
    from typing import Any

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_SIGKILL = 9


def main() -> None:
    order = json.loads(sys.argv[1])
    answer = _silence()
    _die_with(order["parent"])
    sys.path += order["path"]
    try:
        program = _load(order["program"])
    except Exception as error:  # not installed, or without the C library that it wraps
        _say(answer, json.dumps({"unavailable": f"{type(error).__name__}: {error}"}))
        os._exit(1)
    _limit(**order["limits"])
    _say(answer, "ready")
    _say(answer, json.dumps(_run(program, order["job"])))
    os._exit(0)  # tidying up would cost more than starting did


def _run(program: ModuleType, job: dict[str, Any]) -> dict[str, Any]:
    try:
        result: dict[str, Any] = program.run(job)
        return result
    except MemoryError:
        return {"too_much": "memory"}
    except Exception as error:
        return {"corrupt": str(error)[:500]}


def _silence() -> int:
    """Standard output is for the answer alone: a library that chatters must not garble it."""
    answer, null = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    return answer


def _say(answer: int, line: str) -> None:
    os.write(answer, line.encode() + b"\n")


def _die_with(parent: int) -> None:
    """Where Linux has them: end when the server does, even by SIGKILL; gain no privileges; be the first to go when
    memory runs out, before the server."""
    if sys.platform != "linux":
        return
    import ctypes

    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:
        pass  # no /proc: a luxury


def _load(program: str) -> ModuleType:
    module = ModuleType("program")
    SourceFileLoader("program", program).exec_module(module)
    return module


def _limit(memory: int, cpu: int, output: int) -> None:
    """Bytes of address space, seconds of CPU time, bytes that may be written to files. Not the number of processes: it
    counts all of a user's, so that no number is right; the sandbox ends them by their group."""
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_NOFILE, 16)
    _set(resource.RLIMIT_FSIZE, output)
    _set(resource.RLIMIT_CPU, cpu, cpu + 1)  # first the signal that says why, then SIGKILL
    try:
        _set(resource.RLIMIT_AS, memory)
    except (ValueError, OSError):
        if sys.platform == "linux":
            raise
        # macOS does not limit memory. Developers use it; servers run Linux.


def _set(what: int, soft: int, hard: int | None = None) -> None:
    _, most = resource.getrlimit(what)
    limits = (soft, soft if hard is None else hard)
    if most != resource.RLIM_INFINITY:  # lower than asked is fine, higher is not ours to set
        limits = (min(limits[0], most), min(limits[1], most))
    resource.setrlimit(what, limits)


if __name__ == "__main__":
    main()
