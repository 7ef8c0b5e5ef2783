"""Whole bodies, from their chunks to the files in their documents."""

import base64
import json
import os

import pytest

from safelight import MB, Policy
from safelight.errors import BadDataUrl, Malformed
from safelight.receive.body import read_document
from safelight.receive.json import JsonScanner

POLICIES = {("image",): Policy("any", max_bytes=MB)}
DATA = os.urandom(60_000)
TEXT = base64.b64encode(DATA).decode()


def read(body: bytes, size: int) -> bytes:
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    document, files = read_document(chunks, JsonScanner(POLICIES), POLICIES, lambda upload: upload.content)
    (file,) = files
    with file:
        assert document == {"image": file}
        file.seek(0)
        return file.read()


@pytest.mark.parametrize("size", [1000, 8191, 8192, 8193, 1 << 20])
@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,", "\n data:;base64,"])
def test_a_file_in_a_string(prefix, size):
    assert read(json.dumps({"image": prefix + TEXT}).encode(), size) == DATA


@pytest.mark.parametrize("size", [1000, 8191, 8192, 8193, 1 << 20])
@pytest.mark.parametrize("character", "\n\r\t\f")
@pytest.mark.parametrize("at", [0, 5, 30, 31, 9_000, 40_001, 79_999])
def test_a_line_break_that_is_no_escape(at, character, size):
    """As json.loads says; if it is written as one, base64 is forgiven it."""
    text = "data:image/png;base64," + TEXT
    text = text[:at] + character + text[at:]
    body = json.dumps({"image": text}).encode()
    if at != 5:  # in the words of the header it is refused in any case
        assert read(body, size) == DATA
    raw = body.replace(json.dumps(character)[1:-1].encode(), character.encode())
    with pytest.raises(ValueError, match="control character"):
        json.loads(raw)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(BadDataUrl if at == 5 else Malformed):
        read(raw, size)
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("depth", [100, 450, 490, 499])
def test_a_file_beside_deep_nesting(depth):
    body = f'{{"image": "{TEXT}", "x": {"[" * depth}{"]" * depth}}}'.encode()
    try:
        assert read_document([body], JsonScanner(POLICIES), POLICIES, lambda upload: upload.content)
    except Malformed:
        assert depth > 400
