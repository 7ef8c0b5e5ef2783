"""What an upload costs: CPU time and memory of a worker with Safelight, beside the same worker with its peers.

    python3 dev.py bench intake [--rounds N] [--quick] [--full] [--allocator default|warmed|both]

--rounds N   how often each body is sent to each contender (7)
--quick      two sizes, three rounds, twenty uploads in the long run
--full       both allocators, the peers with a body of 1 GiB too (4 GB of memory), the long run with every kind of body
--allocator  of all workers: as glibc begins (default), as it is after one large upload (warmed), or one after the other

One gunicorn worker for each contender, all alive at once; they take turns body by body, in the reverse order every
other round, and each round gives one ratio: the median of those and their quartiles are shown. Nothing here passes or
fails on timing. The table also goes to .dev/bench/intake.json, with all samples, and to .dev/bench/intake.png.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import report
from bodies import ESCAPED, FORM, GIB, JSON, KINDS, MULTIPART, Kind, endless, picture
from PIL import Image
from workers import Cost, Worker

RESULTS = Path(__file__).resolve().parents[2] / ".dev" / "bench"
MB = 1_000_000
SIZES = (0.3, 3, 12, 49)
OURS = "safelight"
PEER = {JSON: "extra-fields", FORM: "extra-fields", ESCAPED: "extra-fields", MULTIPART: "drf"}
LONG_RUN_SIZE = 12
TIMES = {0.3: 10, 3: 3}  # so short that one upload alone says little
WARM_UP = 3


def main() -> None:
    options = _options()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))  # so that the workers are stopped
    RESULTS.mkdir(parents=True, exist_ok=True)
    sizes = (0.3, 12) if options.quick else SIZES
    rounds = options.rounds or (3 if options.quick else 7)
    allocator = options.allocator or ("both" if options.full else "default")
    allocators = ("default", "warmed") if allocator == "both" else (allocator,)
    pictures = {size: picture(round(size * MB), RESULTS / "pictures") for size in {*sizes, LONG_RUN_SIZE}}
    result: dict[str, Any] = {"machine": _machine(), "rounds": rounds, "uploads": [], "large": [], "long_run": []}
    began = time.monotonic()
    for allocator in allocators:
        with _workers(allocator) as workers:
            _note(f"Allocator: {allocator}. What each verifies ...")
            if "verified" not in result:
                result["verified"] = _verify(workers, pictures[min(pictures)])
            result["uploads"] += _uploads(workers, {size: pictures[size] for size in sizes}, rounds, allocator)
            if allocator == allocators[0]:
                result["large"] = _large(workers, pictures[0.3], options)
        if allocator == allocators[0]:
            with _workers(allocator) as workers:  # fresh ones: what was measured before has left its mark
                result["long_run"] = _long_run(workers, pictures[LONG_RUN_SIZE], options)
    result["seconds"] = round(time.monotonic() - began)
    result["goals"] = report.goals(result)
    (RESULTS / "intake.json").write_text(json.dumps(result, indent=1))
    report.plot(result, RESULTS / "intake.png")
    print(report.text(result))
    print(f"\n{result['seconds']} s. All samples: {RESULTS / 'intake.json'}; plot: {RESULTS / 'intake.png'}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python3 dev.py bench intake", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--allocator", choices=["default", "warmed", "both"])
    return parser.parse_args()


@contextmanager
def _workers(allocator: str) -> Iterator[dict[str, Worker]]:
    environ = {"WARMED": "1"} if allocator == "warmed" else {}
    with tempfile.TemporaryDirectory(prefix="safelight-bench-") as folder:
        workers = {name: Worker(name, Path(folder, name), environ) for name in (OURS, *sorted({*PEER.values()}))}
        try:
            for worker in workers.values():
                worker.start()
            yield workers
        finally:
            for worker in workers.values():
                worker.stop()


def _uploads(workers: dict[str, Worker], pictures: dict[float, bytes], rounds: int, allocator: str) -> list[Any]:
    """CPU time and growth for every body, ours and its peer's in turn."""
    bodies = {(kind, size): kind.body(content) for kind in KINDS for size, content in pictures.items()}
    samples: dict[tuple[Kind, float], list[tuple[Cost, Cost]]] = {case: [] for case in bodies}
    for _ in range(WARM_UP):
        for kind in KINDS:
            for name in (OURS, PEER[kind]):
                workers[name].measure_body(bodies[kind, max(pictures)], kind.content_type)
                workers[name].clear()
    for number in range(rounds):
        _note(f"Allocator: {allocator}. Round {number + 1} of {rounds} ...")
        turn = slice(None, None, -1 if number % 2 else 1)
        for case in list(bodies)[turn]:
            kind, size = case
            costs = {}
            for name in (OURS, PEER[kind])[turn]:
                costs[name] = workers[name].measure_body(bodies[case], kind.content_type, TIMES.get(size, 1))
                _check(workers[name], pictures[size], TIMES.get(size, 1), first=number == 0)
                workers[name].clear()
            samples[case].append((costs[OURS], costs[PEER[kind]]))
    return [_row(allocator, kind, size, pairs) for (kind, size), pairs in samples.items()]


