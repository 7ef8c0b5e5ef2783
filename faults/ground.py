"""The proving ground: one stack on one back end, the processes that run there, and what has to be true of it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from faults.acts import Act, Command, Keys
from faults.backends import Backend
from faults.fuse import Board, Fault, Fuse
from faults.processes import Process, Server, Wrong, ended
from faults.stack import Stack
from faults.stores import is_mark

from safelight import keys

PERIOD = timedelta(days=2)
"""Longer than the grace period."""
SWEEP = Command("sweep", ("--batch", "2"))
NO_FAULT = Fault()

Mutate = Callable[[Stack], object]


@dataclass(frozen=True)
class Count:
    """All of them must be 0. `empty` are files that the ledger calls ready, and whose bytes are not there; `left` are
    rows of the ledger, or of the side file, of which no row of the site knows, and requests that nobody repeats."""

    lost: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()
    orphans: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return ", ".join(f"{name}: {' '.join(sorted(found))}" for name, found in vars(self).items() if found)

    def __bool__(self) -> bool:
        return any(vars(self).values())


@dataclass
class World:
    """What is there before an act; to be had again as often as it is needed."""

    database: Any
    files: dict[str, bytes]
    lost: frozenset[str]
    """What the ledger has lost already, and a command is to find again."""
    keys: Keys = field(default_factory=dict)


class Ground:
    def __init__(self, backend: Backend, stack: Stack) -> None:
        self.backend = backend
        self.database = backend.database
        self.stack = stack
        self.board = Board()
        self.mutate: Mutate | None = None
        """What is wrong with the order of steps, in all processes from now on."""
        self.worlds: dict[str, World] = {}
        """Those that were made already, by their names."""
        self._log = backend.folder / "log.txt"
        with ended(Process(stack.prepare, self._log)) as process:
            self.expect_success(process)
        self.empty = self.world({})

    # --- processes ---------------------------------------------------------------------------------------------------

    @contextmanager
    def server(self, fault: Fault = NO_FAULT, board: Board | None = None) -> Iterator[Server]:
        with ended(Server(lambda: self._prepared(fault, board).application(), self._log)) as server:
            yield server

    @contextmanager
    def begun(self, act: Act, keys: Keys, fault: Fault = NO_FAULT, board: Board | None = None) -> Iterator[Process]:
        """A process that is at it."""
        if isinstance(act, Command):
            name, arguments = act.name, act.filled(keys)
            with ended(Process(lambda: self._prepared(fault, board).command(name, *arguments), self._log)) as process:
                yield process
            return
        with self.server(fault, board) as server:
            server.ask(act.path, act.filled(keys), act.file)
            yield server

    def process(self, body: Callable[[Stack], object]) -> Process:
        """That does what it likes with the stack. Whoever begins it ends it."""
        return Process(lambda: body(self._prepared(NO_FAULT, None)), self._log)

    def run(self, act: Command) -> None:
        with self.begun(act, {}) as process:
            process.watch()
            self.expect_success(process)

    def sweep_twice(self) -> None:
        """Two grace periods go by, each with a sweep at its end."""

        def sweeps() -> None:
            self._prepared(NO_FAULT, None)
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGSTOP)
                self.stack.command(SWEEP.name, *SWEEP.arguments)

        with ended(Process(sweeps, self._log)) as process:
            while process.watch() == "stopped":
                self.database.age(PERIOD)
                process.go_on()
            if self.mutate is None:
                self.expect_success(process)

    def expect_success(self, process: Process) -> None:
        if process.watch() != "ended" or process.failed:
            raise Wrong(f"a process that nobody has disturbed failed:\n{self.said()}")

    def said(self) -> str:
        """The end of what processes wrote."""
        return self._log.read_text(errors="replace")[-4000:] if self._log.exists() else ""

    def _prepared(self, fault: Fault, board: Board | None) -> Stack:
        if self.mutate is not None:
            self.mutate(self.stack)
        if fault != NO_FAULT:
            fuse = Fuse(fault, board or self.board)
            fuse.light([self.backend.kind])
            self.stack.light(fuse)
        return self.stack

    # --- worlds ------------------------------------------------------------------------------------------------------

    def world(self, keys: Keys) -> World:
        """As it is now."""
        self.database.settle()
        return World(self.database.snapshot(), self.backend.store.files(), self.count().lost, keys)

    def restore(self, world: World) -> None:
        self.database.settle()
        self.database.restore(world.database)
        self.backend.store.restore(world.files)
        if self._log.exists():
            self._log.unlink()

    # --- what is there -----------------------------------------------------------------------------------------------

    def count(self) -> Count:
        self.database.settle()
        named = self._named()
        stored = {name for name in self.backend.store.names() if not is_mark(name)}
        rows = self.database.rows("SELECT key, state, storage FROM safelight_blob")
        ready = {key for key, state, _ in rows if state == "ready"}
        # Of what the ledger does not know, the place is not known either; but for what was there before it.
        places = {key: "nowhere" if keys.is_ours(key) else "default" for key in named}
        places |= {key: storage for key, _, storage in rows}
        answered = {f"request {id}" for (id,) in self.database.rows("SELECT id FROM safelight_request")}
        gone = {key for key in named | ready if f"{places[key]}/{key}" not in stored}
        return Count(
            lost=frozenset(named & gone),
            empty=frozenset(ready & gone),
            orphans=frozenset(stored - {f"{places[key]}/{key}" for key in named}),
            left=frozenset((places.keys() | self.database.on_side()) - named | answered),
        )

    def _named(self) -> set[str]:
        pages = self.database.rows("SELECT CAST(body AS TEXT) FROM page")
        in_pages = {key for (text,) in pages for key in _strings(json.loads(text)) if keys.is_ours(key)}
        return {key for (key,) in self.database.rows("SELECT image FROM picture")} | in_pages


def _strings(document: Any) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    inner = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    for each in inner:
        yield from _strings(each)
