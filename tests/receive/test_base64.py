"""Base64 as phones, browsers and curl send it: exactly the bytes, or a refusal; never other bytes."""

import base64
import hashlib
import io
import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight import MB, Policy, Refusal
from safelight.errors import BadBase64, BadDataUrl, Empty
from safelight.pipeline import check
from safelight.receive import from_text
from safelight.receive.base64 import Decoder

CORPUS = Path(__file__).parent.parent / "corpus"
POLICY = Policy("strings", max_bytes=10 * MB)
TEXTS = json.loads((CORPUS / "dataurls.json").read_text())["items"]


def build(item: dict) -> str:
    if "value" in item:
        return item["value"]
    if "json_raw" in item:
        return json.loads(item["json_raw"])
    how = item["generate"]
    if "repeat" in how:
        body = how["repeat"] * how["count"]
    elif "file" in how:
        body = base64.b64encode((CORPUS / how["file"]).read_bytes()).decode()
    else:
        body = base64.b64encode((CORPUS / how["file_then_zeros"]).read_bytes() + bytes(how["count"])).decode()
    return how["prefix"] + body + how.get("suffix", "")


@pytest.mark.parametrize("item", TEXTS, ids=lambda item: item["id"])
def test_strings_as_they_are_sent(item):
    expected = item["expected"]
    allowed = {expected["outcome"], *expected.get("also_ok", ())} - {"reject"}
    allowed = {outcome.removeprefix("reject:").replace("accept_sanitised", "accept") for outcome in allowed}
    if "reason" in expected:
        allowed.add(expected["reason"])
    any_refusal = "reject" in expected.get("also_ok", ())
    text = build(item)
    try:
        with check(from_text(text), POLICY):
            outcome = "accept"
    except Refusal as refusal:
        outcome = refusal.code
    assert outcome in allowed or (any_refusal and outcome != "accept")
    if outcome == "accept":
        assert hashlib.sha256(from_text(text).content.read()).hexdigest() == expected["decoded_sha256"]


@st.composite
def encodings(draw, data: bytes) -> bytes:
    """Some way of writing `data` in base64: alphabet, padding, line breaks."""
    text = draw(st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]))(data)
    if draw(st.booleans()):
        text = text.rstrip(b"=")
    for at in sorted(draw(st.lists(st.integers(0, len(text)), max_size=5)), reverse=True):
        text = text[:at] + draw(st.sampled_from([b"\r\n", b"\n", b"\t", b"\f", b"\r\n\r\n"])) + text[at:]
    return text


def decode(pieces: list[bytes]) -> bytes:
    decoder = Decoder()
    return b"".join([decoder.feed(piece) for piece in pieces] + [decoder.finish()])


def split(text: bytes, cuts: list[int]) -> list[bytes]:
    ends = sorted(min(cut, len(text)) for cut in cuts)
    return [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]


cuts = st.lists(st.integers(0, 150), max_size=6)


@given(st.binary(max_size=100), st.data(), cuts)
def test_any_encoding_in_any_pieces_gives_exactly_the_bytes(data, draw, cuts):
    text = draw.draw(encodings(data))
    assert decode(split(text, cuts)) == data


@given(st.binary(max_size=100), st.data(), cuts, st.integers(0, 255))
def test_a_foreign_character_anywhere_is_refused(data, draw, cuts, number):
    character = bytes([number])
    if character.isalnum() or character in b"+/-_=\r\n\t\f":
        return
    text = draw.draw(encodings(data))
    at = draw.draw(st.integers(0, len(text)))
    with pytest.raises(BadBase64):
        decode(split(text[:at] + character + text[at:], cuts))


@given(st.binary(min_size=1, max_size=100), st.data(), cuts)
def test_padding_is_right_or_refused(data, draw, cuts):
    text = base64.b64encode(data)
    at = draw.draw(st.integers(0, len(text) - 1))
    wrong = text[:at] + b"=" + text[at:]
    with pytest.raises(BadBase64):
        decode(split(wrong, cuts))


@given(st.binary(max_size=100), cuts)
def test_a_single_character_left_over_is_refused(data, cuts):
    text = base64.b64encode(data).rstrip(b"=")
    text = text[: len(text) & ~3] + b"A"
    with pytest.raises(BadBase64):
        decode(split(text, cuts))


