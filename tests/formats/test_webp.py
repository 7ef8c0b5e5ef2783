"""WebP: what is kept, dropped and refused, and what holds for every file, however damaged."""

import io
import itertools
import struct
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from tests.pictures import CANARY, icc_profile, photo, sanitised, tiff
from tests.webps import (
    ALPH,
    ALPHA,
    ANIM,
    ANIMATED,
    ANIMATION,
    EXIF,
    FRAME,
    ORIENTED,
    PROFILE,
    STILL,
    XMP,
    XMP_PART,
    anmf,
    part,
    riff,
    uint24,
    vp8,
    vp8l,
    vp8x,
)

from safelight.errors import Corrupt, Refusal, TooComplex
from safelight.formats import FileBuffer, Inspection, inspect

CORPUS = Path(__file__).parent.parent / "corpus"
BUILT = {
    "lossy": riff(vp8()),
    "lossy, 4 partitions": riff(vp8(sizes=(3, 0, 2))),
    "lossless": riff(vp8l()),
    "lossless, odd": riff(vp8l(more=b"\7")),
    "extended": riff(vp8x(), vp8()),
    "alpha": STILL,
    "compressed alpha": riff(vp8x(ALPHA), part(b"ALPH", b"\x1d" + bytes(3)), vp8()),
    "lossless alpha": riff(vp8x(ALPHA), vp8l(alpha=1)),
    "profile": riff(vp8x(PROFILE), part(b"ICCP", icc_profile(201)), vp8l()),
    "animated": ANIMATED,
}


def refused(data: bytes) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        inspect(data, {"image/webp"})
    return refusal.value


def seen(data: bytes) -> list:
    """What a decoder shows of it: every frame, for how long, and how often all of them."""
    with Image.open(io.BytesIO(data)) as image:
        shown: list = [image.size, image.mode, image.info.get("loop"), image.info.get("background")]
        for number in range(image.n_frames):
            image.seek(number)
            image.load()
            shown.append((image.info.get("duration"), image.tobytes()))
        return shown


def clean_at_once(stored: bytes, first: Inspection) -> None:
    again, second = sanitised(stored)
    assert again == stored
    assert second.removed == ()
    facts = ("media_type", "width", "height", "orientation", "frames", "size")
    assert [getattr(second, fact) for fact in facts] == [getattr(first, fact) for fact in facts]


def animation(**options) -> bytes:
    file = io.BytesIO()
    pictures = [Image.effect_noise((40, 30), 20 * number).convert("RGBA") for number in range(1, 5)]
    for number, picture in enumerate(pictures):
        picture.paste((200, 10 * number, 0, 0), (0, 0, 9 * number, 20))
    pictures[0].save(file, "WEBP", save_all=True, append_images=pictures[1:], duration=[10, 20, 30, 40], **options)
    return file.getvalue()


PHOTOS = {
    "lossy": photo(format="WEBP"),
    "lossy with alpha": photo(format="WEBP", mode="RGBA", alpha_quality=50),
    "lossless": photo(format="WEBP", lossless=True),
    "lossless with alpha": photo(format="WEBP", mode="RGBA", lossless=True),
    "with everything": photo(format="WEBP", exif=tiff(6), xmp=CANARY, icc_profile=icc_profile(1001)),
    "one pixel": photo(size=(1, 1), format="WEBP"),
    "flat": photo(size=(2, 2), format="WEBP", quality=0),
    "animated": animation(loop=3, background=(1, 2, 3, 255)),
    "animated, lossless": animation(lossless=True, minimize_size=True),
    "animated, mixed": animation(allow_mixed=True, exif=tiff(3), xmp=CANARY),
}


# --- kept ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", PHOTOS.values(), ids=PHOTOS)
def test_what_is_seen_stays_the_same(data):
    stored, inspection = sanitised(data)
    assert seen(stored) == seen(data)
    assert CANARY not in stored
    assert (inspection.width, inspection.height) == seen(data)[0]
    assert inspection.frames == len(seen(data)) - 4
    clean_at_once(stored, inspection)


@pytest.mark.parametrize("data", BUILT.values(), ids=BUILT)
def test_what_is_nothing_but_the_picture_is_kept_byte_for_byte(data):
    stored, inspection = sanitised(data)
    assert stored == data
    assert inspection.removed == ()
    assert (inspection.media_type, inspection.extension) == ("image/webp", "webp")
    assert (inspection.width, inspection.height) == (5, 3)
    assert len(inspection.parts) == 1


