"""The form scanner against urllib: whatever the body and however it is cut, they agree."""

import base64
import itertools
from unittest import mock
from urllib.parse import parse_qsl, quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.errors import TooLarge
from safelight.receive.form import FormScanner
from safelight.receive.scanner import FileBegins, FileData, FileEnds


def scan(body, cuts=(), limit=None):
    """(fields with the files' texts in place, names of files) of a body cut into pieces at `cuts`."""
    scanner = FormScanner([("image",), ("pic ture",)], limit)
    files, names = [], []

    def take(events):
        for event in events:
            match event:
                case FileBegins(path):
                    names.extend(path)
                    files.append(b"")
                case FileData(text):
                    files[-1] += text
                case FileEnds(path):
                    assert path[0] == names[-1]

    edges = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    for start, end in itertools.pairwise(edges):
        take(scanner.feed(body[start:end]))
    take(scanner.end())
    return scanner.document([file.decode("utf-8", "replace") for file in files]), names


@pytest.fixture(autouse=True, scope="module")
def _short_hold():
    with mock.patch("safelight.receive.form.HOLD", 16):
        yield


names = st.sampled_from(["image", "pic ture", "x", "\u00e9", ""])
values = st.one_of(st.text(max_size=60), st.binary(max_size=60).map(lambda data: base64.b64encode(data).decode()))
cuts = st.lists(st.integers(0, 10_000), max_size=8)


@given(st.lists(st.tuples(names, values), max_size=5), cuts, st.sampled_from([quote, quote_plus]), st.booleans())
def test_any_form_cut_anywhere_is_what_urllib_says(fields, cuts, encode, lower):
    """But for spaces in files, which come as plus signs on purpose."""
    fields = [(name, value.replace(" ", "_")) for name, value in fields]
    body = "&".join(f"{quote_plus(name)}={encode(value, safe='')}" for name, value in fields)
    if lower:
        body = body.replace("%2B", "%2b").replace("%2F", "%2f").replace("%3D", "%3d")
    assert scan(body.encode(), cuts)[0] == parse_qsl(body, keep_blank_values=True)


@given(st.binary(max_size=80), cuts)
def test_any_bytes_are_a_form_or_refused(body, cuts):
    try:
        whole = scan(body)
    except Exception as error:
        with pytest.raises(type(error)):
            scan(body, cuts)
    else:
        assert scan(body, cuts) == whole


def test_a_plus_sign_that_nobody_escaped_stays_one():
    for text in ("AB+/" * 10, "AB%2B%2F" * 10, "AB%2b/" * 10):
        assert scan(b"image=" + text.encode())[0] == [("image", "AB+/" * 10)]


def test_names_are_decoded_and_short_values_stay_strings():
    body = b"pic+ture=" + b"A" * 40 + b"&image=short&%69mage=" + b"B" * 40
    document, found = scan(body)
    assert found == ["pic ture", "image"]
    assert document == [("pic ture", "A" * 40), ("image", "short"), ("image", "B" * 40)]


def test_the_rest_is_bounded_and_files_are_not():
    body = b"image=" + b"A" * 100_000 + b"&x=" + b"B" * 100
    assert scan(body, limit=200)[0][1] == ("x", "B" * 100)
    with pytest.raises(TooLarge):
        scan(body, limit=60)
