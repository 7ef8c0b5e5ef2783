"""Proves that no file is lost or orphaned: kills real servers and sweeps, everywhere, and counts what is left.

    python3 dev.py faults [--short] [--stack NAME] [--backend NAME] [--scenario TEXT] [--mutant TEXT] [--seed N]

--short         a few points of each scenario, on SQLite and a folder: less than a minute
--stack         django or sqlalchemy (both)
--backend       sqlite (and a folder) or postgresql (and S3) (both)
--scenario      only those whose names contain this, and no mutants
--mutant        only those whose names contain this, and nothing else
--seed N        which points --short takes, and which interleavings of a race (1)

A process is killed (SIGKILL) before or after the n-th statement that writes, COMMIT, call of the storage or of the side
file, for each n in turn. Then the server is started again, and two grace periods go by, with a sweep at the end of
each. What is counted, and must be 0: *lost*, keys that rows name, without bytes; *empty*, files that the ledger calls
ready, without bytes; *orphans*, bytes that no row names; *left*, rows of the ledger that nothing needs.

A mutant is Safelight with a wrong order of steps, to see whether all this would be noticed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from multiprocessing.connection import Connection

from faults import backends, report, stack
from faults.ground import Ground
from faults.mutants import MUTANTS, Mutant
from faults.processes import adopt_workers
from faults.report import Totals
from faults.scenarios import ALL, Scenario
from faults.stopping import stop_once
from faults.trials import Trials


def main() -> None:
    parser = argparse.ArgumentParser(usage="python3 dev.py faults [options]", description=__doc__.partition("\n")[0])
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--stack", choices=stack.NAMES)
    parser.add_argument("--backend", choices=backends.NAMES)
    parser.add_argument("--scenario")
    parser.add_argument("--mutant")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.short and options.backend is None:
        options.backend = "sqlite"
    begin, totals = time.monotonic(), Totals()
    stop_once()
    for backend in [options.backend] if options.backend else backends.NAMES:
        for name in [options.stack] if options.stack else stack.NAMES:
            totals += in_a_process(name, backend, options)
    report.say(f"\n{totals} ({totals.trials} trials, {(time.monotonic() - begin) / 60:.1f} minutes)")
    if totals.skipped:
        report.say(f"({totals.skipped} times a mutant could not show itself: SQLite has one writer.)")
    sys.exit(0 if totals.right else 1)


def in_a_process(name: str, backend: str, options: argparse.Namespace) -> Totals:
    """One stack on one back end, in a process that knows no other: Django has its settings once."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("fork")
    process = context.Process(target=_prove, args=(name, backend, options, theirs))
    process.start()
    theirs.close()
    try:
        totals: Totals = ours.recv()
    except EOFError:
        totals = Totals(wrong=1)
    except BaseException:
        if process.pid is not None:
            os.kill(process.pid, signal.SIGTERM)
        raise
    finally:
        process.join()
    return totals


def _prove(name: str, backend: str, options: argparse.Namespace, result: Connection) -> None:
    stop_once()
    adopt_workers()
    totals = Totals()
    with backends.backend(backend, name) as made:
        tempfile.tempdir = str(made.folder)
        proof = Proof(Ground(made, stack.load(name, made)), options, f"--stack {name} --backend {backend}", totals)
        if options.mutant is None:
            report.heading(f"{stack.TITLES[name]}, {backends.TITLES[backend]}")
            for scenario in ALL:
                if (options.scenario or "") in scenario.name:
                    proof.try_scenario(scenario)
        if options.scenario is None:
            report.say(f"\nMutants, {stack.TITLES[name]}, {backends.TITLES[backend]}")
            for mutant in MUTANTS:
                if (options.mutant or "") in mutant.name:
                    proof.try_mutant(mutant)
    result.send(totals)


class Proof:
    def __init__(self, ground: Ground, options: argparse.Namespace, where: str, totals: Totals) -> None:
        self._ground = ground
        self._seed = options.seed
        self._where = where
        self._totals = totals
        stride, pairs, of_mutants = (21, 1, 2) if options.short else (1, 25, 1)
        self._trials = Trials(ground, options.seed, stride, pairs)
        self._trials_of_mutants = Trials(ground, options.seed, of_mutants, 0)

    def try_scenario(self, scenario: Scenario) -> None:
        trials = kills = 0
        bad = []
        for trial in self._trials(scenario):
            trials, kills = trials + 1, kills + trial.killed
            if trial.count:
                bad.append(trial)
            report.progress(f"{scenario.name}: {trials} trials, {trial.where}")
        report.row(scenario.name, trials, kills, [trial.count for trial in bad])
        for trial in bad[:3]:
            report.say(f"  {trial.where}: {trial.count}")
        if bad:
            report.say(f'  again: python3 dev.py faults {self._where} --scenario "{scenario.name}" --seed {self._seed}')
        self._totals += Totals(
            trials,
            kills,
            lost=sum(len(trial.count.lost) for trial in bad),
            orphans=sum(len(trial.count.orphans) for trial in bad),
            wrong=len(bad),
        )

    def try_mutant(self, mutant: Mutant) -> None:
        if mutant.needs_locks and not self._ground.database.locks_rows:
            self._totals += Totals(skipped=not mutant.is_harmless)
            report.say(f"  {mutant.name:36}only PostgreSQL can show it")
            return
        caught = self._caught(mutant)
        if mutant.is_harmless:
            self._totals.wrong += bool(caught)
            report.say(f"  {mutant.name:36}{caught or 'harmless, as it should be'}")
        else:
            self._totals += Totals(mutants=1, caught=bool(caught))
            report.say(f"  {mutant.name:36}{caught or 'NOT CAUGHT'}")

    def _caught(self, mutant: Mutant) -> str:
        """By what; empty if nothing has noticed it."""
        trials, self._ground.mutate = 0, mutant.change
        try:
            for scenario in (scenario for name in mutant.shown_by for scenario in ALL if scenario.name == name):
                for trial in self._trials_of_mutants(scenario):
                    trials += 1
                    report.progress(f"{mutant.name}: {scenario.name}, {trial.where}")
                    count = trial.count
                    if count.lost or count.orphans:
                        found = f"lost {len(count.lost)}, orphans {len(count.orphans)}"
                        return f"caught by {scenario.name!r}, trial {trials} ({trial.where or 'not killed'}): {found}"
        finally:
            self._ground.mutate = None
        return ""


if __name__ == "__main__":
    main()