@given(st.text(max_size=20))
def test_any_text_is_bytes_or_a_refusal(text):
    for start in ("", "data:", "data:image/png;base64,", "data:image/png;base64"):
        with suppress(Refusal):
            from_text(start + text).content.read()


@pytest.mark.parametrize("odd", [" ", "\x0b", "\x1c", "\x85", "\xa0", "\u2003", "\u2028"])
def test_no_other_white_space_is_skipped(odd):
    for text in (f"{odd}QUJD", f"QU{odd}JD", f"QUJD{odd}"):
        with pytest.raises(BadBase64):
            from_text(text).content.read()


def test_a_long_text_is_decoded_in_pieces():
    data = bytes(range(256)) * 4000
    content = from_text("data:image/png;base64," + base64.b64encode(data).decode()).content
    assert b"".join(iter(lambda: content.read(10_007), b"")) == data


class TestForm:
    """A form decoder has turned each + into a space."""

    @given(st.binary(min_size=1, max_size=100))
    def test_lost_plusses_come_back(self, data):
        text = base64.b64encode(data).decode().replace("+", " ")
        assert from_text(text, plus_as_space=True).content.read() == data

    @pytest.mark.parametrize("start", ["", "data:image/png;base64,", "\r\n"])
    def test_at_the_ends_too(self, start):
        text = start + base64.b64encode(b"\xfb\xef\xbe" + b"ABC" + b"\xfb\xef\xbe").decode().replace("+", " ")
        assert text.endswith(" ")
        assert from_text(text, plus_as_space=True).content.read() == b"\xfb\xef\xbeABC\xfb\xef\xbe"

    @pytest.mark.parametrize(("text", "in_form"), [("QUJ+ AAA", True), ("QUJ AAAA", False), ("QUJ+ AAA", False)])
    def test_a_space_beside_a_plus_or_elsewhere_is_garbage(self, text, in_form):
        with pytest.raises(BadBase64):
            from_text(text, plus_as_space=in_form).content.read()


@pytest.mark.parametrize(
    ("text", "media_type", "filename"),
    [
        ("QUJD", "", ""),
        ("data:;base64,QUJD", "", ""),
        ("data:image/png;base64,QUJD", "image/png", ""),
        ("data:image/png;name=my%20cat.png;base64,QUJD", "image/png", "my cat.png"),
        ("data:image/png;charset=utf-8;NAME=a.png;base64,QUJD", "image/png", "a.png"),
        (" data: image/png ; base64 ,QUJD", "image/png", ""),
    ],
)
def test_claims_are_noted(text, media_type, filename):
    upload = from_text(text)
    assert (upload.media_type, upload.filename) == (media_type, filename)
    assert upload.content.read() == b"ABC"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", Empty),
        (" \r\n", Empty),
        ("data:image/png;base64,", Empty),
        ("data:,", Empty),
        ("data:image/png,%89PNG", BadDataUrl),
        ("data:image/png;base64", BadDataUrl),
        ("https://example.com/cat.png", BadDataUrl),
        ("data:image/png;base64;base64,QUJD", BadDataUrl),
        ("data:image/png\x7f;base64,QUJD", BadDataUrl),
        ("data:image/png;name=" + "a" * 2000 + ";base64,QUJD", BadDataUrl),
    ],
)
def test_refused_before_anything_is_read(text, kind):
    with pytest.raises(kind):
        from_text(text)


def test_content_can_be_read_again_from_its_beginning():
    data = bytes(range(256)) * 1000
    content = from_text(base64.b64encode(data).decode()).content
    for size in (10, 200_000, -1):
        assert content.read(size) == data[: size if size >= 0 else None]
        content.seek(0)
    with pytest.raises(io.UnsupportedOperation):
        content.seek(0, io.SEEK_END)


def test_content_is_binary():
    assert isinstance(from_text("QUJD").content, io.BufferedIOBase)


@pytest.mark.parametrize("pieces", [("QQ", "==QUJDQUJD"), ("Q", "Q==QUJDQUJD"), ("QUI", "=QUJD"), ("QQ=", "=QUJDQUJD")])
def test_padding_in_the_middle_is_found_wherever_it_is_cut(pieces):
    decoder = Decoder()
    with pytest.raises(BadBase64):
        b"".join([*(decoder.feed(piece.encode()) for piece in pieces), decoder.finish()])
