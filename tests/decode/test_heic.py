"""HEIC among a policy's types: a JPEG in its place. The pictures are made here, by the encoder in pillow-heif's wheel;
where it was built without one, there is nothing to test with."""

import io

import pytest
from PIL import Image, ImageCms
from tests.decode.pixels import difference, opened
from tests.pictures import CANARY, photo, tiff

from safelight import IMAGES, ConfigurationError, Policy, Upload
from safelight import decode as decoding
from safelight.decode import sandbox
from safelight.errors import Corrupt, Refusal, TooManyPixels, TypeNotAllowed
from safelight.policy import HEIC, JPEG
from safelight.testing import memory_safelight

pillow_heif = pytest.importorskip("pillow_heif")
if not pillow_heif.libheif_info()["HEIF"]:
    pytest.skip("this pillow-heif cannot make HEIC pictures", allow_module_level=True)

PHONES = Policy("phones", types=IMAGES | {HEIC})
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def picture(mode: str = "RGB", size: tuple[int, int] = (128, 96)) -> Image.Image:
    image = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", (image, image.transpose(Image.Transpose.ROTATE_180), image)).convert(mode)


def heic(image: Image.Image | None = None, **options) -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(image or picture()).save(file, quality=95, **options)
    return file.getvalue()


def accepted(data: bytes, policy: Policy = PHONES, name: str = "IMG_0001.HEIC"):
    safelight = memory_safelight()
    blob = safelight.accept(Upload(io.BytesIO(data), filename=name), policy)
    return blob, safelight.storages["default"].files[blob.key]


@pytest.mark.parametrize("decode", ["structure", "strict"])
def test_it_becomes_a_jpeg(decode):
    image = picture()
    image.info["icc_profile"] = PROFILE
    blob, stored = accepted(
        heic(image, exif=b"Exif\0\0" + tiff(), xmp=CANARY), Policy("phones", types={HEIC, JPEG}, decode=decode)
    )
    assert (blob.media_type, blob.width, blob.height) == (JPEG, 128, 96)
    assert blob.key.endswith(".jpg")
    assert blob.filename == "IMG_0001.jpg"
    assert difference(opened(stored), picture()) < 3
    assert opened(stored).info["icc_profile"] == PROFILE
    assert CANARY not in stored


@pytest.mark.parametrize(
    ("orientation", "turn"),
    [
        (3, Image.Transpose.ROTATE_180),
        (5, Image.Transpose.TRANSPOSE),
        (6, Image.Transpose.ROTATE_270),
        (8, Image.Transpose.ROTATE_90),
    ],
)
def test_it_is_stored_upright(orientation, turn):
    """As the container says it lies; EXIF says so, too, as with an iPhone, and is not obeyed a second time."""
    container, file = pillow_heif.from_pillow(picture()), io.BytesIO()
    container[0].info["exif"] = b"Exif\0\0" + tiff(orientation)
    container.save(file, quality=95)
    assert b"irot" in file.getvalue()
    blob, stored = accepted(file.getvalue())
    assert (blob.width, blob.height) == opened(stored).size
    assert difference(opened(stored), picture().transpose(turn)) < 3
    assert not opened(stored).getexif()


@pytest.mark.parametrize("mode", ["L", "RGBA", "LA"])
def test_other_kinds_of_pixels(mode):
    _, stored = accepted(heic(picture(mode)))
    assert difference(opened(stored).convert("RGB"), picture(mode).convert("RGB")) < 3


def test_nothing_is_white():
    clear = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    assert opened(accepted(heic(clear))[1]).getpixel((32, 32)) == (255, 255, 255)


def test_ten_bits_become_eight():
    wide = pillow_heif.from_bytes("RGB;16", (64, 64), b"\x00\x80" * 3 * 64 * 64)
    file = io.BytesIO()
    wide.save(file, quality=95)
    assert all(abs(sample - 128) < 3 for sample in opened(accepted(file.getvalue())[1]).getpixel((9, 9)))


