"""Who refers to a file is known after every change of a row, however it was made."""

import json
from contextlib import suppress

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import models, transaction
from django.db.models import Value
from tests.django.app.models import Article, Magazine, Picture, Portrait, Snapshot, before_safelight

from safelight import Reference
from safelight.django.ledger import DjangoLedger
from safelight.django.models import Blob
from safelight.django.models import Reference as ReferenceRow
from safelight.django.references import after_save
from safelight.errors import UnknownKey
from safelight.keys import is_ours
from safelight.side_file import SideFile

UNKNOWN = "images/2020/01/01/aaaaaaaaaaaaaaaaaaaaaaaabvxcl.jpg"
"""A key that could be ours, but is in no ledger."""


def references() -> dict[str, list[str]]:
    """What the ledger believes: "holder row field" for each key, free keys included."""
    found = {key: [] for key in Blob.objects.values_list("key", flat=True)}
    for row in ReferenceRow.objects.order_by("holder", "row", "field"):
        found[row.blob_id].append(f"{row.holder} {row.row} {row.field}")
    return found


def free() -> set[str]:
    return set(Blob.objects.filter(free_since__isnull=False).values_list("key", flat=True))


@pytest.mark.django_db
class TestRows:
    def test_creating_attaches(self, upload):
        picture = Picture.objects.create(image=upload())
        assert references() == {picture.image.name: [f"gallery.picture {picture.pk} image"]}
        assert free() == set()

    def test_saving_again_changes_nothing(self, upload):
        picture = Picture.objects.create(image=upload())
        before = references()
        picture.save()
        Picture.objects.get().save()
        assert references() == before

    def test_replacing_attaches_and_releases(self, upload):
        picture = Picture.objects.create(image=upload())
        old = picture.image.name
        picture.image = upload()
        picture.save()
        assert references() == {old: [], picture.image.name: [f"gallery.picture {picture.pk} image"]}
        assert free() == {old}

    def test_replacing_compares_with_the_ledger_and_not_with_the_instance(self, upload):
        """Another process has replaced the file since this instance was loaded."""
        stale = Picture.objects.create(image=upload())
        fresh = Picture.objects.get()
        fresh.image = upload()
        fresh.save()
        stale.image = upload()
        stale.save()
        assert free() == set(references()) - {stale.image.name}

    @pytest.mark.parametrize("value", ["", None])
    def test_clearing_releases(self, value, upload):
        portrait = Portrait.objects.create(image=upload())
        key = portrait.image.name
        portrait.image = value
        portrait.save()
        assert references() == {key: []}
        assert free() == {key}

    def test_the_files_own_save_and_delete(self, upload):
        portrait = Portrait.objects.create(image=upload())
        old = portrait.image.name
        portrait.image.save("new.jpg", ContentFile(upload().read()))
        new = portrait.image.name
        assert references() == {old: [], new: [f"gallery.portrait {portrait.pk} image"]}
        portrait.image.delete()
        assert free() == {old, new}

    def test_deleting_releases(self, upload, stored):
        picture = Picture.objects.create(image=upload())
        picture.delete()
        assert list(references().values()) == [[]]
        assert len(free()) == len(stored()) == 1

    def test_deleting_a_queryset_releases(self, upload):
        for _ in range(3):
            Picture.objects.create(image=upload())
        Picture.objects.all().delete()
        assert free() == set(references())

    def test_two_rows_share_a_file(self, upload):
        first = Picture.objects.create(image=upload())
        key = first.image.name
        second = Picture.objects.create(image=key)
        assert len(references()[key]) == 2
        first.delete()
        assert references() == {key: [f"gallery.picture {second.pk} image"]}
        second.delete()
        assert free() == {key}

    def test_a_primary_key_that_was_written_in_another_way_is_the_same_row(self, upload):
        """As out of an address, or a UUID as text."""
        picture = Picture.objects.create(image=upload())
        old, row = picture.image.name, picture.pk
        picture.pk, picture.image = f"0{row}", upload()
        picture.save()
        assert references() == {old: [], picture.image.name: [f"gallery.picture {row} image"]}
        assert free() == {old}

    def test_a_deferred_or_unlisted_field_keeps_its_reference(self, upload):
        picture = Picture.objects.create(image=upload())
        before = references()
        Picture.objects.defer("image").get().save()
        picture.image = ""
        picture.save(update_fields=["title"])
        assert references() == before
        picture.save(update_fields={"image"})
        assert free() == set(before)

    def test_a_key_that_was_moved_by_an_update_is_attached_by_the_next_save(self, upload):
        picture, other = (Picture.objects.create(image=upload()) for _ in range(2))
        Picture.objects.filter(pk=picture.pk).update(image=other.image.name)
        Picture.objects.get(pk=picture.pk).save()
        assert len(references()[other.image.name]) == 2

    def test_names_that_are_not_ours_are_left_alone(self):
        picture = before_safelight(Picture(image="legacy/photo.jpg"))
        picture.save()
        picture.delete()
        assert references() == {}

    def test_a_key_that_is_not_in_the_ledger_does_not_pass(self):
        """Somebody else's key, guessed or of a file that was swept: the row would name nothing."""
        with pytest.raises(UnknownKey):
            Picture.objects.create(image=UNKNOWN)

    def test_a_fixture_is_taken_as_it_is(self, tmp_path):
        fixture = tmp_path / "pictures.json"
        fixture.write_text(json.dumps([{"model": "gallery.picture", "pk": 1, "fields": {"image": UNKNOWN}}]))
        call_command("loaddata", fixture, verbosity=0)
        assert Picture.objects.get().image.name == UNKNOWN
        assert references() == {}


