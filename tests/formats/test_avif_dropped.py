"""AVIF pictures: what is no part of the picture is left out, in whatever form the file lists its parts."""

import struct

import pytest
from tests.avif_files import (
    ALPHA,
    GRID,
    HDLR,
    IMIR,
    IROT,
    TILES,
    Item,
    auxc,
    avif,
    box,
    colr,
    essential,
    exif,
    ftyp,
    full,
    grid,
    iprp,
    ispe,
    lists,
    obu,
    picture,
    pixi,
    still,
    transparency,
)
from tests.pictures import CANARY, sanitised, tiff

from safelight.formats import sniff

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
    data = avif(*items, boxes={b"iprp": iprp(items, wide=True)})
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
