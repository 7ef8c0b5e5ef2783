"""AVIF pictures: what is kept, dropped and refused."""

import io
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms
from tests.avif_files import (
    ALPHA,
    DELIMITER,
    HDLR,
    NCLX,
    Item,
    auxc,
    av1c,
    avif,
    box,
    essential,
    exif,
    frame,
    ftyp,
    full,
    grid,
    iloc,
    iprp,
    ispe,
    lists,
    noise,
    obu,
    picture,
    pixi,
    sequence,
    still,
    transparency,
    video_sequence,
    written_by_pillow,
)
from tests.pictures import CANARY, icc_profile, pixels, sanitised, tiff

from safelight.errors import Corrupt, Refusal, TooComplex, TypeNotAllowed
from safelight.formats import sniff

IROT, IMIR = b"irot", b"imir"
TILES = [picture(hidden=True, data=still(data=b"tile %d" % number)) for number in range(4)]
GRID = grid(2, 2, 120, 90, [2, 3, 4, 5])


def refused(data: bytes) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        sanitised(data)
    return refusal.value


def clap(width=(64, 1), height=(48, 1), right=(0, 1), down=(0, 1)) -> bytes:
    return box(b"clap", struct.pack(">IIIIiIiI", *width, *height, *right, *down))


def colr(body: bytes) -> bytes:
    return box(b"colr", body)


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


# --- dropped ----------------------------------------------------------------------------------------------------------

THUMBNAIL = picture(16, 12, data=still(16, 12, CANARY), references={b"thmb": [1]})
DEPTH = picture(64, 48, auxc(b"urn:mpeg:mpegB:cicp:systems:auxiliary:depth"), data=still(data=CANARY))
DEPTH.references = {b"auxl": [1]}
GAIN_MAP = Item(CANARY, [ispe()], b"tmap", {b"dimg": [1, 2]})
DROPPED = {
    "EXIF": (avif(picture(), exif(tiff(6))), ["EXIF"]),
    "XMP": (avif(picture(), Item(CANARY, [], b"mime", name=b"\0application/rdf+xml")), ["name", "XMP or other text"]),
    "a thumbnail": (avif(picture(), THUMBNAIL), ["further picture"]),
    "a depth map": (avif(picture(), DEPTH), ["further picture"]),
    "a gain map": (avif(picture(), picture(data=still(data=CANARY)), GAIN_MAP), ["further picture", "gain map"]),
    "an item of another kind": (avif(picture(), Item(CANARY, [], b"uri ")), ["data of an application"]),
    "a picture before it": (
        avif(THUMBNAIL, picture(), primary=2),
        ["further picture"],
    ),
    "a second transparency": (avif(picture(), transparency(), transparency(data=still(data=CANARY))), ["further"]),
    "a name": (
        avif(picture(), boxes={b"iinf": full(b"iinf", b"\0\1", full(b"infe", b"\0\1\0\0av01" + CANARY, version=2))}),
        ["name"],
    ),
    "a handler's name": (
        avif(picture(), boxes={b"hdlr": HDLR[:3] + bytes([HDLR[3] + 13]) + HDLR[4:] + CANARY}),
        ["name"],
    ),
    "a property": (avif(picture(64, 48, full(b"udes", CANARY))), ["box udes"]),
    "a property of nothing": (
        avif(picture(), boxes={b"iprp": iprp([picture()], box(b"free", CANARY))}),
        ["free space"],
    ),
    "a box in the list of properties": (
        avif(picture(), boxes={b"iprp": box(b"iprp", iprp([picture()])[8:], box(b"free", CANARY))}),
        ["free space"],
    ),
    "codec headers in a property": (
        avif(Item(still(), [ispe(), pixi(), essential(box(b"av1C", b"\x81\x04\x0c\0" + CANARY))])),
        [],
    ),
    "a box in the list": (avif(picture(), extra=box(b"uuid", CANARY)), ["box uuid"]),
    "groups": (avif(picture(), extra=box(b"grpl", full(b"altr", CANARY))), ["box grpl"]),
    "where data might be": (avif(picture(), extra=box(b"dinf", CANARY)), ["box dinf"]),
    "a box in the file": (avif(picture(), before=box(b"uuid", CANARY)), ["box uuid"]),
    "free space": (avif(picture(), before=box(b"free", CANARY)), ["free space"]),
    "other media data": (avif(picture(), before=box(b"mdat", CANARY)), ["data that belongs to no picture"]),
    "a gap in the media data": (avif(picture(), transparency(), gap=CANARY), ["data that belongs to no picture"]),
    "a gap in a picture": (avif(Item(still(), picture().properties, pieces=3), gap=CANARY), ["data that belongs"]),
    "data in the list": (avif(picture(), extra=box(b"idat", CANARY)), ["data that belongs to no picture"]),
    "a box behind": (avif(picture(), tail=box(b"skip", CANARY)), ["free space"]),
    "a page behind": (avif(picture(), tail=b"<html>" + CANARY), ["data after the end"]),
    "an archive behind": (avif(picture(), tail=b"PK\3\4" + CANARY), ["data after the end"]),
    "zeros behind": (avif(picture(), tail=bytes(5)), ["data after the end"]),
    "a box without end behind": (avif(picture(), tail=bytes(4) + b"free" + CANARY), ["free space"]),
    "another brand": (avif(picture(), head=ftyp(b"mif1", b"mif1", b"avif", b"miaf", b"evil")), []),
    "a minor version": (avif(picture(), head=ftyp()[:12] + b"evil" + ftyp()[16:]), []),
    "metadata in the picture": (avif(picture(data=still() + obu(5, CANARY))), ["metadata in the picture data"]),
    "bits of a turn": (avif(picture(64, 48, essential(box(IROT, b"\xfc")), essential(box(IMIR, b"\xfe")))), []),
    "a layer index": (avif(picture(64, 48, box(b"a1lx", bytes(7)))), ["box a1lx"]),
    "the only layer": (avif(picture(64, 48, box(b"a1op", b"\0"), box(b"lsel", b"\xff\xff"))), []),
    "colours of a transparency": (
        avif(
            picture(),
            Item(still(mono=True), [ispe(), auxc(), colr(b"prof" + CANARY)], references={b"auxl": [1]}),
        ),
        ["colour profile"],
    ),
    "the kind of a transparency": (
        avif(
            picture(),
            Item(still(mono=True), [ispe(), full(b"auxC", ALPHA + b"\0" + CANARY)], references={b"auxl": [1]}),
        ),
        [],
    ),
}


