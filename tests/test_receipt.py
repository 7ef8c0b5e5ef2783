"""A receipt says what was sent, what is stored, and what was taken out in between."""

import io
import json

import pytest
from tests.cameras import TAKEN, pictures
from tests.pictures import photo

from safelight import Policy, Receipt, Upload, check
from safelight.testing import memory_safelight

TAIL = b"<?php system($_GET['c']);"


def receipt_of(data: bytes, policy: Policy) -> Receipt:
    light = memory_safelight()
    with check(Upload(io.BytesIO(data), filename="on the way.jpg"), policy) as checked:
        return Receipt.of(checked, light.keep(checked))


def test_what_was_taken_out() -> None:
    sent = pictures()["JPEG"] + TAIL
    answer = json.loads(json.dumps(receipt_of(sent, Policy("any")).as_json()))
    assert answer["received"] == len(sent)
    assert answer["received"] - answer["size"] == sum(entry["size"] for entry in answer["removed"]) - 36  # orientation
    assert answer["removed"][-1] == {"what": "data after the end", "size": len(TAIL)}
    assert answer["revealed"] == {
        "latitude": 48.2166,
        "longitude": 16.3958,
        "taken": TAKEN,
        "camera": "Pentacon six",
        "serial_number": "0815",
        "owner": "A. Person",
    }
    assert {"policy", "owner"}.isdisjoint(answer)  # which are the server's own business
    assert (answer["filename"], answer["media_type"], answer["frames"]) == ("on the way.jpg", "image/jpeg", 1)


def test_nothing_to_take_out() -> None:
    sent = photo((64, 48))
    answer = receipt_of(sent, Policy("any")).as_json()
    assert (answer["received"], answer["size"], answer["removed"], answer["revealed"]) == (
        len(sent),
        len(sent),
        [],
        None,
    )


def test_turning_forgets_nothing() -> None:
    """The picture is written anew; what was taken out is what was sent with it."""
    pytest.importorskip("pyvips")
    receipt = receipt_of(pictures()["JPEG"] + TAIL, Policy("any", orient="apply"))
    assert "data after the end" in dict(receipt.removed)
    assert receipt.revealed is not None
    assert receipt.revealed.camera == "Pentacon six"
