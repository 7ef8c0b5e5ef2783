"""Names from clients: safe to show, never used as a path."""

import io
import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from safelight import Policy, Upload
from safelight.deliver import deliver
from safelight.testing import memory_safelight
from safelight.upload import clean_filename

CORPUS = Path(__file__).parent / "corpus"
NAMES = json.loads((CORPUS / "names.json").read_text())
BODY = (CORPUS / NAMES["body"]).read_bytes()


def is_safe_to_show(name: str) -> bool:
    """No path, nothing invisible, in one form, of bounded length."""
    return (
        len(name) <= 255
        and name not in (".", "..")
        and not set(name) & set("/\\\u2044\u2215\uff0f\uff3c")
        and not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for char in name)
        and unicodedata.is_normalized("NFC", name)
    )


@pytest.mark.parametrize("item", NAMES["items"], ids=lambda item: item["id"])
def test_hostile_names(item):
    """Every invariant that names.json promises."""
    name = item["name"] if "name" in item else bytes.fromhex(item["raw_hex"]).decode("utf-8", "surrogateescape")
    safelight = memory_safelight()
    blobs = [safelight.accept(Upload(io.BytesIO(BODY), filename=name), Policy("t", prefix="up")) for _ in range(2)]
    assert blobs[0].key != blobs[1].key
    for blob in blobs:
        assert re.fullmatch(r"up/[A-Za-z0-9][A-Za-z0-9._-]{0,95}\.jpg", blob.key)
        assert is_safe_to_show(blob.filename)
        header = deliver(blob.key, safelight.ledger, safelight.storages).headers["Content-Disposition"]
        assert re.fullmatch(r"inline(; filename\*=UTF-8''[A-Za-z0-9._~%-]+)?", header)


@given(st.text(max_size=400))
@example("e\u200d\u0301.png")
@example("\u0958" * 300)
def test_any_name_is_safe_to_show(name):
    assert is_safe_to_show(clean_filename(name))


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        ("kočka.jpg", "kočka.jpg"),
        ("/home/me/cat.jpg", "cat.jpg"),
        ("C:\\Users\\me\\cat.jpg", "cat.jpg"),
        ("photo\u202egpj.php", "photogpj.php"),
        ("cafe\u0301.jpg", "café.jpg"),
        ("  cat.jpg ", "cat.jpg"),
        ("a\r\nSet-Cookie: x.jpg", "aSet-Cookie: x.jpg"),
        ("..", ""),
        ("a/", ""),
        ("", ""),
        ("\ud800.jpg", ".jpg"),
        ("a" * 300 + ".jpeg", "a" * 250 + ".jpeg"),
        ("a" * 300, "a" * 255),
        ("a." + "b" * 300, "a." + "b" * 253),
        ("x" * 1_000_000 + "/cat.jpg", "cat.jpg"),
    ],
    ids=lambda text: text[:20].encode("ascii", "backslashreplace").decode(),
)
def test_what_is_left_of_a_name(claim, name):
    assert clean_filename(claim) == name


@pytest.mark.parametrize("separator", "/\\\u2044\u2215\uff0f\uff3c", ids=ascii)
def test_whatever_looks_like_a_slash_ends_a_folder(separator):
    assert clean_filename(f"..{separator}folder{separator}cat.jpg") == "cat.jpg"
