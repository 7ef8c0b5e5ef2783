"""Hostile and odd files, from the outside: what becomes of each, and what must not be stored of it."""

import io
import json
from pathlib import Path

import pytest
from PIL import Image
from tests.pictures import pixels

from safelight import MB, Policy, Refusal, Upload
from safelight.testing import memory_safelight

CORPUS = Path(__file__).parent / "corpus"
ITEMS = json.loads((CORPUS / "manifest.json").read_text())["items"]
POLICY = Policy("corpus", max_bytes=10 * MB, max_pixels=50_000_000)


def read(item: dict) -> bytes:
    data = (CORPUS / item["file"]).read_bytes()
    return bytes(byte ^ 0x5A for byte in data) if item.get("decode") == "xor5a" else data


def orientation(data: bytes) -> int:
    with Image.open(io.BytesIO(data)) as image:
        return image.getexif().get(0x0112, 1)


@pytest.mark.parametrize("item", [item for item in ITEMS if item["outcome"] != "accept"], ids=lambda item: item["file"])
def test_refused(item):
    safelight = memory_safelight()
    with pytest.raises(Refusal) as refusal:
        safelight.accept(Upload(io.BytesIO(read(item)), filename=item["name"]), POLICY)
    assert refusal.value.code == item["outcome"]
    assert not safelight.storages["default"].files
    assert not safelight.ledger.blobs
    assert not safelight.ledger.intents


@pytest.mark.parametrize("item", [item for item in ITEMS if item["outcome"] == "accept"], ids=lambda item: item["file"])
def test_accepted_and_cleaned(item):
    data = read(item)
    safelight = memory_safelight()
    blob = safelight.accept(Upload(io.BytesIO(data), filename=item["name"]), POLICY)
    stored = safelight.storages["default"].files[blob.key]
    for gone in item.get("gone", ()):
        assert gone.encode() in data
        assert gone.encode() not in stored
    with Image.open(io.BytesIO(stored)) as image:
        assert blob.media_type == image.get_format_mimetype()
        assert blob.key.endswith({"JPEG": ".jpg", "PNG": ".png", "AVIF": ".avif"}[image.format])
        assert set(image.getexif()) <= {0x0112}
        assert not {"comment", "xmp", "photoshop"} & set(image.info)
        width, height = image.size
    assert (blob.width, blob.height) == ((height, width) if orientation(stored) >= 5 else (width, height))
    if "pillow" not in item:
        assert orientation(stored) == orientation(data)
        assert pixels(stored) == pixels(data)
