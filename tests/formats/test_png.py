"""PNG: what is kept, dropped and refused."""

import io
import struct
import tracemalloc
import zlib

import pytest
from PIL import Image
from tests.pictures import (
    CANARY,
    COLOURS,
    IEND,
    SIGNATURE,
    chunk,
    icc_profile,
    ihdr,
    pixels,
    png,
    rows,
    sanitised,
    tiff,
)
from tests.refusals import refused

from safelight.errors import Corrupt, Refusal, TooComplex, TypeNotAllowed
from safelight.formats import inspect, verify

ROWS = rows(5, 3)
PALETTE = chunk(b"PLTE", bytes(range(6)))


def idat(data: bytes, pieces: int = 1) -> bytes:
    step = -(-len(data) // pieces) or 1
    return b"".join(chunk(b"IDAT", data[at : at + step]) for at in range(0, len(data), step))


@pytest.mark.parametrize("interlace", [0, 1], ids=["", "interlaced"])
@pytest.mark.parametrize(("colour", "depth"), COLOURS)
def test_every_kind_of_picture_is_kept_byte_for_byte(colour, depth, interlace):
    """At sizes at which passes of Adam7 are narrow, cut or not there at all."""
    for width in range(1, 10):
        for height in (1, 2, 3, 5, 8, 9):
            data = png(width, height, colour, depth, interlace)
            stored, inspection = sanitised(data)
            assert stored == data
            assert (inspection.width, inspection.height, inspection.bit_depth) == (width, height, depth)
            assert inspection.removed == ()


@pytest.mark.parametrize("interlace", [0, 1], ids=["", "interlaced"])
@pytest.mark.parametrize(("colour", "depth"), COLOURS)
def test_every_kind_of_picture_is_refused_with_a_byte_too_few_or_too_many(colour, depth, interlace):
    whole = rows(7, 5, colour, depth, interlace)
    for wrong in (whole[:-1], whole + b"\0"):
        refusal = refused(png(7, 5, colour, depth, interlace, data=idat(zlib.compress(wrong))))
        assert type(refusal) is Corrupt


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA", "P", "I;16"])
@pytest.mark.parametrize("optimize", [True, False])
def test_pixels_and_transparency_survive(mode, optimize):
    if mode == "I;16":
        file = io.BytesIO()
        Image.frombytes(mode, (21, 13), bytes(range(256)) * 2 + bytes(34)).save(file, "PNG")
        data = file.getvalue()
    else:
        file = io.BytesIO()
        image = Image.effect_noise((21, 13), 90).convert("RGB").convert(mode)
        image.save(file, "PNG", optimize=optimize, **({"transparency": 0} if mode in "LRGBP" and mode != "RGB" else {}))
        data = file.getvalue()
    stored, _ = sanitised(data)
    assert pixels(stored) == pixels(data)
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(stored)) as after:
        assert after.info.get("transparency") == before.info.get("transparency")


KEPT = {
    "gamma": chunk(b"gAMA", struct.pack(">I", 45455)),
    "chromaticities": chunk(b"cHRM", bytes(32)),
    "sRGB": chunk(b"sRGB", b"\0"),
    "pixel size": chunk(b"pHYs", bytes(9)),
    "coding-independent code points": chunk(b"cICP", bytes(4)),
    "mastering display": chunk(b"mDCV", bytes(24)),
    "light level": chunk(b"cLLI", bytes(8)),
    "significant bits": chunk(b"sBIT", b"\5\5\5"),
    "transparent colour": chunk(b"tRNS", bytes(6)),
    "suggested palette": PALETTE,
}


@pytest.mark.parametrize("kept", KEPT.values(), ids=KEPT)
def test_what_changes_the_look_is_kept(kept):
    assert sanitised(png(before=kept))[0] == png(before=kept)


@pytest.mark.parametrize("kept", [kept for kind, kept in KEPT.items() if kind != "suggested palette"])
def test_a_second_one_or_one_of_the_wrong_length_or_place_is_left_out(kept):
    wrong = chunk(kept[4:8], kept[8:-4] + CANARY)
    assert sanitised(png(before=kept + kept))[0] == png(before=kept)
    assert sanitised(png(before=wrong))[0] == png()
    assert sanitised(png(after=kept))[0] == png()


