"""Everything at once: writers, sweeps, an audit and a move, none of which waits for its turn, and any of which is
killed at any moment; every few seconds all of them at once, to see what rows name nothing by then. In the end two
grace periods go by, and it is counted.

A storm can find what nobody has thought of. Where it does, it says what was lost, and not why: for that there are the
scenarios.

It asks for no more than docs/explanation/lifecycle.md promises. A bulk update of which the ledger is not told gives a
row the file of another one, which has named it since there is such a file, and is locked meanwhile: so nobody can have
looked before, and find it free afterwards. And the sweep whose clock is ahead, for which all uploads are too slow, has
a grace period as long as that: for files it is no earlier than it is.
"""

from __future__ import annotations

import io
import json
import os
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from random import Random

from faults import report
from faults.acts import PHOTO, command
from faults.ground import Count, Ground
from faults.mutants import MUTANTS, Mutant
from faults.processes import Process, Wrong
from faults.report import Totals
from faults.stack import Stack
from werkzeug.test import Client

from safelight import sweep

SECONDS = 20.0
GUST = 4.0
"""Seconds between two moments in which nothing runs: a row that names nothing may be deleted by somebody later."""
OWN = ("mine", "one", "two", "three", "four", "five")
"""Titles of rows whose files came with them, or with another of these rows."""
GIVEN = ("red", "green", "blue", "white", "grey", "black")
"""Of rows that may name any file."""
PAGES = ("page", "leaf", "sheet")
AHEAD = timedelta(hours=2)
_REMEMBERED = 24
"""Keys, the last ones of all. Those of which some are gone are asked for most."""
_NO_NEWS = {"CommandError", "ClickException", "OperationalError"}
"""What a command may end with: somebody else has deleted the file, or has locked the database for too long."""

Work = Callable[[Stack, Random], object]


@dataclass(frozen=True)
class Weathered:
    """What came of a storm: how often what was done (``create 200``), how many processes were killed, what is counted
    when it is over, and which keys that rows named, or the ledger called ready, had no bytes already before that."""

    done: Counter[str] = field(repr=False)
    kills: int
    count: Count
    gone: frozenset[str]
    errors: str
    """What should happen to nobody, whatever happens around him: tracebacks."""

    @property
    def lost(self) -> int:
        return len(self.gone | self.count.lost)

    @property
    def right(self) -> bool:
        return not self.count and not self.gone and not self.errors


