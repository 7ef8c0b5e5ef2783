"""WebP files that are refused, and why."""

import io
import struct
import tempfile
from pathlib import Path

import pytest
from tests.pictures import CANARY, sanitised
from tests.webps import (
    ALPH,
    ANIM,
    ANIMATION,
    EXIF,
    FRAME,
    XMP_PART,
    animated,
    anmf,
    part,
    riff,
    still,
    uint24,
    vp8,
    vp8l,
    vp8x,
)

from safelight.errors import Corrupt, Refusal, TooComplex
from safelight.formats import FileBuffer, inspect

CORPUS = Path(__file__).parent.parent / "corpus"


def refused(data: bytes) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        inspect(data, {"image/webp"})
    return refusal.value


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