@pytest.mark.parametrize(("data", "names"), DROPPED.values(), ids=DROPPED)
def test_what_is_not_the_picture_is_left_out(data, names):
    stored, inspection = sanitised(data)
    assert CANARY not in stored
    assert b"evil" not in stored
    for name, (what, _) in zip(names, inspection.removed, strict=True):
        assert what.startswith(name)
    again, second = sanitised(stored)
    assert again == stored
    assert second.removed == ()


def test_what_is_left_is_the_picture_alone():
    whole = avif(picture(), transparency(), exif(tiff()), THUMBNAIL, gap=CANARY, tail=CANARY)
    stored, inspection = sanitised(whole)
    assert stored == avif(picture(), transparency())
    assert dict(inspection.removed)["EXIF"] == 4 + len(tiff())


def test_the_orientation_in_exif_means_nothing():
    """AVIF turns by its own properties (MIAF, 7.3.6.7), and readers must not turn twice."""
    _, inspection = sanitised(avif(picture(), exif(tiff(6))))
    assert inspection.orientation == 1


@pytest.mark.parametrize("brand", [b"avif", b"mif1"])
def test_brands_may_come_in_any_order(brand):
    data = avif(picture(), head=ftyp(brand, b"mif1", b"miaf", b"avif"))
    assert sniff(data) is not None
    stored, _ = sanitised(data)
    assert stored == avif(picture())


