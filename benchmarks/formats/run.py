"""What looking at a picture costs: walking and sanitising it, beside what Pillow does for the same purpose; and what a
thumbnail of it costs.

    python3 dev.py bench formats [--rounds N]

Each round does everything once, in turn, in one process; CPU time, medians. Nothing here passes or fails on timing.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import resource
import tempfile
import time
from collections.abc import Callable
from statistics import median
from typing import BinaryIO, cast

from PIL import Image

from safelight import IMAGES, MB, Checked, Policy, Upload, check, formats, variants
from safelight.receive import receive

POLICY = Policy("benchmark", types=IMAGES, max_bytes=100 * MB, max_pixels=200_000_000)
BLOCK = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    print(f"| picture | Safelight | {' | '.join(name for name, _ in PILLOW)} |")
    print("| --- " * (2 + len(PILLOW)) + "|")
    made = pictures()
    for name, data in made.items():
        jobs = [sanitise, *(job for _, job in PILLOW)]
        rounds = [[_cpu(job, data) for job in jobs] for _ in range(options.rounds + 1)][1:]
        ours, *theirs = (median(column) for column in zip(*rounds, strict=True))
        cells = [f"{1000 * cost:.0f} ms ({ours / cost:.3f})" if cost else "-" for cost in theirs]
        print(f"| {name}, {len(data) / MB:.1f} MB | {1000 * ours:.1f} ms | {' | '.join(cells)} |")
    print(
        "\nSafelight: receive into a temporary file, walk, verify, sanitise, SHA-256; in brackets: its share of theirs."
    )
    _walk(made["JPEG"], options.rounds)
    _thumbnails(made, options.rounds)


def pictures() -> dict[str, bytes]:
    """Noisy ones; the JPEG has 24 million pixels in 12 MB, as a camera's."""
    noise = Image.effect_noise((2000, 1500), 60)
    grain = [Image.effect_noise((6000, 4000), 9) for _ in range(3)]
    photo = Image.merge("RGB", grain)
    colours = Image.merge("RGB", [noise, noise.rotate(180), noise.transpose(Image.Transpose.FLIP_LEFT_RIGHT)])
    made = {}
    for name, image, options in (
        ("JPEG", photo, {"quality": 95}),
        ("PNG", colours, {}),
        ("GIF", noise.resize((1000, 750)), {}),
        ("WebP", colours, {"quality": 95}),
        ("AVIF", colours, {"quality": 90}),
    ):
        file = io.BytesIO()
        image.save(file, name, **options)
        made[name] = file.getvalue()
    return made


def sanitise(data: bytes) -> None:
    check(Upload(cast(BinaryIO, io.BytesIO(data))), POLICY).close()


def pillow_verify(data: bytes) -> None:
    with Image.open(io.BytesIO(data)) as image:
        image.verify()


def pillow_load(data: bytes) -> None:
    with Image.open(io.BytesIO(data)) as image:
        image.load()


def pillow_save(data: bytes) -> None:
    with Image.open(io.BytesIO(data)) as image:
        options = {"quality": 95} if image.format in ("JPEG", "WEBP", "AVIF") else {}
        image.save(io.BytesIO(), image.format, **options)


PILLOW: list[tuple[str, Callable[[bytes], None]]] = [
    ("Pillow verify()", pillow_verify),
    ("Pillow load()", pillow_load),
    ("Pillow re-save", pillow_save),
]


def _walk(data: bytes, rounds: int) -> None:
    """The walk alone, over a file, against reading and hashing the same file."""
    with receive(Upload(cast(BinaryIO, io.BytesIO(data))), len(data)) as spool:
        walks = median(_cpu(lambda _: formats.inspect(spool.buffer, IMAGES), data) for _ in range(rounds))
    with tempfile.TemporaryFile() as file:
        file.write(data)
        hashes = median(_cpu(lambda _: _hash(file), data) for _ in range(rounds))
    size = len(data) / 1e9
    print(f"Walking the JPEG alone: {size / walks:.1f} GB/s; reading it and SHA-256: {size / hashes:.1f} GB/s.")


def _thumbnails(made: dict[str, bytes], rounds: int) -> None:
    """What a policy adds that asks for them: in the server, and in the decoder's process, whose start is most of it."""
    print("\n| a thumbnail of the | server | decoder | by the clock |\n| --- | --- | --- | --- |")
    small = io.BytesIO()
    Image.effect_noise((640, 480), 40).convert("RGB").save(small, "JPEG")
    for name, data in {"JPEG of 0.3 megapixels": small.getvalue(), **made}.items():
        with check(Upload(cast(BinaryIO, io.BytesIO(data))), POLICY) as checked:
            costs = [_cost(checked) for _ in range(rounds + 1)][1:]
        server, decoder, clock = (1000 * median(column) for column in zip(*costs, strict=True))
        print(f"| {name} | {server:.1f} ms | {decoder:.0f} ms | {clock:.0f} ms |")


def _cost(checked: Checked) -> tuple[float, float, float]:
    """Seconds of CPU here and in child processes, and by the clock."""
    began = _spent()
    variants.render(variants.THUMBNAIL, cast(BinaryIO, checked.open()), checked.inspection).close()
    server, decoder, clock = (end - begin for begin, end in zip(began, _spent(), strict=True))
    return server, decoder, clock


def _spent() -> tuple[float, float, float]:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time(), children.ru_utime + children.ru_stime, time.perf_counter()


def _hash(file: BinaryIO) -> None:
    file.seek(0)
    digest = hashlib.sha256()
    while block := file.read(BLOCK):
        digest.update(block)


def _cpu(job: Callable[[bytes], object], data: bytes) -> float:
    began = time.process_time()
    job(data)
    return time.process_time() - began


if __name__ == "__main__":
    main()
