"""`safelight_thumbnails` on real databases: it makes what policies of models ask for, and says in words what failed."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from PIL import Image
from tests.django.app.models import ATTACHMENTS, PICTURES, Picture
from tests.django.suites import OnEachDatabase
from tests.pictures import photo

from safelight.django.jsonform.handler import handler_at
from safelight.django.models import Blob
from safelight.testing import ThumbnailConformance
from safelight.variants import THUMBNAIL


class TestConformance(OnEachDatabase, ThumbnailConformance):
    pass


def command(*arguments: str, **options: int) -> list[str]:
    output = io.StringIO()
    call_command("safelight_thumbnails", *arguments, stdout=output, **options)
    return output.getvalue().splitlines()


@pytest.fixture
def asks(monkeypatch):
    """From now on the pictures' policy asks for thumbnails."""
    monkeypatch.setattr(Picture._meta.get_field("image"), "policy", replace(PICTURES, thumbnail=True))


@pytest.fixture
def picture(file_database, upload) -> str:
    """The key of a picture that was stored before."""
    return Picture.objects.create(image=upload(photo((400, 300)))).image.name


def test_what_is_missing_is_made(picture, upload, asks):
    Picture.objects.create(image=upload(photo((40, 30))))
    (size,) = Blob.objects.filter(thumbnail_size__isnull=False).values_list("thumbnail_size", flat=True)
    assert command("--dry-run") == ["1 picture of pictures without a thumbnail."]
    assert command() == ["1 of 1 pictures looked at", "Made 1."]
    blob = Blob.objects.get(key=picture)
    with storages["default"].open(THUMBNAIL.key(picture)) as file:
        content = file.read()
    assert blob.thumbnail_size == len(content) != size
    assert Image.open(io.BytesIO(content)).size == (320, 240)
    assert Picture.objects.get(image=picture).image.thumbnail_url == f"/media/{picture}.thumbnail.webp"
    assert command() == ["0 pictures of pictures without a thumbnail."]
    assert command(verbosity=0) == []


def test_which_policies(picture):
    with pytest.raises(CommandError, match="No policy has thumbnail=True"):
        command()
    assert command("--policy=papers", "--policy=nobody") == ["0 pictures of papers, nobody without a thumbnail."]
    assert command("--policy=pictures", "--dry-run") == ["1 picture of pictures without a thumbnail."]


def test_the_policies_of_file_handlers(file_database, monkeypatch):
    handler = handler_at("/json-file-handler/")
    assert handler is not None
    monkeypatch.setattr(handler, "policies", (replace(PICTURES, name="heroes", thumbnail=True), ATTACHMENTS))
    assert command("--dry-run") == ["0 pictures of heroes without a thumbnail."]


def test_failures_are_told(picture, upload, asks, media: Path):
    sold = Picture.objects.create(image=upload(photo((50, 40)))).image.name
    Blob.objects.filter(key=sold).update(thumbnail_size=None, storage="sold")
    (media / picture).unlink()
    with pytest.raises(CommandError) as failed:
        command()
    first, *told = str(failed.value).splitlines()
    assert first == "2 pictures failed:"
    assert any(line.startswith(f"  {picture} in storage 'default': FileNotFoundError") for line in told)
    assert any(line.startswith(f"  {sold} in storage 'sold': InvalidStorageError") for line in told)


def test_in_a_transaction_it_is_refused(picture, asks):
    with transaction.atomic(), pytest.raises(CommandError, match="The making of thumbnails commits each of its steps"):
        command()


def test_a_database_that_fails_has_its_sentence(file_database, asks):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE safelight_blob RENAME TO elsewhere")
    with pytest.raises(CommandError, match=r"manage\.py safelight_doctor"):
        command()
