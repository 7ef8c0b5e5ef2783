"""A thumbnail shows what its picture shows: upright, in sRGB, and transparent where that is. Where none can be made,
the picture is kept all the same."""

import io
import textwrap
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms, ImageOps, ImageStat
from tests import avif_files
from tests.decode.pixels import opened
from tests.pictures import CANARY, SOI, exif_segment, icc_profile, icc_segments, photo, sanitised, tiff

from safelight import DOCUMENTS, FILES, IMAGES, Blob, Policy, Upload, check
from safelight import decode as decoding
from safelight.decode import sandbox
from safelight.errors import Refusal, ScannerRefused
from safelight.formats import Inspection
from safelight.policy import HEIC
from safelight.testing import memory_safelight
from safelight.variants import THUMBNAIL

CORPUS = Path(__file__).parents[1] / "corpus"
POLICY = Policy("small", thumbnail=True)
FORMATS = ["JPEG", "PNG", "GIF", "WEBP", "AVIF"]


def kept(data: bytes, policy: Policy = POLICY) -> tuple[Blob, dict[str, bytes]]:
    """The blob, and all that lies in the storage."""
    safelight = memory_safelight()
    blob = safelight.accept(Upload(io.BytesIO(data)), policy)
    assert safelight.ledger.get(blob.key) == blob
    return blob, safelight.storages["default"].files


def thumbnail(data: bytes, policy: Policy = POLICY) -> Image.Image:
    blob, files = kept(data, policy)
    assert list(files) == [blob.key, THUMBNAIL.key(blob.key)]
    made = files[THUMBNAIL.key(blob.key)]
    assert blob.thumbnail_size == len(made)
    image = opened(made)
    assert (image.format, image.size) == ("WEBP", THUMBNAIL.fitted(blob.width, blob.height))
    assert not {"icc_profile", "exif", "xmp"} & set(image.info)
    assert sanitised(made)[0] == made, "there is nothing to remove"
    return image


def drawing(size: tuple[int, int] = (800, 600), mode: str = "RGB") -> Image.Image:
    """Every corner is of another colour, and hardly anything is lost by compressing it."""
    ramp = Image.linear_gradient("L").resize(size)
    across = Image.linear_gradient("L").transpose(Image.Transpose.ROTATE_90).resize(size)
    return Image.merge("RGB", (ramp, across, ramp)).convert(mode)


def encoded(image: Image.Image, format: str, **options) -> bytes:
    file = io.BytesIO()
    quality = {} if format in ("PNG", "GIF") else {"quality": 95}
    image.save(file, format, **quality, **options)
    return file.getvalue()


def difference(one: Image.Image, other: Image.Image) -> float:
    """How much a channel differs on average, of 255."""
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


def by_pillow(data: bytes, size: tuple[int, int]) -> Image.Image:
    return ImageOps.exif_transpose(opened(data)).convert("RGB").resize(size, Image.Resampling.LANCZOS)


# --- what it shows --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("size", [(800, 600), (600, 800), (1000, 20), (64, 48), (321, 1)])
def test_it_is_the_picture_made_smaller(format, size):
    data = encoded(drawing(size), format)
    small = thumbnail(data)
    assert max(small.size) == min(320, max(size))
    assert difference(small, by_pillow(data, small.size)) < 10, "steep ramps and palettes are coarse"
    assert difference(small, by_pillow(data, small.size).rotate(180)) > 60, "another picture would be seen"


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_it_lies_upright(format, orientation):
    data = encoded(drawing(), format, exif=b"Exif\0\0" + tiff(orientation))
    small = thumbnail(data)
    assert small.size == ((240, 320) if orientation >= 5 else (320, 240))
    assert difference(small, by_pillow(data, small.size)) < 4


def test_what_the_policy_has_turned_is_not_turned_again():
    data = encoded(drawing(), "JPEG", exif=b"Exif\0\0" + tiff(6))
    assert difference(thumbnail(data, Policy("upright", orient="apply", thumbnail=True)), thumbnail(data)) < 2


