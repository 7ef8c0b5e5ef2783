"""GIF's compressed pixels: exactly those of a frame, or refused, as one who reads code after code would say."""

import random
import time
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.formats.lzw_codes import encoded, packed

from safelight.errors import Corrupt
from safelight.formats import lzw

RUNS = 10_000


def decoded(data: bytes, code_size: int) -> int | None:
    """How many pixels there are, one code after the other; None if a code does not exist or something is left over."""
    clear = 1 << code_size
    bits, at, pixels = int.from_bytes(data, "little"), 0, 0
    lengths, previous = [1] * (clear + 2), 0
    while at + (width := min(12, len(lengths).bit_length())) <= 8 * len(data):
        code = bits >> at & (1 << width) - 1
        at += width
        if code == clear + 1:
            break
        if code == clear:
            lengths, previous = [1] * (clear + 2), 0
            continue
        if previous and len(lengths) < 4096:
            lengths.append(previous + 1)
        if code >= len(lengths):
            return None
        previous = lengths[code]
        pixels += previous
    return None if bits >> 8 * -(-at // 8) else pixels


def check(data: bytes, code_size: int, pixels: int, piece: int = 255, runs: int = RUNS) -> int:
    return lzw.check((data[at : at + piece] for at in range(0, len(data), piece)), code_size, pixels, runs)


def picture(size: int, code_size: int, seed: int = 1, colours: int = 256) -> list[int]:
    return random.Random(seed).choices(range(min(colours, 1 << code_size)), k=size)


@pytest.mark.parametrize("code_size", range(2, 9))
@pytest.mark.parametrize("size", [1, 2, 3, 300, 10_000])
@pytest.mark.parametrize("colours", [1, 256])
def test_the_pixels_of_a_frame_are_counted(code_size, size, colours):
    pixels = picture(size, code_size, colours=colours)
    # Without an end code, what fills up the last byte must not be long enough for a code.
    for options in ({}, {"defer": True}, {"begin": False}, *([{"end": False}] if code_size > 6 else [])):
        data = packed(encoded(pixels, code_size, **options), code_size)
        assert 0 < check(data, code_size, size) < RUNS
        for wrong in (size - 1, size + 1):
            with pytest.raises(Corrupt):
                check(data, code_size, wrong)


@pytest.mark.parametrize("piece", [1, 2, 100, 255, 8192])
def test_pieces_may_be_of_any_size(piece):
    pixels = picture(20_000, 8)
    assert check(packed(encoded(pixels, 8), 8), 8, 20_000, piece)


def test_old_programs_clear_the_table_all_the_time_and_never_use_it():
    codes: list[int] = []
    for at, pixel in enumerate(pixels := picture(1000, 4)):
        codes += [16, pixel] if at % 14 == 0 else [pixel]
    assert check(packed([*codes, 17], 4), 4, len(pixels))


REFUSED = {
    "nothing": (b"", "cut short"),
    "the end at once": (packed([256, 257], 8), "cut short"),
    "a pixel too few": (packed([256, 1, 2, 257], 8), "cut short"),
    "a pixel too many": (packed([256, 1, 2, 3, 4, 257], 8), "more picture data"),
    "a code that is not there": (packed([256, 1, 300, 257], 8), "broken"),
    "a code too early": (packed([256, 258, 257], 8), "broken"),
    "a code that was cleared": (packed([256, 1, 2, 256, 258, 257], 8), "broken"),
    "something behind the end": (packed([256, 1, 2, 3, 257], 8) + b"\0<", "hidden"),
    "something far behind the end": (packed([256, 1, 2, 3, 257], 8) + bytes(10_000) + b"<", "hidden"),
    "codes behind the end": (packed([256, 1, 2, 3, 257, 1, 257], 8), "hidden"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED)
def test_refused(data, words):
    with pytest.raises(Corrupt, match=words):
        check(data, 8, 3)


def test_some_programs_fill_up_with_zeros():
    assert check(packed([256, 1, 2, 3, 257], 8) + bytes(3), 8, 3)


def test_after_so_many_runs_nothing_is_known():
    pixels = picture(40_000, 8)
    data = packed(encoded(pixels, 8), 8)
    needed = RUNS - check(data, 8, 40_000)
    assert check(data, 8, 40_000, runs=needed) == 0
    assert check(data, 8, 99_999, runs=needed - 1) == 0
    assert check(data, 8, 40_000, runs=needed + 1) == 1


@given(st.binary(max_size=60), st.integers(2, 8), st.sampled_from([1, 3, 255]))
@example(b"\xff" * 30, 2, 255)
def test_any_bytes_are_judged_as_a_decoder_judges_them(data, code_size, piece):
    pixels = decoded(data, code_size)
    for wanted in {0, 1, pixels or 0}:
        try:
            check(data, code_size, wanted, piece)
        except Corrupt:
            assert wanted != pixels
        else:
            assert wanted == pixels


@given(st.lists(st.integers(0, 15), min_size=1, max_size=600), st.sampled_from([4, 8]), st.booleans())
def test_any_picture_is_accepted_and_no_other(pixels, code_size, defer):
    data = packed(encoded(pixels, code_size, defer=defer), code_size)
    assert decoded(data, code_size) == len(pixels)
    assert check(data, code_size, len(pixels))
    with pytest.raises(Corrupt):
        check(data[: len(data) // 2], code_size, len(pixels))


def test_time_and_memory_are_bounded():
    """Whatever the codes: a clear code after each costs the most."""
    for data, pixels in (
        (packed([4, 1] * 2000, 2) * 100, 200_000),
        (packed([256, *picture(3000, 8)], 8) * 200, 600_000),
    ):
        started = time.process_time()
        tracemalloc.start()
        with suppress(Corrupt):
            check(data, 2 if pixels == 200_000 else 8, pixels, 4096, runs=2_000)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 1_000_000
        assert time.process_time() - started < 2
