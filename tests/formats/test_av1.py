"""AV1: what is decoded stays, bit for bit; its size and number are known; nothing else is left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.avif_files import DELIMITER, frame, noise, obu, packed, sequence, still, video_sequence, written_by_pillow
from tests.pictures import CANARY

from safelight.errors import Corrupt, Refusal, TooComplex, TypeNotAllowed
from safelight.formats.av1 import TemporalUnit, read_temporal_unit
from safelight.formats.inspection import Span
from safelight.formats.isobmff import Payload

FRAME = obu(6, b"the picture")


def read(data: bytes, before=None) -> tuple[TemporalUnit, bytes]:
    unit = read_temporal_unit(Payload(data, (Span(0, len(data)),)), before)
    return unit, b"".join(data[span.start : span.end] for span in unit.kept)


@pytest.mark.parametrize(
    "data",
    [
        still(),
        DELIMITER + still(),
        sequence() + obu(6, b"x" * 10_000),
        sequence() + obu(6, b"x", sized=False),
        sequence() + obu(3, b"x") + obu(4, b"x") + obu(4, b"y"),
        sequence() + FRAME + obu(4, b"y"),
        sequence() + sequence() + FRAME,
        video_sequence() + obu(6, frame()),
        video_sequence() + obu(3, frame()) + obu(4, b"x"),
    ],
    ids=[
        "a sequence header and a frame",
        "a delimiter",
        "two bytes of size",
        "no size",
        "a frame in pieces",
        "a frame and more of it",
        "the same header twice",
        "a frame of a video",
        "that in pieces",
    ],
)
def test_what_makes_a_picture_is_kept(data):
    unit, kept = read(data)
    assert kept == data
    assert (unit.sequence.width, unit.sequence.height) == (64, 48)
    assert unit.frames == 1
    assert unit.stands_alone
    assert unit.removed == ()


@pytest.mark.parametrize(
    ("extra", "name"),
    [
        (obu(5, b"\x04" + CANARY), "metadata in the picture data"),
        (obu(15, CANARY), "padding in the picture data"),
        (obu(8, CANARY), "unused picture data"),
        (obu(7, CANARY), "unused picture data"),
        (obu(0, CANARY), "unused picture data"),
        (obu(12, CANARY), "unused picture data"),
    ],
    ids=["metadata", "padding", "tile list", "redundant frame header", "reserved 0", "reserved 12"],
)
def test_what_is_not_the_picture_is_left_out(extra, name):
    for data in (extra + still(), sequence() + extra + FRAME, still() + extra):
        unit, kept = read(data)
        assert kept == still()
        assert unit.removed == ((name, len(extra)),)


def test_zeros_behind_a_picture_are_left_out():
    unit, kept = read(still() + bytes(9))
    assert kept == still()
    assert unit.removed == (("unused picture data", 9),)


def test_every_size_is_read():
    for width, height in ((1, 1), (64, 48), (65536, 1), (1, 65536), (65536, 65536)):
        unit, _ = read(still(width, height))
        assert (unit.sequence.width, unit.sequence.height) == (width, height)


@pytest.mark.parametrize(
    ("options", "configuration"),
    [
        ({}, "81 04 0c"),
        ({"mono": True}, "81 04 1c"),
        ({"depth": 10}, "81 04 4c"),
        ({"depth": 10, "mono": True}, "81 04 5c"),
        ({"profile": 1}, "81 24 00"),
        ({"profile": 1, "depth": 10}, "81 24 40"),
        ({"profile": 2}, "81 44 08"),
        ({"profile": 2, "depth": 10}, "81 44 48"),
        ({"profile": 2, "depth": 12}, "81 44 6c"),
        ({"profile": 2, "depth": 12, "mono": True}, "81 44 7c"),
        ({"level": 31}, "81 1f 0c"),
        ({"described": 0x090E09}, "81 04 0c"),
        ({"profile": 1, "described": 0x010D00}, "81 24 00"),
    ],
    ids=str,
)
def test_kinds_of_samples(options, configuration):
    unit, _ = read(still(**options))
    assert unit.sequence.configuration == bytes.fromhex(configuration) + b"\0"
    assert unit.sequence.depth == options.get("depth", 8)
    assert unit.sequence.monochrome == options.get("mono", False)


def test_headers_of_a_real_encoder():
    """Pillow's libaom writes av1C from the same facts."""
    for mode, subsampling in (("RGB", "4:2:0"), ("RGB", "4:2:2"), ("RGB", "4:4:4"), ("RGB", "4:0:0")):
        for quality in (50, 100):
            data = written_by_pillow(noise((33, 21), mode), subsampling=subsampling, quality=quality)
            unit, kept = read(data[data.index(b"mdat") + 4 :])
            assert kept == data[data.index(b"mdat") + 4 :]
            assert (unit.sequence.width, unit.sequence.height) == (33, 21)
            at = data.index(b"av1C") + 4
            assert unit.sequence.configuration == data[at : at + 4]