@pytest.mark.parametrize("format", ["PNG", "GIF", "WEBP", "AVIF"])
def test_of_an_animation_it_is_the_first_frame(format):
    first = drawing()
    others = [first.rotate(180), first.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    data = encoded(first, format, save_all=True, append_images=others, duration=100)
    assert opened(data).n_frames == 3
    small = thumbnail(data)
    assert small.n_frames == 1
    assert difference(small, first.resize(small.size)) < 4


@pytest.mark.parametrize(("format", "mode"), [("PNG", "RGBA"), ("PNG", "LA"), ("WEBP", "RGBA"), ("AVIF", "RGBA")])
def test_it_is_as_transparent_as_the_picture(format, mode):
    picture, alpha = drawing(mode=mode), Image.radial_gradient("L").resize((800, 600))
    picture.putalpha(alpha)
    small = thumbnail(encoded(picture, format))
    assert small.mode == "RGBA"
    assert difference(small.getchannel("A"), alpha.resize(small.size)) < 2


@pytest.mark.parametrize("format", ["PNG", "GIF"])
def test_a_transparent_colour_of_a_palette(format):
    picture = Image.new("P", (640, 480), 1)
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.paste(0, (0, 0, 320, 480))
    small = thumbnail(encoded(picture, format, transparency=0))
    assert small.getchannel("A").getextrema() == (0, 255)
    assert small.getpixel((0, 120))[3] == 0
    assert small.getpixel((319, 120))[3] == 255


def test_what_cannot_be_seen_does_not_bleed_into_what_can():
    picture = Image.new("RGBA", (640, 480), (255, 0, 0, 0))
    picture.paste((0, 0, 255, 255), (321, 0, 640, 480))
    small = thumbnail(encoded(picture, "PNG"))
    seen = small.getchannel("A").point(lambda alpha: 255 * (alpha > 200))
    assert ImageStat.Stat(small.getchannel("R"), seen).extrema[0][1] < 30


def test_colours_follow_the_profile_in_the_file():
    """One in which the first channel is green and the second red."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = srgb.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")
    for format in ("JPEG", "PNG", "WEBP"):
        small = thumbnail(encoded(Image.new("RGB", (640, 480), "red"), format, icc_profile=profile))
        red, green, blue = small.getpixel((100, 100))
        assert (red < 10, green > 245, blue < 10) == (True, True, True), (format, red, green, blue)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_profile_that_is_none_or_for_something_else_does_not_disturb(mode):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = encoded(drawing(mode=mode), "JPEG")
    for profile in (icc_profile(), srgb):
        data = SOI + b"".join(icc_segments(profile)) + plain[2:]
        assert difference(thumbnail(data), thumbnail(plain)) < 2


@pytest.mark.parametrize("mode", ["L", "1", "P"])
def test_colours_of_other_kinds(mode):
    data = encoded(drawing(mode=mode), "PNG")
    small = thumbnail(data)
    assert difference(small, by_pillow(data, small.size)) < 4


@pytest.mark.parametrize("name", ["gray16.png", "rgb16.png"])
def test_samples_of_16_bits(name):
    data = (CORPUS / "good" / name).read_bytes()
    picture = opened(data)
    if picture.mode != "RGB":
        picture = Image.frombytes("L", picture.size, picture.tobytes()[1::2])
    assert difference(thumbnail(data), picture) < 4


def test_ink_becomes_light():
    """As a printer's profile has it, so that there is no number to compare with."""
    ink = {"white": (0, 0, 0, 0), "cyan": (255, 0, 0, 0), "black": (0, 0, 0, 255)}
    seen = {
        name: thumbnail(encoded(Image.new("CMYK", (400, 300), colour), "JPEG")).getpixel((9, 9))
        for name, colour in ink.items()
    }
    assert min(seen["white"]) > 250
    assert max(seen["black"]) < 60
    assert seen["cyan"][0] < 60 < 120 < min(seen["cyan"][1:])


def test_nothing_else_of_the_file_is_in_it():
    data = SOI + exif_segment(tiff(6)) + encoded(drawing(), "JPEG", comment=CANARY)[2:] + CANARY
    blob, files = kept(data)
    assert CANARY not in files[THUMBNAIL.key(blob.key)]


def test_of_a_heic_picture():
    heif = pytest.importorskip("pillow_heif")
    if not heif.libheif_info()["HEIF"]:
        pytest.skip("this pillow-heif cannot make HEIC pictures")
    file = io.BytesIO()
    heif.from_pillow(drawing()).save(file, quality=95)
    small = thumbnail(file.getvalue(), Policy("phones", types=IMAGES | {HEIC}, thumbnail=True))
    assert difference(small, drawing().resize(small.size)) < 5


# --- when it is made ------------------------------------------------------------------------------------------------


@pytest.fixture
def never(monkeypatch):
    monkeypatch.setattr(sandbox, "run", lambda *arguments: pytest.fail("decoded"))


@pytest.mark.usefixtures("never")
def test_nobody_gets_one_unasked():
    assert kept(photo(), Policy("without"))[0].thumbnail_size is None


@pytest.mark.usefixtures("never")
@pytest.mark.parametrize(
    "data",
    [b"<html><script>", b"a,b\n1,2\n", photo(format="BMP"), photo()[:-200]],
    ids=["page", "table", "BMP", "half"],
)
def test_what_is_no_picture_has_none(data):
    types = DOCUMENTS | FILES
    blob, files = kept(data, Policy("any", types=types, thumbnail=True))
    assert (blob.thumbnail_size, list(files)) == (None, [blob.key])


@pytest.mark.usefixtures("never")
def test_what_is_refused_has_cost_no_decoding():
    class Scanner:
        def scan(self, content, /):
            return "Eicar"

    with pytest.raises(ScannerRefused):
        kept(photo(), Policy("scanned", scanners=(Scanner(),), thumbnail=True))
    with pytest.raises(Refusal):
        kept(photo()[:-2])


def test_it_is_made_of_what_is_stored_before_anything_is(monkeypatch):
    jobs, run = [], sandbox.run

    def watched(program, job, content, *rest):
        jobs.append((set(job), content.read()))
        content.seek(0)
        return run(program, job, content, *rest)

    monkeypatch.setattr(sandbox, "run", watched)
    data = photo((400, 300)) + CANARY
    with check(Upload(io.BytesIO(data)), Policy("both", decode="strict", thumbnail=True)) as checked:
        assert checked.thumbnail.size > 1000
    clean = sanitised(data)[0]
    assert jobs == [({"media_type"}, clean), ({"media_type", "size", "quality"}, clean)]


# --- where none can be made -----------------------------------------------------------------------------------------


def kept_without(data: bytes, caplog, policy: Policy = POLICY) -> str:
    """What the log says."""
    blob, files = kept(data, policy)
    assert (blob.thumbnail_size, files) == (None, {blob.key: sanitised(data)[0]})
    (record,) = [record for record in caplog.records if record.name == "safelight.pipeline"]
    assert record.levelname == "WARNING"
    assert record.getMessage().startswith("a picture is kept without a thumbnail: ")
    return record.getMessage()


def noisy_webp() -> bytes:
    data = photo((200, 150), format="WEBP", lossless=True)
    return data[:60] + bytes(255 - byte for byte in data[60:-40]) + data[-40:]


UNREADABLE = {
    "an AVIF without a picture in it": avif_files.avif(avif_files.picture()),
    "noise in a WebP": noisy_webp(),
    "a GIF of two sizes": (CORPUS / "polyglot" / "gif_js_polyglot.gif").read_bytes(),
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE)
def test_what_a_decoder_refuses_is_kept(data, caplog):
    assert "The file is damaged" in kept_without(data, caplog)


def test_without_libvips(monkeypatch, caplog, never):
    monkeypatch.setattr(sandbox, "is_installed", lambda package: False)
    assert kept_without(photo(), caplog).endswith("pyvips is not installed")


def test_libvips_that_does_not_start(monkeypatch, caplog):
    """The Python package is there, the C library is not."""
    monkeypatch.setattr(sandbox, "is_installed", lambda package: True)
    monkeypatch.setattr("sys.path", [])
    assert "ModuleNotFoundError" in kept_without(photo(), caplog)


PROGRAMS = {
    "is killed by the system": ("os.kill(os.getpid(), signal.SIGKILL)", "killed"),
    "crashes": ("os.kill(os.getpid(), signal.SIGSEGV)", "cannot be decoded"),
    "eats memory": ("x = []\nwhile True: x.append(bytearray(1 << 20))", "more memory"),
    "spins": ("while True: pass", "more than 1 seconds"),
    "sleeps": ("time.sleep(60)", "more than 1 seconds"),
    "makes nothing": ("", "empty"),
    "makes a page": ("out(b'<html><script>alert(1)</script>')", "accepted: WebP"),
    "makes a JPEG": (f"out({photo((37, 23))!r})", "accepted: WebP"),
    "makes half of it": (f"out({photo((37, 23), format='WEBP')[:-20]!r})", "damaged"),
    "makes a larger one": (f"out({photo((38, 23), format='WEBP')!r})", "another picture"),
    "makes one on its side": (f"out({photo((23, 37), format='WEBP')!r})", "another picture"),
    "makes more than there can be": ("while True: out(bytes(1 << 20))", "cannot be decoded"),
    "saw another picture": ("return {'width': 23, 'height': 37, 'frames': 1}", "does not fit"),
}


@pytest.fixture
def decoder(monkeypatch, tmp_path):
    """Has that, as the body of a program, run in the place of libvips."""

    def install(body: str) -> None:
        head = "import os, time, signal\n\ndef run(job):\n    out = lambda data: os.write(job['output'], data)\n"
        body += "\nreturn {'width': 37, 'height': 23, 'frames': 1}"
        (tmp_path / "decoder.py").write_text(head + textwrap.indent(body, "    "))
        monkeypatch.setattr(decoding, "_VIPS", tmp_path / "decoder.py")
        monkeypatch.setattr(decoding, "_seconds", lambda pixels: 1)
        monkeypatch.setattr(sandbox, "SPARE", 0)

    return install


@pytest.mark.parametrize(("body", "reason"), PROGRAMS.values(), ids=PROGRAMS)
def test_a_decoder_that(decoder, body, reason, caplog):
    decoder(body)
    assert reason in kept_without(photo((37, 23)), caplog)


def test_what_a_decoder_adds_to_a_thumbnail_is_removed(decoder):
    """Nobody believes that it made nothing but a picture."""
    made = encoded(drawing((37, 23)), "WEBP", exif=b"Exif\0\0" + tiff(), xmp=CANARY)
    decoder(f"out({made + CANARY!r})")
    blob, files = kept(photo((37, 23)))
    small = files[THUMBNAIL.key(blob.key)]
    assert CANARY not in small
    assert opened(small).tobytes() == opened(made).tobytes()


def test_when_all_decoders_are_busy(monkeypatch, caplog):
    monkeypatch.setattr(sandbox, "WAIT", 0.05)
    with sandbox._slot(), sandbox._slot():
        assert "were busy" in kept_without(photo(), caplog)


def test_only_pictures_can_be_scaled():
    from safelight.variants import render

    with pytest.raises(ValueError, match="only a picture"):
        render(THUMBNAIL, io.BytesIO(b"x"), Inspection(media_type="text/plain", extension="txt", parts=()))
