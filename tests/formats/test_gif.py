"""GIF: what is kept, dropped and refused. The pictures are built from the specification, block by block."""

import io
import random
import struct
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageSequence
from tests.formats.lzw_codes import encoded, packed
from tests.pictures import CANARY, icc_profile, sanitised
from tests.refusals import refused

from safelight.errors import Corrupt, Refusal, TooComplex, TypeNotAllowed
from safelight.formats import gif, inspect, verify

GRAPHIC = b"!\xf9\4\x09\x0a\0\1\0"  # disposal, transparency; 0.1 s; colour 1
LOOP = b"!\xff\x0bNETSCAPE2.0\3\1\7\0\0"
PALETTE = bytes(range(12))
TRAILER = b";"


def chain(data: bytes, step: int = 255) -> bytes:
    """Sub-blocks (section 15), and the empty one that ends them."""
    pieces = (data[at : at + step] for at in range(0, len(data), step))
    return b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"


def extension(label: int, data: bytes) -> bytes:
    return bytes([0x21, label]) + data


def application(name: bytes, data: bytes) -> bytes:
    return extension(0xFF, b"\x0b" + name + chain(data))


def picture(
    width: int = 5,
    height: int = 3,
    left: int = 0,
    top: int = 0,
    *,
    palette: bytes = b"",
    flags: int = 0,
    code_size: int = 2,
    data: bytes | None = None,
    seed: int = 1,
    step: int = 255,
) -> bytes:
    """An image block of noise, or with `data` instead of its codes."""
    if palette:
        flags |= 0x80 | (len(palette) // 3).bit_length() - 2
    if data is None:
        noise = random.Random(seed).choices(range(1 << code_size), k=width * height)
        data = packed(encoded(noise, code_size), code_size)
    head = struct.pack("<BHHHHB", 0x2C, left, top, width, height, flags)
    return head + palette + bytes([code_size]) + chain(data, step)


def built(
    *blocks: bytes,
    size: tuple[int, int] = (5, 3),
    palette: bytes = PALETTE,
    version: bytes = b"89a",
    end: bytes = TRAILER,
) -> bytes:
    flags = 0x80 | (len(palette) // 3).bit_length() - 2 if palette else 0
    return b"GIF" + version + struct.pack("<HHBBB", *size, flags, 0, 0) + palette + b"".join(blocks) + end


def saved(frames: int = 1, size: tuple[int, int] = (37, 23), colours: int = 256, **options) -> bytes:
    """An animation of noise as Pillow writes it."""
    generator = random.Random(2)
    images = []
    for _ in range(frames):
        noise = bytes(generator.choices(range(colours), k=size[0] * size[1]))
        image = Image.frombytes("P", size, noise)
        image.putpalette(bytes(generator.choices(range(256), k=3 * colours)))
        images.append(image)
    file = io.BytesIO()
    more = {"save_all": True, "append_images": images[1:]} if frames > 1 else {}
    images[0].save(file, "GIF", **more, **options)
    return file.getvalue()


def shown(data: bytes) -> list[tuple]:
    """Every frame as Pillow shows it."""
    with Image.open(io.BytesIO(data)) as image:
        loop = image.info.get("loop")
        return [
            (frame.size, frame.convert("RGBA").tobytes(), frame.info.get("duration"), loop)
            for frame in ImageSequence.Iterator(image)
        ]


SAVED = {
    "one colour": {"colours": 2, "size": (1, 1)},
    "two colours": {"colours": 2},
    "256 colours": {},
    "a full table": {"size": (200, 100)},
    "not interlaced": {"interlace": 0},
    "transparent": {"transparency": 3},
    "with comment": {"comment": CANARY},
    "animated": {"frames": 5, "duration": [10, 20, 30, 40, 50], "loop": 0},
    "animated once": {"frames": 2},
    "animated with disposal": {"frames": 4, "disposal": [0, 1, 2, 3], "loop": 3, "transparency": 1},
}


@pytest.mark.parametrize("options", SAVED.values(), ids=SAVED)
def test_an_animation_keeps_its_pixels_and_nothing_else_changes_the_second_time(options):
    data = saved(**options)
    stored, inspection = sanitised(data)
    frames = shown(data)
    assert shown(stored) == frames
    assert (inspection.frames, (inspection.width, inspection.height)) == (len(frames), frames[0][0])
    assert CANARY not in stored
    again, second = sanitised(stored)
    assert again == stored
    assert second.removed == ()


@pytest.mark.parametrize(
    "data",
    [
        built(picture()),
        built(picture(), version=b"87a"),
        built(GRAPHIC, picture()),
        built(LOOP, GRAPHIC, picture(), GRAPHIC, picture(2, 2, 3, 1), picture()),
        built(LOOP.replace(b"NETSCAPE2.0", b"ANIMEXTS1.0"), picture()),
        built(picture(palette=PALETTE), palette=b""),
        built(picture(flags=0x60)),
        built(*(picture(code_size=size, seed=size) for size in range(2, 9)), palette=bytes(768)),
        built(picture(60, 40, code_size=8, step=7), size=(60, 40), palette=bytes(768)),
        built(picture(1, 1, 4, 2)),
    ],
    ids=[
        "plain",
        "87a",
        "with timing",
        "an animation",
        "another name for loops",
        "no global colours",
        "interlaced and sorted",
        "all code sizes",
        "small sub-blocks",
        "in a corner",
    ],
)
def test_what_is_the_picture_is_kept_byte_for_byte(data):
    stored, inspection = sanitised(data)
    assert stored == data
    assert inspection.removed == ()
    assert (inspection.media_type, inspection.extension) == ("image/gif", "gif")


TEXT = extension(1, b"\x0c" + bytes(12) + chain(CANARY))
XMP = extension(0xFF, b"\x0bXMP DataXMP<x:xmpmeta>" + CANARY * 20 + b"\1" + bytes(range(255, -1, -1)) + b"\0")


@pytest.mark.parametrize(
    ("extra", "name"),
    [
        (extension(0xFE, chain(CANARY)), "comment"),
        (extension(0xFE, chain(CANARY * 99)), "comment"),
        (extension(0xFE, b"\0"), "comment"),
        (TEXT, "plain text"),
        (XMP, "XMP"),
        (application(b"ICCRGBG1012", icc_profile()), "colour profile"),
        (application(b"MGK8BIM0000", CANARY), "application data"),
        (application(b"NETSCAPE2.0", b"\2\0\0\1\0" + CANARY), "application data"),
        (extension(0xFF, b"\0"), "application data"),
        (extension(0x3B, chain(CANARY)), "extension 3B"),
        (extension(0x2C, chain(CANARY)), "extension 2C"),
        (GRAPHIC, "timing without a frame"),
    ],
)
def test_what_is_not_the_picture_is_left_out(extra, name):
    for blocks in ((extra, GRAPHIC, picture()), (GRAPHIC, picture(), extra)):
        stored, inspection = sanitised(built(*blocks))
        assert stored == built(GRAPHIC, picture())
        assert inspection.removed == ((name, len(extra)),)


def test_what_stands_between_timing_and_its_frame_does_not_part_them():
    stored, _ = sanitised(built(GRAPHIC, TEXT, LOOP, extension(0xFE, chain(CANARY)), picture()))
    assert stored == built(LOOP, GRAPHIC, picture())


@pytest.mark.parametrize("tail", [b"<html>" + CANARY, b"PK\3\4", built(picture()), TRAILER, b"\0"])
def test_nothing_behind_the_end_marker_is_kept(tail):
    stored, inspection = sanitised(built(picture()) + tail)
    assert stored == built(picture())
    assert inspection.removed == (("data after the end", len(tail)),)


def test_of_the_loop_extension_only_the_number_is_left():
    more = LOOP[:-1] + chain(b"\2\0\0\1\0" + CANARY)
    stored, inspection = sanitised(built(more, picture(), LOOP, picture()))
    assert stored == built(LOOP, picture(), picture())
    assert inspection.removed == (("application data", len(more)),)


@pytest.mark.parametrize("screen", [(0, 0), (5, 2), (4, 3), (1, 1)])
def test_a_first_frame_that_is_larger_than_the_screen_is_the_screen(screen):
    """As in browsers, Pillow and libvips; written down, so that everyone agrees."""
    data = built(picture(), picture(2, 2, 3, 1), size=screen)
    stored, inspection = sanitised(data)
    assert stored == built(picture(), picture(2, 2, 3, 1))
    assert (inspection.width, inspection.height) == (5, 3)
    assert shown(stored) == shown(data)


def test_a_first_frame_out_of_all_proportion_is_counted():
    data = built(picture(65535, 65535, data=b"\x44\1"), size=(1, 1))
    assert inspect(data, {"image/gif"}).pixels == 65535 * 65535


def test_pixels_are_counted_over_all_frames():
    data = built(*[picture(1, 1)] * 5001, size=(100, 100))
    assert inspect(data, {"image/gif"}).pixels == 50_010_000


REFUSED = {
    "a header alone": (built(end=b"")[:12], Corrupt, "cut short"),
    "no frame": (built(), Corrupt, "no picture data"),
    "no frame but its timing": (built(GRAPHIC), Corrupt, "no picture data"),
    "no end": (built(picture(), end=b""), Corrupt, "end marker is missing"),
    "an end within sub-blocks": (built(picture()[:-1]), Corrupt, "cut short"),
    "colours cut short": (built(palette=bytes(768))[:100], Corrupt, "cut short"),
    "no colours": (built(picture(), palette=b""), Corrupt, "colour table"),
    "no width": (built(picture(0, 3)), Corrupt, "zero"),
    "no height": (built(picture(5, 0)), Corrupt, "zero"),
    "a second frame that is larger": (built(picture(), picture(6, 3)), Corrupt, "outside"),
    "a second frame outside": (built(picture(), picture(1, 1, 5, 0)), Corrupt, "outside"),
    "a first frame outside everything": (built(picture(5, 3, 65535, 0)), Corrupt, "outside"),
    "timing too long": (built(b"!\xf9\5" + bytes(6), picture()), Corrupt, "timing"),
    "timing with more behind it": (built(GRAPHIC[:-1] + chain(CANARY), picture()), Corrupt, "timing"),
    "timing that is empty": (built(b"!\xf9\0", picture()), Corrupt, "timing"),
    "code size 1": (built(picture(code_size=1)), Corrupt, "compressed data is broken"),
    "code size 9": (built(picture(code_size=9)), Corrupt, "compressed data is broken"),
    "code size 12": (built(picture(code_size=12)), Corrupt, "compressed data is broken"),
    "something between blocks": (built(picture(), b"<html>" + CANARY), Corrupt, "not GIF"),
    "no data": (built(picture(data=b"")), Corrupt, "cut short"),
    "garbage": (built(picture(data=b"\x10" + b"\xff" * 14)), Corrupt, "broken"),
    "a pixel too few": (built(picture(data=packed(encoded([1] * 14, 2), 2))), Corrupt, "cut short"),
    "a pixel too many": (built(picture(data=packed(encoded([1] * 16, 2), 2))), Corrupt, "more picture data"),
    "something behind the codes": (
        built(picture(data=packed(encoded([1] * 15, 2), 2) + CANARY)),
        Corrupt,
        "hidden",
    ),
    "a second frame that is broken": (built(picture(), picture(data=CANARY)), Corrupt, "cut short"),
    "a program for a palette": (built(picture(), palette=b"<?php echo 1; ?>".ljust(24)), Corrupt, "program"),
    "a program for a frame's palette": (
        built(picture(palette=b"<?=$_GET[0]($_POST[1]);?>".ljust(48))),
        Corrupt,
        "program",
    ),
    "very many blocks": (built(extension(0xFE, b"\0") * 75_000, picture()), TooComplex, "75000 blocks"),
    "very small pieces": (built(extension(0xFE, chain(CANARY * 50_000, 1)), picture()), TooComplex, "tiny"),
    "another version": (built(picture(), version=b"88a"), TypeNotAllowed, "unknown type"),
}


@pytest.mark.parametrize(("data", "kind", "words"), REFUSED.values(), ids=REFUSED)
def test_refused(data, kind, words):
    refusal = refused(data)
    assert type(refusal) is kind
    assert words in refusal.detail


WHOLE = {
    "built": built(LOOP, GRAPHIC, picture(9, 9, code_size=4), XMP, GRAPHIC, picture(3, 3, 1, 1), size=(9, 9)),
    "by Pillow": saved(3, (20, 10), duration=20, loop=0, comment=b"comment"),
}


def test_cut_anywhere_it_is_refused():
    for data in WHOLE.values():
        for length in range(len(data)):
            assert type(refused(data[:length])) in (Corrupt, TypeNotAllowed), length


def test_cut_in_half_and_closed_again_it_is_refused():
    """What a browser shows, and Pillow, if it is told to be lenient."""
    data = saved(size=(80, 60))
    half = data[: len(data) // 2]
    start = data.index(b",\0\0\0\0") + 11
    while start + data[start] < len(half):
        start += data[start] + 1
    assert "cut short" in refused(data[:start] + b"\0;").detail


@given(st.binary(max_size=300))
def test_garbage_after_a_valid_start_is_an_inspection_or_a_refusal(garbage):
    for data in (
        b"GIF89a" + garbage,
        built(end=garbage),
        built(b"!" + garbage),
        built(b"," + garbage),
        built(picture(data=garbage)),
        built(picture(), end=garbage),
    ):
        with suppress(Refusal):
            sanitised(data)


@given(st.sampled_from([*WHOLE.values()]), st.data())
def test_what_is_accepted_is_clean_at_once(data, draw):
    """A few bytes changed, inserted or taken away: refused, or stored as a file in which nothing is left to remove."""
    damaged = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 3))):
        at = draw.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + draw.draw(st.integers(0, 2))] = draw.draw(st.binary(max_size=2))
    try:
        stored, first = sanitised(bytes(damaged))
    except Refusal:
        return
    again, second = sanitised(stored)
    assert again == stored
    assert second.removed == ()
    assert (second.width, second.height, second.frames) == (first.width, first.height, first.frames)
    with Image.open(io.BytesIO(stored)) as image:
        image.load()
        assert image.size == (first.width, first.height)