VIDEOS = {
    "plain": ({}, {}),
    "timing": ({"timing": True}, {"time": 16}),
    "numbers": ({"ids": True}, {"ids": 8}),
    "all": ({"timing": True, "ids": True, "points": [0] * 32}, {"time": 16, "ids": 8}),
    "frames in equal time": ({"timing": True, "equal": True}, {}),
    "no screen content": ({"tools": 0}, {"tools": 0}),
    "screen content": ({"tools": 1}, {"tools": 0}),
    "whole pixels, perhaps": ({"tools": 1, "motion": 2}, {"tools": 1}),
    "both, perhaps": ({"motion": 2}, {"tools": 2}),
    "no order": ({"order_hint": False}, {}),
}


@pytest.mark.parametrize(("header", "options"), VIDEOS.values(), ids=VIDEOS)
def test_headers_of_videos(header, options):
    for wrong in (False, True):
        data = video_sequence(**header) + obu(6, frame(override=wrong, **options))
        if wrong:
            with pytest.raises(TypeNotAllowed, match="different sizes"):
                read(data)
        else:
            unit, kept = read(data)
            assert kept == data
            assert (unit.sequence.width, unit.sequence.height) == (64, 48)
    inter = obu(6, frame(1, shown=False, **options)) + obu(6, frame(1, **options))
    later, kept = read(DELIMITER + inter, unit.sequence)
    assert kept == DELIMITER + inter
    assert later.frames == 2
    assert not later.stands_alone


LAYERS = [0x301, 0x101]  # operating points: two layers, and the first of them alone


def test_layers_are_kept_as_one_picture():
    data = video_sequence(points=LAYERS) + obu(6, frame(), layer=(0, 0)) + obu(6, frame(1), layer=(0, 1))
    unit, kept = read(data)
    assert kept == data
    assert unit.frames == 2


def test_a_layer_that_nobody_decodes_is_left_out():
    extra = obu(6, CANARY, layer=(0, 3)) + obu(6, CANARY, layer=(2, 0))
    data = video_sequence(points=LAYERS) + obu(6, frame(), layer=(0, 0))
    unit, kept = read(data + extra)
    assert kept == data
    assert unit.removed == (("unused picture data", len(extra)),)


