"""WebP pictures: what makes them is kept, and what holds for every file, however damaged."""

import io
import itertools
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from tests.pictures import CANARY, clean_at_once, icc_profile, photo, sanitised, tiff
from tests.webps import (
    ALPHA,
    ANIM,
    ANIMATED,
    ANIMATION,
    EXIF,
    ORIENTED,
    PROFILE,
    STILL,
    XMP_PART,
    animated,
    anmf,
    part,
    riff,
    still,
    vp8,
    vp8l,
    vp8x,
)

from safelight.errors import Refusal

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


def seen(data: bytes) -> list:
    """What a decoder shows of it: every frame, for how long, and how often all of them."""
    with Image.open(io.BytesIO(data)) as image:
        shown: list = [image.size, image.mode, image.info.get("loop"), image.info.get("background")]
        for number in range(image.n_frames):
            image.seek(number)
            image.load()
            shown.append((image.info.get("duration"), image.tobytes()))
        return shown


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
