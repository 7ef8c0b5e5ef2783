"""Boxes: nothing is read outside of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.avif_files import box

from safelight.errors import Corrupt, TooComplex
from safelight.formats.inspection import Span
from safelight.formats.isobmff import Box, Fields, Media, Payload, box_at, boxes


def kinds(data: bytes) -> list[bytes]:
    return [found.kind for found in boxes(data, 0, len(data))]


def test_boxes_fill_the_one_around_them():
    data = box(b"free") + box(b"abcd", b"12") + b"\0\0\0\1long" + (20).to_bytes(8, "big") + b"body"
    assert list(boxes(data, 0, len(data))) == [
        Box(b"free", 0, 8, 8),
        Box(b"abcd", 8, 16, 18),
        Box(b"long", 18, 34, 38),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"\0",
        b"\0\0\0\x08abc",
        b"\0\0\0\x07abcd",
        b"\0\0\0\x09abcd",
        b"\0\0\0\1abcd" + (15).to_bytes(8, "big"),
        b"\0\0\0\1abcd" + (17).to_bytes(8, "big"),
        b"\0\0\0\1abcd" + b"\xff" * 8,
        b"\0\0\0\1abcd",
        b"\0\0\0\0abcd",
        b"\xff\xff\xff\xffabcd",
        box(b"abcd") + b"\0",
    ],
    ids=[
        "one byte",
        "no type",
        "smaller than its head",
        "too large",
        "a long size smaller than its head",
        "a long size too large",
        "a long size without end",
        "no long size",
        "an open size",
        "4 GB",
        "a byte left over",
    ],
)
def test_boxes_that_do_not_fit(data):
    with pytest.raises(Corrupt, match="does not fit"):
        kinds(data)


def test_only_the_last_box_of_a_file_may_leave_its_size_open():
    data = b"\0\0\0\0mdat12"
    assert box_at(data, 0, len(data), last=True) == Box(b"mdat", 0, 8, 10)
    assert box_at(data, 0, len(data)) is None


def test_a_row_of_boxes_has_an_end():
    assert len(kinds(box(b"free") * 5_000)) == 5_000
    with pytest.raises(TooComplex, match="5000 boxes"):
        kinds(box(b"free") * 5_001)


@given(st.binary(max_size=100), st.integers(0, 100), st.integers(0, 100))
def test_no_bytes_are_found_outside(data, start, end):
    found = box_at(data, start, min(end, len(data)))
    assert found is None or (start == found.start < found.body <= found.end <= min(end, len(data)))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (b"free", "free space"),
        (b"skip", "free space"),
        (b"uuid", "box uuid"),
        (b"url ", "box url"),
        (b"\xa9nam", "a box of an odd type"),
        (b"<a>\n", "a box of an odd type"),
    ],
)
def test_names_of_boxes_are_fit_for_people(kind, name):
    assert Box(kind, 0, 8, 8).name == name


def test_fields_end_with_their_box():
    fields = Fields(b"\1\0\0\2\xff\xff\xff\xff1234")
    assert fields.version() == (1, 2)
    assert (fields.uint(0), fields.uint(4), fields.left, fields.bytes(3), fields.uint(1)) == (
        0,
        0xFFFFFFFF,
        4,
        b"123",
        0x34,
    )
    with pytest.raises(Corrupt, match="cut short"):
        fields.uint(1)


def test_lists_are_read_into_memory_and_media_are_not():
    data = box(b"iinf", bytes(1_000_001))
    with pytest.raises(TooComplex, match="1 MB"):
        Fields.of(data, Box(b"iinf", 0, 8, len(data)))


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), max_size=5), st.data())
def test_a_payload_is_one_whatever_pieces_it_lies_in(pieces, draw):
    data = bytes(range(50))
    payload = Payload(data, tuple(Span(start, start + length) for start, length in pieces))
    whole = b"".join(data[start : start + length] for start, length in pieces)
    assert payload.size == len(whole)
    start, end = sorted((draw.draw(st.integers(0, len(whole))), draw.draw(st.integers(0, len(whole)))))
    assert payload.read(start, end - start) == whole[start:end]
    assert payload.read(start, 1_000) == whole[start:]
    assert b"".join(data[span.start : span.end] for span in payload.cut(start, end)) == whole[start:end]


def test_media_lie_in_media_boxes_alone():
    media = Media(bytes(100), [Box(b"mdat", 50, 58, 70), Box(b"mdat", 2, 10, 20)])
    assert media.size == 22
    for start, length in ((10, 10), (58, 12), (69, 1)):
        assert media.span(start, length) == Span(start, start + length)
    for start, length in ((9, 1), (10, 11), (19, 2), (20, 1), (57, 2), (58, 13), (70, 1), (15, 0), (0, 100)):
        with pytest.raises(Corrupt, match="lies outside"):
            media.span(start, length)