def test_the_first_of_several_pictures():
    both = pillow_heif.from_pillow(picture())
    both.add_from_pillow(Image.new("RGB", (64, 64)))
    file = io.BytesIO()
    both.save(file, quality=95)
    assert accepted(file.getvalue())[0].width == 128


def test_without_asking_for_it_it_is_refused_by_name(monkeypatch):
    monkeypatch.setattr(sandbox, "run", lambda *arguments: pytest.fail("decoded"))
    with pytest.raises(TypeNotAllowed) as refusal:
        accepted(heic(), Policy("pictures"))
    assert refusal.value.detail.startswith("This is a HEIC picture; accepted: AVIF")
    assert refusal.value.detail.endswith("On an iPhone: Settings, Camera, Formats, Most Compatible.")
    assert "HEIC" not in refusal.value.numbers["accepted"]


def test_clients_are_told_that_it_is_accepted():
    with pytest.raises(TypeNotAllowed) as refusal:
        accepted(b"hello", Policy("phones", types={HEIC, JPEG}))
    assert refusal.value.detail == "This is text; accepted: HEIC and JPEG."


def test_without_a_decoder_nothing_is_received(monkeypatch):
    monkeypatch.setattr(sandbox, "is_installed", lambda package: package != "pillow_heif")
    with pytest.raises(ConfigurationError, match=r'"safelight\[heic\]"'):
        accepted(heic())


def test_pixels_are_counted_before_they_are_decoded(monkeypatch):
    """64 million in 15 kB, or as many as the header likes to say."""
    data = heic(Image.new("L", (2000, 1500)))
    limits, run = [], sandbox.run
    monkeypatch.setattr(sandbox, "run", lambda *arguments: limits.append(arguments[3]) or run(*arguments))
    with pytest.raises(TooManyPixels) as refusal:
        accepted(data, Policy("small", types={HEIC, JPEG}, max_pixels=2_999_999))
    assert refusal.value.numbers == {"width": 2000, "height": 1500, "frames": 1, "limit": 2_999_999}
    assert limits[0].memory < 400_000_000
    assert accepted(data, Policy("enough", types={HEIC, JPEG}, max_pixels=3_000_000))[0].width == 2000


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9])
def test_cut_short(share):
    data = heic()
    with pytest.raises(Corrupt):
        accepted(data[: int(len(data) * share)])


def test_noise_in_its_place():
    data = heic()
    with pytest.raises(Corrupt):
        accepted(data[:300] + bytes(255 - byte for byte in data[300:900]) + data[900:])


def test_a_bomb_ends_at_its_limits(monkeypatch):
    data = heic(Image.new("RGB", (2000, 1500)))
    monkeypatch.setattr(decoding, "_BASE", 60_000_000)
    monkeypatch.setattr(decoding, "_BYTES", {HEIC: 0})
    with pytest.raises(Refusal) as refusal:
        accepted(data)
    assert refusal.value.code in ("too_complex", "corrupt")


def test_what_the_decoder_made_is_walked_like_any_upload(monkeypatch):
    monkeypatch.setattr(decoding, "to_jpeg", lambda *arguments: io.BytesIO(photo()[:-2]))
    with pytest.raises(Corrupt, match="cut short"):
        accepted(heic())


@pytest.mark.parametrize(
    ("name", "stored"), [("", ""), ("photo", "photo.jpg"), ("a.b.heif", "a.b.jpg"), ("x" * 255, "x" * 251 + ".jpg")]
)
def test_its_name_follows(name, stored):
    assert accepted(heic(), name=name)[0].filename == stored


def test_other_pictures_are_left_as_they_are(monkeypatch):
    monkeypatch.setattr(sandbox, "run", lambda *arguments: pytest.fail("decoded"))
    assert accepted(photo())[1] == accepted(photo(), Policy("pictures"))[1]
