"""Names for what is refused: a person must be able to tell which file went wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pictures import jpeg, png

from safelight.errors import TypeNotAllowed
from safelight.formats import FORMATS, inspect, sniff
from safelight.formats.signatures import describe

NAMES = {
    b"GIF89a\1\0\1\0": "a GIF picture",
    b"RIFF\x24\0\0\0WEBPVP8 ": "a WebP picture",
    b"RIFF\x24\0\0\0WAVEfmt ": "a WAV sound",
    b"RIFF\x24\0\0\0ABCD": "a RIFF file",
    b"\0\0\0\x18ftypheic\0\0\0\0": "a HEIC picture",
    b"\0\0\0\x18ftypmif1\0\0\0\0": "a HEIF picture",
    b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic": "a HEIC picture",
    b"\0\0\0\x18ftypisom\0\0\0\0": "an MP4 video",
    b"\0\0\0\x14ftypqt  \0\0\0\0": "a QuickTime video",
    b"II*\0\x08\0\0\0": "a TIFF picture",
    b"BM\x36\x10\0\0\0\0\0\0": "a BMP picture",
    b"%PDF-1.7\n": "a PDF document",
    b"PK\3\4\x14\0": "a ZIP archive or Office document",
    b"MZ\x90\0\3": "a Windows program",
    b"\x7fELF\2\1": "a program",
    b"#!/bin/sh\n": "a script",
    b"<?php echo 1;": "a PHP script",
    b"<svg xmlns='http://www.w3.org/2000/svg'/>": "an SVG picture",
    b"\xef\xbb\xbf <?xml version='1.0'?><!-- x --><svg >": "an SVG picture",
    b"<?xml version='1.0'?><rss/>": "an XML document",
    b"\xef\xbb\xbf \n<!DOCTYPE html><title>x": "an HTML page",
    b"<ScRiPt>alert(1)</script>": "an HTML page",
    b"BMW is a maker of cars": "text",
    "Žluťoučký kůň".encode(): "text",
    ("é" * 3000).encode()[:4095]: "text",
    b"\0" * 100: "a file of zeros",
    b"\x01\x02\x03\x04": "a file of an unknown type",
    b"\xe9": "a file of an unknown type",
}


@pytest.mark.parametrize(("head", "name"), NAMES.items(), ids=NAMES.values())
def test_a_refusal_says_what_was_sent(head, name):
    with pytest.raises(TypeNotAllowed) as refusal:
        inspect(head, FORMATS)
    assert refusal.value.numbers == {"found": name, "accepted": sorted(format.name for format in FORMATS.values())}
    assert refusal.value.detail.startswith(f"This is {name}; accepted: ")


@pytest.mark.parametrize(
    ("data", "types", "words"),
    [
        (png(), {"image/jpeg"}, "This is a PNG picture; accepted: JPEG."),
        (jpeg(), {"image/png"}, "This is a JPEG picture; accepted: PNG."),
        (b"\0\0\0\x10ftypavif\0\0\0\0", {"image/png"}, "This is an AVIF picture; accepted: PNG."),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", {"image/png"}, "This is an AVIF picture; accepted: PNG."),
    ],
)
def test_what_could_be_verified_is_still_refused_if_the_policy_does_not_name_it(data, types, words):
    with pytest.raises(TypeNotAllowed) as refusal:
        inspect(data, types)
    assert refusal.value.detail == words


def test_an_iphone_user_is_told_what_to_do():
    with pytest.raises(TypeNotAllowed, match="Most Compatible"):
        inspect(b"\0\0\0\x18ftypheic\0\0\0\0", FORMATS)


def test_formats_are_told_by_their_first_bytes():
    assert sniff(jpeg()) is FORMATS["image/jpeg"]
    assert sniff(png()) is FORMATS["image/png"]
    assert sniff(b" " + png()) is None
    assert sniff(b"") is None


@given(st.binary(max_size=100))
def test_anything_has_a_name(head):
    assert describe(head)
