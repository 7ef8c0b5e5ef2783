"""UploadField: to its user a FileField, except that nothing unverified is stored."""

import copy
import pickle
import posixpath
import re
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import storages
from tests.django.app.models import PICTURES, Article, Person, Picture, Portrait, Remote, before_safelight
from tests.pictures import photo, pixels

from safelight import Refusal
from safelight.django.files import CheckedFile, check_file
from safelight.django.models import Blob
from safelight.django.storage import DjangoStorage
from safelight.errors import StorageUnavailable, TooLarge, TypeNotAllowed
from safelight.keys import is_ours

pytestmark = pytest.mark.django_db
HTML = b"<html><script>alert(1)</script>"


def read(file) -> bytes:
    with file.open() as content:
        return content.read()


class TestAssigning:
    @pytest.mark.parametrize("kind", ["uploaded", "content", "file", "checked"])
    def test_keeps_any_kind_of_file(self, kind, upload, tmp_path, stored):
        source = tmp_path / "source.jpg"
        source.write_bytes(photo())
        with source.open("rb") as opened:
            make = {
                "uploaded": lambda: upload(name="a/../source.jpg"),
                "content": lambda: ContentFile(photo(), "source.jpg"),
                "file": lambda: File(opened, "source.jpg"),
                "checked": lambda: check_file(upload(name="source.jpg"), PICTURES),
            }
            picture = Picture(image=make[kind]())
            picture.save()
        picture.refresh_from_db()
        assert stored() == [picture.image.name]
        assert picture.image.blob.filename == "source.jpg"
        assert pixels(read(picture.image)) == pixels(photo())

    def test_makes_the_key_from_upload_to_and_the_bytes(self, upload):
        picture = Picture.objects.create(image=upload(photo(format="PNG"), "../../evil.php", "text/html"))
        assert re.fullmatch(datetime.now(UTC).strftime("images/%Y/%m/%d/") + r"[a-z2-7]{29}\.png", picture.image.name)
        assert is_ours(picture.image.name)

    def test_takes_the_folder_alone_of_a_callable_upload_to(self, upload):
        photo_of = Person.objects.create(name="ada", photo=upload(name="me.jpg")).photo
        assert re.fullmatch(r"people/ada/[a-z2-7]{29}\.jpg", photo_of.name)

    def test_uses_the_policys_prefix_without_upload_to(self, upload):
        assert re.match(r"\d{4}/\d\d/\d\d/", Article.objects.create(cover=upload()).cover.name)

    @pytest.mark.parametrize(
        ("name", "folder"),
        [
            ("../../etc", "people/etc"),
            ("jo@example.com", "people/jo-example.com"),
            ("José", "people/Jose"),
            ("", "people"),
        ],
    )
    def test_a_prefix_out_of_data_is_made_safe(self, upload, name, folder):
        person = Person.objects.create(name=name, photo=upload())
        assert posixpath.dirname(person.photo.name) == folder
        assert len(Person.objects.create(name="x" * 50, photo=upload()).photo.name) <= 100

    def test_stores_what_the_picture_needs_and_no_more(self, upload):
        picture = Picture.objects.create(image=upload(photo() + b"<?php evil();"))
        assert b"php" not in read(picture.image)

    @pytest.mark.parametrize("column", ["image", "scan"])
    def test_stores_in_the_storage_of_the_column(self, column, upload, stored):
        row = Remote.objects.create(**{column: upload()})
        file = getattr(row, column)
        assert stored() == []
        assert storages[file.blob.storage].exists(file.name)
        assert pixels(read(file)) == pixels(photo())


