"""Whether what became of a file of the corpus is right: by what the manifest says, and by looking at the stored bytes.

The same judge serves the tests and `python3 dev.py corpus`, which asks Safelight's peers, too; so it knows nothing of
Safelight, and compares pictures by decoding them with Pillow.
"""

import io
import json
import struct
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, ImageSequence

CORPUS = Path(__file__).parent / "corpus"
ITEMS = json.loads((CORPUS / "manifest.json").read_text())["items"]
"""``expected`` has an outcome (accept, accept_sanitised, reject) with the reason, other outcomes that are as safe
(also_ok), what must be gone from the stored bytes and what must be kept in them."""

_EXTENSIONS = {"jpg": "jpeg", "jfif": "jpeg", "apng": "png"}


@dataclass(frozen=True)
class Outcome:
    """`stored` is None for what was refused, with `code` as the reason (empty where the contender gives none)."""

    stored: bytes | None = None
    extension: str = ""
    code: str = ""


def read(item: dict) -> bytes:
    """The file; what a virus scanner on a developer's machine would take away is kept in disguise."""
    data = (CORPUS / item["file"]).read_bytes()
    return bytes(byte ^ 0x5A for byte in data) if item.get("decode") == "xor5a" else data


def problems(item: dict, outcome: Outcome) -> list[str]:
    """What is wrong with it: nothing, if it is right."""
    expected = item["expected"]
    right = [expected["outcome"] + (f":{expected['reason']}" if "reason" in expected else "")]
    right += expected.get("also_ok", [])
    if outcome.stored is None:
        reasons = {alternative.partition(":")[2] for alternative in right if alternative.startswith("reject")}
        if not reasons:
            return ["refused"]
        # No scanner is asked here: what malware is refused for is what it is.
        if not outcome.code or reasons & {"", "malware", outcome.code}:
            return []
        return [f"refused as {outcome.code}"]
    if not any(alternative.startswith("accept") for alternative in right):
        return ["let in"]
    found = [text for gone in expected.get("must_be_gone", ()) for text in _still_there(gone, outcome)]
    return found + [text for kept in expected.get("must_keep", ()) for text in _lost(kept, read(item), outcome.stored)]


def keeps_payload(found: list[str]) -> bool:
    return any(text.startswith("kept") for text in found)


def _still_there(gone: dict, outcome: Outcome) -> list[str]:
    stored = outcome.stored or b""
    ((kind, what),) = gone.items()
    there = {
        "bytes": lambda: what.encode() in stored,
        "exif": lambda: bool(_exif(stored) & {0x8825} if what == "GPS" else _exif(stored) - {0x0112}),
        "chunk": lambda: what.encode() in _chunks(stored),
        "size_over": lambda: len(stored) > what,
        "stored_ext_not": lambda: _EXTENSIONS.get(outcome.extension, outcome.extension) != what,
    }[kind]()
    return [f"kept {kind} {what}"] if there else []


def _lost(kept: str, source: bytes, stored: bytes) -> list[str]:
    with Image.open(io.BytesIO(source)) as before, Image.open(io.BytesIO(stored)) as after:
        if kept == "frames":
            same = getattr(before, "n_frames", 1) == getattr(after, "n_frames", 1)
        else:
            same = _pixels(before) == _pixels(after)
    return [] if same else [f"lost {kept}"]


def _pixels(image: Image.Image) -> list[tuple]:
    """Every frame as it is meant to be seen."""
    frames = (ImageOps.exif_transpose(frame) for frame in ImageSequence.Iterator(image))
    return [(frame.mode, frame.size, frame.tobytes()) for frame in frames]


def _exif(data: bytes) -> set[int]:
    with Image.open(io.BytesIO(data)) as image:
        return set(image.getexif())


def _chunks(png: bytes) -> set[bytes]:
    found, at = set(), 8
    while at + 8 <= len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        found.add(kind)
        at += 12 + length
    return found