def test_pixels_are_those_of_the_canvas_in_every_frame():
    assert sanitised(ANIMATED)[1].pixels == 5 * 3 * 2


@pytest.mark.parametrize("prefix", [b"", b"Exif\0\0"], ids=["", "with JPEG's prefix"])
@pytest.mark.parametrize("order", ["<", ">"], ids=["Intel", "Motorola"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_of_exif_only_the_orientation_is_left(orientation, order, prefix):
    data = riff(vp8x(EXIF), vp8l(), part(b"EXIF", prefix + tiff(orientation, order)))
    stored, inspection = sanitised(data)
    assert inspection.orientation == orientation
    assert inspection.displayed == ((3, 5) if orientation >= 5 else (5, 3))
    assert [what for what, _ in inspection.removed] == ["EXIF"]
    assert stored[20] == (EXIF if orientation > 1 else 0)
    with Image.open(io.BytesIO(stored)) as image:
        assert dict(image.getexif()) == ({0x0112: orientation} if orientation > 1 else {})
    clean_at_once(stored, inspection)


def test_only_the_first_exif_and_the_first_profile_count_wherever_they_are():
    profile, other = part(b"ICCP", icc_profile(201)), part(b"ICCP", icc_profile())
    turned = [part(b"EXIF", tiff(orientation)) for orientation in (3, 6)]
    stored, inspection = sanitised(riff(vp8x(PROFILE | EXIF), turned[0], vp8l(), profile, other, turned[1]))
    assert inspection.orientation == 3
    assert stored == sanitised(riff(vp8x(PROFILE | EXIF), profile, vp8l(), turned[0]))[0]


# --- dropped ---------------------------------------------------------------------------------------------------------

DROPPED = {
    "XMP": XMP_PART,
    "EXIF": part(b"EXIF", tiff()),
    "EXIF that is none": part(b"EXIF", CANARY),
    "a profile that is none": part(b"ICCP", CANARY * 20),
    "a profile cut short": part(b"ICCP", icc_profile()[:-1]),
    "an unknown chunk": part(b"ABCD", CANARY),
    "a chunk of no name": part(b"\0\xff<\n", CANARY),
    "an empty chunk": part(b"ABCD"),
}


@pytest.mark.parametrize("extra", DROPPED.values(), ids=DROPPED)
def test_what_is_not_the_picture_is_left_out(extra):
    every = PROFILE | EXIF | XMP
    for data in (
        riff(vp8(), extra),
        riff(vp8x(every), extra, vp8()),
        riff(vp8x(every | ALPHA), ALPH, extra, vp8(), extra),
        riff(vp8x(every | ANIMATION), ANIM, extra, anmf(vp8()), extra),
        riff(vp8x(every | ANIMATION), ANIM, anmf(extra, vp8(), extra)),
    ):
        stored, inspection = sanitised(data)
        assert stored in (
            riff(vp8()),
            riff(vp8x(), vp8()),
            STILL,
            riff(vp8x(ANIMATION), ANIM, anmf(vp8())),
        )
        assert sum(size for _, size in inspection.removed) == data.count(extra) * len(extra)
        clean_at_once(stored, inspection)


@pytest.mark.parametrize(
    "extra",
    [part(b"EXIF", tiff(6)), part(b"ICCP", icc_profile()), ANIM, anmf(vp8l())],
    ids=["EXIF", "ICCP", "ANIM", "ANMF"],
)
def test_what_the_header_does_not_announce_is_left_out(extra):
    for data in (riff(vp8x(), vp8l(), extra), riff(vp8x(), extra, vp8l())):
        stored, inspection = sanitised(data)
        assert stored == riff(vp8x(), vp8l())
        assert inspection.orientation == 1
    assert sanitised(riff(vp8l(), extra))[0] == riff(vp8l())


@pytest.mark.parametrize("further", [vp8(), vp8l(), ALPH], ids=["lossy", "lossless", "alpha"])
def test_a_second_picture_in_a_simple_file_is_left_out(further):
    stored, inspection = sanitised(riff(vp8(), further))
    assert stored == riff(vp8())
    assert inspection.removed == (("further picture", len(further)),)


@pytest.mark.parametrize("tail", [b"<html>" + CANARY, b"PK\3\4", riff(vp8()), vp8(), b"\0"])
def test_nothing_behind_the_end_is_kept(tail):
    for data in (riff(vp8()), STILL, ANIMATED):
        stored, inspection = sanitised(data + tail)
        assert stored == data
        assert inspection.removed == (("data after the end", len(tail)),)


def test_padding_becomes_zero():
    def odd(padding: bytes) -> list[bytes]:
        lossy = part(b"VP8 ", vp8()[8:] + b"\7", padding)
        return [part(b"ICCP", icc_profile(201), padding), part(b"ALPH", b"\1" + bytes(4), padding), lossy]

    for before, after in zip(odd(b"<"), odd(b"\0"), strict=True):
        assert len(before) % 2 == 0
        assert before != after
    stored, inspection = sanitised(riff(vp8x(PROFILE | ALPHA), *odd(b"<")))
    assert stored == riff(vp8x(PROFILE | ALPHA), *odd(b"\0"))
    assert inspection.removed == (("padding", 3),)
    assert sanitised(riff(odd(b"<")[2]))[0] == riff(odd(b"\0")[2])
    frames = [riff(vp8x(ANIMATION | ALPHA), ANIM, anmf(*odd(padding)[1:])) for padding in (b"<", b"\0")]
    assert sanitised(frames[0])[0] == frames[1]


def test_padding_that_a_writer_forgot_is_put_there():
    forgotten = part(b"VP8L", vp8l()[8:] + b"\7", padding=b"")
    assert sanitised(riff(forgotten))[0] == riff(forgotten + b"\0")
    assert sanitised(riff(forgotten, tail=b"<"))[0] == riff(forgotten + b"\0")


def test_reserved_bits_become_zero_and_flags_say_what_is_there():
    for flags in range(256):
        if not flags & ANIMATION:
            loud = part(b"VP8X", bytes([flags, 255, 255, 255]) + uint24(4, 2))
            assert sanitised(riff(loud, vp8()))[0] == riff(vp8x(flags & ALPHA), vp8())
        frames, quiet = anmf(vp8l(alpha=1), last=flags), anmf(vp8l(alpha=1), last=flags & 3)
        assert sanitised(riff(vp8x(ANIMATION), ANIM, frames))[0] == riff(vp8x(ANIMATION), ANIM, quiet)


@pytest.mark.parametrize("picture", [vp8l(alpha=1), ALPH + vp8(), vp8()], ids=["lossless", "lossy", "none"])
def test_the_flag_of_transparency_stays_as_it_is(picture):
    """Decoders that go by it would show other pixels."""
    for flags in (0, ALPHA):
        assert sanitised(riff(vp8x(flags), picture))[0] == riff(vp8x(flags), picture)
        animated = riff(vp8x(flags | ANIMATION), ANIM, anmf(picture))
        assert sanitised(animated)[0] == animated


# --- refused ---------------------------------------------------------------------------------------------------------


def still(*parts: bytes, flags: int = 0) -> bytes:
    return riff(vp8x(flags), *parts)


def animated(*parts: bytes) -> bytes:
    return riff(vp8x(ANIMATION), *parts)


REFUSED = {
    "nothing": (riff(), "begin with a picture"),
    "HTML": (riff(b"<html><body>" + CANARY), "cut short"),
    "a chunk of something else first": (riff(XMP_PART, vp8()), "begin with a picture"),
    "alpha first": (riff(ALPH, vp8()), "begin with a picture"),
    "a size beyond the file": (riff(vp8(), more=1), "cut short"),
    "a size of 4 GB": (b"RIFF\xff\xff\xff\xffWEBP" + vp8(), "cut short"),
    "a size within the picture": (riff(vp8(), more=-2), "cut short"),
    "a size within the header": (riff(vp8(), more=-len(vp8()) - 4), "begin with a picture"),
    "half a chunk header": (riff(vp8(), b"ABCD\0\0\0"), "cut short"),
    "a chunk of 4 GB": (riff(vp8(), b"ABCD\xff\xff\xff\xff"), "cut short"),
    "a header too short": (riff(part(b"VP8X", bytes(8)), vp8()), "its header is broken"),
    "a header too long": (riff(part(b"VP8X", bytes(12)), vp8()), "its header is broken"),
    "no picture": (still(), "one whole picture"),
    "two pictures": (still(vp8(), vp8()), "one whole picture"),
    "a lossy and a lossless picture": (still(vp8(), vp8l()), "one whole picture"),
    "alpha alone": (still(ALPH), "one whole picture"),
    "alpha after its picture": (still(vp8(), ALPH), "one whole picture"),
    "alpha twice": (still(ALPH, ALPH, vp8()), "one whole picture"),
    "alpha of a lossless picture": (still(ALPH, vp8l()), "one whole picture"),
    "a canvas too small": (riff(vp8x(0, 4, 3), vp8()), "different sizes"),
    "a canvas too large": (riff(vp8x(0, 5, 4), vp8l()), "different sizes"),
    "lossy: no header": (riff(part(b"VP8 ", bytes(9))), "no header"),
    "lossy: no start code": (riff(vp8().replace(b"\x9d\x01\x2a", b"\x9d\x01\x2b")), "no header"),
    "lossy: no key frame": (riff(vp8(tag=0x11)), "no key frame"),
    "lossy: version 4": (riff(vp8(tag=0x18)), "no key frame"),
    "lossy: not shown": (riff(vp8(tag=0)), "no key frame"),
    "lossy: enlarged": (riff(vp8(5 | 1 << 14, 3)), "broken header"),
    "lossy: enlarged downwards": (riff(vp8(5, 3 | 2 << 14)), "broken header"),
    "lossy: no width": (riff(vp8(0, 3)), "zero"),
    "lossy: no height": (riff(vp8(5, 0)), "zero"),
    "lossy: no first partition": (riff(vp8(first=0, fields=(), last=b"")[:-2] + b"\0\0"), "cut short"),
    "lossy: a first partition beyond the chunk": (riff(vp8(tag=0x10 + (2 << 5))), "cut short"),
    "lossy: nothing after the first partition": (riff(vp8(last=b"")), "cut short"),
    "lossy: no room for the sizes": (riff(vp8(fields=[*FRAME, (3, 2)])), "cut short"),
    "lossy: partitions beyond the chunk": (riff(vp8(sizes=(3, 0, 2)).replace(uint24(2), uint24(9))), "cut short"),
    "lossy: nothing left for the last": (riff(vp8(sizes=(3, 0, 2), last=b"")), "cut short"),
    "lossy: a picture of 268 million pixels": (riff(vp8(16383, 16383)), "too little data"),
    "lossy: something rides along": (riff(vp8(last=CANARY * 1000)), "more data"),
    "lossless: another signature": (riff(vp8l().replace(b"\x2f", b"\x2e")), "no header"),
    "lossless: empty": (riff(part(b"VP8L")), "no header"),
    "lossless: no data": (riff(part(b"VP8L", vp8l()[8:15])), "cut short"),
    "lossless: version 1": (riff(vp8l(version=1)), "version"),
    "lossless: something rides along": (riff(vp8l(more=CANARY * 1000)), "more data"),
    "alpha: empty": (still(part(b"ALPH"), vp8()), "transparency is broken"),
    "alpha: another compression": (still(part(b"ALPH", b"\2" + bytes(15)), vp8()), "transparency is broken"),
    "alpha: another processing": (still(part(b"ALPH", b"\x20" + bytes(15)), vp8()), "transparency is broken"),
    "alpha: reserved bits": (still(part(b"ALPH", b"\x40" + bytes(15)), vp8()), "transparency is broken"),
    "alpha: a byte too few": (still(part(b"ALPH", bytes(15)), vp8()), "does not fit"),
    "alpha: a byte too many": (still(part(b"ALPH", bytes(17)), vp8()), "does not fit"),
    "alpha: compressed to nothing": (still(part(b"ALPH", b"\1\0\0"), vp8()), "does not fit"),
    "alpha: something rides along": (still(part(b"ALPH", b"\1" + CANARY * 1000), vp8()), "more data"),
    "an animation without frames": (animated(ANIM), "no frames"),
    "an animation that is a still": (animated(vp8()), "outside its animation"),
    "a picture outside its animation": (animated(ANIM, anmf(vp8()), vp8()), "outside its animation"),
    "a frame before the header": (animated(anmf(vp8()), ANIM), "header of its animation is missing"),
    "two animation headers": (animated(ANIM, ANIM, anmf(vp8())), "header of its animation is broken"),
    "an animation header too long": (animated(part(b"ANIM", bytes(8)), anmf(vp8())), "its animation is broken"),
    "a frame too short": (animated(ANIM, part(b"ANMF", bytes(14))), "a frame of its animation is broken"),
    "a frame of odd length": (
        animated(ANIM, part(b"ANMF", anmf(vp8())[8:] + b"\0")),
        "a frame of its animation is broken",
    ),
    "a frame without a picture": (animated(ANIM, anmf()), "one whole picture"),
    "a frame with two pictures": (animated(ANIM, anmf(vp8(), vp8())), "one whole picture"),
    "a frame cut short": (animated(ANIM, anmf(vp8()[:-2])), "cut short in a chunk"),
    "a frame in a frame": (animated(ANIM, anmf(anmf(vp8()))), "one whole picture"),
    "a frame of another size": (animated(ANIM, anmf(vp8(), width=4)), "different sizes"),
    "a frame to the right": (animated(ANIM, anmf(vp8(), left=2)), "outside its canvas"),
    "a frame below": (animated(ANIM, anmf(vp8(), top=2)), "outside its canvas"),
    "a frame far outside": (animated(ANIM, anmf(vp8(), left=(1 << 25) - 2)), "outside its canvas"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED)
def test_refused(data, words):
    refusal = refused(data)
    assert type(refusal) is Corrupt
    assert words in refusal.detail


def test_the_partitions_of_a_real_picture_are_found():
    """As libwebp writes it, with segments, filters and eight partitions: the last of them has to be there."""
    data = (CORPUS / "good" / "partitions_8.webp").read_bytes()
    body = data[20:]
    table = 10 + (int.from_bytes(body[:3], "little") >> 5)
    last = table + 21 + sum(int.from_bytes(body[at : at + 3], "little") for at in range(table, table + 21, 3))
    assert table < last < len(body)
    assert "cut short" in refused(riff(part(b"VP8 ", body[:last]))).detail
    assert sanitised(riff(part(b"VP8 ", body[: last + 1])))[1].width == 96


@pytest.mark.parametrize(
    "data",
    [riff(vp8(), part(b"ABCD") * 20_000), animated(ANIM, anmf(vp8l(1, 1), width=1, height=1) * 10_000)],
    ids=["chunks", "frames"],
)
def test_a_file_of_tiny_chunks_is_refused(data):
    assert type(refused(data)) is TooComplex


@pytest.mark.parametrize("data", [riff(vp8l(16384, 16384)), riff(vp8x(0, 16384, 16384), vp8l(16384, 16384))])
def test_a_lossless_picture_of_one_colour_may_be_huge(data):
    """38 bytes are enough for 268 million pixels: the policy refuses them, from the header."""
    assert inspect(data, {"image/webp"}).pixels == 1 << 28


def test_what_outgrows_the_container_is_refused():
    """Two frames of 2 GB each, and EXIF that grows when it is rewritten, past what RIFF can state."""
    most = (1 << 32) - 10
    side = 16384
    exif = part(b"EXIF", b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0))
    start = vp8x(ANIMATION | EXIF, side, side) + ANIM
    picture, frame = vp8l(side, side), anmf(vp8l(side, side), width=side, height=side)
    both = most - len(b"WEBP" + start + exif) - 2 * (len(frame) - len(picture) + 8)
    with tempfile.TemporaryFile() as file:
        file.write(b"RIFF" + struct.pack("<I", most) + b"WEBP" + start)
        for size in (1 << 31, both - (1 << 31)):
            file.write(frame[:4] + struct.pack("<I", size + 24) + frame[8:28] + struct.pack("<I", size) + picture[8:])
            file.seek(size - len(picture[8:]), io.SEEK_CUR)
        file.write(exif)
        file.flush()
        with pytest.raises(Corrupt, match="longer than a WebP can be"):
            inspect(FileBuffer(file, file.tell()), {"image/webp"})


# --- whatever the file ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [*BUILT.values(), ORIENTED, PHOTOS["one pixel"]], ids=[*BUILT, "oriented", "photo"])
def test_cut_anywhere_it_is_refused(data):
    sanitised(data)
    for length in range(len(data)):
        with pytest.raises(Refusal):
            sanitised(data[:length])


@pytest.mark.parametrize("data", [*BUILT.values(), ORIENTED], ids=[*BUILT, "oriented"])
def test_any_byte_changed_is_refused_or_clean_at_once(data):
    for at, bits in itertools.product(range(12, len(data)), (1, 2, 16, 128, 255)):
        with suppress(Refusal):
            clean_at_once(*sanitised(data[:at] + bytes([data[at] ^ bits]) + data[at + 1 :]))
    for at, byte in itertools.product(range(4, 8), range(256)):
        if data[at] != byte:
            with suppress(Refusal):
                clean_at_once(*sanitised(data[:at] + bytes([byte]) + data[at + 1 :]))


@given(st.sampled_from([*BUILT.values(), ORIENTED, *PHOTOS.values()]), st.data())
@example(ORIENTED, None)
def test_what_is_accepted_is_clean_at_once(data, draw):
    damaged = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 3)) if draw else 0):
        at = draw.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + draw.draw(st.integers(0, 2))] = draw.draw(st.binary(max_size=2))
    with suppress(Refusal):
        clean_at_once(*sanitised(bytes(damaged)))


