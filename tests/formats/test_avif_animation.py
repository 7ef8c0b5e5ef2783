"""Animated AVIF: every frame and how long it is shown is kept; what else its tables could hold is not."""

import io
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.avif_files import (
    DELIMITER,
    NCLX,
    Item,
    auxc,
    av1c,
    avif,
    box,
    essential,
    exif,
    frame,
    ftyp,
    full,
    ispe,
    noise,
    obu,
    picture,
    pixi,
    video_sequence,
    written_by_pillow,
)
from tests.avif_tracks import INTER, KEY, Track, animation, table
from tests.pictures import CANARY, sanitised, tiff
from tests.refusals import refused

from safelight.errors import Corrupt, Refusal, TooComplex
from safelight.formats import Inspection

SAMPLES = [KEY, INTER, INTER]
GREY = video_sequence(mono=True) + obu(6, frame())
HIDDEN = obu(6, frame(1, shown=False))


def alpha(*samples: bytes, **options) -> Track:
    properties = [av1c(level=8, mono=True), auxc(kind=b"auxi")]
    defaults = {"handler": b"auxv", "references": {b"auxl": [1]}, "properties": properties}
    return Track(samples or [GREY, INTER, INTER], **defaults | options)


def items(*more: Item) -> list[Item]:
    main = Item(KEY, [ispe(), pixi(), essential(av1c(level=8))])
    return [main, *more]


TRANSPARENT = Item(GREY, [ispe(), pixi(1), essential(av1c(level=8, mono=True)), auxc()], references={b"auxl": [1]})


def consistent(data: bytes) -> tuple[bytes, Inspection]:
    stored, first = sanitised(data)
    again, second = sanitised(stored)
    assert again == stored
    assert second.removed == ()
    facts = ("media_type", "width", "height", "shown", "orientation", "bit_depth", "frames", "size")
    assert [getattr(second, fact) for fact in facts] == [getattr(first, fact) for fact in facts]
    return stored, first


KEPT = {
    "three frames": animation(Track(SAMPLES)),
    "one frame": animation(Track([KEY])),
    "key frames": animation(Track([KEY, INTER, KEY, KEY], sync=(1, 3, 4))),
    "nothing but key frames": animation(Track([KEY] * 3, sync=(1, 2, 3))),
    "delimiters": animation(Track([DELIMITER + KEY, DELIMITER + INTER])),
    "frames prepared for later": animation(Track([KEY, HIDDEN * 3 + INTER, obu(3, b"\x80"), INTER])),
    "times": animation(Track(SAMPLES, durations=[(1, 40), (2, 1000)])),
    "over and over": animation(Track(SAMPLES, edit=(1, 300, 0))),
    "part of it": animation(Track(SAMPLES, edit=(0, 200, 100))),
    "colours": animation(Track(SAMPLES, properties=[av1c(level=8), box(b"colr", NCLX), box(b"pasp", b"\0\0\0\1" * 2)])),
    "transparent": animation(Track(SAMPLES), alpha(), items=items(TRANSPARENT)),
    "premultiplied": animation(
        Track(SAMPLES, references={b"prem": [2]}),
        alpha(),
        items=[Item(KEY, items()[0].properties, references={b"prem": [2]}), TRANSPARENT],
    ),
    "for readers of stills": animation(Track(SAMPLES), head=ftyp(b"avif", b"avif", b"mif1", b"miaf", b"avis", b"msf1")),
}


@pytest.mark.parametrize("data", KEPT.values(), ids=KEPT)
def test_what_makes_the_animation_is_kept_byte_for_byte(data):
    stored, inspection = sanitised(data)
    assert stored == data
    assert inspection.removed == ()


def test_the_facts():
    _, inspection = sanitised(animation(Track([KEY] + [INTER] * 9)))
    assert (inspection.displayed, inspection.frames, inspection.pixels) == ((64, 48), 10, 64 * 48 * 10)