def test_a_list_of_another_form_says_the_same():
    items = [picture(), transparency()]
    plain = avif(*items)
    data = b"".join(item.data for item in items)
    sizes = [len(item.data) for item in items]

    def variant(start: int, *, version: int, sizes_field: bytes, entry) -> bytes:
        count = struct.pack(">I" if version == 2 else ">H", 2)
        places = full(b"iloc", sizes_field, count, *(entry(n, start) for n in (0, 1)), version=version)
        return ftyp() + lists(items, [], boxes={b"iloc": places, b"iref": wide_references, b"iinf": wide_names})

    wide_references = full(b"iref", box(b"auxl", struct.pack(">IHI", 2, 1, 1)), version=1)
    wide_names = full(
        b"iinf",
        struct.pack(">I", 2),
        *(full(b"infe", struct.pack(">IH4s", n, 0, b"av01") + b"\0", version=3) for n in (1, 2)),
        version=1,
    )

    def eight(n: int, start: int) -> bytes:
        return struct.pack(">IHHQHQQQ", n + 1, 0, 0, start, 1, 0, sum(sizes[:n]), sizes[n])

    def based(n: int, start: int) -> bytes:
        return struct.pack(">HHHIHI", n + 1, 0, 0, start + sum(sizes[:n]), 1, sizes[n])

    for options in (
        {"version": 2, "sizes_field": b"\x88\x88", "entry": eight},
        {"version": 1, "sizes_field": b"\x04\x40", "entry": based},
    ):
        start = len(variant(0, **options)) + 8
        stored, _ = sanitised(variant(start, **options) + box(b"mdat", data))
        assert stored == plain


def test_wide_numbers_of_properties():
    """More than 127 properties in a list take two bytes each."""
    items = [grid(20, 10, 640, 960, range(2, 202))]
    for number in range(200):
        items.append(picture(64, 48, box(b"pasp", struct.pack(">II", number + 1, 1)), hidden=True))
    known: dict[bytes, int] = {}
    entries = []
    for number, item in enumerate(items, 1):
        entry = struct.pack(">HB", number, len(item.properties))
        for prop in item.properties:
            content, needed = prop if isinstance(prop, tuple) else (prop, False)
            entry += struct.pack(">H", known.setdefault(content, len(known) + 1) | needed << 15)
        entries.append(entry)
    ipma = full(b"ipma", struct.pack(">I", len(items)), *entries, flags=1)
    data = avif(*items, boxes={b"iprp": box(b"iprp", box(b"ipco", *known), ipma)})
    stored, _ = sanitised(data)
    assert stored == data


def test_data_in_the_list_itself():
    """Construction method 1: encoders put the few bytes of a grid there."""
    items = [GRID, *TILES]
    tiles = b"".join(tile.data for tile in TILES)

    def front(start: int) -> bytes:
        entries = [struct.pack(">HHHHII", 1, 1, 0, 1, 0, len(GRID.data))]
        for number, tile in enumerate(TILES, 2):
            entries.append(struct.pack(">HHHHII", number, 0, 0, 1, start, len(tile.data)))
            start += len(tile.data)
        places = full(b"iloc", b"\x44\0", struct.pack(">H", 5), *entries, version=1)
        return ftyp() + lists(items, [], boxes={b"iloc": places}, extra=box(b"idat", GRID.data))

    data = front(len(front(0)) + 8) + box(b"mdat", tiles)
    stored, inspection = sanitised(data)
    assert stored == avif(*items)
    assert inspection.removed == ()


def test_pictures_that_share_all_their_bytes_are_written_once():
    """libavif writes equal data once; a picture and its transparency may be equal."""
    data = avif(picture(mono=True), transparency())
    at = data.index(b"iloc") + 18
    shared = data[: at + 14] + data[at : at + 8] + data[at + 22 :]
    stored, inspection = sanitised(shared)
    assert stored == shared[: -len(still(mono=True)) - 8 - len(still(mono=True))] + box(b"mdat", still(mono=True))
    assert dict(inspection.removed) == {"data that belongs to no picture": len(still(mono=True))}


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


# --- refused ----------------------------------------------------------------------------------------------------------


def numbered(*numbers: int) -> bytes:
    entries = [full(b"infe", struct.pack(">HH4s", number, 0, b"av01") + b"\0", version=2) for number in numbers]
    return full(b"iinf", struct.pack(">H", len(numbers)), *entries)


def with_boxes(**boxes: bytes) -> bytes:
    return avif(picture(), boxes={kind.encode(): content for kind, content in boxes.items()})


def associations(*entries: bytes, count: int | None = None) -> bytes:
    ipco = box(b"ipco", ispe(), pixi(), av1c())
    number = len(entries) if count is None else count
    return box(b"iprp", ipco, full(b"ipma", struct.pack(">I", number), *entries))


