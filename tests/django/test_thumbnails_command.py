"""`safelight_thumbnails` makes what is missing, goes on where it was killed, and leaves nothing of blobs that go."""

import io
from dataclasses import replace

import pytest
from django.core.files.storage import FileSystemStorage, storages
from django.core.management import CommandError, call_command
from PIL import Image
from tests.django.app.models import ATTACHMENTS, PICTURES, Paper, Picture
from tests.django.sweeps import NONE, store, sweep_in
from tests.document_files import pdf
from tests.pictures import photo

from safelight import thumbnails
from safelight.django.jsonform.handler import handler_at
from safelight.django.ledger import DjangoLedger
from safelight.django.models import Blob
from safelight.variants import THUMBNAIL

pytestmark = pytest.mark.usefixtures("file_database")


def command(*arguments: str) -> list[str]:
    output = io.StringIO()
    call_command("safelight_thumbnails", *arguments, stdout=output)
    return output.getvalue().splitlines()


@pytest.fixture
def asks(monkeypatch):
    """From now on the pictures' policy asks for thumbnails."""
    monkeypatch.setattr(Picture._meta.get_field("image"), "policy", replace(PICTURES, thumbnail=True))


@pytest.fixture
def picture(upload) -> str:
    """The key of a picture that was stored before."""
    return Picture.objects.create(image=upload(photo((400, 300)))).image.name


def test_what_is_missing_is_made(upload, picture, asks, stored):
    Paper.objects.create(document=upload(pdf(), name="report.pdf"))
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


def test_which_policies(picture, monkeypatch):
    with pytest.raises(CommandError, match="No policy has thumbnail=True"):
        command()
    assert command("--policy=papers", "--policy=nobody") == ["0 pictures of papers, nobody without a thumbnail."]
    assert command("--policy=pictures")[-1] == "Made 1."


def test_the_policies_of_file_handlers(monkeypatch):
    handler = handler_at("/json-file-handler/")
    assert handler is not None
    monkeypatch.setattr(handler, "policies", (replace(PICTURES, name="heroes", thumbnail=True), ATTACHMENTS))
    assert command("--dry-run") == ["0 pictures of heroes without a thumbnail."]


def test_what_a_run_that_was_killed_has_left(picture, asks, stored, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(*_: object) -> bool:
        raise Killed

    monkeypatch.setattr("safelight.django.management.commands.safelight_thumbnails._record", killed)
    with pytest.raises(Killed):
        command()
    assert stored() == [picture, THUMBNAIL.key(picture)]
    monkeypatch.undo()
    assert command("--policy=pictures")[-1] == "Made 1."
    assert Blob.objects.get().thumbnail_size == storages["default"].size(THUMBNAIL.key(picture))


def test_a_blob_that_is_swept_meanwhile(picture, asks, stored, monkeypatch):
    """Between looking at its picture and storing the thumbnail."""
    store_it = thumbnails.store
    Picture.objects.get().delete()

    def late(storage: object, name: str, content: object) -> None:
        assert sweep_in(NONE, NONE).deleted == 1
        store_it(storage, name, content)

    monkeypatch.setattr(thumbnails, "store", late)
    command()
    assert stored() == []


def test_a_blob_that_is_moved_meanwhile(picture, asks, stored, monkeypatch):
    """It would be recorded where its picture does not lie any more. Once that has moved, the next run makes it."""
    store_it, ledger = thumbnails.store, DjangoLedger("default")

    def late(storage: object, name: str, content: object) -> None:
        assert ledger.copying(picture, "default", "ours")
        store_it(storage, name, content)

    monkeypatch.setattr(thumbnails, "store", late)
    assert "Made 0." in command()
    assert stored() == [picture]
    assert Blob.objects.get().thumbnail_size is None
    assert command() == ["0 pictures of pictures without a thumbnail."]


def test_another_run_that_was_faster(picture, asks, stored, monkeypatch):
    store_it = thumbnails.store

    def late(storage: object, name: str, content: object) -> None:
        monkeypatch.setattr(thumbnails, "store", store_it)
        assert command()[-1] == "Made 1."
        storage.delete(name)
        store_it(storage, name, content)

    monkeypatch.setattr(thumbnails, "store", late)
    assert command()[-1] == "Made 1."
    assert stored() == [picture, THUMBNAIL.key(picture)]


def test_failures_are_told_and_the_others_made(upload, picture, asks, media):
    keys = [Picture.objects.create(image=upload(photo((50 + number, 40)))).image.name for number in range(3)]
    Blob.objects.update(thumbnail_size=None)
    (media / keys[0]).unlink()
    (media / keys[1]).write_bytes(b"not a picture any more")
    Blob.objects.filter(key=keys[2]).update(storage="sold")
    with pytest.raises(CommandError) as failed:
        command()
    assert "3 pictures failed:" in str(failed.value)
    for key in keys:
        assert key in str(failed.value)
    assert Blob.objects.get(key=picture).thumbnail_size


def test_a_storage_that_is_down_is_not_asked_for_ever(asks, monkeypatch):
    for _ in range(15):
        store()
    Blob.objects.update(policy="pictures")
    asked = []

    def refuse(self: object, name: str, mode: str = "rb") -> None:
        asked.append(name)
        raise PermissionError("no")

    monkeypatch.setattr(FileSystemStorage, "_open", refuse)
    with pytest.raises(CommandError, match="10 pictures failed"):
        command()
    assert len(asked) == 10
