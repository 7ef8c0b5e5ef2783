"""Forms: a refusal lands at the field, in words, before anything is stored."""

import gc
import warnings

import pytest
from django import forms
from tests.django.app.forms import PictureForm, PortraitForm
from tests.django.app.models import Picture, Portrait
from tests.pictures import photo

from safelight import KB, Policy
from safelight.django.files import CheckedFile
from safelight.django.forms import UploadFormField
from safelight.django.models import Blob
from safelight.policy import HEIC, JPEG, PNG

pytestmark = pytest.mark.django_db


class TestModelForm:
    def test_stores_when_it_is_saved(self, upload, stored):
        form = PictureForm({}, {"image": upload()})
        assert form.is_valid()
        assert stored() == []
        picture = form.save()
        assert stored() == [picture.image.name]
        assert picture.image.blob.filename == "holiday.jpg"

    def test_keeps_when_saved_without_commit_and_later(self, upload, stored):
        form = PictureForm({}, {"image": upload()})
        picture = form.save(commit=False)
        assert stored() == []
        picture.save()
        assert stored() == [picture.image.name]

    def test_a_refusal_lands_at_the_field(self, upload, stored):
        form = PictureForm({}, {"image": upload(b"<html>", "page.jpg")})
        assert form.errors == {"image": ["This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP."]}
        assert form.errors.as_data()["image"][0].code == "type_not_allowed"
        assert stored() == []
        assert not Blob.objects.exists()

    def test_a_file_that_is_too_large_says_by_how_much(self, upload):
        form = PictureForm({}, {"image": upload(bytes(300 * KB))})
        assert form.errors == {"image": ["The file is too large: at most 200 kB are accepted and this one has 300 kB."]}

    def test_an_empty_or_missing_file(self, upload):
        assert PictureForm({}, {"image": upload(b"")}).errors == {"image": ["The submitted file is empty."]}
        assert PictureForm({}, {}).errors == {"image": ["This field is required."]}

    def test_the_length_of_the_clients_name_is_no_reason(self, upload):
        form = PictureForm({}, {"image": upload(name="n" * 300 + ".jpg")})
        assert form.is_valid(), form.errors
        filename = form.save().image.blob.filename
        assert filename.startswith("nnn")
        assert filename.endswith(".jpg")
        assert len(filename) == 255

    def test_an_error_elsewhere_stores_nothing(self, upload, stored):
        form = PictureForm({"title": "x" * 51}, {"image": upload()})
        assert list(form.errors) == ["title"]
        assert stored() == []
        form.cleaned_data["image"].close()

    def test_another_field_is_changed_and_the_file_stays(self, upload):
        picture = Picture.objects.create(image=upload())
        key = picture.image.name
        form = PictureForm({"title": "new"}, {}, instance=picture)
        form.save()
        assert Picture.objects.values_list("title", "image").get() == ("new", key)
        assert not Blob.objects.get().free_since

    def test_the_clear_checkbox_clears(self, upload, stored):
        portrait = Portrait.objects.create(image=upload())
        PortraitForm({"image-clear": "on"}, {}, instance=portrait).save()
        portrait.refresh_from_db()
        assert (portrait.image.name or "", portrait.width, portrait.height) == ("", None, None)
        assert Blob.objects.get().free_since
        assert len(stored()) == 1

    def test_the_page_shows_the_stored_file(self, upload):
        portrait = Portrait.objects.create(image=upload())
        html = str(PortraitForm(instance=portrait)["image"])
        assert f'<a href="/media/{portrait.image.name}">' in html
        assert 'name="image-clear"' in html

    def test_a_form_that_is_never_saved_leaves_no_file_open(self, upload):
        gc.collect()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert PictureForm({}, {"image": upload()}).is_valid()
            gc.collect()
        assert [str(each.message) for each in caught] == []


class TestWidget:
    def test_says_which_files_are_accepted(self):
        assert 'accept="image/avif,image/gif,image/jpeg,image/png,image/webp"' in str(PictureForm()["image"])

    def test_follows_the_policy(self):
        field = UploadFormField(policy=Policy("icons", types=frozenset({PNG})))
        assert field.widget.attrs["accept"] == PNG
        field = UploadFormField(policy=Policy("phones", types={JPEG, HEIC}))
        assert field.widget.attrs["accept"] == "image/heic,image/jpeg"

    def test_an_accept_of_ones_own_stays(self):
        field = UploadFormField(policy=Policy("any"), widget=forms.FileInput(attrs={"accept": ".jpg"}))
        assert field.widget.attrs["accept"] == ".jpg"


class TestPlainForm:
    class Form(forms.Form):
        file = UploadFormField(policy=Policy("icons", types=frozenset({PNG})), required=False)

    def test_gives_a_checked_file(self, upload):
        form = self.Form({}, {"file": upload(photo(format="PNG"), "a.txt", "text/plain")})
        assert form.is_valid()
        with form.cleaned_data["file"] as file:
            assert isinstance(file, CheckedFile)
            assert file.content_type == PNG
            assert file.name.endswith(".png")
            assert b"".join(file.chunks()) == photo(format="PNG")

    def test_refuses_by_its_policy(self, upload):
        assert self.Form({}, {"file": upload()}).errors == {"file": ["This is a JPEG picture; accepted: PNG."]}

    def test_may_be_left_empty(self):
        form = self.Form({}, {})
        assert form.is_valid()
        assert form.cleaned_data["file"] is None
