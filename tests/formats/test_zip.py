"""ZIP, through the documents that are made of it: one archive comes out, the same for every program that reads it."""

import io
import struct
import zipfile
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.document_files import MAIN, OLE, File, archive, content_types, deflated
from tests.document_files import verified as verified_as

from safelight.errors import Corrupt, Refusal, TooComplex, TypeNotAllowed
from safelight.formats import Inspection
from safelight.policy import DOCX

CANARY = b"UPLOAD-CANARY"
DOCUMENT = (content_types(MAIN["docx"]), File(b"word/document.xml", b"<x/>" * 20))
MORE = b"more of it " * 30


def verified(data: bytes) -> tuple[bytes, Inspection]:
    return verified_as(data, {DOCX})


def document(*files: File, **record) -> bytes:
    return archive(*DOCUMENT, *files, **record)


def descriptor(file: File, shape: str = "<4s3I") -> File:
    """As a program that cannot go back writes it: zeros in the header, and the numbers behind the data."""
    facts = file.facts
    file.local = {"flags": 8, "crc": 0, "packed": 0, "size": 0}
    file.central = {"flags": 8}
    numbers = (facts["crc"], facts["packed"], facts["size"])
    file.after = struct.pack(shape, b"PK\7\x08", *numbers) if "s" in shape else struct.pack(shape, *numbers)
    return file