ANY = video_sequence()
KEY, INTER, AGAIN = obu(6, frame()), obu(6, frame(1)), obu(3, b"\x80")
REFUSED = {
    "nothing": (b"", Corrupt, "cut short"),
    "no frame": (sequence(), Corrupt, "cut short"),
    "no header": (FRAME, Corrupt, "no header"),
    "tiles without a frame": (sequence() + obu(4, b"x"), Corrupt, "torn"),
    "a frame without tiles": (sequence() + obu(3, b"x"), Corrupt, "cut short"),
    "empty tiles": (sequence() + obu(3, b"x") + obu(4), Corrupt, "torn"),
    "another frame before the tiles": (ANY + obu(3, frame()) + KEY, Corrupt, "torn"),
    "no key frame": (ANY + INTER, Corrupt, "in the middle"),
    "a key frame that is not shown": (ANY + obu(6, frame(shown=False)) + AGAIN, Corrupt, "in the middle"),
    "a frame shown again first": (ANY + AGAIN, Corrupt, "in the middle"),
    "a frame that shows another": (ANY + KEY + obu(6, b"\x80"), Corrupt, "torn"),
    "two pictures": (ANY + KEY + INTER, Corrupt, "more than one picture"),
    "two still pictures": (still() + FRAME, Corrupt, "more than one picture"),
    "five layers": (
        video_sequence(points=LAYERS) + obu(6, frame()) + obu(6, frame(1)) * 4,
        Corrupt,
        "more than one picture",
    ),
    "two delimiters": (DELIMITER + still() + DELIMITER, Corrupt, "more than one picture"),
    "a delimiter with something in it": (obu(2, CANARY) + still(), Corrupt, "more than one picture"),
    "another size halfway": (still() + sequence(65, 48), Corrupt, "contradicts"),
    "something behind the sequence header": (
        obu(1, sequence()[3:] + b"<a>") + FRAME,
        Corrupt,
        "hidden",
    ),
    "a sequence header of 401 bytes": (obu(1, sequence()[3:] + bytes(400)) + FRAME, Corrupt, "hidden"),
    "a sequence header cut short": (obu(1, sequence()[3:-3]) + FRAME, Corrupt, "cut short"),
    "profile 3": (obu(1, packed((3, 3), (3, 2), (0, 70))) + FRAME, Corrupt, "broken"),
    "reduced and not still": (obu(1, packed((0, 3), (1, 2), (0, 70))) + FRAME, Corrupt, "broken"),
    "a frame header cut short": (video_sequence(ids=True) + obu(6, b"\x10"), Corrupt, "cut short"),
    "a frame that switches": (ANY + KEY + obu(6, frame(3)), TypeNotAllowed, "different sizes"),
    "a size beyond the end": (still()[:-1], Corrupt, "cut short"),
    "a size without end": (b"\x0a" + b"\xff" * 9, Corrupt, "cut short"),
    "a size cut off": (b"\x0a\x80", Corrupt, "cut short"),
    "the forbidden bit": (b"\x8a" + still()[1:], Corrupt, "not AV1"),
    "the reserved bit": (b"\x0b" + still()[1:], Corrupt, "not AV1"),
    "reserved bits of a layer": (sequence() + b"\x36\x01\x02xy", Corrupt, "not AV1"),
    "no byte for the layer": (still() + b"\x36", Corrupt, "not AV1"),
    "5001 pieces": (still() + obu(15) * 4_999, TooComplex, "5000 pieces"),
    "text": (b"<script>alert(1)</script>", Corrupt, "not AV1"),
}


@pytest.mark.parametrize(("data", "kind", "words"), REFUSED.values(), ids=REFUSED)
def test_refused(data, kind, words):
    with pytest.raises(Refusal) as refusal:
        read(data)
    assert type(refusal.value) is kind
    assert words in refusal.value.detail


def test_frames_that_are_not_shown_are_bounded():
    before = read(ANY + KEY)[0].sequence
    hidden = obu(6, frame(1, shown=False))
    assert read(hidden * 7 + INTER, before)[0].frames == 8
    with pytest.raises(TooComplex, match="8 frames"):
        read(hidden * 8 + INTER, before)


@given(st.binary(max_size=60), st.booleans())
def test_garbage_is_a_picture_or_a_refusal(garbage, behind):
    data = sequence() + garbage if behind else garbage
    try:
        unit, kept = read(data)
    except Refusal:
        return
    assert read(kept)[1] == kept
    assert unit.sequence == read(kept)[0].sequence


@given(st.integers(0, 60), st.integers(0, 7))
def test_any_bit_flipped_is_a_picture_or_a_refusal(byte, bit):
    data = bytearray(DELIMITER + video_sequence(timing=True, ids=True) + obu(6, frame(time=16, ids=8)))
    data[byte % len(data)] ^= 1 << bit
    try:
        _, kept = read(bytes(data))
    except Refusal:
        return
    assert read(kept)[1] == kept


def test_a_picture_cut_anywhere_is_refused():
    data = written_by_pillow(noise())
    data = data[data.index(b"mdat") + 4 :]
    read(data)
    for length in range(len(data)):
        with pytest.raises(Corrupt):
            read(data[:length])
