"""Hostile and odd files, from the outside: what becomes of each, and what must not be stored of it."""

import io

import pytest
from tests.judge import ITEMS, Outcome, problems, read

from safelight import MB, Policy, Refusal, Upload
from safelight.testing import memory_safelight

POLICIES = {
    decode: Policy("corpus", max_bytes=10 * MB, max_pixels=50_000_000, decode=decode)
    for decode in ("structure", "strict")
}


@pytest.mark.parametrize("decode", POLICIES)
@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["file"])
def test_what_becomes_of_it(item, decode):
    safelight = memory_safelight()
    files = safelight.storages["default"].files
    try:
        blob = safelight.accept(Upload(io.BytesIO(read(item)), filename=item["upload_name"]), POLICIES[decode])
    except Refusal as refusal:
        outcome = Outcome(code=refusal.code)
        assert not files
        assert not safelight.ledger.blobs
        assert not safelight.ledger.intents
    else:
        outcome = Outcome(files[blob.key], blob.key.rpartition(".")[2])
    assert problems(item, outcome) == []
