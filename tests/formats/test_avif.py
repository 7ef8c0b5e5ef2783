"""AVIF pictures: what makes them is kept byte for byte; and whatever comes is a clean picture or a refusal."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.avif_files import (
    DELIMITER,
    GRID,
    IMIR,
    IROT,
    NCLX,
    TILES,
    Item,
    auxc,
    av1c,
    avif,
    box,
    clap,
    colr,
    essential,
    exif,
    frame,
    ftyp,
    full,
    grid,
    ispe,
    noise,
    obu,
    picture,
    pixi,
    still,
    transparency,
    video_sequence,
    written_by_pillow,
)
from tests.pictures import CANARY, icc_profile, pixels, sanitised, tiff
from tests.refusals import refused

from safelight.errors import Corrupt, Refusal, TypeNotAllowed

# --- kept -------------------------------------------------------------------------------------------------------------

KEPT = {
    "a picture": avif(picture()),
    "with a delimiter": avif(picture(data=DELIMITER + still())),
    "of ten bits": avif(picture(depth=10)),
    "grey": avif(picture(mono=True)),
    "with colours": avif(picture(64, 48, colr(NCLX), colr(b"prof" + icc_profile()))),
    "with HDR": avif(picture(64, 48, box(b"clli", bytes(4)), box(b"mdcv", bytes(24)), box(b"amve", bytes(8)))),
    "with wide pixels": avif(picture(64, 48, box(b"pasp", struct.pack(">II", 2, 1)))),
    "cropped and turned": avif(
        picture(64, 48, essential(clap((60, 1), (40, 1))), essential(box(IROT, b"\1")), essential(box(IMIR, b"\0")))
    ),
    "transparent": avif(picture(), transparency()),
    "premultiplied": avif(picture(references={b"prem": [2]}), transparency()),
    "of HEVC's kind of transparency": avif(
        picture(),
        Item(
            still(mono=True),
            [ispe(), pixi(1), essential(av1c(mono=True)), auxc(b"urn:mpeg:hevc:2015:auxid:1")],
            references={b"auxl": [1]},
        ),
    ),
    "a grid": avif(GRID, *TILES),
    "a grid with transparent tiles": avif(GRID, *TILES, transparency(2), transparency(5)),
    "of two profiles": avif(picture(), head=ftyp(b"avif", b"avif", b"mif1", b"miaf", b"MA1A", b"MA1B")),
    "in layers": avif(
        Item(
            video_sequence(points=[0x301, 0x101]) + obu(6, frame(), layer=(0, 0)) + obu(6, frame(1), layer=(0, 1)),
            [ispe(), pixi(), essential(av1c(level=8))],
        )
    ),
}


@pytest.mark.parametrize("data", KEPT.values(), ids=KEPT)
def test_what_makes_the_picture_is_kept_byte_for_byte(data):
    stored, inspection = sanitised(data)
    assert stored == data
    assert inspection.removed == ()
    assert inspection.frames == 1
    assert (inspection.media_type, inspection.extension) == ("image/avif", "avif")


def test_the_facts():
    _, inspection = sanitised(avif(picture(300, 200, depth=10)))
    assert (inspection.width, inspection.height, inspection.displayed) == (300, 200, (300, 200))
    assert (inspection.bit_depth, inspection.orientation, inspection.pixels) == (10, 1, 60_000)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("subsampling", ["4:2:0", "4:2:2", "4:4:4", "4:0:0"])
@pytest.mark.parametrize("range", ["full", "limited"])
def test_pixels_survive(mode, subsampling, range):
    data = written_by_pillow(noise((33, 21), mode), subsampling=subsampling, range=range, exif=tiff(), xmp=CANARY)
    stored, inspection = sanitised(data)
    assert pixels(stored) == pixels(data)
    assert inspection.displayed == (33, 21)
    assert CANARY in data
    assert CANARY not in stored


def test_a_premultiplied_picture_stays_one():
    image = Image.new("RGBA", (20, 20), (200, 100, 50, 99))
    data = written_by_pillow(image, alpha_premultiplied=True)
    assert b"prem" in data
    stored, _ = sanitised(data)
    assert b"prem" in stored
    assert pixels(stored) == pixels(data)


def pillow_grid(transparent: bool) -> bytes:
    """A grid of two by two tiles that Pillow has written, with a grid of their transparency."""
    tiles = [written_by_pillow(noise((64, 64), "RGBA", seed)) for seed in range(4)]
    places = [[struct.unpack_from(">II", tile, tile.index(b"iloc") + at) for at in (18, 32)] for tile in tiles]
    colours, alphas = (
        [tile[at : at + size] for tile, (at, size) in zip(tiles, kind, strict=True)]
        for kind in zip(*places, strict=True)
    )
    layout = grid(2, 2, 120, 90, []).data
    items = [Item(layout, [ispe(120, 90), pixi()], b"grid", {b"dimg": [2, 3, 4, 5]})]
    items += [Item(data, [ispe(64, 64), pixi(), essential(av1c(level=0))]) for data in colours]
    if transparent:
        links = {b"auxl": [1], b"dimg": [7, 8, 9, 10]}
        items.append(Item(layout, [ispe(120, 90), pixi(1), auxc()], b"grid", links))
        items += [Item(data, [ispe(64, 64), pixi(1), essential(av1c(mono=True, level=0)), auxc()]) for data in alphas]
    return avif(*items)


@pytest.mark.parametrize("transparent", [False, True], ids=["opaque", "transparent"])
def test_pixels_of_a_grid_survive(transparent):
    data = pillow_grid(transparent)
    stored, inspection = sanitised(data)
    assert (inspection.width, inspection.height) == (128, 128)
    assert inspection.displayed == (120, 90)
    assert pixels(stored) == pixels(data)
    assert pixels(stored)[:2] == ("RGBA" if transparent else "RGB", (120, 90))


# --- whatever comes ---------------------------------------------------------------------------------------------------

WHOLE = [
    KEPT["cropped and turned"],
    KEPT["a grid with transparent tiles"],
    avif(picture(64, 48, colr(NCLX), colr(b"prof" + icc_profile())), transparency(), exif(tiff(6)), gap=b"?"),
]


@pytest.mark.parametrize("data", WHOLE, ids=["turned", "grid", "metadata"])
def test_cut_anywhere_it_is_refused(data):
    sanitised(data)
    for length in range(len(data)):
        assert type(refused(data[:length])) in (Corrupt, TypeNotAllowed), length


def test_every_length_that_lies_is_refused_or_does_not_matter():
    for data in WHOLE:
        for at in range(len(data) - 8):
            if not data[at + 4 : at + 8].isalnum():
                continue
            for wrong in (0, 1, 7, 8, 9, 0x7FFFFFFF, 0xFFFFFFFF):
                with suppress(Refusal):
                    consistent(data[:at] + struct.pack(">I", wrong) + data[at + 4 :])


def consistent(data: bytes) -> None:
    stored, first = sanitised(data)
    again, second = sanitised(stored)
    assert again == stored
    assert second.removed == ()
    facts = ("media_type", "width", "height", "shown", "orientation", "bit_depth", "frames", "size")
    assert [getattr(second, fact) for fact in facts] == [getattr(first, fact) for fact in facts]


@given(st.sampled_from(WHOLE), st.data())
def test_what_is_accepted_is_clean_at_once(data, draw):
    damaged = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 3))):
        at = draw.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + draw.draw(st.integers(0, 2))] = draw.draw(st.binary(max_size=2))
    with suppress(Refusal):
        consistent(bytes(damaged))


@given(st.binary(max_size=200), st.sampled_from([b"hdlr", b"pitm", b"iloc", b"iinf", b"iref", b"iprp"]))
def test_garbage_in_a_list_is_a_picture_or_a_refusal(garbage, kind):
    for content in (box(kind, garbage), full(kind, garbage)):
        with suppress(Refusal):
            consistent(avif(picture(), transparency(), boxes={kind: content}))