LINKS = b"\0\1\3\1\2\x83"
EMPTY_EXTENTS = full(b"iloc", b"\0\0", struct.pack(">H", 1), struct.pack(">HHH", 1, 0, 20_001))
REFUSED = {
    "no list": (ftyp() + box(b"mdat", still()), Corrupt, "list of its pictures is missing"),
    "two lists": (avif(picture(), before=full(b"meta")), Corrupt, "there twice"),
    "an empty list": (ftyp() + full(b"meta"), Corrupt, "list of its pictures is missing"),
    "a list of three bytes": (ftyp() + box(b"meta", b"\0\0\0"), Corrupt, "list of its pictures is missing"),
    **{
        f"no {kind}": (with_boxes(**{kind: b""}), Corrupt, "list of its pictures is missing")
        for kind in ("hdlr", "pitm", "iloc", "iinf", "iprp")
    },
    **{
        f"two {kind}": (avif(picture(), extra=full(kind.encode())), Corrupt, "there twice")
        for kind in ("hdlr", "pitm", "iloc", "iinf", "iprp")
    },
    "a box that does not fit in the list": (avif(picture(), extra=b"\0\0\0\x09free"), Corrupt, "does not fit"),
    "a video": (with_boxes(hdlr=HDLR.replace(b"pict", b"vide")), Corrupt, "does not say that it is a picture"),
    "a main picture that is not there": (avif(picture(), primary=2), Corrupt, "main picture is missing"),
    "an animation that is not there": (avif(picture(), head=ftyp(b"avis")), Corrupt, "missing"),
    # the list of items
    "fewer items than it says": (with_boxes(iinf=numbered(1).replace(b"\0\1", b"\0\2", 1)), Corrupt, "list"),
    "two items of one number": (with_boxes(iinf=numbered(1, 1)), Corrupt, "same number"),
    "2001 items": (with_boxes(iinf=numbered(*range(1, 2_002))), TooComplex, "2000 pieces"),
    "an item of an old kind": (with_boxes(iinf=full(b"iinf", b"\0\1", full(b"infe", bytes(20)))), Corrupt, "broken"),
    "another box for an item": (with_boxes(iinf=full(b"iinf", b"\0\1", full(b"free", bytes(20)))), Corrupt, "broken"),
    "an item cut short": (
        with_boxes(iinf=full(b"iinf", b"\0\1", full(b"infe", b"\0", version=2))),
        Corrupt,
        "cut short",
    ),
    # places
    "a picture without a place": (with_boxes(iloc=iloc([])), Corrupt, "cut short"),
    "a picture of no bytes": (with_boxes(iloc=iloc([[(400, 0)]])), Corrupt, "lies outside"),
    "a picture beyond the end": (with_boxes(iloc=iloc([[(1 << 31, 9)]])), Corrupt, "lies outside"),
    "a picture in the list": (with_boxes(iloc=iloc([[(40, 9)]])), Corrupt, "lies outside"),
    "a picture in two places": (
        with_boxes(iloc=full(b"iloc", b"\x44\0\0\2" + bytes([0, 1, 0, 0, 0, 0] * 2))),
        Corrupt,
        "two places",
    ),
    "a place of three bytes": (with_boxes(iloc=full(b"iloc", b"\x33\0\0\1" + bytes(20))), Corrupt, "broken"),
    "a list of places of version 3": (with_boxes(iloc=full(b"iloc", bytes(20), version=3)), Corrupt, "broken"),
    "places cut short": (with_boxes(iloc=full(b"iloc", b"\x44\0\0\1")), Corrupt, "cut short"),
    "20001 empty places": (with_boxes(iloc=EMPTY_EXTENTS), TooComplex, "20000 pieces"),
    "a picture in another file": (
        with_boxes(iloc=full(b"iloc", b"\x44\0\0\1" + struct.pack(">HHHII", 1, 1, 1, 400, 9))),
        Corrupt,
        "lies outside",
    ),
    "a picture made of others": (
        with_boxes(iloc=full(b"iloc", b"\x44\0\0\1" + struct.pack(">HHHHII", 1, 2, 0, 1, 400, 9), version=1)),
        Corrupt,
        "lies outside",
    ),
    "no data in the list": (
        with_boxes(iloc=full(b"iloc", b"\x44\0\0\1" + struct.pack(">HHHHII", 1, 1, 0, 1, 0, 9), version=1)),
        Corrupt,
        "lies outside",
    ),
    "an encrypted picture": (avif(Item(still(), picture().properties, protection=1)), Corrupt, "encrypted"),
    # properties
    "two lists of properties": (
        with_boxes(iprp=box(b"iprp", box(b"ipco", ispe()), box(b"ipco", ispe()))),
        Corrupt,
        "there twice",
    ),
    "a property that is not there": (with_boxes(iprp=associations(b"\0\1\1\4")), Corrupt, "missing"),
    "two sets of properties": (with_boxes(iprp=associations(LINKS, LINKS)), Corrupt, "two lists"),
    "fewer properties than it says": (with_boxes(iprp=associations(LINKS, count=2)), Corrupt, "cut short"),
    "20000 properties": (
        with_boxes(iprp=associations(*(struct.pack(">HB", n, 255) + bytes(255) for n in range(1, 80)))),
        TooComplex,
        "20000 properties",
    ),
    "another size": (avif(Item(still(), [ispe(65, 48), pixi(), av1c()])), Corrupt, "another size"),
    "a size of 4 gigapixels": (avif(Item(still(), [ispe(65536, 65536), pixi(), av1c()])), Corrupt, "another size"),
    "no width": (avif(Item(still(), [ispe(0, 48), pixi(), av1c()])), Corrupt, "another size"),
    "a size and something behind": (avif(Item(still(), [ispe() + b"?", pixi(), av1c()])), Corrupt, "does not fit"),
    "a size too long": (avif(Item(still(), [full(b"ispe", bytes(9))])), Corrupt, "another size"),
    "two sizes": (avif(picture(64, 48, ispe(32, 24))), Corrupt, "there twice"),
    "turned twice": (avif(picture(64, 48, box(IROT, b"\1"), box(IROT, b"\2"))), Corrupt, "there twice"),
    "mirrored, then turned": (avif(picture(64, 48, box(IMIR, b"\1"), box(IROT, b"\1"))), Corrupt, "wrong order"),
    "turned, then cropped": (avif(picture(64, 48, box(IROT, b"\1"), clap())), Corrupt, "wrong order"),
    "a turn of two bytes": (avif(picture(64, 48, box(IROT, b"\1\1"))), Corrupt, "broken"),
    "a crop of 31 bytes": (avif(picture(64, 48, box(b"clap", bytes(31)))), Corrupt, "broken"),
    "a crop divided by zero": (avif(picture(64, 48, clap((64, 0)))), Corrupt, "broken"),
    "a crop too wide": (avif(picture(64, 48, clap((65, 1)))), Corrupt, "cropped to more"),
    "a crop too far to the right": (avif(picture(64, 48, clap((60, 1), right=(3, 1)))), Corrupt, "cropped to more"),
    "a crop too far up": (avif(picture(64, 48, clap(height=(40, 1), down=(-9, 2)))), Corrupt, "cropped to more"),
    "a crop to nothing": (avif(picture(64, 48, clap((1, 2)))), Corrupt, "cropped to more"),
    "an essential property of its own": (avif(picture(64, 48, essential(box(b"evil")))), Corrupt, "no decoder knows"),
    "another operating point": (avif(picture(64, 48, essential(box(b"a1op", b"\1")))), TypeNotAllowed, "layers"),
    "another layer": (avif(picture(64, 48, essential(box(b"lsel", b"\0\0")))), TypeNotAllowed, "layers"),
    # kinds
    "HEVC": (avif(Item(b"x", [], b"hvc1")), TypeNotAllowed, "a HEIC picture; accepted: AVIF. On an iPhone"),
    "JPEG": (avif(Item(b"x", [], b"jpeg")), TypeNotAllowed, "not made of AV1"),
    "an overlay": (avif(Item(b"x", [], b"iovl"), picture()), TypeNotAllowed, "not made of AV1"),
    # transparency
    "transparency larger than its picture": (avif(picture(), transparency(1, 65, 48)), Corrupt, "larger"),
    "broken transparency": (avif(picture(), transparency(data=b"\xff")), Corrupt, "not AV1"),
    # grids
    "no tiles": (avif(grid(2, 2, 120, 90, [])), Corrupt, "other pieces"),
    "a tile too few": (avif(grid(2, 2, 120, 90, [2, 3, 4]), *TILES), Corrupt, "other pieces"),
    "a tile too many": (avif(grid(2, 1, 60, 90, [2, 3, 4]), *TILES), Corrupt, "other pieces"),
    "a tile twice": (avif(grid(2, 2, 120, 90, [2, 3, 4, 4]), *TILES), Corrupt, "other pieces"),
    "a tile that is not there": (avif(grid(2, 2, 120, 90, [2, 3, 4, 9]), *TILES), Corrupt, "other pieces"),
    "a grid of itself": (avif(grid(2, 2, 120, 90, [1, 3, 4, 5]), *TILES), Corrupt, "other pieces"),
    "a grid of grids": (avif(grid(1, 1, 60, 40, [2]), grid(1, 1, 60, 40, [3]), picture()), Corrupt, "other pieces"),
    "tiles of two sizes": (avif(GRID, *TILES[:3], picture(32, 48)), Corrupt, "fit together"),
    "tiles of two depths": (avif(GRID, *TILES[:3], picture(depth=10)), Corrupt, "fit together"),
    "tiles too small": (avif(grid(2, 2, 129, 90, [2, 3, 4, 5]), *TILES), Corrupt, "fit together"),
    "a row too many": (avif(grid(2, 2, 120, 48, [2, 3, 4, 5]), *TILES), Corrupt, "fit together"),
    "a column too many": (avif(grid(2, 2, 64, 90, [2, 3, 4, 5]), *TILES), Corrupt, "fit together"),
    "a grid of no pixels": (avif(grid(1, 1, 0, 40, [2]), *TILES), Corrupt, "fit together"),
    "a turned tile": (avif(grid(1, 1, 60, 40, [2]), picture(64, 48, box(IROT, b"\1"))), Corrupt, "turned by itself"),
    "a grid of another version": (
        avif(Item(b"\1" + GRID.data[1:], [], b"grid", GRID.references), *TILES),
        Corrupt,
        "grid is",
    ),
    "a grid and something behind": (
        avif(Item(GRID.data + b"?", [], b"grid", GRID.references), *TILES),
        Corrupt,
        "grid is",
    ),
    "a tile that is transparency, too": (
        avif(GRID, *TILES, Item(GRID.data, [auxc()], b"grid", {b"auxl": [1], b"dimg": [2, 3, 4, 5]})),
        Corrupt,
        "used twice",
    ),
    # the file
    "33 pieces": (avif(Item(still(data=bytes(99)), picture().properties, pieces=33)), TooComplex, "32 pieces"),
    "20001 units": (
        avif(grid(1, 5, 320, 48, range(2, 7)), *(picture(data=still() + obu(15) * 4_000) for _ in range(5))),
        TooComplex,
        "20000 pieces",
    ),
    "1001 boxes": (avif(picture(), tail=box(b"free") * 998), TooComplex, "1000 boxes"),
    "media data cut short": (avif(picture())[:-1], Corrupt, "cut short"),
    "a list of 1 MB": (with_boxes(iloc=full(b"iloc", bytes(1_000_001))), TooComplex, "1 MB"),
}


