"""One walker under libFuzzer, until a finding or until its CPU time is spent: run by `fuzz.run`, with its arguments
`NAME SECONDS` and then libFuzzer's own."""

from __future__ import annotations

import os
import signal
import sys
import time
from random import Random

import atheris

with atheris.instrument_imports(include=["safelight.formats"]):
    import safelight.formats  # noqa: F401

from fuzz.decoded import decode
from fuzz.mutations import mutate
from fuzz.properties import check
from fuzz.walkers import walkers


def main() -> None:
    name, seconds, *options = sys.argv[1:]
    container = walkers()[name].known.container
    end = time.process_time() + float(seconds)

    def once(data: bytes) -> None:
        check(data, decode)
        if time.process_time() > end:
            os.kill(os.getpid(), signal.SIGUSR1)  # libFuzzer says how far it has come, and ends

    def mutated(data: bytes, size: int, seed: int) -> bytes:
        return mutate(data, container, atheris.Mutate, Random(seed), size)

    atheris.Setup([sys.argv[0], *options], once, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