class TestRefusing:
    def test_a_refused_upload_leaves_nothing(self, upload, stored):
        with pytest.raises(TypeNotAllowed):
            Picture.objects.create(image=upload(HTML))
        assert stored() == []
        assert not Blob.objects.exists()
        assert not Picture.objects.exists()

    def test_a_refused_replacement_leaves_the_old_file(self, upload, stored):
        picture = Picture.objects.create(image=upload())
        old = picture.image.name
        picture.image = upload(b"x" * (PICTURES.max_bytes + 1))
        with pytest.raises(TooLarge):
            picture.save()
        picture.refresh_from_db()
        assert [picture.image.name] == stored() == [old]

    def test_a_storage_that_fails_leaves_an_intent_for_the_sweep(self, upload, stored, monkeypatch):
        def fail(*_):
            raise OSError("the disk is full")

        monkeypatch.setattr(type(storages["default"]), "_save", fail)
        with pytest.raises(StorageUnavailable):
            Picture.objects.create(image=upload())
        assert stored() == []
        assert Blob.objects.get().state == Blob.State.INTENT
        assert not Picture.objects.exists()

    def test_cleaning_names_the_field_and_the_refusal(self, upload):
        with pytest.raises(ValidationError) as caught:
            Picture(image=upload(HTML)).full_clean()
        [error] = caught.value.error_dict["image"]
        assert error.code == "type_not_allowed"
        assert error.messages == ["This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP."]

    def test_cleaning_stores_nothing_and_checks_once(self, upload, stored):
        picture = Picture(image=upload())
        picture.full_clean()
        assert stored() == []
        checked = picture.image.file
        assert isinstance(checked, CheckedFile)
        picture.full_clean()
        assert picture.image.file is checked
        picture.save()
        assert stored() == [picture.image.name]
        assert picture.image.blob.filename == "holiday.jpg"

    def test_a_required_file_is_required(self):
        with pytest.raises(ValidationError) as caught:
            Picture().full_clean()
        assert caught.value.error_dict["image"][0].code == "blank"


class TestFacts:
    def test_are_those_of_the_stored_bytes(self, upload):
        image = Picture.objects.create(image=upload(photo() + b"tail")).image
        assert (image.width, image.height, image.size) == (37, 23, len(photo()))
        assert image.blob.media_type == "image/jpeg"
        assert image.url == f"/media/{image.name}"

    def test_come_without_touching_the_storage(self, upload, monkeypatch):
        Picture.objects.create(image=upload())

        def fail(*_):
            raise AssertionError("the storage was asked")

        image = Picture.objects.get().image
        for method in ("open", "_open", "size", "exists"):
            monkeypatch.setattr(type(image.storage._wrapped), method, fail)
        assert (image.size, image.width, image.height, image.blob.filename) == (len(photo()), 37, 23, "holiday.jpg")

    def test_are_asked_for_once(self, upload, django_assert_num_queries):
        Picture.objects.create(image=upload())
        image = Picture.objects.get().image
        with django_assert_num_queries(1):
            assert (image.width, image.height, image.size) == (37, 23, image.blob.size)

    def test_of_an_upload_that_is_not_stored_yet(self, upload):
        image = Picture(image=upload(b"12345")).image  # whatever it may be
        assert (image.blob, image.width, image.height, image.size) == (None, None, None, 5)

    def test_of_no_file(self):
        image = Portrait.objects.create().image
        assert not image
        assert (image.blob, image.width, image.height) == (None, None, None)

    def test_of_a_file_that_was_there_before_safelight(self, media):
        media.mkdir()
        (media / "legacy.jpg").write_bytes(photo())
        picture = before_safelight(Picture(image="legacy.jpg"))
        picture.full_clean()
        picture.refresh_from_db()
        assert (picture.image.name, picture.image.blob, picture.image.width) == ("legacy.jpg", None, None)
        assert picture.image.size == len(photo())
        assert read(picture.image) == photo()


