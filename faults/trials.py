"""Trials: somebody is killed, the server is started again, two grace periods go by, and then it is counted."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import TypeVar

from faults.acts import Act, Keys
from faults.fuse import Board, Fault
from faults.ground import PERIOD, SWEEP, Count, Ground
from faults.processes import Process, Server, Wrong
from faults.scenarios import Race, Requests, Scenario, Slow, Trouble
from faults.worlds import WORLDS

T = TypeVar("T")

_WAITS = {False: 0.15, True: 1.0}
"""Seconds after which a process that neither ends nor stops is taken to wait for a lock. Where rows are locked hardly
anybody does, and can be given time; where there is one writer, many do."""
_GLANCE = 0.002
_FAILED = (1, 409, 503)
"""How a command, and a request, may end if a storage fails: with a word about it."""
_PATIENCE = 60
"""Seconds in which two processes that may go on have ended."""


@dataclass(frozen=True)
class Trial:
    """What came of one. `where` says where the fault was, and how to have it again."""

    killed: bool
    where: str
    count: Count


class Trials:
    """All trials of a scenario, one after the other: ``for trial in Trials(ground, seed)(scenario)``.

    stride: only each so manieth point, beginning at one that the seed chooses
    pairs:  of a race, so many interleavings in which both stand still in turn, besides those in which one does; None
            for all. Who stands still is killed in half of them; without any pairs, never
    """

    def __init__(self, ground: Ground, seed: int, stride: int = 1, pairs: int | None = None) -> None:
        self._ground = ground
        self._seed = seed
        self._stride = stride
        self._pairs = pairs

    def __call__(self, scenario: Scenario) -> Iterator[Trial]:
        return self._trials(scenario, random.Random(f"{self._seed} {scenario.name}"))

    # --- one kind of trial each --------------------------------------------------------------------------------------

    @singledispatchmethod
    def _trials(self, scenario: Scenario, chance: random.Random) -> Iterator[Trial]:
        for point in self._points(chance):
            keys = self._begin(scenario)
            with self._ground.begun(scenario.act, keys, Fault(kill=point)) as process:
                killed = self._finish(process, scenario.act)
            yield self._counted(scenario, keys, killed)
            if not killed:
                return

    @_trials.register
    def _(self, scenario: Trouble, chance: random.Random) -> Iterator[Trial]:
        if self._stride > 1 and chance.random() < 0.7:
            return
        for kind in self._some(("down", "unanswered"), chance):
            for once in self._some((False, True), chance):
                for call in itertools.count(1, self._stride):
                    keys = self._begin(scenario)
                    fault = Fault(**{kind: call}, once=once)  # type: ignore[arg-type]
                    with self._ground.begun(scenario.act, keys, fault) as process:
                        self._finish(process, scenario.act, or_else=_FAILED)
                    if not self._ground.board.text:
                        break
                    yield self._counted(scenario, keys, killed=False)

    @_trials.register
    def _(self, scenario: Requests, chance: random.Random) -> Iterator[Trial]:
        relay = self._ground.backend.relay
        if relay is None:
            return
        for kind in ("before", "after", "late", "down", "lost"):
            for number in self._points(chance):
                keys = self._begin(scenario)
                relay.begin(**{"before" if kind == "late" else kind: number})
                with self._ground.begun(scenario.act, keys) as process:
                    while not relay.holds and process.watch(_GLANCE) == "waits":
                        pass
                    if killed := relay.holds:
                        process.kill()
                    else:
                        self._finish(process, scenario.act, or_else=_FAILED if relay.where else ())
                where = relay.where
                if kind == "late" and killed:
                    self._ground.database.age(PERIOD)
                    self._ground.run(SWEEP)
                if killed:
                    relay.release(sent_on=kind != "before")
                relay.begin()  # nothing happens to requests any more
                if not where:
                    break
                yield self._counted(scenario, keys, killed, f"{where}; {kind}")

    @_trials.register
    def _(self, scenario: Slow, chance: random.Random) -> Iterator[Trial]:
        for upload in itertools.count(1, self._stride):
            for point in self._points(chance):
                keys = self._begin(scenario)
                with self._ground.begun(scenario.act, keys, Fault(slow=upload, kill=point)) as process:
                    if process.watch() != "stopped":
                        if upload == 1:
                            raise Wrong(f"{scenario.name}: nothing was stored\n{self._ground.said()}")
                        return
                    self._ground.database.age(PERIOD)
                    self._ground.run(SWEEP)
                    process.go_on()
                    killed = self._finish(process, scenario.act, or_else=_FAILED)
                yield self._counted(scenario, keys, killed)
                if not killed:
                    break

    @_trials.register
    def _(self, scenario: Race, chance: random.Random) -> Iterator[Trial]:
        acts = (scenario.act, scenario.other)
        counts = [range(1, self._length(scenario, act) + 1, 2) for act in acts]
        alone = [(first, stop, 0) for first in (0, 1) for stop in counts[first]]
        both = [(first, stop, then) for first in (0, 1) for stop in counts[first] for then in counts[1 - first]]
        if self._pairs is not None:
            alone = alone[chance.randrange(self._stride) :: self._stride]
            both = chance.sample(both, min(self._pairs, len(both)))
        for first, stop, then in alone + both:
            keys = self._begin(scenario)
            killed = self._pairs != 0 and chance.random() < 0.5
            self._interleave(acts[first], stop, acts[1 - first], then, killed, keys)
            one, other = ("the first", "the second") if first == 0 else ("the second", "the first")
            there = f"to its point {then}" if then else "to its end"
            fate = "is killed" if killed else "goes on"
            where = f"{one} stops at its point {stop}, {other} runs {there}, {one} {fate}"
            yield self._counted(scenario, keys, killed, where)

    # --- their parts -------------------------------------------------------------------------------------------------

    def _points(self, chance: random.Random) -> Iterator[int]:
        return itertools.count(chance.randint(1, self._stride), self._stride)

    def _some(self, kinds: Sequence[T], chance: random.Random) -> Sequence[T]:
        """All, or one, where a few points are enough."""
        return kinds if self._stride == 1 else [chance.choice(kinds)]

    def _begin(self, scenario: Scenario) -> Keys:
        worlds = self._ground.worlds
        if scenario.world not in worlds:
            mutate, self._ground.mutate = self._ground.mutate, None
            worlds[scenario.world] = WORLDS[scenario.world](self._ground)
            self._ground.mutate = mutate
        world = worlds[scenario.world]
        self._ground.restore(world)
        self._ground.database.age(scenario.aged)
        return world.keys

    def _length(self, scenario: Race, act: Act) -> int:
        """How many points it has, if nobody disturbs it."""
        keys = self._begin(scenario)
        with self._ground.begun(act, keys, Fault(reads=True)) as process:
            self._finish(process, act)
        return self._ground.board.points

    def _interleave(self, first: Act, stop: int, second: Act, then: int, killed: bool, keys: Keys) -> None:
        boards, waits = (Board(), Board()), _WAITS[self._ground.database.locks_rows]
        with ExitStack() as stack:
            one = stack.enter_context(self._ground.begun(first, keys, Fault(stop=stop, reads=True), boards[0]))
            one.watch()
            other = stack.enter_context(self._ground.begun(second, keys, Fault(stop=then, reads=True), boards[1]))
            other.watch(waits)
            if killed:
                one.kill()
            else:
                one.go_on()
                one.watch(waits)
            other.go_on()
            running, deadline = [one, other], time.monotonic() + _PATIENCE
            while running:  # who waits for the other's lock comes to his point later
                for process in list(running):
                    end = process.watch(waits)
                    if end == "stopped":
                        process.go_on()
                    elif end == "ended":
                        running.remove(process)
                    elif time.monotonic() > deadline:
                        raise Wrong(f"{first} and {second} wait for each other\n{self._ground.said()}")
            for process in (one, other):
                self._finish(process, None)

    def _finish(self, process: Process, act: Act | None, or_else: Collection[int] = ()) -> bool:
        """Whether it was killed. Otherwise `act` must have been done, or have failed in one of these ways."""
        if isinstance(process, Server):
            status, text = process.status()
            expected = getattr(act, "expected", status)
        else:
            if process.watch() != "ended":
                raise Wrong(f"a process does not end\n{self._ground.said()}")
            status, text = int(process.failed), ""
            expected = 0
        if not process.was_killed and act is not None and status not in (expected, *or_else):
            raise Wrong(f"{act}: {status} {text}\n{self._ground.said()}")
        return process.was_killed

    def _counted(self, scenario: Scenario, keys: Keys, killed: bool, where: str = "") -> Trial:
        ground = self._ground
        where = where or ground.board.text
        before = ground.count()
        if ground.mutate is None:  # which shows itself without
            with ground.server() as server:
                server.post("/write", {"title": "afterwards", "body": "{}"})
        ground.database.age(scenario.later)
        for act in scenario.afterwards:
            with ground.begun(act, keys) as process:
                self._finish(process, act if ground.mutate is None else None)
        ground.sweep_twice()
        after = ground.count()
        lost = before.lost - ground.worlds[scenario.world].lost
        count = Count(lost | after.lost, before.empty | after.empty, after.orphans, after.left)
        return Trial(killed, where, count)
