"""Fuzzes each walker of `safelight.formats`, guided by coverage (atheris, libFuzzer).

    python3 dev.py fuzz [--minutes N] [--format NAME ...] [--jobs N] [--replay FILE ...]

--minutes N   CPU minutes for each walker (1)
--format      jpeg, png, gif, webp, ...; each module of the table in safelight.formats has a target (all)
--jobs N      walkers at a time (1)
--replay      check these files alone, and show what is wrong with them

What has to be true of every input stands in fuzz/properties.py. A finding is written to .dev/fuzz/NAME/findings, ends
the fuzzing of its walker and makes this exit 1. What has been found to reach new code stays in .dev/fuzz/NAME/corpus
and is where the next run begins.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fuzz.properties import check
from fuzz.walkers import MAX_BYTES, Walker, walkers

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / ".dev" / "fuzz"


def main() -> None:
    known = walkers()
    parser = argparse.ArgumentParser(usage="python3 dev.py fuzz [options]", description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--format", choices=known, nargs="+", default=list(known))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--replay", type=Path, nargs="+")
    options = parser.parse_args()
    if options.replay:
        sys.exit(1 if sum(map(replay, options.replay)) else 0)

    print(
        f"{'walker':10}{'inputs':>12}{'minutes':>9}{'a second':>10}{'coverage':>12}{'corpus':>10}{'findings':>11}",
        flush=True,
    )
    with ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(lambda name: fuzz(known[name], options.minutes * 60), options.format))
    sys.exit(0 if all(results) else 1)


def replay(path: Path) -> bool:
    """Whether there is something wrong with it."""
    from fuzz.decoded import decode

    try:
        inspection = check(path.read_bytes(), decode, sampled=False)
    except Exception:
        print(f"{path}:")
        traceback.print_exc(file=sys.stdout)
        return True
    print(f"{path}: {'accepted' if inspection else 'refused'}, as it should be")
    return False


def fuzz(walker: Walker, seconds: float) -> bool:
    """Whether nothing was found."""
    folder = RESULTS / walker.name
    corpus, seeds, findings = (folder / name for name in ("corpus", "seeds", "findings"))
    for each in (corpus, seeds, findings):
        each.mkdir(parents=True, exist_ok=True)
    for data in walker.seeds():
        (seeds / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    words = folder / "words"
    words.write_text("".join(f'"{_quoted(word)}"\n' for word in walker.known.words))
    earlier = set(findings.iterdir())
    log = folder / "log"
    with log.open("wb") as output:
        # A walk that hangs is killed; what is merely slow is found by its CPU time.
        limits = (f"-max_len={MAX_BYTES}", "-timeout=60", "-rss_limit_mb=1024", "-print_final_stats=1")
        places = (f"-dict={words}", f"-artifact_prefix={findings}/", str(corpus), str(seeds))
        process = subprocess.Popen(
            [sys.executable, "-m", "fuzz.target", walker.name, str(seconds), *limits, *places],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
    code, spent = os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime
    text = log.read_text(errors="replace")
    found = sorted(set(findings.iterdir()) - earlier)
    inputs, edges, kept = (_last(what, text) for what in ("number_of_executed_units", "cov", "corp"))
    row = f"{walker.name:10}{inputs:12,}{spent / 60:9.1f}{inputs / spent:10,.0f}{edges:12,}{kept:10,}{len(found):11}"
    print(row, flush=True)
    for path in found:
        print(f"  python3 dev.py fuzz --replay {path.relative_to(ROOT)}", flush=True)
    if code and not found:
        print(f"  ended with {code}: see {log.relative_to(ROOT)}", flush=True)
    return not code and not found


def _quoted(word: bytes) -> str:
    return "".join(f"\\x{byte:02X}" for byte in word)


def _last(what: str, text: str) -> int:
    """The number that libFuzzer's log gives last."""
    found = re.findall(rf"{what}: (\d+)", text)
    return int(found[-1]) if found else 0


if __name__ == "__main__":
    main()
