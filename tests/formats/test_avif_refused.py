"""AVIF pictures that are refused, and why."""

import struct

import pytest
from tests.avif_files import (
    GRID,
    HDLR,
    IMIR,
    IROT,
    TILES,
    Item,
    auxc,
    av1c,
    avif,
    box,
    clap,
    essential,
    ftyp,
    full,
    grid,
    iloc,
    ispe,
    lists,
    obu,
    picture,
    pixi,
    sequence,
    still,
    transparency,
)
from tests.pictures import sanitised
from tests.refusals import refused

from safelight.errors import Corrupt, TooComplex, TypeNotAllowed


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
