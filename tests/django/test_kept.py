"""A form that is shown again, because something else in it was wrong, keeps the file: nobody has to send it twice."""

import asyncio
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape

import pytest
from django import forms
from django.contrib.auth.models import User
from django.core.files.storage import FileSystemStorage
from django.urls import path
from django.utils import translation
from django.views.generic import CreateView
from tests.django.app.forms import PictureForm, PortraitForm
from tests.django.app.models import PAPERS, PICTURES, Paper, Person, Picture, Plain, Portrait, Remote
from tests.document_files import pdf
from tests.pictures import photo

from safelight import KB, Policy
from safelight.django.attempt import refusals_in_form
from safelight.django.files import CheckedFile
from safelight.django.forms import UploadFormField
from safelight.django.ledger import DjangoLedger
from safelight.django.models import Blob, Reference
from safelight.keys import is_ours

pytestmark = pytest.mark.django_db
TOO_LONG = "x" * 51
GONE = "The file that you sent before is not kept any more. Choose it again."


class AvatarForm(forms.Form):
    name = forms.CharField(max_length=50)
    file = UploadFormField(policy=PICTURES)


def tokens(page: object) -> dict[str, str]:
    """What a browser would send for the files that the page keeps, by the names of their checkboxes."""
    boxes = re.findall(r'<input type="checkbox" name="([^"]*-kept)" value="([^"]*)" checked>', str(page))
    return {name: unescape(token) for name, token in boxes}


@pytest.fixture
def rejected(upload) -> dict[str, str]:
    """What a page carries that came back because the title was too long."""
    return tokens(PictureForm({"title": TOO_LONG}, {"image": upload()}))


class TestModelForm:
    def test_the_file_comes_back_and_is_saved_as_it_is(self, upload, stored):
        page = str(PortraitForm({"name": TOO_LONG}, {"image": upload()}))
        (key,) = stored()
        assert Blob.objects.get().free_since
        assert f"holiday.jpg ({len(photo()) / 1000:.3g} kB) is kept, and will be saved with this form." in page
        assert f'<img src="/media/{key}"' in page
        form = PortraitForm({"name": "Ada"} | tokens(page), {})
        assert form.is_valid(), form.errors
        assert form.changed_data == ["name", "image"]
        portrait = form.save()
        assert (stored(), portrait.image.name, portrait.width, portrait.height) == ([key], key, 37, 23)
        with portrait.image as content:
            assert content.read() == photo()
        assert not Blob.objects.get().free_since
        assert Reference.objects.get().blob_id == key

    def test_any_number_of_times(self, rejected, stored):
        again = PictureForm({"title": TOO_LONG} | rejected, {})
        assert tokens(again) == rejected
        assert len(stored()) == 1
        assert tokens(PictureForm({"title": TOO_LONG} | rejected, {})) == rejected

    def test_that_is_as_good_as_a_file(self, rejected):
        """To the browser, too, which would not send a required field without one."""
        assert 'required id="id_image"' in str(PictureForm()["image"])
        page = str(PictureForm({"title": TOO_LONG} | rejected, {})["image"])
        assert " required" not in page
        assert 'aria-describedby="id_image_kept"' in page
        assert '<label class="safelight-kept-file" id="id_image_kept">' in page
        assert PictureForm({}, {}).errors == {"image": ["This field is required."]}, "to whom unchecks it"

    def test_another_file_comes_first(self, rejected, upload, stored):
        kept = stored()
        picture = PictureForm(rejected, {"image": upload(photo((5, 6)), "new.jpg")}).save()
        assert picture.image.blob.filename == "new.jpg"
        assert [blob.key for blob in Blob.objects.filter(free_since__isnull=False)] == kept, "it expires"
        page = PictureForm({"title": TOO_LONG} | rejected, {"image": upload(photo((5, 6)), "new.jpg")})
        assert "new.jpg" in str(page)
        assert len(tokens(page)) == 1

    def test_so_does_clear(self, upload):
        portrait = Portrait.objects.create(image=upload())
        kept = tokens(PortraitForm({"name": TOO_LONG}, {"image": upload()}, instance=portrait))
        PortraitForm({"image-clear": "on"} | kept, {}, instance=portrait).save()
        assert not Portrait.objects.get().image

    def test_it_takes_the_place_of_another(self, upload):
        portrait = Portrait.objects.create(image=upload())
        old = portrait.image.name
        page = str(PortraitForm({"name": TOO_LONG}, {"image": upload(name="new.jpg")}, instance=portrait))
        assert f'Currently: <a href="/media/{old}">' in page
        PortraitForm(tokens(page), {}, instance=Portrait.objects.get()).save()
        assert Portrait.objects.get().image.blob.filename == "new.jpg"
        assert Blob.objects.get(free_since__isnull=False).key == old

    def test_a_file_that_is_refused_is_not_kept(self, upload, stored):
        page = PictureForm({"title": TOO_LONG}, {"image": upload(b"<html>")})
        assert (tokens(page), stored(), Blob.objects.count()) == ({}, [], 0)

    def test_nothing_is_kept_of_a_form_that_was_saved(self, upload, stored):
        form = PictureForm({}, {"image": upload()})
        form.save()
        assert (tokens(form), len(stored())) == ({}, 1)
        assert "could not be kept" not in str(form)

    def test_nor_of_one_that_is_never_shown(self, upload, stored):
        """A program asks for the errors alone."""
        form = PictureForm({"title": TOO_LONG}, {"image": upload()})
        assert form.errors.get_json_data()
        assert stored() == []
        form.cleaned_data["image"].close()

    def test_in_german(self, upload):
        with translation.override("de"):
            page = str(PictureForm({"title": TOO_LONG}, {"image": upload()}))
        size = f"{len(photo()) / 1000:.3g} kB".replace(".", ",")
        assert f"holiday.jpg ({size}) ist aufbewahrt und wird mit diesem Formular gespeichert." in page


