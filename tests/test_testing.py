"""What Safelight gives to the tests of others is what it says."""

import io

import pytest
from PIL import Image
from tests.pictures import sanitised

from safelight import Policy, Upload
from safelight.errors import Corrupt, Refusal
from safelight.testing import memory_safelight, picture

MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg"}


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (9, 17), (64, 48), (1000, 3), (4000, 3000)])
@pytest.mark.parametrize("kind", MEDIA_TYPES)
class TestPicture:
    def test_is_valid_to_its_last_byte(self, kind, size):
        data = picture(kind, size)
        kept, inspection = sanitised(data)
        assert (kept, inspection.media_type) == (data, MEDIA_TYPES[kind])
        assert (inspection.width, inspection.height) == size

    def test_every_decoder_sees_the_same_grey(self, kind, size):
        with Image.open(io.BytesIO(picture(kind, size))) as image:
            image.load()
            assert (image.format, image.mode, image.size) == (kind.upper(), "L", size)
            assert image.getextrema() == (128, 128)

    def test_is_refused_when_it_is_cut_short(self, kind, size):
        with pytest.raises(Corrupt):
            memory_safelight().accept(Upload(io.BytesIO(picture(kind, size)[:-5])), Policy("pictures"))


def test_others_there_are_not():
    with pytest.raises(ValueError, match="png, jpeg"):
        picture("gif")
    for size in ((0, 1), (1, 65_536)):
        with pytest.raises(ValueError, match="65,535"):
            picture("png", size)


def test_one_can_be_too_large():
    with pytest.raises(Refusal):
        memory_safelight().accept(Upload(io.BytesIO(picture("jpeg", (400, 300)))), Policy("small", max_pixels=100_000))
