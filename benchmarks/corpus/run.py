"""What becomes of each file of the corpus: with Safelight by structure, by structure and decoding, and with its peers.

    python3 dev.py corpus [--all]

--all   name every file that is not right, also those of the peers

Each file is given to each contender in a process of its own, which is killed after 30 seconds; CPU time and memory are
those of that process and its children, above what it had before. What was stored is judged by the manifest (see
tests/judge.py). Exits 1 if Safelight is wrong in what it promises.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import os
import resource
import sys
import time
import warnings
from base64 import b64encode
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import django  # noqa: E402
from django.conf import settings  # noqa: E402

warnings.simplefilter("ignore")  # Pillow's, of large pictures: they say what the table says

settings.configure(DATA_UPLOAD_MAX_MEMORY_SIZE=None)
django.setup()

from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from drf_extra_fields.fields import Base64ImageField  # noqa: E402
from rest_framework import serializers  # noqa: E402
from tests.judge import ITEMS, Outcome, keeps_payload, problems, read  # noqa: E402

from safelight import MB, Policy, Refusal, Upload  # noqa: E402
from safelight.testing import memory_safelight  # noqa: E402

TIMEOUT = 30
RESULTS = ROOT / ".dev" / "bench"


def safelight(decode: str) -> Callable[[dict, bytes], Outcome]:
    policy = Policy("corpus", max_bytes=10 * MB, max_pixels=50_000_000, decode=decode)

    def accept(item: dict, data: bytes) -> Outcome:
        product = memory_safelight()
        try:
            blob = product.accept(Upload(io.BytesIO(data), filename=item["upload_name"]), policy)
        except Refusal as refusal:
            return Outcome(code=refusal.code)
        return Outcome(product.storages["default"].files[blob.key], blob.key.rpartition(".")[2])

    return accept


class PlainSerializer(serializers.Serializer):
    image = serializers.ImageField()


class ExtraSerializer(serializers.Serializer):
    image = Base64ImageField()


def drf(item: dict, data: bytes) -> Outcome:
    name = Path(item["upload_name"]).name
    file = SimpleUploadedFile(name, data, item.get("declared_type", "image/png"))
    return _validated(PlainSerializer(data={"image": file}))


def extra_fields(item: dict, data: bytes) -> Outcome:
    return _validated(ExtraSerializer(data={"image": b64encode(data).decode()}))


def _validated(serializer: serializers.Serializer) -> Outcome:
    if not serializer.is_valid():
        return Outcome()
    file = serializer.validated_data["image"]
    file.seek(0)
    return Outcome(file.read(), file.name.rpartition(".")[2].lower())


CONTENDERS: dict[str, Callable[[dict, bytes], Outcome]] = {
    "Safelight, structure": safelight("structure"),
    "Safelight, strict": safelight("strict"),
    "DRF ImageField": drf,
    "drf-extra-fields": extra_fields,
}


@dataclass(frozen=True)
class Result:
    file: str
    problems: list[str]
    hostile: bool
    """Let in though it should have been refused, or kept what should be gone."""
    seconds: float
    megabytes: float


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    results = {name: [_run(accept, item) for item in ITEMS] for name, accept in CONTENDERS.items()}
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "corpus.json").write_text(
        json.dumps({name: [asdict(result) for result in rows] for name, rows in results.items()}, indent=1)
    )
    failed = _promises(results)
    _table(results)
    for name, rows in results.items():
        wrong = [row for row in rows if row.problems]
        if options.all or name.startswith("Safelight"):
            for row in wrong:
                print(f"{name}: {row.file}: {', '.join(row.problems)}")
    sys.exit(failed)


def _promises(results: dict[str, list[Result]]) -> bool:
    wrong = 0
    for name, rows in results.items():
        if name.startswith("Safelight"):
            right = sum(not row.problems for row in rows)
            wrong += len(rows) - right
            print(f"{name}: {right} of {len(rows)} right")
    print()
    return wrong > 0


def _table(results: dict[str, list[Result]]) -> None:
    print("|  | right | hostile files let in | payloads or positions kept | good ones refused | failed or killed |"
          " slowest | most memory |")  # fmt: skip
    print("| --- " * 8 + "|")
    for name, rows in results.items():
        cells = [
            sum(not row.problems for row in rows),
            sum("let in" in row.problems for row in rows),
            sum(keeps_payload(row.problems) for row in rows),
            sum("refused" in row.problems for row in rows),
            sum(any(text.startswith("failed") for text in row.problems) for row in rows),
            f"{max(row.seconds for row in rows):.2f} s (median {median(row.seconds for row in rows) * 1000:.0f} ms)",
            f"{max(row.megabytes for row in rows):.0f} MB",
        ]
        print(f"| {name} | " + " | ".join(map(str, cells)) + " |")
    print()


def _run(accept: Callable[[dict, bytes], Outcome], item: dict) -> Result:
    """In a process of its own, which starts with everything imported."""
    data = read(item)
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(theirs, accept, item, data))
    process.start()
    theirs.close()
    try:
        outcome, seconds, megabytes = ours.recv() if ours.poll(TIMEOUT) else (f"failed: {TIMEOUT} s", TIMEOUT, 0.0)
    except EOFError:
        outcome, seconds, megabytes = "failed: it died", 0.0, 0.0
    process.kill()
    process.join()
    found = [outcome] if isinstance(outcome, str) else problems(item, outcome)
    hostile = "let in" in found or keeps_payload(found)
    return Result(item["file"], found, hostile, seconds, megabytes)


def _child(pipe: multiprocessing.connection.Connection, accept: Callable, item: dict, data: bytes) -> None:
    before, began = _resident(), time.process_time()
    try:
        outcome: Outcome | str = accept(item, data)
    except Exception as error:
        outcome = f"failed: {type(error).__name__}"
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = time.process_time() - began + children.ru_utime + children.ru_stime
    megabytes = max(_resident("VmHWM") - before, children.ru_maxrss * 1024) / MB
    pipe.send((outcome, seconds, megabytes))
    os._exit(0)


def _resident(which: str = "VmRSS") -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split(which + ":")[1].split()[0]) * 1024


if __name__ == "__main__":
    main()