class TestSaveAndDelete:
    def test_save_stores_under_a_fresh_key(self, upload, stored):
        picture = Picture(title="x")
        picture.image.save("../named.png", ContentFile(photo()))
        picture.refresh_from_db()
        assert stored() == [picture.image.name]
        assert picture.image.blob.filename == "named.png"

    def test_save_without_the_row(self, stored):
        picture = Picture()
        picture.image.save("named.jpg", ContentFile(photo()), save=False)
        assert picture.pk is None
        assert stored() == [picture.image.name]

    def test_save_refuses(self, stored):
        with pytest.raises(Refusal):
            Picture().image.save("named.jpg", ContentFile(HTML))
        assert stored() == []
        assert not Picture.objects.exists()

    def test_delete_clears_the_row_and_spares_the_bytes(self, upload, stored):
        portrait = Portrait.objects.create(image=upload())
        key = portrait.image.name
        portrait.image.delete()
        portrait.refresh_from_db()
        assert not portrait.image
        assert stored() == [key], "the sweep deletes, after the grace time"

    def test_delete_without_saving(self, upload):
        portrait = Portrait.objects.create(image=upload())
        portrait.image.delete(save=False)
        assert not portrait.image
        assert Portrait.objects.get().image


class TestCopies:
    def test_have_files_of_their_own(self, upload):
        """What the copy keeps must not become the original's, which would then release its own."""
        original = Picture.objects.create(title="a", image=upload())
        key = original.image.name
        twin = copy.copy(original)
        twin.pk, twin._state.adding = None, True
        twin.image.save("b.jpg", upload(photo((5, 6))))
        original.title = "renamed"
        original.save()
        assert original.image.name == key != twin.image.name
        assert Blob.objects.get(key=key).free_since is None
        assert Picture.objects.get(pk=original.pk).image.name == key

    def test_before_anything_is_stored(self, upload):
        original = Picture(title="a", image=upload())
        twin = copy.copy(original)
        twin.save()
        assert (twin.image.width, read(twin.image)[:2]) == (37, b"\xff\xd8")
        assert not original.image._committed

    def test_deep_and_pickled(self, upload):
        original = Picture.objects.create(title="a", image=upload())
        for twin in (copy.deepcopy(original), pickle.loads(pickle.dumps(original))):
            assert twin.image.instance is twin
            assert (twin.image.name, twin.image.width) == (original.image.name, 37)


class TestDimensionColumns:
    def test_are_filled(self, upload):
        Portrait.objects.create(image=upload())
        assert Portrait.objects.values_list("width", "height").get() == (37, 23)

    def test_follow_a_replacement(self, upload):
        portrait = Portrait.objects.create(image=upload())
        portrait.image = upload(photo((10, 20)))
        portrait.save()
        assert Portrait.objects.values_list("width", "height").get() == (10, 20)

    @pytest.mark.parametrize("how", ["none", "empty", "delete"])
    def test_are_cleared_with_the_file(self, how, upload):
        portrait = Portrait.objects.create(image=upload())
        if how == "delete":
            portrait.image.delete()
        else:
            portrait.image = None if how == "none" else ""
            portrait.save()
        assert Portrait.objects.values_list("width", "height").get() == (None, None)

    def test_are_filled_by_bulk_create(self, upload):
        Portrait.objects.bulk_create([Portrait(image=upload())])
        assert Portrait.objects.values_list("width", "height").get() == (37, 23)

    def test_of_a_file_that_was_there_before_safelight_are_left_alone(self):
        before_safelight(Portrait(image="legacy.jpg", width=5, height=6))
        assert Portrait.objects.values_list("width", "height").get() == (5, 6)

    def test_stay_when_the_file_stays(self, upload):
        Portrait.objects.create(image=upload())
        portrait = Portrait.objects.get()
        portrait.name = "renamed"
        portrait.save()
        assert Portrait.objects.values_list("width", "height").get() == (37, 23)


def test_the_core_reads_what_a_column_stored(upload):
    image = Remote.objects.create(image=upload()).image
    with DjangoStorage(storages["other"]).open(image.name) as content:
        assert content.read() == photo()