def test_frames_that_are_never_shown_count_as_well():
    many = [KEY, HIDDEN * 7 + INTER]
    grey = [GREY, HIDDEN * 7 + INTER]
    assert sanitised(animation(Track(many)))[1].frames == 9
    assert sanitised(animation(Track([KEY, INTER]), alpha(*grey), items=items(TRANSPARENT)))[1].frames == 9
    assert sanitised(animation(Track([KEY, HIDDEN + INTER, obu(3, b"\x80")])))[1].frames == 3
    assert sanitised(animation(Track([KEY, obu(3, b"\x80"), obu(3, b"\x80")])))[1].frames == 3


def frames(data: bytes) -> list[tuple]:
    with Image.open(io.BytesIO(data)) as image:
        found = []
        for number in range(image.n_frames):
            image.seek(number)
            image.load()
            found.append((image.mode, image.size, image.info["duration"], image.info["timestamp"], image.tobytes()))
        return found


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("count", [2, 25])
def test_frames_and_times_survive(mode, count):
    images = [noise(mode=mode, seed=seed) for seed in range(count)]
    durations = [50 + 10 * number for number in range(count)]
    options = {"save_all": True, "append_images": images[1:], "duration": durations, "speed": 8, "exif": tiff()}
    data = written_by_pillow(images[0], **options)
    stored, inspection = consistent(data)
    assert frames(stored) == frames(data)
    assert [round(found[2]) for found in frames(stored)] == durations
    assert inspection.frames == count
    assert CANARY not in stored


DROPPED = {
    "a name of the track": Track(SAMPLES, boxes={b"hdlr": full(b"hdlr", bytes(4), b"pict", bytes(12), CANARY + b"\0")}),
    "dates": Track(
        SAMPLES,
        boxes={b"mdhd": full(b"mdhd", b"evilevilevilevil", struct.pack(">IQHH", 1000, 300, 0x55C4, 0), version=1)},
    ),
    "a language": Track(
        SAMPLES, boxes={b"mdhd": full(b"mdhd", bytes(16), struct.pack(">IQHH", 1000, 300, 0x1234, 99), version=1)}
    ),
    "short times": Track(
        SAMPLES, boxes={b"mdhd": full(b"mdhd", b"evilevil", struct.pack(">IIHH", 1000, 300, 0x55C4, 0))}
    ),
    "user data": Track(SAMPLES, boxes={b"udta": box(b"udta", CANARY)}),
    "where data might be": Track(SAMPLES, boxes={b"dinf": box(b"dinf", full(b"dref", CANARY))}),
    "a sample table": Track(SAMPLES, tables={b"sdtp": full(b"sdtp", CANARY)}),
    "wrong key frames": Track(SAMPLES, tables={b"stss": full(b"stss", CANARY)}),
    "a property": Track(SAMPLES, properties=[av1c(level=8), box(b"btrt", CANARY)]),
    "codec headers": Track(SAMPLES, properties=[box(b"av1C", b"\x81\x08\x0c\0" + CANARY)]),
    "metadata in a frame": Track([KEY, INTER + obu(5, CANARY), INTER]),
    "a reference": Track(SAMPLES, references={b"cdsc": [1]}),
    "spare bits": Track(SAMPLES, rules=0xC7FFFFFF),
}


@pytest.mark.parametrize("track", DROPPED.values(), ids=DROPPED)
def test_what_is_not_the_animation_is_left_out(track):
    stored, _ = consistent(animation(track))
    assert stored == KEPT["three frames"]


def test_the_name_of_the_encoder_is_left_out():
    data = animation(Track(SAMPLES))
    at = data.index(b"av01", data.index(b"stsd")) + 4 + 42
    stored, _ = consistent(data[:at] + CANARY.ljust(32, b"\0") + data[at + 32 :])
    assert stored == data