def test_the_unknown_key_carries_our_check_code():
    assert is_ours(UNKNOWN)


@pytest.mark.django_db
class TestInheritance:
    def test_a_column_of_an_abstract_model(self, upload):
        article = Article.objects.create(cover=upload())
        assert references() == {article.cover.name: [f"gallery.article {article.pk} cover"]}

    def test_both_tables_of_a_child(self, upload):
        magazine = Magazine.objects.create(image=upload(), poster=upload())
        assert references() == {
            magazine.image.name: [f"gallery.picture {magazine.pk} image"],
            magazine.poster.name: [f"gallery.magazine {magazine.pk} poster"],
        }

    def test_a_parent_saved_by_itself_keeps_the_childs_reference(self, upload):
        magazine = Magazine.objects.create(image=upload(), poster=upload())
        old = magazine.image.name
        parent = Picture.objects.get(pk=magazine.pk)
        parent.image = upload()
        parent.save()
        assert free() == {old}

    @pytest.mark.parametrize("model", [Magazine, Picture])
    def test_deleting_parent_or_child_releases_both(self, model, upload):
        magazine = Magazine.objects.create(image=upload(), poster=upload())
        model.objects.get(pk=magazine.pk).delete()
        assert free() == set(references())
        assert not ReferenceRow.objects.exists()

    def test_a_parent_that_stays_keeps_its_file(self, upload):
        magazine = Magazine.objects.create(image=upload(), poster=upload())
        image, poster = magazine.image.name, magazine.poster.name
        magazine.delete(keep_parents=True)
        assert Picture.objects.get().image.name == image
        assert free() == {poster}

    def test_a_proxy_writes_for_its_model(self, upload):
        snapshot = Snapshot.objects.create(image=upload())
        key = snapshot.image.name
        assert references() == {key: [f"gallery.picture {snapshot.pk} image"]}
        Picture.objects.get().save()
        assert len(references()[key]) == 1
        Snapshot.objects.get().delete()
        assert free() == {key}

    def test_an_expression_in_the_row_of_a_parent_that_is_called_otherwise(self, upload):
        class Numbered(Picture):
            number = models.AutoField(primary_key=True)
            picture_ptr = models.OneToOneField(Picture, models.CASCADE, parent_link=True)

            class Meta:
                app_label = "gallery"
                managed = False

        try:
            other, own, third = (Picture.objects.create(image=upload()) for _ in range(3))
            row = Numbered(id=own.pk, number=other.pk, picture_ptr_id=own.pk, image=Value(third.image.name))
            Picture.objects.filter(pk=own.pk).update(image=third.image.name)
            after_save(Numbered, row, raw=False, using="default", update_fields={"image"})
            assert free() == {own.image.name}
            assert len(references()[third.image.name]) == 2
        finally:
            models.base.apps.all_models["gallery"].pop("numbered")
            models.base.apps.clear_cache()

    def test_a_model_that_is_defined_later_is_watched(self, upload):
        class Late(Article):
            class Meta:
                app_label = "gallery"
                proxy = True

        try:
            late = Late.objects.create(cover=upload())
            assert references() == {late.cover.name: [f"gallery.article {late.pk} cover"]}
        finally:
            models.base.apps.all_models["gallery"].pop("late")
            models.base.apps.clear_cache()