@given(st.binary(max_size=200))
def test_garbage_after_a_valid_start_is_an_inspection_or_a_refusal(garbage):
    for data in (
        b"RIFF" + garbage[:4].ljust(4, b"\0") + b"WEBP" + garbage,
        riff(garbage),
        riff(vp8(), garbage),
        riff(vp8x(0xFF), garbage),
        riff(part(b"VP8 ", garbage)),
        riff(part(b"VP8 ", vp8()[8:18] + garbage)),
        riff(part(b"VP8L", b"\x2f" + garbage)),
        still(part(b"ALPH", garbage), vp8()),
        animated(ANIM, part(b"ANMF", garbage)),
        animated(ANIM, anmf(garbage)),
    ):
        with suppress(Refusal):
            clean_at_once(*sanitised(data))


def optional(count: int) -> st.SearchStrategy:
    return st.one_of(st.just([(0, 1)]), st.integers(0, (1 << count) - 1).map(lambda value: [(1, 1), (value, count)]))


@st.composite
def frame_headers(draw) -> list[tuple[int, int]]:
    """Everything that RFC 6386, 19.2, has before the number of partitions."""

    def some(count: int, bits: int) -> list[tuple[int, int]]:
        return [field for _ in range(count) for field in draw(optional(bits))]

    fields = [(draw(st.integers(0, 3)), 2)]
    segments, changes_map, changes_data = (draw(st.booleans()) for _ in range(3))
    fields.append((segments, 1))
    if segments:
        fields += [(changes_map, 1), (changes_data, 1)]
        if changes_data:
            fields += [(draw(st.integers(0, 1)), 1), *some(4, 8), *some(4, 7)]
        if changes_map:
            fields += some(3, 8)
    fields.append((draw(st.integers(0, 1023)), 10))
    enabled, changes = draw(st.booleans()), draw(st.booleans())
    fields.append((enabled, 1))
    if enabled:
        fields += [(changes, 1), *(some(8, 7) if changes else ())]
    return fields


