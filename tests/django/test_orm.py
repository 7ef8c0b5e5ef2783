"""UploadField with the rest of the ORM, and without a policy."""

import pytest
from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Concat
from tests.django.app.models import Loose, Magazine, Picture, Snapshot

from safelight import Refusal
from safelight.django.models import Blob

pytestmark = pytest.mark.django_db
HTML = b"<html><script>alert(1)</script>"


class TestQueries:
    def test_bulk_create_keeps(self, upload, stored):
        Picture.objects.bulk_create([Picture(image=upload()), Picture(image=upload())])
        assert sorted(Picture.objects.values_list("image", flat=True)) == stored()
        assert Blob.objects.count() == 2

    def test_bulk_create_refuses(self, upload):
        with pytest.raises(Refusal):
            Picture.objects.bulk_create([Picture(image=upload(HTML))])

    def test_get_or_create(self, upload, stored):
        for _ in range(2):
            Picture.objects.get_or_create(title="one", defaults={"image": upload()})
        assert stored() == [Picture.objects.get().image.name]

    def test_update_fields_leaves_an_upload_in_another_field_alone(self, upload, stored):
        picture = Picture.objects.create(image=upload())
        [old] = stored()
        picture.title, picture.image = "new", upload()
        picture.save(update_fields=["title"])
        assert stored() == [old]
        picture.save(update_fields=["image"])
        assert len(stored()) == 2
        assert Picture.objects.get().image.name != old

    def test_a_deferred_field_is_not_loaded(self, upload, django_assert_num_queries):
        Picture.objects.create(image=upload())
        picture = Picture.objects.defer("image").get()
        picture.title = "new"
        with django_assert_num_queries(1):
            picture.save()

    def test_a_database_expression_reaches_the_database(self, upload):
        picture = Picture.objects.create(title="legacy/a", image=upload())
        picture.image = Concat(F("title"), Value(".jpg"))
        picture.save()
        assert Picture.objects.get().image.name == "legacy/a.jpg"

    @pytest.mark.parametrize("model", [Magazine, Snapshot])
    def test_inherited_columns_keep_too(self, model, upload, stored):
        row = model.objects.create(image=upload())
        assert stored() == [row.image.name]
        assert row.image.blob.width == 37


class TestWithoutPolicy:
    def test_it_is_a_filefield(self, upload, stored):
        row = Loose.objects.create(document=upload(HTML, "page.html"))
        assert stored() == [row.document.name] == ["loose/page.html"]
        assert (row.document.blob, row.document.width, row.document.size) == (None, None, len(HTML))
        row.full_clean()
        row.document.delete()
        assert stored() == []
        assert not Blob.objects.exists()

    def test_its_form_field_is_djangos(self):
        form_field = Loose._meta.get_field("document").formfield()
        assert type(form_field) is type(models.FileField().formfield())
