"""Animated PNG: the frames there are, in order, inside the canvas, whole; or refused."""

import io
import struct
import zlib
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageSequence
from tests.pictures import CANARY, COLOURS, IEND, chunk, ihdr, png, rows, sanitised, tiff
from tests.refusals import refused

from safelight.errors import Corrupt, Refusal, TypeNotAllowed
from safelight.formats import inspect


def actl(frames: int, plays: int = 0) -> bytes:
    return chunk(b"acTL", struct.pack(">II", frames, plays))


def fctl(
    number: int, width: int = 5, height: int = 3, left: int = 0, top: int = 0, dispose: int = 0, blend: int = 0
) -> bytes:
    return chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, width, height, left, top, 1, 10, dispose, blend))


def fdat(number: int, data: bytes) -> bytes:
    return chunk(b"fdAT", struct.pack(">I", number) + data)


def packed(width: int = 5, height: int = 3, colour: int = 2, depth: int = 8, interlace: int = 0) -> bytes:
    return zlib.compress(rows(width, height, colour, depth, interlace))


FRAME = packed()
STILL = chunk(b"IDAT", FRAME)
INSIDE = png(before=actl(2) + fctl(0), after=fctl(1) + fdat(2, FRAME))
"""The picture that decoders without animation show is the first frame."""
APART = png(before=actl(2), after=fctl(0) + fdat(1, FRAME) + fctl(2, 2, 2, 3, 1) + fdat(3, packed(2, 2)))
"""It is a picture of its own."""


def saved(frames: int = 3, mode: str = "RGB", **options) -> bytes:
    """An animation as Pillow writes it, of frames that differ in places."""
    images = []
    for number in range(frames):
        image = Image.effect_noise((31, 17), 60).convert("RGB").convert(mode)
        if number:
            image.paste(images[0].crop((0, 0, 31, 5 * number)), (0, 0))
        images.append(image)
    file = io.BytesIO()
    images[0].save(file, "PNG", save_all=True, append_images=images[1:], **options)
    return file.getvalue()


def shown(data: bytes) -> list[tuple]:
    with Image.open(io.BytesIO(data)) as image:
        return [
            (frame.size, frame.convert("RGBA").tobytes(), frame.info.get("duration"), frame.info.get("loop"))
            for frame in ImageSequence.Iterator(image)
        ]


@pytest.mark.parametrize(
    ("data", "frames"),
    [
        (INSIDE, 2),
        (APART, 3),
        (png(before=actl(1) + fctl(0)), 1),
        (png(before=actl(1), after=fctl(0) + fdat(1, FRAME)), 2),
        (png(before=actl(2) + fctl(0), after=fctl(1) + fdat(2, FRAME[:5]) + fdat(3, b"") + fdat(4, FRAME[5:])), 2),
        (png(before=actl(2, 9) + fctl(0), after=fctl(1, 1, 1, 4, 2, 2, 1) + fdat(2, packed(1, 1))), 2),
    ],
    ids=["a frame is the still picture", "none is", "one frame", "one frame apart", "in pieces", "in a corner"],
)
def test_an_animation_is_kept_byte_for_byte(data, frames):
    stored, inspection = sanitised(data)
    assert stored == data
    assert (inspection.media_type, inspection.extension) == ("image/png", "png")
    assert (inspection.frames, inspection.pixels) == (frames, 15 * frames)
    assert inspection.removed == ()
    assert len(shown(stored)) == frames


@pytest.mark.parametrize("interlace", [0, 1], ids=["", "interlaced"])
@pytest.mark.parametrize(("colour", "depth"), COLOURS)
def test_frames_of_every_kind_are_inflated_to_their_size(colour, depth, interlace):
    for width in range(1, 10):
        region = (width, 3, 9 - width, 1)
        for wrong in (b"", b"\0"):
            inflated = rows(width, 3, colour, depth, interlace) + wrong
            after = fctl(1, *region) + fdat(2, zlib.compress(inflated))
            data = png(9, 5, colour, depth, interlace, before=actl(2) + fctl(0, 9, 5), after=after)
            if wrong:
                assert "more picture data" in refused(data).detail
            else:
                assert sanitised(data)[0] == data


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"mode": "RGBA", "disposal": 1, "blend": 1},
        {"mode": "L", "duration": [10, 200, 30], "loop": 4},
        {"mode": "P"},
        {"default_image": True},
        {"frames": 20, "disposal": 2},
    ],
    ids=["RGB", "RGBA", "grey", "palette", "still picture apart", "20 frames"],
)
def test_pixels_and_timing_survive(options):
    data = saved(**options)
    stored, inspection = sanitised(data)
    assert shown(stored) == shown(data)
    assert inspection.frames == len(shown(data))
    assert sanitised(stored)[0] == stored


def test_what_is_no_frame_is_left_out_between_frames():
    text = chunk(b"tEXt", CANARY)
    data = png(before=text + actl(2) + text + fctl(0) + text, after=text + fctl(1) + text + fdat(2, FRAME) + text)
    stored, inspection = sanitised(data + CANARY)
    assert stored == INSIDE
    assert [what for what, _ in inspection.removed] == ["text", "data after the end"]