@pytest.mark.parametrize(
    ("extra", "name"),
    [
        (chunk(b"tEXt", b"Comment\0" + CANARY), "text"),
        (chunk(b"zTXt", b"Comment\0\0" + zlib.compress(CANARY)), "text"),
        (chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + CANARY), "text"),
        (chunk(b"tIME", bytes(7)), "time of last change"),
        (chunk(b"eXIf", tiff()), "EXIF"),
        (chunk(b"iCCP", CANARY), "broken colour profile"),
        (chunk(b"prVt", CANARY), "chunk prVt"),
        (chunk(b"bKGD", bytes(6)), "chunk bKGD"),
        (chunk(b"tEXt", CANARY)[:-1] + b"?", "text"),
    ],
    ids=["tEXt", "zTXt", "iTXt", "tIME", "eXIf", "iCCP", "private", "bKGD", "tEXt with a wrong checksum"],
)
def test_what_is_not_the_picture_is_left_out(extra, name):
    for data in (png(before=extra), png(after=extra)):
        stored, inspection = sanitised(data)
        assert stored == png()
        assert inspection.removed == ((name, len(extra)),)


@pytest.mark.parametrize("tail", [b"<html>" + CANARY, b"PK\3\4", IEND, png(), b"\0"])
def test_nothing_behind_the_end_marker_is_kept(tail):
    stored, inspection = sanitised(png(tail=tail))
    assert stored == png()
    assert inspection.removed == (("data after the end", len(tail)),)


@pytest.mark.parametrize("order", ["<", ">"], ids=["Intel", "Motorola"])
@pytest.mark.parametrize("place", ["before", "after"])
def test_of_exif_only_the_orientation_is_left(order, place):
    for orientation in range(2, 9):
        stored, inspection = sanitised(png(**{place: chunk(b"eXIf", tiff(orientation, order))}))
        assert inspection.orientation == orientation
        assert inspection.displayed == ((3, 5) if orientation >= 5 else (5, 3))
        assert CANARY not in stored
        assert stored.index(b"eXIf") < stored.index(b"IDAT")
        with Image.open(io.BytesIO(stored)) as image:
            assert dict(image.getexif()) == {0x0112: orientation}
        again, second = sanitised(stored)
        assert again == stored
        assert second.removed == ()


def test_a_whole_profile_is_kept_under_another_name():
    profile = icc_profile(5000)
    stored, inspection = sanitised(
        png(before=chunk(b"iCCP", CANARY + b"\0\0" + zlib.compress(profile) + CANARY), after=chunk(b"iCCP", CANARY))
    )
    assert CANARY not in stored
    assert [what for what, _ in inspection.removed] == ["broken colour profile"]
    with Image.open(io.BytesIO(stored)) as image:
        assert image.info["icc_profile"] == profile
    assert sanitised(stored)[0] == stored


@pytest.mark.parametrize(
    "body",
    [
        b"name\0\0" + zlib.compress(icc_profile()[:-1]),
        b"name\0\1" + zlib.compress(icc_profile()),
        b"name\0\0" + icc_profile(),
        b"name\0\0",
        b"no separator",
        b"",
    ],
    ids=["cut short", "an unknown compression", "not compressed", "no data", "no separator", "nothing"],
)
def test_a_broken_profile_is_left_out(body):
    assert sanitised(png(before=chunk(b"iCCP", body)))[0] == png()


