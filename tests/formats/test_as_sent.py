"""FILES: any bytes at all, as they came; what they look like is said, and nothing follows from it."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.document_files import File, archive, open_xml, pdf
from tests.pictures import exif_segment, ihdr, joined, jpeg, photo, png, tiff

from safelight.errors import Corrupt, TooComplex, TypeNotAllowed
from safelight.formats import FORMATS, inspect, verify
from safelight.policy import CSV, DOCUMENTS, DOCX, FILES, IMAGES, JPEG, PDF, PNG, TEXT

ANYTHING = "application/octet-stream"
KINDS = {
    "picture": (jpeg(exif_segment(tiff(6))), JPEG),
    "picture with a tail": (photo() + b"<?php", JPEG),
    "picture of too many pixels": (png().replace(ihdr(5, 3), ihdr(99_999, 99_999)), PNG),
    "half a picture": (photo()[:-100], ANYTHING),
    "document": (pdf(), PDF),
    "document with a script": (pdf(b"<</S/JavaScript/JS()>>"), PDF),
    "half a document": (pdf()[:-100], ANYTHING),
    "Word document": (open_xml("docx"), DOCX),
    "Word document with macros": (open_xml("docx", File(b"word/vbaProject.bin")), ANYTHING),
    "archive": (archive(File(b"a", b"a"), comment=b"x"), "application/zip"),
    "archive that leaves its folder": (archive(File(b"../a", b"a")), ANYTHING),
    "half an archive": (archive(File(b"a", b"a"))[:-9], ANYTHING),
    "text": (b"hello", TEXT),
    "table": (b"a,b\n1,2\n", CSV),
    "text of old": ("Žluťoučký".encode("iso-8859-2"), ANYTHING),
    "sound": (b"ID3\3\0\0", "audio/mpeg"),
    "video": (struct.pack(">I", 24) + b"ftypisom" + bytes(12), "video/mp4"),
    "iPhone picture": (struct.pack(">I", 24) + b"ftypheic" + bytes(12), "image/heic"),
    "old document": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "application/x-ole-storage"),
    "page": (b"<!doctype html><script>", ANYTHING),
    "drawing": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ANYTHING),
    "XML": (b"<?xml version='1.0'?><a/>", ANYTHING),
    "script": (b"#!/bin/sh\n", ANYTHING),
    "server page": (b"<?php phpinfo();", ANYTHING),
    "program": (b"MZ\x90\0" + bytes(100), ANYTHING),
    "picture that is a page": (b"GIF89a<html>", ANYTHING),
    "zeros": (bytes(10), ANYTHING),
}


@pytest.mark.parametrize(("data", "media_type"), KINDS.values(), ids=KINDS)
def test_every_byte_is_kept_and_the_type_is_what_a_whole_walk_says(data, media_type):
    inspection = inspect(data, FILES)
    verify(data, inspection)
    assert joined(data, inspection.parts) == data
    assert (inspection.media_type, inspection.extension, inspection.as_sent) == (media_type, "bin", True)
    assert (inspection.width, inspection.height, inspection.pixels, inspection.removed) == (None, None, 0, ())


def test_what_is_named_beside_it_is_verified_as_ever():
    data = jpeg(exif_segment(tiff(6))) + b"tail"
    assert inspect(data, IMAGES | FILES) == inspect(data, IMAGES)
    with pytest.raises(Corrupt):
        inspect(photo()[:-100], IMAGES | FILES)
    assert inspect(pdf(), IMAGES | FILES).as_sent
    assert inspect(b"a,b\n1,2\n", {TEXT} | FILES).media_type == TEXT
    assert inspect(b"hello", {CSV} | FILES).as_sent
    assert inspect(open_xml("xlsx"), {DOCX} | FILES).as_sent
    assert not inspect(open_xml("docx"), {DOCX} | FILES).as_sent
    assert inspect(png(), {JPEG} | FILES).media_type == PNG
    with pytest.raises(TypeNotAllowed):
        inspect(b"\x89", {TEXT})


NO_DOCUMENT = {
    "text of old": "Müller".encode("latin-1"),
    "text with a control character": b"hello" * 1_000 + b"\0",
    "a page": b" <a>",
    "an archive of another method": archive(File(b"a", b"a", method=12)),
    "an archive with a password": archive(File(b"a", b"a", flags=1)),
    "half an archive": archive(File(b"a", b"a"))[:-9],
    "what begins like an archive": b"PK\3\4 and no more",
    "a Word document with macros": open_xml("docx", File(b"word/vbaProject.bin")),
}


@pytest.mark.parametrize("data", NO_DOCUMENT.values(), ids=NO_DOCUMENT)
def test_what_only_begins_like_a_text_or_an_archive_is_taken_as_it_is(data):
    inspection = inspect(data, DOCUMENTS | FILES)
    assert (inspection.media_type, inspection.as_sent) == (ANYTHING, True)
    assert joined(data, inspection.parts) == data
    with pytest.raises((Corrupt, TooComplex, TypeNotAllowed)):
        inspect(data, DOCUMENTS)


@given(st.binary(min_size=1, max_size=200), st.sampled_from([b"", *(data for data, _ in KINDS.values())]))
def test_nothing_is_refused(garbage, beginning):
    data = beginning + garbage
    inspection = inspect(data, FILES)
    verify(data, inspection)
    assert joined(data, inspection.parts) == data
    assert inspection.extension == "bin"
    assert not {"html", "svg", "xml", "php", "javascript"} & set(inspection.media_type.replace("+", "/").split("/"))


def test_no_verified_format_ends_in_bin():
    assert "bin" not in {format.name.lower() for format in FORMATS.values()}
