"""Proves that no file is lost or orphaned: kills real servers and sweeps, everywhere, and counts what is left.

    python3 dev.py faults [--short | --write] [--seed N]
    python3 dev.py faults [--stack NAME] [--backend NAME] [--scenario TEXT | --mutant TEXT] [--seed N]
    python3 dev.py faults --storm [--seconds N] [--stack NAME] [--backend NAME] [--mutant TEXT] [--seed N]

--short         a few points of each scenario, on SQLite and a folder: about a minute
--stack         django or sqlalchemy (both)
--backend       sqlite (and a folder) or postgresql (and S3) (both)
--scenario      only those whose names contain this, and no mutants
--mutant        only those whose names contain this, and nothing else
--seed N        which points --short takes, and which interleavings of a race (1)
--storm         everything at once, at random, for so many --seconds (20); see faults/storm.py
--write         the whole proof, and its tables go into docs/explanation/faults.md

A process is killed (SIGKILL) before or after the n-th statement that writes, COMMIT, call of the storage or of the side
file, or request to S3, for each n in turn. Then the server is started again, and two grace periods go by, with a sweep
at the end of each. What is counted, and must be 0: *lost*, keys that rows name, without bytes; *empty*, files that the
ledger calls ready, without bytes; *orphans*, bytes that no row names; *left*, rows of the ledger that nothing needs.

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

from faults import backends, report, stack, storm
from faults.ground import Ground
from faults.mutants import MUTANTS
from faults.processes import adopt_workers
from faults.proof import Proof
from faults.report import Proved, Totals
from faults.scenarios import ALL
from faults.stopping import stop_once


def main() -> None:
    parser = argparse.ArgumentParser(usage="python3 dev.py faults [options]", description=__doc__.partition("\n")[0])
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--stack", choices=stack.NAMES)
    parser.add_argument("--backend", choices=backends.NAMES)
    parser.add_argument("--scenario")
    parser.add_argument("--mutant")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--storm", action="store_true")
    parser.add_argument("--seconds", type=float, default=storm.SECONDS)
    options = parser.parse_args()
    if options.short and options.backend is None:
        options.backend = "sqlite"
    if options.write and (options.short or options.stack or options.backend or options.scenario or options.mutant):
        parser.error("what is written is the whole proof: --write goes with --seed alone")
    if options.storm and (options.short or options.scenario or options.write):
        parser.error("a storm has no scenarios: --storm goes with --seconds, --stack, --backend, --mutant and --seed")
    begin, proved = time.monotonic(), []
    stop_once()
    for backend in [options.backend] if options.backend else backends.NAMES:
        for name in [options.stack] if options.stack else stack.NAMES:
            proved.append(in_a_process(name, backend, options))
    how = report.how(proved, options.seed, time.monotonic() - begin)
    report.summary(proved, how)
    if options.write:
        report.write(proved, how)
    sys.exit(0 if all(each.totals.right for each in proved) else 1)


def in_a_process(name: str, backend: str, options: argparse.Namespace) -> Proved:
    """One stack on one back end, in a process that knows no other: Django has its settings once."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("fork")
    process = context.Process(target=_prove, args=(name, backend, options, theirs))
    process.start()
    theirs.close()
    try:
        proved: Proved = ours.recv()
    except EOFError:
        proved = Proved(title(name, backend), Totals(wrong=1))
    except BaseException:
        if process.pid is not None:
            os.kill(process.pid, signal.SIGTERM)
        raise
    finally:
        process.join()
    return proved


def title(name: str, backend: str) -> tuple[str, str]:
    return stack.TITLES[name], backends.TITLES[backend]


def _prove(name: str, backend: str, options: argparse.Namespace, result: Connection) -> None:
    stop_once()
    adopt_workers()
    what = title(name, backend)
    with backends.backend(backend, name) as made:
        tempfile.tempdir = str(made.folder)
        ground = Ground(made, stack.load(name, made))
        if options.storm:
            totals = storm.prove(ground, what, options.seed, options.seconds, options.mutant)
            result.send(Proved(what, totals, versions=made.versions))
            return
        proof = Proof(ground, f"--stack {name} --backend {backend}", seed=options.seed, short=options.short)
        if options.mutant is None:
            report.heading(", ".join(what))
            for scenario in ALL:
                if (options.scenario or "") in scenario.name:
                    proof.try_scenario(scenario)
        if options.scenario is None:
            report.say(f"\nMutants, {', '.join(what)}")
            for mutant in MUTANTS:
                if (options.mutant or "") in mutant.name:
                    proof.try_mutant(mutant)
        result.send(Proved(what, proof.totals, proof.caught, made.versions))


if __name__ == "__main__":
    main()
