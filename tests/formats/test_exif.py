"""EXIF: whatever its state, it yields an orientation."""

import io
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from tests.pictures import tiff

from safelight.formats import exif


@pytest.mark.parametrize("order", ["<", ">"], ids=["Intel", "Motorola"])
@pytest.mark.parametrize("value", range(1, 9))
def test_orientation_is_found(value, order):
    assert exif.orientation(tiff(value, order)) == value


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"MM\0*",
        b"MM\0*\0\0\0\x08",
        tiff(6)[:20],
        tiff(),
        tiff(0),
        tiff(9),
        tiff(6, kind=4),
        tiff(6, count=2),
        tiff(6).replace(b"MM\0*", b"MM\0+"),
        tiff(6).replace(b"\0\0\0\x08", b"\xff\xff\xff\xff", 1),
        b"MM\0*" + struct.pack(">IH", 8, 65535),
    ],
    ids=[
        "nothing",
        "no directory",
        "an empty directory",
        "cut short",
        "without it",
        "0",
        "9",
        "of the wrong type",
        "twice",
        "not TIFF",
        "directory outside",
        "more entries than bytes",
    ],
)
def test_what_cannot_be_read_is_upright(block):
    assert exif.orientation(block) == 1


@given(st.binary(max_size=200))
@example(tiff(6)[:31])
def test_no_block_breaks_it(rest):
    for start in (b"", b"II*\0", b"MM\0*\0\0\0\x08", tiff(6)[:28]):
        assert 1 <= exif.orientation(start + rest) <= 8


@pytest.mark.parametrize("value", range(1, 9))
def test_what_is_written_says_the_orientation_and_nothing_else(value):
    block = exif.orientation_only(value)
    assert exif.orientation(block) == value
    parsed = Image.Exif()
    parsed.load(b"Exif\0\0" + block)
    assert dict(parsed) == {0x0112: value}


def test_pillow_agrees():
    file = io.BytesIO()
    info = Image.Exif()
    info[0x0112], info[0x010F] = 8, "maker"
    Image.new("L", (1, 1)).save(file, "TIFF", exif=info)
    assert exif.orientation(file.getvalue()) == 8
