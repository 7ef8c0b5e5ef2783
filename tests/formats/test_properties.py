"""What holds for every file, however damaged: an inspection or a refusal, and never another file than was sent."""

import zlib
from contextlib import suppress
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.pictures import (
    EOI,
    IEND,
    SIGNATURE,
    SOI,
    TABLES,
    app,
    chunk,
    exif_segment,
    icc_profile,
    icc_segments,
    ihdr,
    jpeg,
    photo,
    pixels,
    png,
    rows,
    sanitised,
    sof,
    tiff,
)

from safelight.errors import Corrupt, Refusal, TypeNotAllowed

JPEGS = {
    "built": jpeg(app(0, bytes(14)), exif_segment(tiff(6)), *icc_segments(icc_profile(), 2)),
    "baseline": photo((16, 16), exif=b"Exif\0\0" + tiff(5), icc_profile=icc_profile()),
    "progressive": photo((9, 9), progressive=True),
}
PNGS = {
    "built": png(9, 9, 6, 16, 1, before=chunk(b"eXIf", tiff(6)) + chunk(b"pHYs", bytes(9))),
    "by Pillow": photo(format="PNG", exif=tiff(6), icc_profile=icc_profile()),
}
WHOLE = [*JPEGS.values(), *PNGS.values()]


@pytest.mark.parametrize(
    "data", [JPEGS["built"], JPEGS["progressive"], PNGS["built"]], ids=["JPEG", "progressive", "PNG"]
)
def test_cut_anywhere_it_is_refused(data):
    sanitised(data)
    for length in range(len(data)):
        with pytest.raises(Refusal) as refusal:
            sanitised(data[:length])
        assert type(refusal.value) in (Corrupt, TypeNotAllowed), length


@given(st.binary(max_size=300))
def test_garbage_after_a_valid_start_is_an_inspection_or_a_refusal(garbage):
    for data in (
        SOI + garbage,
        SOI + TABLES + sof() + garbage,
        jpeg(end=garbage + EOI),
        SIGNATURE + garbage,
        SIGNATURE + ihdr(5, 3) + garbage,
        png(data=chunk(b"IDAT", garbage)),
        png()[: -len(IEND)] + garbage,
    ):
        with suppress(Refusal):
            sanitised(data)


@given(st.sampled_from(WHOLE), st.data())
@example(JPEGS["baseline"], None)
@example(PNGS["by Pillow"], None)
def test_what_is_accepted_is_clean_at_once(data, draw):
    """A few bytes changed, inserted or taken away: refused, or stored as a file in which nothing is left to remove."""
    damaged = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 3)) if draw else 0):
        at = draw.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + draw.draw(st.integers(0, 2))] = draw.draw(st.binary(max_size=2))
    try:
        stored, first = sanitised(bytes(damaged))
    except Refusal:
        return
    again, second = sanitised(stored)
    assert again == stored
    assert second.removed == ()
    facts = ("media_type", "width", "height", "orientation", "bit_depth", "frames", "size")
    assert [getattr(second, fact) for fact in facts] == [getattr(first, fact) for fact in facts]


@given(st.sampled_from([*PNGS.values()]), st.data())
def test_a_flipped_byte_of_a_png_is_refused_or_was_not_of_the_picture(data, draw):
    """Checksums find it in every chunk that is kept as it is; what is rewritten or dropped may be broken."""
    damaged = bytearray(data)
    damaged[draw.draw(st.integers(0, len(damaged) - 1))] ^= draw.draw(st.integers(1, 255))
    with suppress(Refusal):
        stored, _ = sanitised(bytes(damaged))
        assert pixels(stored) == pixels(data)


@given(
    st.sampled_from([0, 2, 4, 6]),
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(0, 9),
    st.integers(0, 9999).map(Random),
)
def test_pixels_of_any_png_are_the_same_afterwards(colour, width, height, level, random):
    length = len(rows(width, height, colour)) // height
    noise = b"".join(bytes([random.randrange(5)]) + random.randbytes(length - 1) for _ in range(height))
    packed = zlib.compress(noise, level)
    middle = random.randrange(len(packed))
    data = png(width, height, colour, data=chunk(b"IDAT", packed[:middle]) + chunk(b"IDAT", packed[middle:]))
    stored, _ = sanitised(data + random.randbytes(5))
    assert pixels(stored) == pixels(data)


@given(
    st.sampled_from(["L", "RGB", "CMYK"]),
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.integers(0, 2),
    st.integers(1, 100),
    st.booleans(),
    st.integers(0, 8),
)
def test_pixels_of_any_jpeg_are_the_same_afterwards(mode, size, subsampling, quality, progressive, orientation):
    options = {"subsampling": subsampling, "quality": quality, "progressive": progressive}
    data = photo(size, mode, exif=b"Exif\0\0" + tiff(orientation), comment=b"comment", **options)
    stored, inspection = sanitised(data)
    assert pixels(stored) == pixels(data)
    assert inspection.orientation == max(1, orientation)
