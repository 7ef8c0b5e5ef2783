"""A spool is reduced to its parts and nothing else, and its content is a file of exactly these."""

import errno
import hashlib
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pictures import joined

from safelight import Upload
from safelight.errors import TooLarge
from safelight.formats import STEP, Span
from safelight.receive import Spool, receive

DATA = bytes(range(256))
spans = st.tuples(st.integers(0, 256), st.integers(0, 256)).map(lambda ends: Span(*sorted(ends)))
parts = st.lists(spans | st.binary(max_size=20), max_size=6)
steps = st.lists(
    st.tuples(st.just("read"), st.integers(-1, 300))
    | st.tuples(st.just("seek"), st.integers(0, 900))
    | st.tuples(st.just("back"), st.integers(0, 50))
    | st.tuples(st.just("end"), st.integers(-20, 20)),
    max_size=12,
)


def spool_of(data: bytes) -> Spool:
    spool = Spool(len(data))
    spool.write(data)
    return spool


@given(parts)
def test_nothing_but_the_parts_is_left_and_their_digest_is_told(parts):
    with spool_of(DATA) as spool:
        digest = spool.reduce_to(parts)
        assert spool.open().read() == joined(DATA, parts)
        assert spool.size == os.fstat(spool.fileno()).st_size == len(joined(DATA, parts))
        assert digest == hashlib.sha256(joined(DATA, parts)).hexdigest()


@given(parts, parts)
def test_who_shares_a_file_never_changes_what_the_first_was_told(first, second):
    with spool_of(DATA) as spool, receive(Upload(spool), 256) as one:
        one.reduce_to(first)
        reduced = one.open().read()
        with spool.again() as two:
            before = two.open().read()
            two.reduce_to([part for part in second if not isinstance(part, Span) or part.end <= len(before)])
        assert one.open().read() == reduced == joined(DATA, first)


def test_much_is_moved_little_by_little():
    data = os.urandom(3 * STEP + 17)
    with spool_of(data) as spool:
        parts = (b"head", Span(10, STEP + 5), Span(STEP + 6, len(data) - 1))
        assert spool.reduce_to(parts) == hashlib.sha256(joined(data, parts)).hexdigest()
        assert spool.open().read() == joined(data, parts)


def test_the_file_itself_shrinks_where_nothing_is_in_the_way():
    with spool_of(DATA) as spool:
        before = os.fstat(spool.fileno()).st_ino
        spool.reduce_to((b"ab", Span(2, 100), Span(200, 256)))
        assert os.fstat(spool.fileno()).st_ino == before
        spool.reduce_to((b"in the way", Span(0, 50)))
        assert os.fstat(spool.fileno()).st_ino != before


@given(parts, steps, st.booleans())
def test_it_is_a_file_of_the_parts(parts, steps, buffered):
    model = io.BytesIO(joined(DATA, parts))
    with spool_of(DATA) as spool:
        spool.reduce_to(parts)
        content = spool.open()
        file = io.BufferedReader(content, 16) if buffered else content
        for step, number in steps:
            if step == "read":
                assert file.read(number) == model.read(number)
            elif step == "seek":
                assert file.seek(number) == model.seek(number)
            elif step == "back" and number <= model.tell():
                assert file.seek(-number, io.SEEK_CUR) == model.seek(-number, io.SEEK_CUR)
            elif step == "end" and content.size + number >= 0:
                assert file.seek(number, io.SEEK_END) == model.seek(number, io.SEEK_END)
            assert file.tell() == model.tell()


def test_nothing_lies_before_the_start():
    with spool_of(b"abc") as spool, pytest.raises(ValueError):
        spool.open().seek(-1)


@pytest.mark.parametrize(
    ("reads", "taken"),
    [([(0, 100), (100, 156)], True), ([(0, 100), (0, 256)], True), ([(0, 255)], False), ([(100, 156)], False)],
)
def test_it_knows_whether_all_of_it_was_taken(reads, taken):
    with spool_of(DATA) as spool:
        content = spool.open()
        for at, count in reads:
            content.seek(at)
            assert len(content.read(count)) == count
        assert content.taken is taken


def test_it_becomes_the_stored_file_itself(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    target = tmp_path / "stored"
    with spool_of(DATA) as spool:
        spool.reduce_to((Span(0, 100),))
        content = spool.open()
        assert content.link_to(target, 0o640)
        assert content.taken
        assert target.stat().st_ino == os.fstat(spool.fileno()).st_ino
        with pytest.raises(FileExistsError):
            content.link_to(target, 0o640)
        target.unlink()
        assert not content.link_to(target, 0o640), "what was deleted is not called back"
    assert list(tmp_path.iterdir()) == []


def test_all_who_share_a_file_see_it_reduced():
    with spool_of(DATA) as spool, spool.again() as first:
        first.reduce_to((Span(10, 100),))
        with spool.again() as second:
            assert (spool.size, second.size, second.open().read()) == (90, 90, DATA[10:100])
            second.reduce_to((Span(0, 5),))
            assert second.open().read() == DATA[10:15]
        assert first.open().read() == spool.open().read() == DATA[10:100]


def test_what_was_checked_is_not_written_to(tmp_path):
    with spool_of(DATA) as spool, spool.again() as other:
        other.reduce_to((Span(0, 10),))
        for each in (spool, other):
            with pytest.raises(io.UnsupportedOperation):
                each.write(b"<script>")


def test_a_name_that_may_not_last_is_taken_back(tmp_path, monkeypatch):
    """An entry of a folder that did not come to the disk would be a file that nobody knows."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    real, calls = os.fsync, []

    def fsync(descriptor):
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(errno.EIO, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with spool_of(DATA) as spool, pytest.raises(OSError, match="Input/output"):
        spool.open().link_to(tmp_path / "stored", 0o644)
    assert list(tmp_path.iterdir()) == []


def test_the_limit_is_held_against_a_spool_as_well():
    with spool_of(DATA) as spool, pytest.raises(TooLarge):
        receive(Upload(spool), 100)