def test_of_several_files_each(upload):
    """In one form, and in a formset whose forms are counted anew because one was taken out."""
    files = {"document": upload(pdf(), "report.pdf"), "attachment": upload(name="photo.jpg")}
    Form = forms.modelform_factory(Paper, fields=("document", "attachment"))
    FormSet = forms.modelformset_factory(Paper, form=Form)
    counts = {"form-TOTAL_FORMS": "3", "form-INITIAL_FORMS": "0"}
    sent = {f"form-1-{name}": file for name, file in files.items()}
    formset = FormSet(counts, sent | {"form-0-document": upload(b"<html>")})
    assert formset.errors[0]
    kept = tokens(formset)
    assert list(kept) == ["form-1-document-kept", "form-1-attachment-kept"]
    swapped = {"form-0-document-kept": kept["form-1-attachment-kept"]}
    assert FormSet(counts | swapped, {}).errors[0] == {"document": [GONE]}
    moved = {name.replace("1", "0"): token for name, token in kept.items()}
    formset = FormSet(counts | moved, {})
    assert formset.is_valid(), formset.errors
    formset.save()
    paper = Paper.objects.get()
    assert (paper.document.blob.filename, paper.attachment.blob.filename) == ("report.pdf", "photo.jpg")
    assert (paper.document.blob.policy, Blob.objects.count()) == (PAPERS.name, 2)


class TestClaims:
    """What comes in the place of a file is a stranger's, too."""

    def errors(self, token: object) -> dict:
        form = PictureForm({"image-kept": token, "title": "x"}, {})
        errors = form.errors
        assert tokens(form) == {}, "it is not carried on"
        return errors

    @pytest.mark.parametrize("token", ["x", "a:b:c", ".x:1:2", "images/x.jpg", "\0", "\ud800", ":" * 10_000])
    def test_forged(self, token):
        assert self.errors(token) == {"image": [GONE]}

    def test_forged_in_part(self, rejected):
        (token,) = rejected.values()
        assert self.errors(token[:-1]) == {"image": [GONE]}
        assert self.errors("x" + token) == {"image": [GONE]}

    @pytest.mark.parametrize("token", ["", None, ["x"], 5])
    def test_none_at_all(self, token):
        assert self.errors(token) == {"image": ["This field is required."]}

    def test_expired(self, rejected, settings):
        settings.SAFELIGHT = {"GRACE": timedelta(0)}
        (token,) = rejected.values()
        assert self.errors(token) == {"image": [GONE]}

    def test_swept(self, rejected):
        Blob.objects.update(state="deleting")
        (token,) = rejected.values()
        assert self.errors(token) == {"image": [GONE]}

    def test_of_another_field(self, rejected):
        assert PortraitForm(rejected, {}).errors == {"image": [GONE]}
        form = AvatarForm({"name": "x", "file-kept": rejected["image-kept"]}, {})
        assert form.errors == {"file": [GONE]}, "although it has the same policy"

    def test_of_another_policy(self, upload, monkeypatch):
        field = AvatarForm.base_fields["file"]
        kept = tokens(AvatarForm({"name": TOO_LONG}, {"file": upload()}))
        assert AvatarForm({"name": "x"} | kept, {}).is_valid()
        monkeypatch.setattr(field, "policy", Policy("icons", max_bytes=1 * KB))
        assert AvatarForm({"name": "x"} | kept, {}).errors == {"file": [GONE]}

    def test_from_two_tabs(self, rejected, stored):
        """Or because a button was pressed twice: two rows, one file."""
        one, two = (PictureForm(rejected, {}).save() for _ in range(2))
        assert one.image.name == two.image.name == stored()[0]
        one.delete()
        assert Reference.objects.get().row == str(two.pk)