class Storm:
    def __init__(self, ground: Ground, seed: int, seconds: float = SECONDS) -> None:
        self._ground = ground
        self._chance = Random(seed)
        self._seconds = seconds
        self._keys = Notes(ground.backend.folder / "keys.txt")
        self._done = Notes(ground.backend.folder / "done.txt")
        self._errors = Notes(ground.backend.folder / "errors.txt")
        self._works: dict[str, Work] = {
            **{f"writer {number}": self._write for number in range(1, 5)},
            "sweep": lambda stack, chance: self._command(stack, "sweep", "--grace", "0s", "--batch", "2"),
            "sweep ahead": self._sweep_ahead,
            "audit": self._audit,
            "move": self._move,
        }

    def rage(self) -> Weathered:
        ground = self._ground
        ground.restore(ground.empty)
        for notes in (self._keys, self._done, self._errors):
            notes.clear()
        kills, gone = 0, frozenset[str]()
        for gust in self._gusts():
            kills += self._let_loose(gust)
            count = ground.count()
            gone |= count.lost | count.empty
        # What holds its file, though its row was updated past the ledger; and what a move has left behind. (Of files
        # that are lost they complain; but these are counted.)
        for last in (command("audit", "--repair"), command("move", "--from", "second", "--to", "default", "--delete")):
            with ground.begun(last, {}) as process:
                process.watch()
        ground.sweep_twice()
        done, errors = Counter(self._done.all()), "\n".join(self._errors.all())
        return Weathered(done, kills, ground.count(), gone, errors)

    def _gusts(self) -> Iterator[float]:
        left = self._seconds
        while left > 0:
            yield min(GUST, left)
            left -= GUST

    def _let_loose(self, seconds: float) -> int:
        kills, end = 0, time.monotonic() + seconds
        with ExitStack() as all_of_them:
            running = {name: self._begun(name) for name in self._works}
            all_of_them.callback(_kill, running)
            while (left := end - time.monotonic()) > 0:
                time.sleep(min(left, self._chance.uniform(0.5, 1.5)))
                for name, process in running.items():
                    if process.watch(0) != "waits":
                        raise Wrong(f"{name} has ended:\n{self._ground.said()}")
                name = self._chance.choice([*running])
                running[name].kill()
                kills += 1
                running[name] = self._begun(name)
        return kills + len(running)

    def _begun(self, name: str) -> Process:
        work, chance = self._works[name], Random(self._chance.random())

        def forever(stack: Stack) -> None:
            while True:
                work(stack, chance)

        return self._ground.process(forever)

    # --- what the processes do ---------------------------------------------------------------------------------------

    def _write(self, stack: Stack, chance: Random) -> None:
        client = Client(stack.application())
        while True:
            path, fields = self._request(chance)
            if path.rpartition("/")[2] in ("create", "replace", "keep", "broken", "nested", "by_hand"):
                fields["file"] = (io.BytesIO(PHOTO), "a.jpg")
            try:
                answer = client.post(path, data=fields, buffered=True)
            except Exception:
                self._errors.add(traceback.format_exc())
                continue
            self._done.add(f"{path.rpartition('/')[2]} {answer.status_code}")
            if answer.status_code == 200 and answer.text:
                self._keys.add(answer.text)

    def _request(self, chance: Random) -> tuple[str, dict[str, object]]:
        known = self._keys.last(_REMEMBERED) or ["none"]
        own, given = chance.sample(OWN, 2), chance.sample(GIVEN, 2)
        key, keys = chance.choice(known), chance.sample(known, min(len(known), 3))
        body = json.dumps({"cover": key, "gallery": keys})
        action, fields = chance.choice(
            [
                *[("create", {"title": own[0]})] * 4,
                *[("keep", {})] * 2,
                ("replace", {"title": chance.choice([own[0], given[0]])}),
                *[("share", {"title": given[0], "key": key})] * 2,
                *[("delete", {"title": chance.choice([own[0], given[0]])})] * 2,
                ("swap", {"title": own[0], "other": own[1]}),
                ("clear", {"title": own[0], "other": given[0]}),
                *[("bulk", {"title": given[0], "other": own[0], "key": key})] * 2,
                *[("write", {"title": chance.choice(PAGES), "body": body})] * 2,
                ("remove", {"title": chance.choice(PAGES)}),
                ("press", {"key": key}),
                ("broken", {"title": own[0]}),
                ("nested", {"title": own[0], "other": given[0], "key": key}),
                ("by_hand", {"title": own[0], "other": given[0], "key": key}),
            ]
        )
        return f"{chance.choice(('', '/atomic'))}/{action}", dict(fields)

    def _sweep_ahead(self, stack: Stack, chance: Random) -> None:
        vars(sweep)["datetime"] = _Ahead
        self._command(stack, "sweep", "--grace", f"{AHEAD // timedelta(hours=1)}h", "--batch", "2")

    def _audit(self, stack: Stack, chance: Random) -> None:
        self._command(stack, "audit", "--repair")
        time.sleep(chance.uniform(0, 0.3))  # it has little to do, and would do nothing else

    def _move(self, stack: Stack, chance: Random) -> None:
        for source, target in (("default", "second"), ("second", "default")):
            behind = ["--delete"] if chance.random() < 0.5 else []
            self._command(stack, "move", "--from", source, "--to", target, *behind)

    def _command(self, stack: Stack, name: str, *arguments: str) -> None:
        try:
            stack.command(name, *arguments)
            self._done.add(f"{name} 0")
        except (Exception, SystemExit) as error:
            kind = type(error).__name__
            self._done.add(f"{name} {kind}")
            if kind not in _NO_NEWS:
                self._errors.add(traceback.format_exc())


def prove(ground: Ground, what: tuple[str, str], seed: int, seconds: float, mutant: str | None) -> Totals:
    """A storm; or one for each mutant whose name contains `mutant`, which should be noticed."""
    report.say(f"\n{', '.join(what)}: storms of {seconds:g} seconds, seed {seed}")
    if mutant is None:
        return _weather(Storm(ground, seed, seconds), ground)
    totals = Totals()
    for each in MUTANTS:
        can_show = ground.database.locks_rows or not each.needs_locks
        if mutant in each.name and can_show and not each.is_harmless:
            totals += _catch(Storm(ground, seed, seconds), ground, each)
    return totals


def _weather(storm: Storm, ground: Ground) -> Totals:
    weathered = storm.rage()
    count = weathered.count
    report.say(f"  {sum(weathered.done.values())} things done, {weathered.kills} processes killed")
    report.say(f"  {', '.join(f'{what}: {number}' for what, number in sorted(weathered.done.items()))}")
    if not weathered.right:
        report.say(f"  gone before the end: {' '.join(weathered.gone)}; {count}\n{weathered.errors}")
    return Totals(1, weathered.kills, weathered.lost, len(count.orphans), wrong=not weathered.right)


def _catch(storm: Storm, ground: Ground, mutant: Mutant) -> Totals:
    ground.mutate = mutant.change
    try:
        weathered = storm.rage()
    finally:
        ground.mutate = None
    caught, orphans = bool(weathered.count or weathered.gone), len(weathered.count.orphans)
    report.say(f"  {mutant.name:36}{f'caught: lost {weathered.lost}, orphans {orphans}' if caught else 'not caught'}")
    return Totals(mutants=1, caught=caught)


def _kill(running: dict[str, Process]) -> None:
    for process in running.values():
        process.kill()


class _Ahead(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + AHEAD


class Notes:
    """Lines that many processes write, any of which may be killed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def clear(self) -> None:
        self._path.write_text("")

    def add(self, line: str) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(descriptor, f"{line}\n".encode())
        finally:
            os.close(descriptor)

    def all(self) -> list[str]:
        return self._path.read_text().splitlines()

    def last(self, number: int) -> list[str]:
        return self.all()[-number:]