@pytest.mark.parametrize(
    ("tracks", "names"),
    [
        ([Track(SAMPLES, handler=b"soun")], ["further track"]),
        ([alpha(references={b"auxl": [7]})], ["further track"]),
        ([alpha(properties=[av1c(level=8), auxc(b"urn:evil", b"auxi")])], ["further track"]),
        ([Track([KEY, INTER + CANARY[:0]])], ["further track"]),
        (
            [Track(SAMPLES, tables={b"stsd": full(b"stsd", struct.pack(">I", 1), box(b"mp4a", CANARY))})],
            ["further track"],
        ),
    ],
    ids=["sound", "transparency of another", "auxiliary", "another animation", "other samples"],
)
def test_other_tracks_are_left_out(tracks, names):
    main = Track(SAMPLES)
    for track in tracks:
        track.samples = [KEY, *track.samples[1:]]
    stored, inspection = consistent(animation(main, *tracks, items=items()))
    assert stored == KEPT["three frames"]
    assert [what for what, _ in inspection.removed][:1] == names


def test_a_second_transparency_is_left_out():
    three = animation(Track(SAMPLES), alpha(), alpha(), items=items(TRANSPARENT))
    stored, inspection = consistent(three)
    assert stored == KEPT["transparent"]
    assert "further track" in dict(inspection.removed)


@pytest.mark.parametrize("tail", [b"<html>" + CANARY, box(b"free", CANARY), box(b"moof", CANARY)])
def test_what_follows_is_left_out(tail):
    stored, _ = consistent(animation(Track(SAMPLES), extra=box(b"udta", CANARY), tail=tail))
    assert stored == KEPT["three frames"]


def test_a_file_that_does_not_say_that_it_is_animated_is_a_picture():
    stored, inspection = consistent(animation(Track(SAMPLES), head=ftyp()))
    assert stored == avif(*items())
    assert inspection.frames == 1
    assert [what for what, _ in inspection.removed] == ["box moov", "data that belongs to no picture"]


def test_metadata_of_the_main_picture_is_left_out():
    stored, inspection = consistent(animation(Track(SAMPLES), items=items(exif(tiff(6)))))
    assert stored == KEPT["three frames"]
    assert inspection.orientation == 1


def test_frames_in_one_chunk():
    """Encoders put the frames in a row, and say where the row begins."""
    data = animation(Track(SAMPLES))
    first = struct.unpack_from(">I", data, data.index(b"stco") + 12)[0]
    chunked = {
        "one": (table(b"stsc", 1, 1, 3, 1), table(b"stco", 1, first)),
        "long": (table(b"stsc", 1, 1, 3, 1), full(b"co64", struct.pack(">IQ", 1, first))),
        "two": (table(b"stsc", 2, 1, 1, 1, 2, 2, 1), table(b"stco", 2, first, first + len(KEY))),
    }
    for runs, offsets in chunked.values():
        # Smaller tables move the data towards the front.
        moved = animation(Track(SAMPLES, tables={b"stsc": runs, b"stco": offsets}))
        by = moved.index(KEY, moved.index(b"mdat")) - first
        kind = offsets[4:8]
        size = 8 if kind == b"co64" else 4
        count = int.from_bytes(offsets[12:16], "big")
        new = offsets[:16] + b"".join(
            (int.from_bytes(offsets[at : at + size], "big") + by).to_bytes(size, "big")
            for at in range(16, 16 + size * count, size)
        )
        stored, inspection = consistent(moved.replace(offsets, new))
        assert stored == data
        assert inspection.removed == ()


