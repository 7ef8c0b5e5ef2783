"""orient="apply": the pixels are turned, and what is stored says nothing of turning any more."""

import io

import pytest
from PIL import Image, ImageCms, ImageOps
from tests.decode.pixels import difference, garbled, opened
from tests.pictures import CANARY, SOI, chunk, exif_segment, icc_profile, icc_segments, photo, png, tiff

from safelight import Policy, Refusal, Upload
from safelight import decode as decoding
from safelight.decode import sandbox
from safelight.errors import Corrupt, TooManyPixels
from safelight.formats import Inspection
from safelight.testing import memory_safelight

APPLY = Policy("upright", orient="apply")


def accepted(data: bytes, policy: Policy = APPLY, name: str = "a.jpg"):
    safelight = memory_safelight()
    blob = safelight.accept(Upload(io.BytesIO(data), filename=name), policy)
    return blob, safelight.storages["default"].files[blob.key]


def smooth(format: str, orientation: int, mode: str = "RGB", **options) -> bytes:
    """Every corner is different, and hardly anything is lost by compressing it."""
    image = Image.linear_gradient("L").resize((64, 48))
    image = Image.merge("RGB", (image, image.transpose(Image.Transpose.ROTATE_90).resize((64, 48)), image))
    image = image.convert(mode)
    file = io.BytesIO()
    image.save(file, format, exif=b"Exif\0\0" + tiff(orientation), **options)
    return file.getvalue()


def as_shown(data: bytes) -> Image.Image:
    return ImageOps.exif_transpose(opened(data))


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_it_looks_as_before_and_lies_upright(orientation, format):
    sent = smooth(format, orientation)
    blob, stored = accepted(sent)
    assert blob.media_type == f"image/{format.lower()}"
    assert (blob.width, blob.height) == opened(stored).size == as_shown(sent).size
    assert not opened(stored).getexif()
    assert CANARY not in stored
    if format == "PNG":
        assert opened(stored).tobytes() == as_shown(sent).tobytes()
    else:
        assert difference(opened(stored), as_shown(sent)) < 1.5


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_colours_of_other_kinds(mode):
    sent = smooth("JPEG", 6, mode)
    _, stored = accepted(sent)
    assert difference(opened(stored), as_shown(sent)) < 1.5


@pytest.mark.parametrize(("sent", "kept"), [("4:2:0", "4:2:0"), ("4:4:4", "4:4:4"), ("4:2:2", "4:2:0")])
def test_chroma_subsampling(sent, kept):
    _, stored = accepted(smooth("JPEG", 6, subsampling=sent))
    layers = {layer[0]: layer[1:3] for layer in opened(stored).layer}
    assert layers[1] == ((2, 2) if kept == "4:2:0" else (1, 1))


@pytest.mark.parametrize("depth", [8, 16])
def test_samples_of_a_png_keep_their_depth(depth):
    blob, stored = accepted(png(5, 3, colour=2, depth=depth, before=chunk(b"eXIf", tiff(8))))
    assert (blob.width, blob.height) == (3, 5)
    assert stored[24] == depth


def test_a_colour_profile_stays():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    _, stored = accepted(smooth("JPEG", 3, icc_profile=profile))
    assert opened(stored).info["icc_profile"] == profile


def test_a_profile_that_is_none_does_not_disturb():
    data = SOI + exif_segment(tiff(6)) + b"".join(icc_segments(icc_profile())) + photo((64, 48))[2:]
    assert accepted(data)[0].width == 48


@pytest.mark.parametrize("data", [photo(), photo(format="PNG"), SOI + exif_segment(tiff(1)) + photo()[2:]])
def test_what_lies_upright_is_not_touched(data, monkeypatch):
    monkeypatch.setattr(sandbox, "run", lambda *arguments: pytest.fail("decoded"))
    assert accepted(data)[1] == accepted(data, Policy("kept"))[1]


def test_turning_is_strict_by_itself():
    data = SOI + exif_segment(tiff(6)) + garbled(photo((200, 150)))[2:]
    for policy in (APPLY, Policy("both", orient="apply", decode="strict")):
        with pytest.raises(Corrupt):
            accepted(data, policy)


def test_it_is_decoded_once(monkeypatch):
    jobs, run = [], sandbox.run
    monkeypatch.setattr(sandbox, "run", lambda program, job, *rest: jobs.append(job) or run(program, job, *rest))
    accepted(smooth("JPEG", 6), Policy("both", orient="apply", decode="strict"))
    accepted(smooth("JPEG", 1), Policy("both", orient="apply", decode="strict"))
    assert [job.get("orientation") for job in jobs] == [6, None]


def test_limits_are_those_of_any_picture():
    with pytest.raises(TooManyPixels):
        accepted(smooth("JPEG", 6), Policy("small", orient="apply", max_pixels=1000))


@pytest.mark.parametrize("output", [b"", b"<html>", photo(format="BMP"), photo((3, 3))[:-2]])
def test_what_the_decoder_made_is_not_believed(monkeypatch, output):
    monkeypatch.setattr(decoding, "turned", lambda *arguments: io.BytesIO(output))
    with pytest.raises(Refusal):
        accepted(smooth("JPEG", 6))


class TestWebP:
    """Beside the front door, whether or not there is a walker for it yet."""

    @pytest.mark.parametrize("lossless", [True, False])
    def test_a_still_picture(self, lossless):
        sent = smooth("WEBP", 6, lossless=lossless, quality=95)
        inspection = Inspection(media_type="image/webp", extension="webp", width=64, height=48, parts=(), orientation=6)
        assert decoding.turns(inspection)
        with decoding.turned(io.BytesIO(sent), inspection) as made:
            stored = made.read()
        assert opened(stored).size == (48, 64)
        assert (b"VP8L" in stored) == lossless
        assert difference(opened(stored), as_shown(sent)) < (0.001 if lossless else 2)

    @pytest.mark.parametrize(
        "inspection",
        [
            Inspection(
                media_type="image/webp", extension="webp", width=64, height=48, parts=(), orientation=6, frames=2
            ),
            Inspection(media_type="image/webp", extension="webp", width=64, height=48, parts=()),
            Inspection(media_type="image/avif", extension="avif", width=64, height=48, parts=(), orientation=6),
            Inspection(media_type="image/gif", extension="gif", width=64, height=48, parts=(), orientation=6),
        ],
    )
    def test_what_cannot_be_turned_or_needs_not(self, inspection):
        assert not decoding.turns(inspection)