class TestTransactions:
    """On databases whose transactions are real."""

    @pytest.fixture(params=["file_database", "postgresql_database", "mariadb_database"], autouse=True)
    def _database(self, request):
        request.getfixturevalue(request.param)

    def test_a_rollback_takes_the_new_reference_back(self, upload):
        picture = Picture.objects.create(image=upload())
        old = picture.image.name
        with suppress(ZeroDivisionError), transaction.atomic():
            picture.image = upload()
            picture.save()
            raise ZeroDivisionError
        assert references()[old] == [f"gallery.picture {picture.pk} image"]
        assert free() == set()
        assert Picture.objects.get().image.name == old

    def test_a_rollback_leaves_an_intent_for_the_bytes(self, upload, stored, request, tmp_path):
        with suppress(ZeroDivisionError), transaction.atomic():
            Picture.objects.create(image=upload())
            raise ZeroDivisionError
        on_side = [key for key, _, _ in SideFile(str(tmp_path / "db.sqlite3")).intents()]
        assert stored() == [*Blob.objects.filter(state="intent").values_list("key", flat=True), *on_side]
        assert len(stored()) == 1

    def test_a_rolled_back_deletion_releases_nothing(self, upload):
        picture = Picture.objects.create(image=upload())
        with suppress(ZeroDivisionError), transaction.atomic():
            Picture.objects.all().delete()
            raise ZeroDivisionError
        assert free() == set()
        assert references() == {picture.image.name: [f"gallery.picture {picture.pk} image"]}

    def test_a_row_that_names_nothing_is_not_saved(self):
        with pytest.raises(UnknownKey):
            Picture.objects.create(image=UNKNOWN)
        assert not Picture.objects.exists()


class TestTwoDatabases:
    def test_the_ledger_is_that_of_the_row(self, file_database, second_database, upload, stored):
        picture = Picture(image=upload())
        picture.save(using=second_database)
        assert not Blob.objects.exists()
        assert stored() == [Blob.objects.using(second_database).get().key]
        reference = Reference("gallery.picture", str(picture.pk), "image")
        assert DjangoLedger(second_database).references(picture.image.name) == [reference]
        assert Picture.objects.using(second_database).get().image.blob.width == 37
        picture.delete(using=second_database)
        assert DjangoLedger(second_database).references(picture.image.name) == []

    def test_a_bulk_create_too(self, file_database, second_database, upload):
        Picture.objects.using(second_database).bulk_create([Picture(image=upload())])
        assert Blob.objects.using(second_database).count() == 1
        assert not Blob.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["../../etc/passwd", "PGh0bWw+", "javascript:alert(1)", "legacy/other.jpg"])
def test_a_string_cannot_become_the_name_of_a_file(name):
    """As out of a request that no serializer looked at."""
    with pytest.raises(UnknownKey):
        Picture.objects.create(image=name)
    old = before_safelight(Picture(image="legacy/photo.jpg"))
    old.image = name
    with pytest.raises(UnknownKey):
        old.save()
    assert Picture.objects.get().image.name == "legacy/photo.jpg"