def contents(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def refused(data: bytes) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        verified(data)
    return refusal.value


WHOLE = {
    "plain": document(),
    "stored": document(File(b"a", MORE, method=0)),
    "empty file": document(File(b"a"), File(b"b", method=0)),
    "folder": document(File(b"a/", method=0), File(b"a/b", MORE)),
    "name in UTF-8": document(File("obrázek.png".encode(), MORE, flags=1 << 11)),
    "name in the code page of DOS": document(File(b"obr\xa0zek.png", MORE)),
    "descriptor": document(descriptor(File(b"a", MORE))),
    "descriptor without signature": document(descriptor(File(b"a", MORE), "<3I")),
    "descriptor in 64 bits": document(descriptor(File(b"a", MORE), "<4sI2Q")),
    "compressed as fast as can be": document(File(b"a", MORE, flags=0b110)),
    "sizes in 64 bits": document(
        File(
            b"a",
            MORE,
            extra=struct.pack("<2H2Q", 1, 16, len(MORE), len(deflated(MORE))),
            central={"size": 0xFFFFFFFF, "packed": 0xFFFFFFFF},
            local_extra=struct.pack("<2H2Q", 1, 16, len(MORE), len(deflated(MORE))),
            local={"size": 0xFFFFFFFF, "packed": 0xFFFFFFFF},
        )
    ),
    "sizes in 64 bits, streamed": document(
        File(
            b"a",
            MORE,
            local_extra=struct.pack("<2H2Q", 1, 16, 0, 0),
            local={"flags": 8, "crc": 0, "size": 0xFFFFFFFF, "packed": 0xFFFFFFFF},
            central={"flags": 8},
            after=struct.pack("<4sI2Q", b"PK\7\x08", zlib.crc32(MORE), len(deflated(MORE)), len(MORE)),
        )
    ),
}


@pytest.mark.parametrize("data", WHOLE.values(), ids=WHOLE)
def test_every_file_stays_and_the_second_time_nothing_changes(data):
    stored, _ = verified(data)
    assert contents(stored) == contents(data)
    again, inspection = verified(stored)
    assert again == stored
    assert inspection.removed == ()


def test_the_directory_may_list_the_files_in_any_order():
    files = archive(File(b"b", MORE), *DOCUMENT)
    directory = files[files.index(b"PK\1\2") : -22]
    entries = [b"PK\1\2" + entry for entry in directory.split(b"PK\1\2")[1:]]
    assert verified(files.replace(directory, b"".join(reversed(entries))))[0] == verified(files)[0]


HIDING_PLACES = {
    "archive comment": document(comment=CANARY),
    "file comment": document(File(b"a", MORE, comment=CANARY)),
    "extra field": document(File(b"a", MORE, extra=struct.pack("<2H", 0x7777, 13) + CANARY)),
    "extra field of the file": document(File(b"a", MORE, local_extra=struct.pack("<2H", 0x7777, 13) + CANARY)),
    "between the files": document(File(b"a", MORE, before=CANARY)),
    "behind a file": document(File(b"a", MORE, after=CANARY)),
    "before the end record": document(between=CANARY),
    "after the end": document(tail=CANARY * 100),
    "a file that is not listed": document(File(b"a", MORE), File(CANARY, CANARY, listed=False)),
    "the first, not listed": archive(File(CANARY, CANARY, listed=False), *DOCUMENT),
}


@pytest.mark.parametrize("data", HIDING_PLACES.values(), ids=HIDING_PLACES)
def test_what_is_not_of_a_file_is_left_out(data):
    stored, inspection = verified(data)
    assert CANARY in data
    assert CANARY not in stored
    assert inspection.removed == (("data outside of its files", len(data) - len(stored)),)
    assert set(contents(stored)) - {"a"} == {"[Content_Types].xml", "word/document.xml"}


def test_times_and_symbolic_links_are_left_out():
    stored, _ = verified(document(File(b"link", b"/etc/passwd", method=0, attributes=0o120777 << 16)))
    with zipfile.ZipFile(io.BytesIO(stored)) as opened:
        assert {entry.date_time for entry in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.external_attr for entry in opened.infolist()} == {0}


NAMES = [
    b"../a",
    b"a/../../b",
    b"/etc/passwd",
    b"a\\b",
    b"C:a",
    b"a\0.xml",
    b"a//b",
    b"./a",
    b"a/..",
    b"\n",
    b"/",
    b"..",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_leave_the_folder_are_refused(name):
    assert "a name that leaves its folder" in refused(document(File(name, MORE))).detail


@pytest.mark.parametrize("name", [b"word/document.xml", b"WORD/Document.XML"])
def test_two_files_with_one_name_are_refused(name):
    assert "the same name" in refused(document(File(name, MORE))).detail


BROKEN = {
    "no end record": WHOLE["plain"][:-22],
    "directory too short": document(length=100),
    "directory too long": document(length=10_000),
    "directory elsewhere": document(start=1),
    "directory of several disks": document(disk=1),
    "fewer files on this disk": document(here=1),
    "more files than listed": document(here=3, count=3),
    "fewer files than listed": document(here=1, count=1),
    "comment longer than the file": document(comment=CANARY)[:-1],
    "a file that is not there": document(File(b"a", MORE, central={"at": 7})),
    "a file behind the end": document(File(b"a", MORE, central={"at": 1 << 30})),
    "another name": document(File(b"a", MORE, local={"name": b"b"})),
    "another method": document(File(b"a", MORE, local={"method": 0})),
    "another size": document(File(b"a", MORE, local={"size": 3})),
    "another checksum": document(File(b"a", MORE, local={"crc": 3})),
    "no sizes, and none behind the data": document(File(b"a", MORE, local={"size": 0, "packed": 0, "crc": 0})),
    "a wrong checksum": document(File(b"a", MORE, local={"crc": 3}, central={"crc": 3})),
    "a wrong checksum of a stored file": document(File(b"a", MORE, method=0, local={"crc": 3}, central={"crc": 3})),
    "longer than it says": document(File(b"a", MORE, local={"size": 3}, central={"size": 3})),
    "shorter than it says": document(File(b"a", MORE, local={"size": 999}, central={"size": 999})),
    "stored, and longer than it says": document(File(b"a", MORE, method=0, local={"size": 3}, central={"size": 3})),
    "cut in its data": document(File(b"a", MORE, packed=deflated(MORE)[:-3])),
    "garbage for data": document(File(b"a", MORE, packed=b"\xff" * 30)),
    "something behind its data": document(File(b"a", MORE, packed=deflated(MORE) + CANARY)),
    "data into the directory": document(File(b"a", MORE, local={"packed": 9999}, central={"packed": 9999})),
    "a name that is not UTF-8": document(File(b"\xff", MORE, flags=1 << 11)),
    "no name": document(File(b"", MORE)),
    "a very long name": document(File(b"x" * 300, MORE)),
    "sizes in 64 bits that are missing": document(File(b"a", MORE, central={"size": 0xFFFFFFFF})),
}  # fmt: skip


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_contradicts_itself_is_refused(data):
    assert isinstance(refused(data), Corrupt)


def test_files_that_overlap_are_refused():
    """A few bytes that are a thousand files (David Fifield, "A better zip bomb")."""
    at = document().index(b"PK\1\2")  # where the next file comes to lie
    same = File(b"a", MORE, central={"at": at})
    assert "two files in it overlap" in refused(document(File(b"a", MORE), same)).detail
    around = File(b"a", archive(File(b"b", MORE)), method=0)
    inside = File(b"b", MORE, central={"at": at + 31})
    assert "two files in it overlap" in refused(document(around, inside)).detail


def test_encrypted_files_are_refused_by_name():
    refusal = refused(document(File(b"a", MORE, flags=1)))
    assert refusal.detail == "This is an encrypted archive; accepted: documents without a password."
    assert isinstance(refused(document(File(b"a", MORE, local={"flags": 1}))), TypeNotAllowed)


@pytest.mark.parametrize(
    "unusual", [{"method": 9}, {"method": 12}, {"method": 99}, {"flags": 1 << 5}, {"flags": 1 << 13}]
)
def test_unusual_compression_is_refused(unusual):
    assert isinstance(refused(document(File(b"a", MORE, **unusual))), TooComplex)


@pytest.mark.parametrize("record", [{"count": 0xFFFF, "here": 0xFFFF}, {"start": 0xFFFFFFFF}, {"length": 0xFFFFFFFF}])
def test_archives_for_more_than_4_gigabytes_are_refused(record):
    assert "for files of more than 4 GB" in refused(document(**record)).detail


class TestBombs:
    def test_that_say_how_large_they_are(self):
        data = document(File(b"a", bytes(10_000_001)))
        assert len(data) < 20_000
        assert "more than 100 times its size" in refused(data).detail

    def test_that_do_not(self):
        small = {"size": 100}
        data = document(File(b"a", bytes(50_000_000), local=small, central=small))
        assert "longer than it says" in refused(data).detail

    def test_beyond_any_size(self):
        huge = {"size": 300_000_001}
        assert "more than 300 MB" in refused(document(File(b"a", MORE, local=huge, central=huge))).detail
        half = {"size": 160_000_000}
        files = [File(name, MORE, local=half, central=half) for name in (b"a", b"b")]
        assert "more than 300 MB" in refused(document(*files)).detail

    def test_of_many_files(self):
        assert "more than 10000 files" in refused(document(*(File(b"%d" % n) for n in range(10_000)))).detail
        assert len(contents(verified(document(*(File(b"%d" % n) for n in range(9_998))))[0])) == 10_000

    def test_that_honest_tables_are_not(self):
        verified(document(File(b"a", bytes(9_000_000))))


@pytest.mark.parametrize("name", ["plain", "descriptor", "sizes in 64 bits"])
def test_cut_anywhere_it_is_refused(name):
    data = WHOLE[name]
    for length in range(len(data)):
        assert refused(data[:length]).code in ("corrupt", "type_not_allowed"), length


files = st.builds(
    File,
    st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=9).map(str.encode),
    st.binary(max_size=300).filter(lambda content: not content.startswith(OLE)),
    method=st.sampled_from([0, 8]),
    before=st.binary(max_size=9),
    comment=st.binary(max_size=9),
)


# An end record behind the end record would be another archive, and is not guessed about.
junk = st.binary(max_size=9).filter(lambda data: b"PK\5\6" not in data)


@given(st.lists(files, unique_by=lambda file: file.name.lower(), max_size=5), junk, junk)
def test_any_files_come_out_as_they_went_in(more, comment, tail):
    data = document(*more, comment=comment, tail=tail)
    stored, _ = verified(data)
    assert contents(stored) == {file.name.decode(): file.content for file in (*DOCUMENT, *more)}
    again, inspection = verified(stored)
    assert (again, inspection.removed) == (stored, ())


@given(st.sampled_from([*WHOLE.values(), *HIDING_PLACES.values()]), st.data())
def test_damaged_it_is_refused_or_clean_at_once(data, draw):
    damaged = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 3))):
        at = draw.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + draw.draw(st.integers(0, 2))] = draw.draw(st.binary(max_size=2))
    with suppress(Refusal):
        stored, first = verified(bytes(damaged))
        again, second = verified(stored)
        assert (again, second.removed, second.media_type) == (stored, (), first.media_type)
        contents(stored)


@given(st.binary(max_size=200))
def test_garbage_is_refused_or_dropped(garbage):
    whole = document()
    for data in (b"PK\3\4" + garbage, whole[:-22] + garbage, garbage + whole, whole[:40] + garbage + whole[40:]):
        with suppress(Refusal):
            assert verified(data)[0] == verified(whole)[0]