class TestPlainForm:
    def kept(self, upload) -> AvatarForm:
        form = AvatarForm({"name": "Ada"} | tokens(AvatarForm({}, {"file": upload()})), {})
        assert form.is_valid(), form.errors
        return form

    def test_gives_a_checked_file(self, upload, stored):
        with self.kept(upload).cleaned_data["file"] as file:
            assert isinstance(file, CheckedFile)
            assert (file.content_type, file.size, file.name[-4:]) == ("image/jpeg", len(photo()), ".jpg")
            assert b"".join(file.chunks()) == file.checked.open().read() == photo()
            assert file.checked.filename == "holiday.jpg"
        assert len(stored()) == 1

    def test_any_field_can_store_it(self, upload):
        """In its own place: where the form keeps a file may be another storage, or not yet known."""
        kept = self.kept(upload).cleaned_data["file"]
        remote = Remote.objects.create(scan=kept)
        assert (remote.scan.blob.storage, remote.scan.blob.filename) == ("ours", "holiday.jpg")
        assert remote.scan.read() == photo()
        with Plain.objects.create(document=kept).document as document:
            assert document.read() == photo()
            # A storage that overwrites would take the name for that of the blob, which expires.
            assert not is_ours(document.name)

    def test_a_callable_knows_where_when_there_is_a_row(self, upload):
        Form = forms.modelform_factory(Person, fields=("name", "photo"))
        kept = tokens(Form({"name": TOO_LONG}, {"photo": upload()}))
        person = Form({"name": "Ada"} | kept, {}).save()
        assert person.photo.name.startswith("people/Ada/")
        assert Blob.objects.filter(free_since__isnull=False).count() == 1, "the other expires"

    def test_a_file_that_is_only_read_need_not_be_kept(self, upload, stored, monkeypatch):
        monkeypatch.setattr(AvatarForm.base_fields["file"], "keep", False)
        form = AvatarForm({"file-kept": "x"}, {"file": upload()})
        assert (tokens(form), stored(), Blob.objects.count()) == ({}, [], 0)
        form.cleaned_data["file"].close()
        assert AvatarForm({"file-kept": "x", "name": "x"}, {}).errors == {"file": ["This field is required."]}

    def test_nor_can_it_be_where_there_is_no_ledger(self, upload, stored, settings):
        settings.INSTALLED_APPS = ["django.contrib.staticfiles"]
        form = AvatarForm({"file-kept": "x"}, {"file": upload()})
        assert (tokens(form), stored()) == ({}, [])
        form.cleaned_data["file"].close()
        assert AvatarForm({"file-kept": "x", "name": "x"}, {}).errors == {"file": ["This field is required."]}


def test_an_async_view_shows_its_form_without(upload, stored):
    """There Django forbids all that asks the database."""

    async def view() -> str:
        return str(AvatarForm({}, {"file": upload()}))

    assert "holiday.jpg could not be kept. Choose it again." in asyncio.run(view())
    assert stored() == []


class AddPicture(CreateView):
    model = Picture
    fields = ("title", "image")
    success_url = "/done/"
    template_name = "form.html"


class AddPaper(AddPicture):
    model = Paper
    fields = ("document", "attachment")


class AddPerson(AddPicture):
    model = Person
    fields = ("name", "photo")


urlpatterns = [
    path("person/", refusals_in_form(AddPerson.as_view())),
    path("add/", refusals_in_form(AddPicture.as_view())),
    path("plainly/", AddPicture.as_view()),
    path("paper/", refusals_in_form(AddPaper.as_view())),
]


def raised(error: Exception):
    def fail(*_: object) -> None:
        raise error

    return fail


@pytest.fixture
def full(monkeypatch):
    """A disk that is full, as long as it lasts."""

    @contextmanager
    def disk() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr(FileSystemStorage, "_save", raised(OSError(28, "No space left on device")))
            yield

    return disk


