"""WebP pictures: what is no part of the picture is left out, and every flag says what is there."""

import pytest
from tests.pictures import CANARY, clean_at_once, icc_profile, sanitised, tiff
from tests.webps import (
    ALPH,
    ALPHA,
    ANIM,
    ANIMATED,
    ANIMATION,
    EXIF,
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