def test_orientation_is_kept():
    stored, inspection = sanitised(INSIDE.replace(IEND, chunk(b"eXIf", tiff(6)) + IEND))
    assert (inspection.orientation, inspection.frames) == (6, 2)
    assert sanitised(stored)[0] == stored
    assert CANARY not in stored


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        (b"", fctl(0) + fdat(1, FRAME), ["frame without an animation"]),
        (fctl(0), fctl(1) + fdat(2, FRAME), ["frame without an animation"]),
        (b"", actl(1) + fctl(0) + fdat(1, FRAME), ["broken animation", "frame without an animation"]),
        (chunk(b"acTL", bytes(9)), fctl(0) + fdat(1, b"?"), ["broken animation", "frame without an animation"]),
        (chunk(b"acTL"), b"", ["broken animation"]),
    ],
    ids=["frames alone", "frames around the picture", "its header too late", "its header too long", "an empty header"],
)
def test_what_decoders_show_as_a_still_picture_becomes_one(before, after, names):
    stored, inspection = sanitised(png(before=before, after=after))
    assert stored == png()
    assert inspection.frames == 1
    assert [what for what, _ in inspection.removed] == names


def frames(*after: bytes, promised: int = 2) -> bytes:
    return png(before=actl(promised) + fctl(0), after=b"".join(after))


