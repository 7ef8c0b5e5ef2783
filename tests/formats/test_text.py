"""Text and CSV: characters and nothing else, told apart by their records."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.document_files import verified

from safelight.errors import Corrupt, Refusal, TypeNotAllowed
from safelight.formats import inspect
from safelight.policy import CSV, DOCUMENTS, IMAGES, PDF, TEXT

TABLE = b'name,"age, in years"\r\nAda,36\r\n"B\nob",7\r\n'
TEXTS = {
    "one word": b"hello",
    "lines": b"a\nb\r\nc\rd",
    "UTF-8": "Žluťoučký kůň \N{SUN BEHIND CLOUD}".encode(),
    "UTF-8 with BOM": b"\xef\xbb\xbfhello",
    "UTF-16": "Žluťoučký kůň".encode("utf-16"),
    "UTF-16, big end first": b"\xfe\xff" + "Žluťoučký kůň".encode("utf-16-be"),
    "coloured log": b"\x1b[31mERROR\x1b[0m failed\n",
    "syslog": b"<134>Oct 11 22:14:15 host app: said\n",
    "nothing but spaces": b" \n" * 2_000_000,
    "about Mozambique": b"MZ is its code\n",
    "about MP4": b"The ftyp box comes first.\n",
    "about WAV": b"RIFF is what it begins with.\n",
    "one column": b"a\nb\nc\n",
    "one line with a comma": b"Hello, world\n",
    "a letter": b"Dear Ada,\nthank you for writing. I came, I saw, I left.\nYours,\nBob\n",
    "ragged": b"a,b\n1,2,3\n",
    "quotes that are none": b'a,"b" c\n1,2\n',
}
TABLES = {
    "commas": TABLE,
    "semicolons": b"a;b;c\n1,5;2,5;3\n",
    "tabs": b"a\tb\n1\t2\n",
    "bars": b"a|b\n1|2\n",
    "with BOM": b"\xef\xbb\xbfa,b\n1,2\n\n\n",
    "UTF-16": "a;b\r\n1;2\r\n".encode("utf-16"),
    "Excel's first line": b"sep=;\r\na;b\r\n1,5;2\r\n",
    "long": b"a,b\n" + b'1,"2\n3"\n' * 100_000,
    "countries": b"MZ,Mozambique\nNA,Namibia\n",
    "cut where it is looked at": b"a,b\n3,4\n1," + b"x" * 70_000 + b"\nragged",
}
MARKUP = {
    "an SVG picture": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "a PHP script": b"<?php echo 1;",
    "an HTML page": b"MIME-Version: 1.0\r\n\r\n<html>",
    "an XML document": b"<?xml version='1.0'?><rss/>",
    "a batch file": b"@echo off\r\n",
    "a desktop shortcut": b"[Desktop Entry]\nExec=x\n",
    "an RTF document": b"{\\rtf1\\ansi}",
    "a PostScript document": b"%!PS-Adobe-3.0\n",
}
HIDDEN_MARKUP = {
    "in a namespace": b"<x:svg xmlns:x='http://www.w3.org/2000/svg'/>",
    "behind a comment": b"<!--" + b"x" * 5000 + b"--><svg/>",
    "of a server": b'<%= "x" %>',
    "included by a server": b'<!--#echo var="x" -->',
    "behind a megabyte of nothing": b"\xef\xbb\xbf" + b" \n" * 600_000 + b"<svg/>",
    "where pieces are read": b" " * ((1 << 20) - 1) + b"<svg/>",
    "in UTF-16": "<x-y>hello</x-y>".encode("utf-16"),
}


def refused(data: bytes, types=DOCUMENTS) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        inspect(data, types)
    return refusal.value


@pytest.mark.parametrize("data", TEXTS.values(), ids=TEXTS)
def test_text_stays_as_it_is(data):
    stored, inspection = verified(data)
    assert stored == data
    assert (inspection.media_type, inspection.extension, inspection.removed) == (TEXT, "txt", ())
    assert (inspection.width, inspection.height, inspection.pixels, inspection.displayed) == (
        None,
        None,
        0,
        (None, None),
    )


@pytest.mark.parametrize("data", TABLES.values(), ids=TABLES)
def test_a_table_is_told_by_its_records(data):
    stored, inspection = verified(data)
    assert stored == data
    assert (inspection.media_type, inspection.extension) == (CSV, "csv")


def test_a_table_is_a_text_where_only_texts_are_wanted_but_not_the_other_way_round():
    assert inspect(TABLE, {TEXT}).media_type == TEXT
    assert inspect(TABLE, {TEXT}).extension == "txt"
    assert inspect(TABLE, {CSV}).media_type == CSV
    assert refused(b"no table", {CSV}).detail == "This is text; accepted: CSV."


@pytest.mark.parametrize(("name", "data"), MARKUP.items(), ids=MARKUP)
def test_what_begins_like_something_else_is_refused_by_name(name, data):
    for encoded in (data, b"\xef\xbb\xbf \n" + data) if b"<" in data else (data,):
        assert refused(encoded).numbers["found"] == name
    found = refused(data.decode().encode("utf-16"))
    assert found.numbers == {"found": name, "accepted": ["plain text"]}


@pytest.mark.parametrize("data", HIDDEN_MARKUP.values(), ids=HIDDEN_MARKUP)
def test_markup_is_refused_however_far_away_it_begins(data):
    assert refused(data).numbers["found"] == "a page or a script"


@pytest.mark.parametrize("at", [0, 100, 1 << 20, 3_000_000])
@pytest.mark.parametrize("control", [0, 1, 8, 14, 26, 31])
def test_control_characters_are_refused_wherever_they_are(at, control):
    data = bytearray(b"x" * 3_000_001)
    data[at] = control
    assert isinstance(refused(bytes(data)), Corrupt if at >= 4096 else TypeNotAllowed)
    assert isinstance(refused(bytes(data).decode().encode("utf-16")), Corrupt)


@pytest.mark.parametrize(
    "data",
    ["Žluťoučký".encode("iso-8859-2"), b"x" * 5000 + b"\xe9", b"x" * 5000 + b"\xc3", b"\xff\xfea", b"\xff\xfe\x00\xd8"],
    ids=["Latin 2", "Latin 1 far away", "cut in a character", "half of UTF-16", "half of a pair"],
)
def test_another_encoding_is_refused_with_what_to_do(data):
    assert refused(data).detail == "This is text in another encoding; accepted: text in UTF-8. Save it as UTF-8 first."


def test_programs_are_no_texts():
    for data in (b"MZ\x90\0\3" + bytes(200), b"\x7fELF\2\1\1" + bytes(50), b"#!/bin/sh\necho\n", b"\0\0\0\0"):
        assert refused(data).code == "type_not_allowed"


@pytest.mark.parametrize("types", [IMAGES, {PDF}])
def test_where_no_text_is_wanted_nothing_is_read(types):
    assert refused(b"x" * 5000 + b"\0", types).numbers["found"] == "text"


@given(
    st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="<")),
    st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]),
)
def test_any_characters_are_text(text, encoding):
    data = f".{text}".encode(encoding)
    stored, inspection = verified(data)
    assert stored == data
    assert inspection.media_type in (TEXT, CSV)


@given(
    st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="<", exclude_categories=("Cc",)))),
             min_size=2),
    st.sampled_from(",;\t|"),
)  # fmt: skip
def test_quoted_fields_are_a_table_if_there_are_as_many_in_each_record(records, delimiter):
    width = max(2, *map(len, records))
    lines = (['"' + field.replace('"', '""') + '"' for field in (record + [""] * width)[:width]] for record in records)
    text = "\r\n".join(delimiter.join(line) for line in lines)
    assert verified(text.encode())[1].media_type == CSV


@given(st.binary(max_size=200))
def test_bytes_are_text_or_refused(data):
    try:
        stored, inspection = verified(data)
    except (Corrupt, TypeNotAllowed):
        return
    assert stored == data
    assert inspection.media_type in (TEXT, CSV)
    assert not set(data if data[:2] not in (b"\xff\xfe", b"\xfe\xff") else b"") & {*range(9), *range(14, 27)}