def test_a_profile_that_inflates_without_end_is_cut_off():
    bomb = zlib.compress(icc_profile(20_000_000))
    tracemalloc.start()
    stored, _ = sanitised(png(before=chunk(b"iCCP", b"bomb\0\0" + bomb)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert stored == png()
    assert peak < 12_000_000


@pytest.mark.parametrize("pieces", [2, 3, 50])
def test_picture_data_may_come_in_pieces(pieces):
    data = png(data=chunk(b"IDAT") + idat(zlib.compress(ROWS), pieces) + chunk(b"IDAT") * 3)
    assert sanitised(data)[0] == data


def refusals() -> dict[str, tuple[bytes, type[Refusal], str]]:
    def with_data(data: bytes) -> bytes:
        return png(data=idat(data))

    def header(**wrong: int) -> bytes:
        fields = {"width": 5, "height": 3, "depth": 8, "colour": 2, "compression": 0, "filter": 0, "interlace": 0}
        body = chunk(b"IHDR", struct.pack(">IIBBBBB", *(fields | wrong).values()))
        return SIGNATURE + body + idat(zlib.compress(ROWS)) + IEND

    whole = zlib.compress(ROWS)
    flat = zlib.compressobj(wbits=-15)
    raw = flat.compress(ROWS) + flat.flush()
    return {
        "no header": (SIGNATURE + idat(whole) + IEND, Corrupt, "header is missing"),
        "a header too long": (SIGNATURE + chunk(b"IHDR", bytes(14)) + IEND, Corrupt, "header is missing"),
        "two headers": (png(before=ihdr(5, 3)), Corrupt, "no decoder knows"),
        "no width": (header(width=0), Corrupt, "zero"),
        "no height": (header(height=0), Corrupt, "zero"),
        "a width of 2^31": (header(width=1 << 31), Corrupt, "zero"),
        "colour type 1": (header(colour=1), Corrupt, "header is broken"),
        "4 bits of colour": (header(depth=4), Corrupt, "header is broken"),
        "another compression": (header(compression=1), Corrupt, "header is broken"),
        "another filter method": (header(filter=1), Corrupt, "header is broken"),
        "another interlacing": (header(interlace=2), Corrupt, "header is broken"),
        "no picture data": (png(data=b""), Corrupt, "no picture data"),
        "empty picture data": (png(data=chunk(b"IDAT")), Corrupt, "cut short"),
        "picture data torn apart": (
            png(data=chunk(b"IDAT", whole[:9]) + chunk(b"tEXt") + chunk(b"IDAT", whole[9:])),
            Corrupt,
            "torn apart",
        ),
        "no end": (png()[:-12], Corrupt, "cut short"),
        "an end with something in it": (png()[:-12] + chunk(b"IEND", CANARY), Corrupt, "end marker is broken"),
        "no palette": (
            SIGNATURE + ihdr(5, 3, 3) + idat(zlib.compress(rows(5, 3, 3))) + IEND,
            Corrupt,
            "palette is missing",
        ),
        "a palette after the data": (png(after=PALETTE), Corrupt, "palette is broken"),
        "two palettes": (png(before=PALETTE * 2), Corrupt, "palette is broken"),
        "an empty palette": (png(before=chunk(b"PLTE")), Corrupt, "palette is broken"),
        "257 colours": (png(before=chunk(b"PLTE", bytes(257 * 3))), Corrupt, "palette is broken"),
        "a third of a colour": (png(before=chunk(b"PLTE", bytes(4))), Corrupt, "palette is broken"),
        "a palette for greys": (png(colour=0, before=PALETTE), Corrupt, "palette is broken"),
        "a critical chunk of its own": (png(before=chunk(b"EViL", CANARY)), Corrupt, "no decoder knows"),
        "something between chunks": (png(before=b"\0\0\0\0<htm" + bytes(4)), Corrupt, "not PNG"),
        "a chunk of 4 GB": (png(before=b"\xff\xff\xff\xfftEXt"), Corrupt, "cut short"),
        "a wrong checksum: header": (png().replace(ihdr(5, 3)[-4:], b"abcd"), Corrupt, "checksum"),
        "a wrong checksum: data": (png(data=idat(whole)[:-1] + b"?"), Corrupt, "checksum"),
        "a wrong checksum: palette": (png(before=PALETTE[:-1] + b"?"), Corrupt, "checksum"),
        "a wrong checksum: end": (png()[:-1] + b"?", Corrupt, "checksum"),
        "data that are garbage": (with_data(CANARY), Corrupt, "compressed data is broken"),
        "data cut short": (with_data(whole[:-6]), Corrupt, "cut short"),
        "data without their checksum": (with_data(whole[:-4]), Corrupt, "cut short"),
        "data with a wrong checksum": (with_data(whole[:-1] + b"?"), Corrupt, "compressed data is broken"),
        "data without zlib's frame": (with_data(raw), Corrupt, "compressed data is broken"),
        "a row too few": (with_data(zlib.compress(rows(5, 2))), Corrupt, "cut short"),
        "a row too many": (with_data(zlib.compress(rows(5, 4))), Corrupt, "more picture data"),
        "a bomb": (with_data(zlib.compress(ROWS + bytes(10_000_000))), Corrupt, "more picture data"),
        "filter type 5": (with_data(zlib.compress(rows(5, 3, filter=5))), Corrupt, "row"),
        "a wrong filter in the last row": (with_data(zlib.compress(ROWS[:32] + b"<" + ROWS[33:])), Corrupt, "row"),
        "something behind the compressed data": (with_data(whole + CANARY), Corrupt, "hidden"),
        "a chunk behind the compressed data": (png(data=idat(whole) + idat(CANARY)), Corrupt, "hidden"),
        "a program for a palette": (png(before=chunk(b"PLTE", b"<?php echo 1; ?>  ")), Corrupt, "program"),
        "a program for pixels": (
            png(data=idat(zlib.compress((b"\0<?php echo 1;?>") * 3, 0))),
            Corrupt,
            "program",
        ),
        "Apple's variant": (
            SIGNATURE + chunk(b"CgBI", bytes(4)) + ihdr(5, 3) + idat(raw) + IEND,
            TypeNotAllowed,
            "Apple",
        ),
        "50001 chunks": (png(before=chunk(b"tEXt") * 50_000), TooComplex, "50000 chunks"),
    }


REFUSED = refusals()


@pytest.mark.parametrize(("data", "kind", "words"), REFUSED.values(), ids=REFUSED)
def test_refused(data, kind, words):
    refusal = refused(data)
    assert type(refusal) is kind
    assert words in refusal.detail


@pytest.mark.parametrize("filter", range(5))
def test_every_filter_of_the_standard_is_accepted(filter):
    data = png(data=idat(zlib.compress(rows(5, 3, filter=filter))))
    assert sanitised(data)[0] == data


@pytest.mark.parametrize(("colour", "right", "wrong"), [(0, [2], [1, 6]), (2, [6], [2]), (3, [1, 2], [0, 3, 256, 257])])
def test_transparency_fits_the_colour_type(colour, right, wrong):
    for length in right:
        kept = png(colour=colour, before=chunk(b"tRNS", bytes(length)))
        assert sanitised(kept)[0] == kept
    for length in wrong:
        assert sanitised(png(colour=colour, before=chunk(b"tRNS", bytes(length))))[0] == png(colour=colour)


def test_of_two_the_one_that_decoders_use_stays():
    palette, transparency = chunk(b"PLTE", bytes(6)), chunk(b"tRNS", b"\0\xff")
    assert sanitised(png(colour=3, before=transparency + palette))[0] == png(colour=3, before=palette)
    after = png(colour=3, before=palette + transparency)
    assert sanitised(png(colour=3, before=transparency + palette + transparency))[0] == after
    for kind, length in (b"tRNS", 6), (b"gAMA", 4):
        wrong, right = chunk(kind, bytes(length - 1)), chunk(kind, bytes(length))
        assert sanitised(png(before=wrong + right))[0] == png(before=right)


def test_a_huge_header_is_read_without_inflating_anything():
    """The policy refuses the pixels before `verify` is asked to count them."""
    data = png((1 << 31) - 1, (1 << 31) - 1, data=idat(b"never looked at"))
    inspection = inspect(data, {"image/png"})
    assert inspection.pixels == ((1 << 31) - 1) ** 2


def test_verify_holds_little_in_memory():
    data = png(6000, 4000, 0, data=idat(zlib.compress((b"\0" + bytes(6000)) * 4000)))
    inspection = inspect(data, {"image/png"})
    tracemalloc.start()
    verify(data, inspection)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000
