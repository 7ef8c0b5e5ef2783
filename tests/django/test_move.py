"""`safelight_move` on real databases: files change their storage while the app runs, and say so in words."""

import io

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import transaction
from tests.django.app.models import Picture
from tests.django.suites import OnEachDatabase

from safelight.django import models
from safelight.django.conf import Settings
from safelight.django.moving import move
from safelight.errors import megabytes
from safelight.testing import MoveConformance


class TestConformance(OnEachDatabase, MoveConformance):
    def make_ledger(self):
        for blob in models.Blob.objects.filter(storage__in=("a", "b")):  # of an earlier ledger of the same test
            blob.delete()
        return super().make_ledger()


@pytest.fixture
def clouds(settings, more_storages, file_database, tmp_path) -> None:
    """Two storages whose addresses tell them apart; pictures are sent to the default one."""
    url = f"file://{tmp_path}/cloud?public_url=https://cloud.example/"
    more_storages(cloud={"BACKEND": "safelight.django.storage.UrlStorage", "OPTIONS": {"url": url}})
    settings.SAFELIGHT = {"MOVING": ["default", "cloud"]}


def command(*arguments: str) -> list[str]:
    output = io.StringIO()
    try:
        call_command("safelight_move", *arguments, stdout=output)
    finally:
        said = output.getvalue().splitlines()
    return said


def content(picture: Picture) -> bytes:
    with picture.image.open() as file:
        return file.read()


@pytest.mark.usefixtures("clouds")
class TestFields:
    def test_a_file_is_read_and_addressed_where_it_is(self, upload):
        picture = Picture.objects.create(image=upload())
        before = picture.image.url, content(picture)
        move("default", "cloud", delete=True)
        moved = Picture.objects.get(pk=picture.pk)
        assert not storages["default"].exists(moved.image.name)
        assert moved.image.url == f"https://cloud.example/{moved.image.name}" != before[0]
        assert content(moved) == before[1]
        assert moved.image.size == len(before[1])

    def test_new_files_go_where_the_field_says(self, upload):
        picture = Picture.objects.create(image=upload())
        move("default", "cloud")
        picture = Picture.objects.get(pk=picture.pk)
        picture.image = upload()
        picture.save()
        assert models.Blob.objects.get(key=picture.image.name).storage == "default"

    def test_nobody_asks_when_nothing_moves(self, upload, settings, django_assert_num_queries):
        picture = Picture.objects.get(pk=Picture.objects.create(image=upload()).pk)
        settings.SAFELIGHT = {}
        with django_assert_num_queries(0):
            assert picture.image.url


@pytest.mark.usefixtures("clouds")
class TestCommand:
    def test_it_says_what_it_did_and_what_comes_next(self, upload):
        for _ in range(2):
            Picture.objects.create(image=upload())
        done = command("--from", "default", "--to", "cloud")
        size = sum(models.Blob.objects.values_list("size", flat=True))
        assert done[-2] == f"Moved 2 files from 'default' to 'cloud': {megabytes(size)}."
        assert done[-1].startswith("2 files left behind in 'default': when no page")
        done = command("--from", "default", "--to", "cloud", "--delete")
        assert done[-1] == "Deleted 2 files left behind in 'default'."

    def test_quietly(self, upload):
        picture = Picture.objects.create(image=upload())
        assert command("--from=default", "--to=cloud", "--verbosity=0") == []
        assert models.Blob.objects.get(key=picture.image.name).storage == "cloud"

    def test_what_is_left_is_an_error(self, upload):
        picture = Picture.objects.create(image=upload())
        storages["default"].delete(picture.image.name)
        with pytest.raises(CommandError) as error:
            command("--from", "default", "--to", "cloud")
        assert str(error.value).startswith("1 file left in 'default'. Run this again.")
        assert f"{picture.image.name}: in 'default' there is nothing under this key" in str(error.value)

    def test_what_is_not_deleted_is_an_error(self, upload):
        picture = Picture.objects.create(image=upload())
        command("--from", "default", "--to", "cloud")
        storages["cloud"].delete(picture.image.name)
        with pytest.raises(CommandError, match=r"^1 file not deleted in 'default'\.\n  images/.*: in 'cloud' there is"):
            command("--from", "default", "--to", "cloud", "--delete")

    @pytest.mark.parametrize(
        ("source", "target", "words"),
        [
            ("default", "typo", "STORAGES has no 'typo'"),
            ("default", "default", "name another storage"),
            ("default", "other", "First set SAFELIGHT"),
        ],
    )
    def test_a_wrong_alias(self, source, target, words):
        with pytest.raises(CommandError, match=words):
            command("--from", source, "--to", target)

    def test_a_wrong_alias_before_any_setting(self, settings):
        settings.SAFELIGHT = {}
        for target, words in (("typo", "STORAGES has no 'typo'"), ("default", "name another storage")):
            with pytest.raises(CommandError, match=words):
                command("--from", "default", "--to", target)

    def test_not_in_a_transaction(self):
        with transaction.atomic(), pytest.raises(CommandError, match="transaction"):
            command("--from", "default", "--to", "cloud")


@pytest.mark.parametrize("wrong", ["default", [1], {"default": "cloud"}])
def test_a_wrong_setting(settings, wrong):
    settings.SAFELIGHT = {"MOVING": wrong}
    with pytest.raises(ValueError, match="MOVING"):
        Settings.load()
