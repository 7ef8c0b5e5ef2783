"""The JSON scanner against json.loads and base64: whatever the body and however it is cut, they agree."""

import base64
import itertools
import json
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.errors import Malformed, TooLarge
from safelight.receive import scanner as scanner_module
from safelight.receive.json import JsonScanner
from safelight.receive.scanner import ANY, FileBegins, FileData, FileEnds

PATTERNS = [("image",), ("gallery", ANY, "picture"), (ANY, "image"), ("deep", "er", ANY)]


def scan(body, cuts=(), patterns=PATTERNS, limit=None):
    """(document with the files' texts in place, paths) of a body cut into pieces at `cuts`."""
    scanner = JsonScanner(patterns, limit)
    files, paths = [], []
    edges = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    for start, end in itertools.pairwise(edges):
        for event in scanner.feed(body[start:end]):
            match event:
                case FileBegins(path):
                    paths.append(path)
                    files.append(b"")
                case FileData(text):
                    files[-1] += text
                case FileEnds(path):
                    assert path == paths[-1]
    assert scanner.end() == []
    return scanner.document([whole_characters(file) for file in files]), paths


def whole_characters(text):
    """Surrogate pairs that came as two escapes, as the characters that json.loads makes of them."""
    halves = text.decode("utf-8", "surrogatepass")
    return halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


@pytest.fixture(autouse=True, scope="module")
def _short_hold():
    """Strings become files early, so that small examples reach every state."""
    with mock.patch("safelight.receive.json.HOLD", 16), mock.patch.object(scanner_module, "HOLD", 16):
        yield


names = st.sampled_from(["image", "gallery", "picture", "deep", "er", "x", 'q"uote', "back\\slash", "\u00e9"])
texts = st.one_of(
    st.text(max_size=8),
    st.binary(max_size=60).map(lambda data: base64.b64encode(data).decode()),
    st.text('ab+/=\n\r\t\\"\u00e9{}[],:', max_size=40),
)
documents = st.recursive(
    st.one_of(texts, st.none(), st.booleans(), st.integers(), st.just(0.5)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)),
    max_leaves=12,
)
cuts = st.lists(st.integers(0, 10_000), max_size=8)


def escape_as(style, text):
    if style == "php":
        return text.replace("/", "\\/")
    if style == "dotnet":
        return text.replace("+", "\\u002B").replace("/", "\\u002f").replace("=", "\\u003D")
    return text


@given(documents, cuts, st.booleans(), st.sampled_from(["plain", "php", "dotnet"]), st.sampled_from([None, 1]))
def test_any_document_cut_anywhere_is_what_json_loads_says(document, cuts, ascii_only, style, indent):
    body = escape_as(style, json.dumps(document, ensure_ascii=ascii_only, indent=indent)).encode()
    assert scan(body, cuts)[0] == json.loads(body)


@given(st.binary(max_size=60) | documents.map(lambda document: json.dumps(document).encode()), st.data())
def test_any_bytes_cut_anywhere_are_a_document_or_malformed(body, data):
    if body and data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(body) - 1))
        body = body[:at] + data.draw(st.binary(max_size=3)) + body[at + data.draw(st.integers(0, 2)) :]
    try:
        expected = json.loads(body.decode(), parse_constant=lambda name: 1 / 0)
    except (ValueError, ZeroDivisionError):
        expected = Malformed
    try:
        actual = scan(body, data.draw(cuts))[0]
    except Malformed:
        actual = Malformed
    assert actual == expected


def test_paths_say_where_each_file_stood():
    long = "A" * 40
    body = json.dumps(
        {
            "x": [1, {"image": long}],
            "gallery": [{"picture": long}, 5, {"caption": long, "picture": long}],
            "image": long,
        }
    ).encode()
    for size in (1, 7, 1000):
        document, paths = scan(body, range(0, len(body), size))
        assert paths == [("gallery", 0, "picture"), ("gallery", 2, "picture"), ("image",)]
        assert document == json.loads(body)


def test_a_document_that_is_a_file():
    assert scan(b'"' + b"A" * 50 + b'"', patterns=[()]) == ("A" * 50, [()])


def test_short_strings_stay_strings():
    assert scan(b'{"image": "http://x/y.png"}'[:-1].replace(b"http://x/y.png", b"http://x/y") + b"}")[1] == []


def test_the_last_of_two_with_one_name_counts():
    body = b'{"image": "' + b"A" * 40 + b'", "image": "' + b"B" * 40 + b'"}'
    assert scan(body)[0] == {"image": "B" * 40}
    assert scan(body.replace(b'"' + b"B" * 40 + b'"', b"7"))[0] == {"image": 7}


def test_a_placeholder_cannot_be_guessed():
    """Whatever a client writes, it stays what it wrote."""
    with mock.patch("secrets.token_hex", return_value="nonce"):
        forged, _ = scan(b'{"x": "other:0", "image": "' + b"A" * 40 + b'"}')
    assert forged == {"x": "other:0", "image": "A" * 40}


def test_the_rest_is_bounded_and_files_are_not():
    body = b'{"image": "' + b"A" * 100_000 + b'", "x": "' + b"B" * 100 + b'"}'
    assert scan(body, limit=300)[0]["x"] == "B" * 100
    with pytest.raises(TooLarge):
        scan(body, limit=100)


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"a":' * 100_000, b"[{}," * 100_000, b"]" * 10])
def test_nesting_without_end_is_malformed(body):
    with pytest.raises(Malformed):
        scan(body, range(0, len(body), 4096))