@pytest.mark.parametrize(("data", "kind", "words"), REFUSED.values(), ids=REFUSED)
def test_refused(data, kind, words):
    refusal = refused(data)
    assert type(refusal) is kind
    assert words in refusal.detail


def shared_frame(tiles: int) -> bytes:
    """A grid of one row whose tiles have a header each, and one frame between them."""
    head, shared = sequence(), obu(6, bytes(10_000))
    layout = grid(1, tiles, 64 * tiles, 48, range(2, tiles + 2))
    items = [layout, *(picture(hidden=True) for _ in range(tiles))]

    def front(start: int) -> bytes:
        first = start + len(layout.data)
        end = first + tiles * len(head)
        places = [[(first + n * len(head), len(head)), (end, len(shared))] for n in range(tiles)]
        return ftyp() + lists(items, [[(start, len(layout.data))], *places])

    return front(len(front(0)) + 8) + box(b"mdat", layout.data, head * tiles, shared)


def test_pieces_that_overlap_cannot_make_a_large_file_of_a_small_one():
    stored, _ = sanitised(shared_frame(1))
    assert sanitised(stored)[0] == stored
    for tiles in (2, 100):
        assert type(refused(shared_frame(tiles))) is TooComplex


def test_a_heic_picture_with_avif_among_its_brands_is_told_what_it_is():
    refusal = refused(avif(Item(b"x", [], b"hvc1"), head=ftyp(b"heic", b"mif1", b"avif")))
    assert "a HEIC picture" in refusal.detail


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