def _row(allocator: str, kind: Kind, size: float, pairs: list[tuple[Cost, Cost]]) -> dict[str, Any]:
    ratios = [ours.cpu / peer.cpu for ours, peer in pairs]
    low, middle, high = quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
    row: dict[str, Any] = {"allocator": allocator, "kind": kind.name, "size": size, "peer": PEER[kind]}
    row |= {"ratio": middle, "quartiles": [low, high], "ratios": ratios}
    for who, costs in (("ours", [ours for ours, _ in pairs]), ("theirs", [peer for _, peer in pairs])):
        growths = [cost.growth for cost in costs if cost.growth is not None]
        row[who] = {
            "cpu": median(cost.cpu for cost in costs),
            "wall": median(cost.wall for cost in costs),
            "growth": max(growths) if growths else None,
            "cpu_samples": [cost.cpu for cost in costs],
            "growth_samples": growths,
        }
    return row


def _check(worker: Worker, content: bytes, times: int, first: bool) -> None:
    """That it did what it was timed for: stored the picture, bit for bit (these hold nothing to remove)."""
    stored = worker.stored()
    sizes = [path.stat().st_size for path in stored]
    if sizes != [len(content)] * times or worker.left_behind():
        raise RuntimeError(f"{worker.name} stored {sizes} of {len(content)}, and left {worker.left_behind()}")
    if first and hashlib.sha256(stored[0].read_bytes()).digest() != hashlib.sha256(content).digest():
        raise RuntimeError(f"{worker.name} stored another picture")


def _large(workers: dict[str, Worker], like: bytes, options: argparse.Namespace) -> list[Any]:
    """A body of a gibibyte, made while it is sent."""
    rows = []
    cases = [(kind, OURS) for kind in ((JSON,) if options.quick else KINDS)]
    if options.full:
        cases += [(kind, PEER[kind]) for kind in (JSON, MULTIPART)]
    for kind, name in cases:
        _note(f"A body of 1 GiB: {kind.name}, {name} ...")
        # Escapes make a body longer, how much shows only when it is made.
        size = GIB * len(like) // len(kind.encode(like)) - (1 << 20)
        length = sum(map(len, kind.stream(endless(like, size))))
        cost = workers[name].measure(kind.stream(endless(like, size)), length, kind.content_type)
        _check_size(workers[name], size)
        workers[name].clear()
        rows.append({"kind": kind.name, "contender": name, "body": length, "picture": size, **vars(cost)})
    return rows


def _check_size(worker: Worker, size: int) -> None:
    sizes = [path.stat().st_size for path in worker.stored()]
    if sizes != [size] or worker.left_behind():
        raise RuntimeError(f"{worker.name} stored {sizes} of {size}, and left {worker.left_behind()}")


def _long_run(workers: dict[str, Worker], content: bytes, options: argparse.Namespace) -> list[Any]:
    """Resident memory after each of a hundred uploads to one worker."""
    rows = []
    count = 20 if options.quick else 100
    kinds = KINDS if options.full else (JSON, MULTIPART)
    for kind in kinds:
        for name in (OURS, PEER[kind]):
            _note(f"{count} uploads in a row: {kind.name}, {name} ...")
            body, resident = kind.body(content), []
            for _ in range(count):
                status, answer = workers[name].upload(body, kind.content_type)
                if status != 201:
                    raise RuntimeError(f"{name} answered {status}: {answer[:300]!r}")
                resident.append(workers[name].resident())
            workers[name].clear()
            rows.append({"kind": kind.name, "contender": name, "resident": resident})
    return rows


def _verify(workers: dict[str, Worker], content: bytes) -> list[Any]:
    """What becomes of pictures with something wrong, at each contender, found out by sending them."""
    located = BytesIO()
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N-secret-place"
    Image.new("RGB", (64, 48), "teal").save(located, "JPEG", exif=exif)
    plain = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(plain, "JPEG")
    html = b"<html><script>alert(1)</script></html>"
    cases = {
        "half of the data": (content[: len(content) // 2], b""),
        "no end marker": (plain.getvalue()[:-2], b""),
        "GPS position": (located.getvalue(), b"secret-place"),
        "HTML after the end": (plain.getvalue() + html, html),
        "HTML named .jpg": (html, html),
    }
    rows = []
    for what, (sent, mark) in cases.items():
        row = {"what": what}
        for name, kind in ((OURS, JSON), ("extra-fields", JSON), ("drf", MULTIPART)):
            status, _ = workers[name].upload(kind.body(sent), kind.content_type)
            stored = [path.read_bytes() for path in workers[name].stored()]
            if status != 201:
                row[name] = f"refused, {status}" + (", but stored" if stored else "")
            else:
                row[name] = "removed" if mark and mark not in stored[0] else "stored"
            workers[name].clear()
        rows.append(row)
    return rows


def _machine() -> dict[str, Any]:
    cpuinfo = Path("/proc/cpuinfo").read_text().partition("model name")[2].partition("\n")[0].lstrip("\t: ")
    packages = ("safelight", "django", "djangorestframework", "drf-extra-fields", "pillow", "gunicorn", "pybase64")
    return {
        "cpu": cpuinfo,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}, {' '.join(platform.libc_ver())}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in packages},
        "when": time.strftime("%Y-%m-%d %H:%M:%S"),
    }


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
