"""A file that cannot be stored is told in the form that sent it, in any view that asks for that; elsewhere the answer
is a page, or problem details, with the status that it should have."""

import json
from pathlib import Path

import pytest
from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.files.storage import FileSystemStorage
from django.http import HttpResponse
from django.urls import include, path
from django.views.generic import CreateView
from tests.django.app.models import Album, Picture, Portrait
from tests.pictures import photo

from safelight.django.attempt import refusals_in_form
from safelight.django.models import Blob
from safelight.errors import InUse, StorageUnavailable, UnknownKey

SENTENCE = "The file could not be stored just now. Try again in a moment."
calls: list[str] = []


class AddPicture(CreateView):
    model = Picture
    fields = ("title", "image")
    success_url = "/done/"

    def render_to_response(self, context: dict, **_: object) -> HttpResponse:
        return HttpResponse(context["form"].as_p())


def add_album(request):
    """An album with two pictures, as plain as views were written ever since."""

    class AlbumForm(forms.ModelForm):
        class Meta:
            model = Album
            fields = ("title",)

    class PortraitForm(forms.ModelForm):
        class Meta:
            model = Portrait
            fields = ("name", "image")

    data = (request.POST or None, request.FILES or None)
    album, *portraits = [
        AlbumForm(*data),
        PortraitForm(*data, prefix="one"),
        PortraitForm(*data, prefix="two"),
    ]
    calls.append(request.method)
    valid = [form.is_valid() for form in (album, *portraits)]
    if all(valid):
        for form in (album, *portraits):
            form.save()
        return HttpResponse("saved", status=201)
    return HttpResponse(album.as_p() + "".join(form.as_p() for form in portraits))


def broken(request, name=""):
    raise {"in use": InUse("It is in use."), "unknown": UnknownKey("x"), "bug": ValueError("a bug")}[request.GET["how"]]


plain_site = admin.AdminSite("plain")
plain_site.register(Portrait)  # without our mixin

urlpatterns = [
    path("add/", refusals_in_form(AddPicture.as_view())),
    path("add-plainly/", AddPicture.as_view()),
    path("album/", refusals_in_form(add_album)),
    path("broken/", broken),
    path("broken/<name>/", broken),
    path("twice/<name>/", refusals_in_form(broken)),
    path("plain-admin/", plain_site.urls),
    path("", include("tests.django.app.urls")),
]


@pytest.fixture(autouse=True)
def site(settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "safelight.django.middleware.answer_refusals"]
    calls.clear()


@pytest.fixture
def full(monkeypatch):
    """A disk that is full, after as many files as a test says."""
    left = [0]
    write = FileSystemStorage._save

    def save(self, name: str, content: object) -> str:
        if not left[0]:
            raise OSError(28, "No space left on device")
        left[0] -= 1
        return write(self, name, content)

    monkeypatch.setattr(FileSystemStorage, "_save", save)
    return left


class Attempts:
    def test_a_generic_view(self, client, upload, full, stored):
        page = client.post("/add/", {"title": "Grandma", "image": upload()})
        assert page.status_code == 200
        assert SENTENCE in page.content.decode()
        assert 'value="Grandma"' in page.content.decode()
        assert (Picture.objects.count(), stored()) == (0, [])
        full[0] = 9
        assert client.post("/add/", {"title": "Grandma", "image": upload()}).status_code == 302
        assert Picture.objects.get().title == "Grandma"

    def test_what_was_saved_before_is_taken_back(self, client, upload, full):
        """An album and its first picture, before the disk was full at the second."""
        full[0] = 1
        form = {"title": "Summer", "one-name": "a", "one-image": upload(), "two-name": "b"}
        page = client.post("/album/", form | {"two-image": upload(photo((5, 6)))})
        assert calls == ["POST", "POST"]
        assert page.content.decode().count(SENTENCE) == 1
        assert 'value="b"' in page.content.decode().partition(SENTENCE)[0], "above the field of the second"
        assert (Album.objects.count(), Portrait.objects.count()) == (0, 0)
        assert not Blob.objects.exclude(state="intent").exists()

    def test_what_can_be_stored_is_asked_for_once(self, client, upload):
        form = {"title": "Summer", "one-name": "a", "one-image": upload(), "two-name": "b"}
        assert client.post("/album/", form).status_code == 201
        assert client.get("/album/").status_code == 200
        assert calls == ["POST", "GET"]

    def test_temporary_files_are_closed(self, client, upload, full, tmp_path, monkeypatch, settings):
        settings.FILE_UPLOAD_HANDLERS = ["safelight.django.uploadhandler.SpoolUploadHandler"]
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        for _ in range(2):
            client.post("/add/", {"title": "x", "image": upload()})
            opened = [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
            assert not [name for name in opened if name.startswith(str(tmp_path)) and "deleted" in name]

    def test_elsewhere(self, client, upload, full):
        form = {"title": "x", "image": upload()}
        page = client.post("/add-plainly/", form, headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["Retry-After"]) == (503, "10")
        assert page.headers["Content-Type"].startswith("text/html")
        assert f"<p>{SENTENCE}</p>" in page.content.decode()
        form["image"].seek(0)
        answer = client.post("/add-plainly/", form, headers={"Accept": "application/json"})
        assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
        assert json.loads(answer.content)["code"] == "storage_unavailable"
        assert not Picture.objects.exists()

    def test_a_model_admin_without_our_mixin(self, client, upload, full):
        client.force_login(User.objects.create_superuser("root"))
        form = {"name": "Grandma", "image": upload()}
        page = client.post("/plain-admin/gallery/portrait/add/", form, headers={"Accept": "text/html"})
        assert page.status_code == 503
        assert SENTENCE in page.content.decode()
        assert not Portrait.objects.exists()


@pytest.mark.usefixtures("file_database")
class TestOnSqliteFile(Attempts):
    pass


@pytest.mark.usefixtures("postgresql_database")
class TestOnPostgresql(Attempts):
    pass


@pytest.mark.parametrize(("how", "status"), [("in use", 409), ("unknown", 404)])
def test_refusals_have_their_own_status(client, how, status):
    assert client.get("/broken/", {"how": how}).status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["broken", "twice"])
def test_nobody_writes_lines_into_the_log(client, caplog, address):
    client.post(f"/{address}/x%0aCRITICAL%1b[2J/?how=unknown")
    assert {record.getMessage() for record in caplog.records if record.name.startswith("safelight.")} == {
        f"/{address}/x%0ACRITICAL%1B%5B2J/: There is no file under this key."
    }


def test_errors_stay_what_they_are(client):
    with pytest.raises(ValueError, match="a bug"):
        client.get("/broken/", {"how": "bug"})


def test_a_view_that_is_async_is_refused():
    async def view(request: object) -> None:
        pass

    with pytest.raises(TypeError, match="async"):
        refusals_in_form(view)


@pytest.mark.django_db
def test_who_is_refused_twice_is_told(rf):
    """And no more than twice."""
    asked = []

    def view(request: object) -> None:
        asked.append(request)
        raise StorageUnavailable("down")

    with pytest.raises(StorageUnavailable):
        refusals_in_form(refusals_in_form(view))(rf.post("/"))
    assert len(asked) == 2
