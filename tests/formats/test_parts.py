"""The reader over the parts is a file of exactly these parts, and its digest is that of what was read."""

import hashlib
import io
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.errors import StorageUnavailable
from safelight.formats import HashingReader, PartsReader, Span
from safelight.formats.inspection import merged

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


def joined(parts) -> bytes:
    return b"".join(DATA[part.start : part.end] if isinstance(part, Span) else part for part in parts)


@given(parts, steps, st.booleans())
def test_it_is_a_file_of_the_joined_parts(parts, steps, buffered):
    whole = joined(parts)
    model, reader = io.BytesIO(whole), PartsReader(DATA, parts)
    assert reader.size == len(whole)
    file = io.BufferedReader(reader, 16) if buffered else reader
    for step, number in steps:
        if step == "read":
            assert file.read(number) == model.read(number)
        elif step == "seek":
            assert file.seek(number) == model.seek(number)
        elif step == "back" and number <= model.tell():
            assert file.seek(-number, io.SEEK_CUR) == model.seek(-number, io.SEEK_CUR)
        elif step == "end" and len(whole) + number >= 0:
            assert file.seek(number, io.SEEK_END) == model.seek(number, io.SEEK_END)
        assert file.tell() == model.tell()


def test_nothing_lies_before_the_start():
    with pytest.raises(ValueError):
        PartsReader(DATA, [b"abc"]).seek(-1)


@given(parts)
def test_merging_changes_nothing_but_the_count(parts):
    fewer = merged(parts)
    assert joined(fewer) == joined(parts)
    assert all(
        first.end != second.start
        for first, second in pairwise(fewer)
        if isinstance(first, Span) and isinstance(second, Span)
    )


@given(parts, steps)
def test_the_digest_is_that_of_all_parts_whatever_was_read_before(parts, steps):
    whole = joined(parts)
    reader = HashingReader(PartsReader(DATA, parts), len(whole))
    seen = bytearray(len(whole))
    for step, number in steps:
        if step == "read":
            at = reader.tell()
            count = len(reader.read(number))
            seen[at : at + count] = b"\1" * count
        elif step == "seek":
            reader.seek(number)
    if not all(seen):
        with pytest.raises(StorageUnavailable):
            reader.sha256()
    reader.seek(0)
    reader.read()
    assert reader.sha256() == hashlib.sha256(whole).hexdigest()


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 0, 1, 2, 1), (0, 1, 0, 1, 2)])
def test_pieces_may_be_read_again(order):
    """As by a storage that tries again after a failure."""
    reader = HashingReader(PartsReader(DATA, [Span(0, 200), b"x" * 100]), 300)
    for number in order:
        reader.seek(number * 100)
        assert len(reader.read(100)) == 100
    assert reader.sha256() == hashlib.sha256(DATA[:200] + b"x" * 100).hexdigest()
