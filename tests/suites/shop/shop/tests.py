"""What a project's own tests do with uploads, in each kind of Django's test cases."""

from datetime import timedelta

import httpx
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import LiveServerTestCase, TestCase, TransactionTestCase, override_settings

from safelight.django.models import Blob
from safelight.django.sweeping import delete_now, sweep
from safelight.django.testing import MemoryStorages, stored_files
from safelight.testing import picture

from .models import Image, Scan


def upload() -> SimpleUploadedFile:
    return SimpleUploadedFile("photo.jpg", picture("jpeg"), "image/jpeg")


class InTestCase(MemoryStorages, TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.ours = Image.objects.create(image=upload())

    def setUp(self) -> None:
        assert list(stored_files()) == [self.ours.image.name], "each test finds what the class has stored"
        assert Blob.objects.count() == 1

    def test_another_file(self) -> None:
        answer = self.client.post("/add/", {"image": upload()})
        assert len(stored_files()) == 2
        assert self.client.get(answer.text).status_code == 200

    def test_the_file_of_the_class_is_swept(self) -> None:
        self.ours.delete()
        assert sweep(grace=timedelta()).deleted == 1
        assert stored_files() == {}

    def test_a_delete_button(self) -> None:
        key = self.ours.image.name
        self.ours.delete()
        with self.captureOnCommitCallbacks(execute=True):
            delete_now(key)
        assert stored_files() == {}

    def test_columns_with_storages_of_their_own(self) -> None:
        scan = Scan.objects.create(page=upload(), cover=upload(), notes=ContentFile(b"two pages", "notes.txt"))
        assert set(stored_files("scans")) == {scan.page.name, scan.cover.name}
        assert scan.page.url == f"/scans/{scan.page.name}"
        assert Scan.objects.get().notes.read() == b"two pages"

    @override_settings(STATIC_URL="/elsewhere/", MEDIA_ROOT="/nonexistent")
    def test_settings_that_make_django_forget_its_storages(self) -> None:
        scan = Scan.objects.create(page=upload())
        assert list(stored_files("scans")) == [scan.page.name]
        assert list(stored_files()) == [self.ours.image.name]

    def test_static_files_are_where_they_are(self) -> None:
        assert storages["staticfiles"].url("shop.css") == "/static/shop.css"

    def test_a_plain_file(self) -> None:
        default_storage.save("plain.txt", ContentFile(b"plain"))
        assert stored_files()["plain.txt"] == b"plain"


class InTransactionTestCase(MemoryStorages, TransactionTestCase):
    def setUp(self) -> None:
        assert (stored_files(), Blob.objects.count(), Image.objects.count()) == ({}, 0, 0)

    def test_a_commit(self) -> None:
        with transaction.atomic():
            image = Image.objects.create(image=upload())
        assert list(stored_files()) == [image.image.name]

    def test_a_rollback(self) -> None:
        """The intent is in a file beside the database, and the bytes are an orphan until a sweep comes."""
        with transaction.atomic():
            Image.objects.create(image=upload())
            transaction.set_rollback(True)
        assert (len(stored_files()), Image.objects.count()) == (1, 0)


class InLiveServer(MemoryStorages, LiveServerTestCase):
    def test_an_upload(self) -> None:
        with httpx.Client(base_url=self.live_server_url, trust_env=False) as browser:
            address = browser.post("/add/", files={"image": ("photo.png", picture("png"))}).text
            assert browser.get(address).headers["Content-Type"] == "image/png"
        assert len(stored_files()) == 1