@pytest.fixture
def site(settings):
    settings.ROOT_URLCONF = __name__
    template = {"form.html": "{{ form }}"}
    loaders = [("django.template.loaders.locmem.Loader", template)]
    settings.TEMPLATES = [
        {"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {"loaders": loaders}}
    ]


@pytest.mark.usefixtures("site")
class Views:
    """Django's own, whose templates are rendered when the view is over."""

    @pytest.mark.parametrize("address", ["/add/", "/plainly/"])
    def test_a_generic_view(self, client, upload, stored, address):
        page = client.post(address, {"title": TOO_LONG, "image": upload()}).content.decode()
        assert client.post(address, {"title": "x"} | tokens(page)).status_code == 302
        assert [Picture.objects.get().image.name] == stored()

    def test_for_whoever_sent_it(self, client, upload):
        ada, eve = (User.objects.create_user(name) for name in ("ada", "eve"))
        client.force_login(ada)
        page = client.post("/add/", {"title": TOO_LONG, "image": upload()}).content.decode()
        assert Blob.objects.get().owner == str(ada.pk)
        for somebody_else in (eve, None):
            client.force_login(somebody_else) if somebody_else else client.logout()
            assert GONE in client.post("/add/", tokens(page)).content.decode()
        client.force_login(ada)
        assert client.post("/add/", tokens(page)).status_code == 302

    @pytest.mark.parametrize("address", ["/add/", "/plainly/"])
    def test_a_storage_that_is_down(self, client, upload, full, stored, caplog, address):
        with full(), caplog.at_level(logging.WARNING):
            page = client.post(address, {"title": TOO_LONG, "image": upload()})
        assert page.status_code == 200
        assert "holiday.jpg could not be kept. Choose it again." in page.content.decode()
        assert 'aria-describedby="id_image_kept"' in page.content.decode()
        assert tokens(page.content.decode()) == {}
        assert "image: " in caplog.text
        assert "No space left on device" in caplog.text
        assert (stored(), Blob.objects.filter(state="ready").count()) == ([], 0)

    def test_a_storage_that_fails_later(self, client, upload, full):
        """While another file of the form is to be saved, in the view's second attempt."""
        page = client.post("/paper/", {"attachment": upload()}).content.decode()
        kept = tokens(page)
        assert list(kept) == ["attachment-kept"]
        with full():
            page = client.post("/paper/", kept | {"document": upload(pdf(), "report.pdf")}).content.decode()
        assert "The file could not be stored just now." in page
        assert tokens(page) == kept
        assert client.post("/paper/", kept | {"document": upload(pdf(), "report.pdf")}).status_code == 302

    def test_a_storage_that_fails_where_the_row_wants_it(self, client, upload, full):
        """It is stored a second time, when its row says where."""
        kept = tokens(client.post("/person/", {"name": TOO_LONG, "photo": upload()}).content.decode())
        assert list(kept) == ["photo-kept"]
        with full():
            page = client.post("/person/", {"name": "Ada"} | kept)
        assert page.status_code == 200
        assert "The file could not be stored just now." in page.content.decode()
        assert Person.objects.count() == 0

    def test_a_storage_that_does_not_give_back_what_the_row_wants(self, client, upload, monkeypatch):
        kept = tokens(client.post("/person/", {"name": TOO_LONG, "photo": upload()}).content.decode())
        with monkeypatch.context() as patch:
            patch.setattr(FileSystemStorage, "_open", raised(OSError(5, "Input/output error")))
            page = client.post("/person/", {"name": "Ada"} | kept)
        assert page.status_code == 200
        assert "The file could not be stored just now." in page.content.decode()

    def test_what_is_swept_at_the_last_moment(self, client, upload, monkeypatch):
        """Between the check of the form and its row."""
        page = client.post("/add/", {"title": TOO_LONG, "image": upload()}).content.decode()
        looked = [Blob.objects.get().facts()]
        Blob.objects.update(state="deleting")
        get = DjangoLedger.get
        monkeypatch.setattr(DjangoLedger, "get", lambda self, key: looked.pop() if looked else get(self, key))
        again = client.post("/add/", {"title": "x"} | tokens(page))
        assert (again.status_code, looked, Picture.objects.count()) == (200, [], 0)
        assert GONE in again.content.decode()


@pytest.mark.usefixtures("each_database")
class TestOnEachDatabase(Views):
    pass
