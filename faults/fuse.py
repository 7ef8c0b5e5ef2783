"""Where a process can be killed, stopped or let down: beside every call to the database, the storage and the side file.

A *point* is the moment before or after one such call. They are numbered as the process comes to them, so that a number
says where something happened, and happens there again.
"""

from __future__ import annotations

import mmap
import os
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from safelight.errors import StorageUnavailable
from safelight.ledger import SideFile

STORAGE_CALLS = ("save", "link_to", "open", "exists", "size", "modified", "names", "delete", "discard_parts")
"""All that ask a storage for something; where it has them."""
_WRITES = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Fault:
    """What happens to a process; by default nothing. Points and calls are counted from 1.

    kill:       SIGKILL at this point
    stop:       SIGSTOP at this point; whoever watches the process lets it go on
    slow:       SIGSTOP before its so manieth file is stored; points are counted from there
    down:       from this call on, the storage fails
    unanswered: the storage does what this call asks, but the answer never comes; from then on, it fails
    once:       but for this one call it does not fail
    reads:      statements that only read are calls, too: where another process may come between. To be killed beside a
                read is to be killed beside the next call that writes
    """

    kill: int = 0
    stop: int = 0
    slow: int = 0
    down: int = 0
    unanswered: int = 0
    once: bool = False
    reads: bool = False


class Board:
    """What a process that may be killed any moment has to say, in memory that it shares with whoever forked it."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 1024)

    @property
    def points(self) -> int:
        """How many it has come to."""
        return int.from_bytes(self._memory[:4], "big")

    @points.setter
    def points(self, points: int) -> None:
        self._memory[:4] = points.to_bytes(4, "big")

    @property
    def text(self) -> str:
        """Where the fault was; empty until it was."""
        return bytes(self._memory[4:]).partition(b"\0")[0].decode(errors="replace")

    @text.setter
    def text(self, text: str) -> None:
        data = text.encode()[:1000] + b"\0"
        self._memory[4 : len(data) + 4] = data


class Fuse:
    def __init__(self, fault: Fault, board: Board) -> None:
        self.fault = fault
        self._board = board
        self._storage_calls = 0
        self._saves = 0
        self._waits = fault.slow > 0
        board.points, board.text = 0, ""

    def light(self, storages: Iterable[type]) -> None:
        """Every call to these storages and to side files passes us from now on. (A stack brings its database.)"""
        for storage in storages:
            for name in STORAGE_CALLS:
                if hasattr(storage, name):
                    setattr(storage, name, self._storage(name, getattr(storage, name)))
        for name in ("add", "discard"):
            setattr(SideFile, name, self.around(f"side file {name}", getattr(SideFile, name)))

    def around(self, what: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def burning(*args: object, **kwargs: object) -> object:
            self._point(f"before {what}")
            result = call(*args, **kwargs)
            self._point(f"after {what}")
            return result

        return burning

    def statement(self, sql: object, execute: Callable[[], Any]) -> Any:
        """Run a statement, as a call if it is one."""
        text = str(sql).lstrip()
        if text.startswith(_WRITES) or (self.fault.reads and text.startswith("SELECT")):
            return self.around(" ".join(text.split()[:3]), execute)()
        return execute()

    def _storage(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        passing = self.around(f"storage {name}", call)

        @wraps(call)
        def calling(*args: object, **kwargs: object) -> object:
            self._storage_calls += 1
            self._saves += name == "save"
            if self._waits and self._saves == self.fault.slow:
                self._waits, self._board.points = False, 0
                os.killpg(0, signal.SIGSTOP)
            fault, where = self.fault, f"storage call {self._storage_calls}, {name}"
            since = fault.down or fault.unanswered
            if self._storage_calls == fault.down or (not fault.once and 0 < since < self._storage_calls):
                self._board.text = self._board.text or f"{where}, fails{self._and_then}"
                raise StorageUnavailable("it is down")
            result = passing(*args, **kwargs)
            if self._storage_calls == fault.unanswered:
                self._board.text = f"{where}, is not answered{self._and_then}"
                raise StorageUnavailable("it does not answer")
            return result

        return calling

    @property
    def _and_then(self) -> str:
        return "" if self.fault.once else ", nor is any after it"

    def _point(self, where: str) -> None:
        self._board.points += 1
        if self._waits or self._board.points not in (self.fault.kill, self.fault.stop):
            return
        self._board.text = f"point {self._board.points}, {where}"
        if self._board.points == self.fault.kill:
            os.killpg(0, signal.SIGKILL)
        os.killpg(0, signal.SIGSTOP)