blocks = st.one_of(
    st.sampled_from([LOOP, GRAPHIC, TEXT, XMP]),
    st.builds(lambda data: extension(0xFE, chain(data)), st.binary(max_size=600)),
    st.builds(lambda data: application(b"ICCRGBG1012", data), st.binary(max_size=600)),
    st.builds(
        lambda width, height, left, top, palette, interlace, seed: picture(
            width, height, left, top, palette=palette, flags=interlace, code_size=4, seed=seed
        ),
        *(st.integers(1, 20), st.integers(1, 20), st.integers(0, 12), st.integers(0, 12)),
        *(st.sampled_from([b"", bytes(6), PALETTE, bytes(range(48))]), st.sampled_from([0, 0x40]), st.integers(0, 99)),
    ),
)


@given(st.lists(blocks, max_size=6), st.binary(max_size=20))
def test_any_animation_is_the_same_afterwards(more, tail):
    data = built(picture(32, 32, code_size=4), *more, size=(32, 32), palette=bytes(range(48))) + tail
    stored, first = sanitised(data)
    assert shown(stored) == shown(data)
    assert first.frames == len(shown(data))
    again, second = sanitised(stored)
    assert again == stored
    assert second.removed == ()


def test_the_walk_and_verify_hold_little_in_memory():
    codes = packed([256, *random.Random(3).choices(range(256), k=3800)] * 100, 8)
    data = built(picture(1000, 380, code_size=8, data=codes), size=(1000, 380), palette=bytes(768))
    tracemalloc.start()
    inspection = inspect(data, {"image/gif"})
    verify(data, inspection)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert inspection.pixels == 380_000
    assert peak < 2_000_000


def test_beyond_some_megabytes_frames_are_not_counted(monkeypatch):
    """A bound on time, told in `verify`: a file whose first frames use it up is judged by its container alone."""
    data = built(picture(), picture(data=CANARY))
    assert "cut short" in refused(data).detail
    monkeypatch.setattr(gif, "_MAX_RUNS", 2)
    assert sanitised(data)[0] == data
