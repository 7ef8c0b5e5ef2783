"""The same by functions and fixtures. The first test of each pair would be seen by the second."""

from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import TestCase

from safelight.django.testing import stored_files
from safelight.testing import picture

from .models import Image


def upload() -> SimpleUploadedFile:
    return SimpleUploadedFile("photo.png", picture("png"), "image/png")


@pytest.mark.django_db
@pytest.mark.parametrize("again", [False, True])
def test_an_upload(client, again: bool) -> None:
    address = client.post("/add/", {"image": upload()}).text
    assert len(stored_files()) == 1
    assert client.get(address).headers["Content-Type"] == "image/png"


@pytest.mark.parametrize("again", [False, True])
def test_a_rollback(transactional_db, again: bool) -> None:
    with transaction.atomic():
        Image.objects.create(image=upload())
        transaction.set_rollback(True)
    assert len(stored_files()) == 1


class TestOfAClass:
    @pytest.fixture(autouse=True, scope="class")
    @staticmethod
    def image(django_db_setup, django_db_blocker) -> Iterator[str]:
        with django_db_blocker.unblock():
            image = Image.objects.create(image=upload())
            yield image.image.name
            image.delete()

    @pytest.mark.parametrize("again", [False, True])
    def test_finds_what_its_fixture_has_stored(self, image: str, again: bool) -> None:
        assert list(stored_files()) == [image]
        stored = Image.image.field.storage
        stored.delete(image)


class TestDjangosOwn(TestCase):
    """Without the mixin, too."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.ours = Image.objects.create(image=upload())

    def test_finds_what_it_has_stored(self) -> None:
        assert list(stored_files()) == [self.ours.image.name]


def test_after_all_that_nothing_is_stored() -> None:
    assert stored_files() == {}