@st.composite
def pictures(draw, width: int, height: int) -> bytes:
    """A lossless or a lossy picture, with transparency or without."""
    if draw(st.booleans()):
        return vp8l(width, height, draw(st.integers(0, 1)), more=draw(st.binary(max_size=9)))
    sizes = draw(st.sampled_from([0, 1, 3, 7]).flatmap(lambda n: st.lists(st.integers(0, 9), min_size=n, max_size=n)))
    picture = vp8(width, height, draw(frame_headers()), sizes, first=40, last=draw(st.binary(min_size=1, max_size=9)))
    raw, compressed = b"\4" + bytes(width * height), b"\x19" + draw(st.binary(min_size=3, max_size=20))
    alpha = draw(st.sampled_from([b"", part(b"ALPH", raw), part(b"ALPH", compressed)]))
    return alpha + picture


@given(st.data(), st.integers(1, 40), st.integers(1, 40), st.integers(0, 3), st.integers(1, 8))
def test_any_well_formed_file_is_accepted_and_only_what_is_extra_removed(data, width, height, frames, turned):
    profile = data.draw(st.sampled_from([b"", part(b"ICCP", icc_profile(201)), part(b"ICCP", icc_profile())]))
    exif = part(b"EXIF", tiff(turned)) if turned > 1 else b""
    extra = data.draw(st.sampled_from([b"", XMP_PART, part(b"\0\1\2\3", CANARY)]))
    flags = (PROFILE if profile else 0) | (EXIF if exif else 0) | (ANIMATION if frames else 0)
    body = [ANIM] if frames else [data.draw(pictures(width, height))]
    for _ in range(frames):
        left, top = (2 * data.draw(st.integers(0, (size - 1) // 2)) for size in (width, height))
        inner = data.draw(st.integers(1, width - left)), data.draw(st.integers(1, height - top))
        picture = data.draw(pictures(*inner))
        body.append(anmf(picture, extra, left=left, top=top, width=inner[0], height=inner[1]))
    stored, inspection = sanitised(riff(vp8x(flags, width, height), profile, *body, exif, extra))
    assert CANARY not in stored
    assert (inspection.width, inspection.height, inspection.frames) == (width, height, frames or 1)
    assert inspection.orientation == turned
    assert bool(inspection.removed) == bool(exif or extra)
    assert profile in stored
    clean_at_once(stored, inspection)