REFUSED = {
    "no frame": (png(before=actl(1)), "not as many frames"),
    "no frame of two billion": (png(before=actl(2_000_000_000)), "not as many frames"),
    "none promised": (png(before=actl(0)), "not as many frames"),
    "none promised, one there": (png(before=actl(0) + fctl(0)), "not as many frames"),
    "a frame too few": (frames(promised=2), "not as many frames"),
    "a frame too many": (frames(fctl(1), fdat(2, FRAME), promised=1), "not as many frames"),
    "a frame without data": (frames(fctl(1)), "not as many frames"),
    "two frames, data for one": (frames(fctl(1), fctl(2), fdat(3, FRAME)), "broken"),
    "two frames before the picture": (png(before=actl(2) + fctl(0) + fctl(1)), "broken"),
    "data before the picture": (png(before=actl(1) + fctl(0) + fdat(1, FRAME)), "broken"),
    "data of no frame": (png(before=actl(1), after=fdat(0, FRAME)), "broken"),
    "data of the still picture": (frames(fdat(1, FRAME), promised=1), "broken"),
    "data too short for a number": (frames(fctl(1), chunk(b"fdAT", b"\0\0\0")), "broken"),
    "a frame too short": (frames(chunk(b"fcTL", fctl(1)[8:-5]), fdat(2, FRAME)), "broken"),
    "a frame too long": (frames(chunk(b"fcTL", fctl(1)[8:-4] + b"\0"), fdat(2, FRAME)), "broken"),
    "the first number is not 0": (png(before=actl(1) + fctl(1)), "not in order"),
    "a number too high": (frames(fctl(2), fdat(3, FRAME)), "not in order"),
    "a number twice": (frames(fctl(1), fdat(1, FRAME)), "not in order"),
    "pieces in the wrong order": (frames(fctl(1), fdat(3, FRAME[:9]), fdat(2, FRAME[9:])), "not in order"),
    "a frame between the data": (
        png(before=actl(2) + fctl(0), data=chunk(b"IDAT", FRAME[:9]) + fctl(1) + chunk(b"IDAT", FRAME[9:])),
        "torn apart",
    ),
    "no width": (frames(fctl(1, 0), fdat(2, FRAME)), "broken"),
    "no height": (frames(fctl(1, 5, 0), fdat(2, FRAME)), "broken"),
    "too wide": (frames(fctl(1, 6), fdat(2, packed(6))), "outside"),
    "too high": (frames(fctl(1, 5, 4), fdat(2, packed(5, 4))), "outside"),
    "too far right": (frames(fctl(1, 1, 1, 5), fdat(2, packed(1, 1))), "outside"),
    "too far down": (frames(fctl(1, 1, 1, 0, 3), fdat(2, packed(1, 1))), "outside"),
    "very far away": (frames(fctl(1, 1, 1, 0xFFFFFFFF), fdat(2, packed(1, 1))), "outside"),
    "a still picture of another size": (png(before=actl(1) + fctl(0, 4)), "size of its picture"),
    "disposal 3": (frames(fctl(1, dispose=3), fdat(2, FRAME)), "broken"),
    "blending 2": (frames(fctl(1, blend=2), fdat(2, FRAME)), "broken"),
    "a wrong checksum: frame": (frames(fctl(1)[:-1] + b"?", fdat(2, FRAME)), "checksum"),
    "a wrong checksum: data": (frames(fctl(1), fdat(2, FRAME)[:-1] + b"?"), "checksum"),
    "garbage": (frames(fctl(1), fdat(2, CANARY)), "compressed data is broken"),
    "a row too few": (frames(fctl(1), fdat(2, packed(5, 2))), "cut short"),
    "a row too many": (frames(fctl(1), fdat(2, packed(5, 4))), "more picture data"),
    "a bomb": (frames(fctl(1), fdat(2, zlib.compress(rows(5, 3) + bytes(10_000_000)))), "more picture data"),
    "something behind the data": (frames(fctl(1), fdat(2, FRAME + CANARY)), "hidden"),
    "a piece behind the data": (frames(fctl(1), fdat(2, FRAME), fdat(3, CANARY)), "hidden"),
    "the first frame cut short": (
        png(before=actl(2) + fctl(0), data=chunk(b"IDAT", FRAME[:-5]), after=fctl(1) + fdat(2, FRAME)),
        "cut short",
    ),
    "a program for pixels": (frames(fctl(1), fdat(2, zlib.compress(b"\0<?php echo 1;?>" * 3, 0))), "program"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED)
def test_refused(data, words):
    refusal = refused(data)
    assert type(refusal) is Corrupt
    assert words in refusal.detail


def test_pixels_are_counted_over_all_frames():
    after = b"".join(fctl(2 * at + 1, 1, 1) + fdat(2 * at + 2, packed(1, 1)) for at in range(1000))
    data = png(
        9000, 9000, data=chunk(b"IDAT", b"never looked at"), before=actl(1001) + fctl(0, 9000, 9000), after=after
    )
    assert inspect(data, {"image/png"}).pixels == 81_000_000 * 1001


WHOLE = {"inside": INSIDE, "apart": APART, "by Pillow": saved(2, default_image=True)}


@pytest.mark.parametrize("data", WHOLE.values(), ids=WHOLE)
def test_cut_anywhere_it_is_refused(data):
    for length in range(len(data)):
        assert type(refused(data[:length])) in (Corrupt, TypeNotAllowed), length


@given(st.sampled_from([*WHOLE.values()]), st.data())
def test_a_flipped_byte_is_refused_or_was_not_of_the_picture(data, draw):
    damaged = bytearray(data)
    damaged[draw.draw(st.integers(0, len(damaged) - 1))] ^= draw.draw(st.integers(1, 255))
    with suppress(Refusal):
        stored, inspection = sanitised(bytes(damaged))
        assert sanitised(stored)[0] == stored
        # A still picture may be left: a changed letter made the animation's header a chunk that no one knows.
        assert shown(stored)[0] == shown(data)[0] or inspection.frames == 1


chunks = st.one_of(
    st.builds(actl, st.integers(0, 3)),
    st.builds(fctl, st.integers(0, 4), *(st.integers(0, 6),) * 4, st.integers(0, 3), st.integers(0, 2)),
    st.builds(fdat, st.integers(0, 4), st.sampled_from([FRAME, FRAME[:9], FRAME[9:], packed(2, 2), b""])),
    st.sampled_from([STILL, chunk(b"tEXt", CANARY), fctl(0), fctl(1), fdat(2, FRAME)]),
)


@given(st.lists(chunks, max_size=3), st.lists(chunks, max_size=5))
def test_any_chunks_in_any_order_are_an_animation_a_picture_or_a_refusal(before, after):
    data = png(before=b"".join(before), after=b"".join(after))
    try:
        stored, first = sanitised(data)
    except Refusal:
        return
    again, second = sanitised(stored)
    assert again == stored
    assert second.removed == ()
    assert second.frames == first.frames
    with Image.open(io.BytesIO(stored)) as image:
        assert getattr(image, "n_frames", 1) == first.frames
        image.load()


@given(
    st.sampled_from([0, 2, 4, 6]),
    st.lists(st.tuples(*(st.integers(1, 12),) * 4, st.integers(0, 2), st.integers(0, 1)), max_size=4),
    st.booleans(),
    st.integers(0, 9999).map(Random),
)
def test_any_animation_is_the_same_afterwards(colour, regions, apart, random):
    def noise(width: int, height: int) -> bytes:
        length = len(rows(width, height, colour)) // height
        return zlib.compress(
            b"".join(bytes([random.randrange(5)]) + random.randbytes(length - 1) for _ in range(height))
        )

    number, after = 0 if apart else 1, b""
    for width, height, left, top, dispose, blend in regions:
        packed = noise(width, height)
        middle = random.randrange(len(packed))
        after += fctl(number, width, height, left, top, dispose, blend)
        after += fdat(number + 1, packed[:middle]) + fdat(number + 2, packed[middle:])
        number += 3
    total = len(regions) + (not apart)
    before = (actl(total) if total else b"") + (b"" if apart else fctl(0, 24, 24))
    data = png(24, 24, colour, data=chunk(b"IDAT", noise(24, 24)), before=before, after=after)
    stored, inspection = sanitised(data)
    assert stored == data
    assert inspection.frames == len(regions) + 1


def test_ihdr_alone_does_not_make_an_animation():
    assert "cut short" in refused(png()[:8] + ihdr(5, 3) + actl(1)).detail
