"""The admin's form, and what it answers to the script that sends it."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect
from django.test import Client
from django.utils.safestring import mark_safe
from tests.django.app.admin import PictureAdmin
from tests.django.app.models import Album, Picture, Portrait, Sheet, Shot
from tests.document_files import pdf
from tests.pictures import photo

from safelight.django.models import Blob

pytestmark = pytest.mark.django_db
FRONTEND = Path(__file__).resolve().parents[2] / "frontend" / "src" / "admin"


@pytest.fixture
def signed_in(client):
    client.force_login(User.objects.create_superuser("admin"))
    return client


class TestForm:
    def test_brings_the_script_and_its_words(self, signed_in):
        page = signed_in.get("/admin/gallery/picture/add/").content.decode()
        (tag,) = re.findall(r'<script src="/static/safelight/admin.js" data-safelight="([^"]*)" type="module">', page)
        used = re.findall(r'"(\w+)"', (FRONTEND / "words.ts").read_text().partition("type Word")[2].partition(";")[0])
        assert sorted(json.loads(unescape(tag))) == sorted(used)

    def test_any_redirect_is_an_address_for_the_script(self, signed_in, upload, monkeypatch):
        """A project's own answer may be 303; the script must not follow it and take the page for a login."""
        see_other = type("SeeOther", (HttpResponseRedirect,), {"status_code": 303})
        monkeypatch.setattr(PictureAdmin, "response_add", lambda *args, **kwargs: see_other("/admin/"), raising=False)
        data = {"title": "x", "image": upload(), "_save": "Save"}
        answer = signed_in.post("/admin/gallery/picture/add/", data, headers={"X-Safelight": "progress"})
        assert (answer.status_code, answer.json()) == (200, {"location": "/admin/"})

    def test_says_what_the_policy_takes(self, signed_in):
        page = signed_in.get("/admin/gallery/paper/add/").content.decode()
        document, attachment = re.findall(r'<input type="file"[^>]*>', page)
        assert 'data-safelight-max-bytes="200000"' in document
        assert 'data-safelight-kinds="CSV, Excel (xlsx),' in document
        assert 'data-safelight-max-bytes="200000"' in attachment
        assert "data-safelight-kinds" not in attachment