LONG = Track([KEY] + [INTER] * 10_000)
REFUSED = {
    "no table": (avif(picture(), before=box(b"moov"), head=ftyp(b"avis", b"avif", b"avis")), Corrupt, "missing"),
    "no track": (
        avif(picture(), before=box(b"moov", full(b"mvhd", bytes(96))), head=ftyp(b"avis")),
        Corrupt,
        "frames are missing",
    ),
    "two tables": (animation(Track(SAMPLES), tail=box(b"moov")), Corrupt, "there twice"),
    **{
        f"no {kind}": (animation(Track(SAMPLES, boxes={kind.encode(): b""})), Corrupt, "is missing")
        for kind in ("tkhd", "mdhd", "hdlr")
    },
    **{
        f"no {kind}": (animation(Track(SAMPLES, tables={kind.encode(): b""})), Corrupt, "table of its frames is")
        for kind in ("stsd", "stts", "stsc", "stsz", "stco")
    },
    "two tables of sizes": (animation(Track(SAMPLES, tables={b"more": table(b"stsz", 0, 0)})), Corrupt, "there twice"),
    "two tables of places": (animation(Track(SAMPLES, tables={b"more": table(b"co64", 0)})), Corrupt, "broken"),
    "too few times": (animation(Track(SAMPLES, durations=[(2, 100)])), Corrupt, "broken"),
    "too many times": (animation(Track(SAMPLES, durations=[(0, 1)] * 4)), Corrupt, "broken"),
    "too few places": (animation(Track(SAMPLES, tables={b"stco": table(b"stco", 2, 500, 600)})), Corrupt, "broken"),
    "too many places": (animation(Track(SAMPLES, tables={b"stco": table(b"stco", 4, 1, 1, 1, 1)})), Corrupt, "broken"),
    "no chunks": (animation(Track(SAMPLES, tables={b"stsc": table(b"stsc", 0)})), Corrupt, "broken"),
    "chunks that begin at 0": (
        animation(Track(SAMPLES, tables={b"stsc": table(b"stsc", 1, 0, 1, 1)})),
        Corrupt,
        "broken",
    ),
    "chunks that begin at 2": (
        animation(Track(SAMPLES, tables={b"stsc": table(b"stsc", 1, 2, 1, 1)})),
        Corrupt,
        "broken",
    ),
    "chunks out of order": (
        animation(Track(SAMPLES, tables={b"stsc": table(b"stsc", 3, 1, 1, 1, 3, 1, 1, 2, 1, 1)})),
        Corrupt,
        "broken",
    ),
    "empty chunks": (animation(Track(SAMPLES, tables={b"stsc": table(b"stsc", 1, 1, 0, 1)})), Corrupt, "broken"),
    "no frames": (
        animation(
            Track(
                [KEY],
                tables={
                    b"stsz": table(b"stsz", 0, 0),
                    b"stco": table(b"stco", 0),
                    b"stsc": table(b"stsc", 0),
                    b"stts": table(b"stts", 0),
                },
            )
        ),
        Corrupt,
        "broken",
    ),
    "empty frames": (
        animation(Track(SAMPLES, tables={b"stsz": table(b"stsz", 0, 3, 0, 0, 0)})),
        Corrupt,
        "lies outside",
    ),
    "a frame beyond the end": (
        animation(Track(SAMPLES, tables={b"stsz": table(b"stsz", 0, 3, len(KEY), len(INTER), len(INTER) + 1)})),
        Corrupt,
        "lies outside",
    ),
    "10001 frames": (animation(LONG), TooComplex, "10000 frames"),
    "4 billion frames of a size": (
        animation(Track(SAMPLES, tables={b"stsz": table(b"stsz", 9, (1 << 32) - 1)})),
        TooComplex,
        "10000 frames",
    ),
    "11 tracks": (animation(*[Track([KEY])] * 11), TooComplex, "10 tracks"),
    "two kinds of samples": (
        animation(Track(SAMPLES, tables={b"stsd": full(b"stsd", struct.pack(">I", 2), box(b"av01"), box(b"av01"))})),
        Corrupt,
        "frames are missing",
    ),
    "a short kind of samples": (
        animation(Track(SAMPLES, tables={b"stsd": full(b"stsd", struct.pack(">I", 1), box(b"av01", bytes(77)))})),
        Corrupt,
        "broken",
    ),
    "edits": (
        animation(Track(SAMPLES, boxes={b"edts": box(b"edts", table(b"elst", 2, *[1, 0, 1 << 16] * 2))})),
        Corrupt,
        "pieces",
    ),
    "nothing at first": (
        animation(Track(SAMPLES, boxes={b"edts": box(b"edts", table(b"elst", 1, 300, (1 << 32) - 1, 1 << 16))})),
        Corrupt,
        "pieces",
    ),
    "twice as fast": (
        animation(Track(SAMPLES, boxes={b"edts": box(b"edts", table(b"elst", 1, 300, 0, 2 << 16))})),
        Corrupt,
        "pieces",
    ),
    "no key frame": (animation(Track([INTER, INTER]), items=items()), Corrupt, "no header"),
    "a picture that is no frame": (animation(Track([KEY, b"<html>"])), Corrupt, "cut short"),
    "two pictures in a frame": (animation(Track([KEY, INTER * 2])), Corrupt, "more than one picture"),
    "another size": (
        animation(Track([video_sequence(32, 32) + obu(6, frame())]), items=[picture(data=KEY)]),
        Corrupt,
        "another size",
    ),
    "another size halfway": (
        animation(Track([KEY, video_sequence(32, 32) + obu(6, frame())], sync=(1, 2))),
        Corrupt,
        "contradicts",
    ),
    "frames that are never shown": (animation(Track([KEY] + [HIDDEN * 7 + INTER] * 9)), TooComplex, "never shown"),
    "transparency for some frames": (
        animation(Track(SAMPLES), alpha(GREY, INTER), items=items(TRANSPARENT)),
        Corrupt,
        "other frames",
    ),
}


