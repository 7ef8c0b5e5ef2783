"""AVIF pictures as they are shown: turned, cropped, and in which colours."""

import io
import struct

import pytest
from PIL import Image, ImageCms
from tests.avif_files import (
    IMIR,
    IROT,
    NCLX,
    avif,
    box,
    clap,
    colr,
    essential,
    grid,
    noise,
    picture,
    written_by_pillow,
)
from tests.pictures import CANARY, icc_profile, pixels, sanitised, tiff

# --- turned and cropped -----------------------------------------------------------------------------------------------


def turn(image: list[list[int]], angle: int | None, axis: int | None) -> list[list[int]]:
    """The rows of a picture after irot (quarter turns to the left) and imir (0: upside down, 1: mirrored)."""
    for _ in range(angle or 0):
        image = [list(column) for column in zip(*image, strict=True)][::-1]
    return image if axis is None else [row[::-1] for row in image] if axis else image[::-1]


EXIF = {  # what EXIF's orientations do, from CIPA DC-008, 4.6.4
    1: lambda rows: rows,
    2: lambda rows: [row[::-1] for row in rows],
    3: lambda rows: [row[::-1] for row in rows][::-1],
    4: lambda rows: rows[::-1],
    5: lambda rows: [list(column) for column in zip(*rows, strict=True)],
    6: lambda rows: [list(column)[::-1] for column in zip(*rows, strict=True)],
    7: lambda rows: [list(column)[::-1] for column in zip(*rows, strict=True)][::-1],
    8: lambda rows: [list(column) for column in zip(*rows, strict=True)][::-1],
}


@pytest.mark.parametrize("angle", [None, 0, 1, 2, 3])
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_turns_are_told_in_the_numbers_of_exif(angle, axis):
    turns = [] if angle is None else [essential(box(IROT, bytes([angle])))]
    turns += [] if axis is None else [essential(box(IMIR, bytes([axis])))]
    data = avif(picture(64, 48, *turns))
    stored, inspection = sanitised(data)
    assert stored == data
    rows = [[1, 2, 3], [4, 5, 6]]
    assert EXIF[inspection.orientation](rows) == turn(rows, angle, axis)
    assert inspection.displayed == ((48, 64) if (angle or 0) % 2 else (64, 48))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pillow_agrees_about_the_orientation(orientation):
    data = written_by_pillow(noise(mode="RGBA"), exif=tiff(orientation))
    stored, inspection = sanitised(data)
    assert inspection.orientation == orientation
    assert pixels(stored) == pixels(data)
    with Image.open(io.BytesIO(stored)) as image:
        assert dict(image.getexif()) == ({0x0112: orientation} if orientation > 1 else {})
        assert image.size == (inspection.width, inspection.height)


@pytest.mark.parametrize(
    ("crop", "shown"),
    [
        (clap(), (64, 48)),
        (clap((60, 1), (40, 1)), (60, 40)),
        (clap((120, 2), (81, 2)), (60, 40)),
        (clap((60, 1), (40, 1), (-4, 2), (4, 1)), (60, 40)),
        (clap((1, 1), (1, 1), (-63, 2), (47, 2)), (1, 1)),
    ],
)
def test_a_cropped_picture_is_as_large_as_what_is_shown(crop, shown):
    _, inspection = sanitised(avif(picture(64, 48, crop, box(IROT, b"\1"))))
    assert inspection.displayed == shown[::-1]
    assert (inspection.width, inspection.height, inspection.pixels) == (64, 48, 64 * 48)


# --- colours ----------------------------------------------------------------------------------------------------------


def test_a_profile_is_kept_if_it_is_whole():
    whole = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = written_by_pillow(noise(), icc_profile=whole)
    with Image.open(io.BytesIO(sanitised(data)[0])) as image:
        assert image.info["icc_profile"] == whole
    for profile in (icc_profile()[:-1], icc_profile() + b"?", CANARY, b"", icc_profile(4_000_001)):
        stored, inspection = sanitised(avif(picture(64, 48, colr(b"prof" + profile))))
        assert stored == avif(picture())
        assert [what for what, _ in inspection.removed] == ["colour profile"]


def test_there_is_one_profile_however_many_tiles():
    """A second profile could be as large as the first; so could a thousand of them."""
    first, second = colr(b"prof" + icc_profile(500)), colr(b"rICC" + icc_profile(600))
    shared = [picture(64, 48, first, hidden=True) for _ in range(4)]
    data = avif(grid(2, 2, 120, 90, [2, 3, 4, 5], first), *shared)
    assert sanitised(data)[0] == data
    stored, inspection = sanitised(avif(grid(2, 2, 120, 90, [2, 3, 4, 5], first, second), *shared))
    assert stored == data
    assert [what for what, _ in inspection.removed] == ["colour profile"]


def test_code_points_have_one_length_and_no_spare_bits():
    loud = colr(NCLX[:-1] + b"\xff")
    assert sanitised(avif(picture(64, 48, loud)))[0] == avif(picture(64, 48, colr(NCLX)))
    for wrong in (NCLX + b"?", NCLX[:-1], b"nclx", b"nclc" + NCLX[4:], b"", CANARY):
        assert sanitised(avif(picture(64, 48, colr(wrong))))[0] == avif(picture())


def test_there_is_one_set_of_code_points():
    other = colr(b"nclx" + struct.pack(">HHHB", 9, 16, 9, 0))
    stored, inspection = sanitised(avif(picture(64, 48, colr(NCLX), other)))
    assert stored == avif(picture(64, 48, colr(NCLX)))
    assert [what for what, _ in inspection.removed] == ["colour profile"]


@pytest.mark.parametrize("kind", [b"pasp", b"clli", b"mdcv", b"amve"])
def test_what_changes_the_look_has_one_length(kind):
    for wrong in (b"", b"123", CANARY * 5):
        stored, inspection = sanitised(avif(picture(64, 48, box(kind, wrong))))
        assert stored == avif(picture())
        assert inspection.removed == ((f"box {kind.decode()}", 8 + len(wrong)),)