class Marked:
    """Posts forms as the script does: with its header, and with the pressed button last."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def post(self, path: str, data: dict, button: str | None = "_save"):
        if button:
            data = data | {button: "Save"}
        return self.client.post(f"/admin/gallery/{path}", data, headers={"X-Safelight": "progress"})


@pytest.fixture
def marked(signed_in) -> Marked:
    return Marked(signed_in)


class TestAnswers:
    def test_success_says_where_to_go_and_keeps_the_message(self, marked, upload, stored):
        answer = marked.post("picture/add/", {"title": "x", "image": upload()})
        assert (answer.status_code, answer.json()) == (200, {"location": "/admin/gallery/picture/"})
        assert "no-cache" in answer["Cache-Control"]
        assert stored() == [Picture.objects.get().image.name]
        assert "was added successfully" in marked.client.get("/admin/gallery/picture/").content.decode()

    def test_the_button_decides_where(self, marked, upload):
        picture = Picture.objects.create(image=upload())
        page = f"picture/{picture.pk}/change/"
        for button, path in (("_continue", page), ("_addanother", "picture/add/"), ("_save", "picture/")):
            answer = marked.post(page, {"title": "x", "image": upload()}, button)
            assert answer.json() == {"location": f"/admin/gallery/{path}"}

    def test_a_refusal_is_said_for_the_field(self, marked, upload, stored):
        answer = marked.post("picture/add/", {"title": "x" * 51, "image": upload(b"<html>")})
        assert answer.status_code == 422
        assert answer.json() == {
            "note": "Please correct the errors below.",
            "errors": {
                "title": ["Ensure this value has at most 50 characters (it has 51)."],
                "image": ["This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP."],
            },
            "general": [],
            "kept": {},
        }
        assert (stored(), Picture.objects.count(), Blob.objects.count()) == ([], 0, 0)

    def test_so_are_the_mistakes_of_inlines(self, marked, upload, stored):
        parts = {"shot_set-TOTAL_FORMS": 1, "shot_set-INITIAL_FORMS": 0, "shot_set-0-image": upload(b"<html>")}
        answer = marked.post("album/add/", {"title": "x", **parts})
        assert answer.status_code == 422
        assert answer.json()["errors"] == {
            "shot_set-0-image": ["This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP."]
        }
        (sentence,) = answer.json()["general"]
        assert sentence.startswith("Sheets: ManagementForm data is missing")
        assert (stored(), Album.objects.count()) == ([], 0)

    def test_what_is_said_of_a_form_as_a_whole_is_text(self, marked, upload, monkeypatch):
        def clean(self):
            raise ValidationError(mark_safe('See <a href="/">that one</a> &amp; more.'))

        monkeypatch.setattr(Picture, "clean", clean)
        monkeypatch.setattr(Shot, "clean", clean)
        assert marked.post("picture/add/", {"image": upload()}).json()["general"] == ["See that one & more."]
        parts = {"shot_set-TOTAL_FORMS": 1, "shot_set-INITIAL_FORMS": 0, "shot_set-0-caption": "x"}
        parts |= {"sheet_set-TOTAL_FORMS": 0, "sheet_set-INITIAL_FORMS": 0}
        answer = marked.post("album/add/", {"title": "x", **parts})
        assert answer.json()["general"] == ["Shot #1: See that one & more."]

    def test_a_form_that_was_cut_short_saves_nothing(self, marked, upload, stored):
        """Django drops a file that does not come to its end, and would save the rest."""
        answer = marked.post("portrait/add/", {"name": "x"}, button=None)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
        assert (stored(), Portrait.objects.count()) == ([], 0)

    def test_a_file_that_was_fine_is_let_go_of_when_something_else_was_not(self, marked, signed_in, upload):
        def spools(answer) -> list[bool]:
            return [answer.context_data["adminform"].form.cleaned_data["image"].checked.spool.closed]

        form = {"title": "x" * 51, "image": upload(photo((640, 480)))}
        assert spools(signed_in.post("/admin/gallery/picture/add/", form)) == [True]

    def test_what_need_not_be_sent_again(self, marked, upload, stored):
        """Of the form and of its inlines, also those that are not ours; for the user who has sent it."""
        forms = {"shot_set-TOTAL_FORMS": 1, "sheet_set-TOTAL_FORMS": 1}
        forms |= {"shot_set-INITIAL_FORMS": 0, "sheet_set-INITIAL_FORMS": 0}
        files = {"shot_set-0-image": upload(), "sheet_set-0-document": upload(pdf(), "report.pdf")}
        kept = marked.post("album/add/", forms | files).json()["kept"]
        assert list(kept) == list(files)
        assert {blob.owner for blob in Blob.objects.all()} == {str(User.objects.get().pk)}
        again = forms | {f"{name}-kept": token for name, token in kept.items()}
        answer = marked.post("album/add/", again)
        assert (answer.json()["kept"], list(answer.json()["errors"])) == (kept, ["title"])
        marked.client.force_login(User.objects.create_superuser("other"))
        answer = marked.post("album/add/", again | {"title": "x"})
        assert (answer.json()["kept"], list(answer.json()["errors"])) == ({}, list(files))
        marked.client.force_login(User.objects.get(username="admin"))
        assert marked.post("album/add/", again | {"title": "x"}).status_code == 200
        assert stored() == sorted([Shot.objects.get().image.name, Sheet.objects.get().document.name])

    def test_nothing_changes_for_who_may_not(self, client, upload):
        answer = Marked(client).post("picture/add/", {"image": upload()})
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")
        client.force_login(User.objects.create_user("reader", is_staff=True))
        assert Marked(client).post("picture/add/", {"image": upload()}).status_code == 403
        assert not Picture.objects.exists()

    def test_nor_for_csrf(self, upload):
        client = Client(enforce_csrf_checks=True)
        client.force_login(User.objects.create_superuser("admin"))
        assert Marked(client).post("picture/add/", {"image": upload()}).status_code == 403
        assert not Picture.objects.exists()

    def test_what_is_neither_a_redirect_nor_a_form_stays_as_it_is(self, marked, upload):
        answer = marked.post("picture/add/", {"image": upload(), "_popup": "1"})
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert answer.template_name[-1] == "admin/popup_response.html"

    def test_without_the_header_all_is_djangos_own(self, signed_in, upload):
        answer = signed_in.post("/admin/gallery/picture/add/", {"title": "x" * 51, "image": upload()})
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert signed_in.post("/admin/gallery/picture/add/", {"image": upload()}).status_code == 302