@pytest.mark.parametrize(("data", "kind", "words"), REFUSED.values(), ids=REFUSED)
def test_refused(data, kind, words):
    refusal = refused(data)
    assert type(refusal) is kind
    assert words in refusal.detail


def test_as_many_frames_as_there_may_be_are_counted():
    _, inspection = sanitised(animation(Track([KEY] + [INTER] * 9_999)))
    assert inspection.pixels == 64 * 48 * 10_000


WHOLE = [KEPT["transparent"], animation(Track(SAMPLES, edit=(1, 300, 0)), tail=b"", items=items(exif(tiff())))]


@pytest.mark.parametrize("data", WHOLE, ids=["transparent", "metadata"])
def test_cut_anywhere_it_is_refused(data):
    sanitised(data)
    for length in range(len(data)):
        with pytest.raises(Refusal):
            sanitised(data[:length])


def test_an_animation_whose_tables_come_last_is_refused_if_cut():
    data = animation(Track(SAMPLES))
    start, end = data.index(b"moov") - 4, data.index(b"mdat") - 4
    moov = data[start:end]
    last = data[:start] + data[end:] + moov
    for length in range(len(data) - len(moov), len(data)):
        assert type(refused(last[:length])) is Corrupt


def test_every_length_that_lies_is_refused_or_does_not_matter():
    for data in WHOLE:
        for at in range(len(data) - 8):
            if data[at + 4 : at + 8].isalnum():
                for wrong in (0, 1, 7, 8, 9, 0x7FFFFFFF, 0xFFFFFFFF):
                    with suppress(Refusal):
                        consistent(data[:at] + struct.pack(">I", wrong) + data[at + 4 :])


@given(st.sampled_from(WHOLE), st.data())
def test_what_is_accepted_is_clean_at_once(data, draw):
    damaged = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 3))):
        at = draw.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + draw.draw(st.integers(0, 2))] = draw.draw(st.binary(max_size=2))
    with suppress(Refusal):
        consistent(bytes(damaged))


@given(st.binary(max_size=100), st.sampled_from([b"stsd", b"stts", b"stsc", b"stsz", b"stco", b"co64", b"stss"]))
def test_garbage_in_a_table_is_an_animation_or_a_refusal(garbage, kind):
    for content in (box(kind, garbage), full(kind, garbage)):
        with suppress(Refusal):
            consistent(animation(Track(SAMPLES, tables={kind: content})))


@given(st.binary(max_size=150), st.sampled_from([b"tkhd", b"tref", b"edts", b"mdhd", b"hdlr", b"dinf", b"vmhd"]))
def test_garbage_in_a_track_is_an_animation_or_a_refusal(garbage, kind):
    for content in (box(kind, garbage), full(kind, garbage), box(kind, full(b"elst", garbage))):
        with suppress(Refusal):
            consistent(animation(Track(SAMPLES, boxes={kind: content})))
