"""The files of a document that somebody sends: only what he may use is saved, and nothing that was not verified."""

import base64
import copy
import json
from urllib.parse import quote

import pytest
from django.contrib.auth.models import AnonymousUser
from django.forms import modelform_factory
from tests.django.app.models import Section, Story
from tests.pictures import photo, tiff

from safelight.django.jsonform.validation import INLINE
from safelight.django.models import Blob

from .conftest import Browser, editor
from .test_form import ADD, change, config, form, sentences, text

pytestmark = pytest.mark.django_db(transaction=True)

HTML = "data:image/png;base64," + base64.b64encode(b"<html><script>alert(1)</script>").decode()


def as_data_url(data: bytes, name: str = "") -> str:
    parameter = f";name={quote(name)}" if name else ""
    return f"data:image/jpeg{parameter};base64,{base64.b64encode(data).decode()}"


def save(browser: Browser, **body: object):
    return browser.client.post(ADD, form({"title": "x", **body}))


class TestKeys:
    @pytest.mark.parametrize(
        "value",
        [
            "javascript:alert(1)",
            "../../etc/passwd",
            "/etc/passwd",
            "https://example.com/x.png",
            "nothing.png",
            "2026/11/20/" + "a" * 29 + ".jpg",
            "x" * 5000,
            " ",
            HTML,
            "data:,",
        ],
    )
    @pytest.mark.parametrize("place", ["cover", "attachment"])
    def test_that_name_no_file(self, admin, value, place):
        response = save(admin, **{place: value})
        assert response.status_code == 200
        assert list(config(response)["errors"]) == [place]
        assert json.loads(text(response))[place] == value
        assert not Story.objects.exists()

    def test_of_an_upload_that_is_not_ready(self, admin):
        key = admin.key()
        for state in ("intent", "deleting", "deleted"):
            Blob.objects.update(state=state)
            assert config(save(admin, cover=key))["errors"] == {
                "cover": ["There is no such file. Choose another one, or send it again."]
            }

    def test_of_another_policy(self, admin):
        key = admin.key(b"<script>", coords="attachment")
        response = save(admin, cover=key)
        assert config(response)["errors"] == {"cover": ["This kind of file is not accepted here. Choose another one."]}
        assert save(admin, attachment=key).status_code == 302

    def test_of_another_policy_moved_inside_the_document(self, admin):
        key = admin.key(b"<script>", coords="attachment")
        story = Story.objects.create(body={"title": "x", "attachment": key})
        response = admin.client.post(change(story), form({"title": "x", "cover": key}))
        assert list(config(response)["errors"]) == ["cover"]

    def test_that_somebody_else_has_sent(self, admin, author):
        key = admin.key()
        response = save(author, cover=key)
        assert config(response)["errors"] == {"cover": ["This file was sent by somebody else, and you may not use it."]}
        assert save(author, cover=author.key()).status_code == 302

    def test_with_the_permission_to_see_all(self, admin):
        assert save(Browser(editor("viewer", "add_story", "view_story")), cover=admin.key()).status_code == 302

    def test_that_somebody_else_has_sent_and_saved_stay_where_they_are(self, admin):
        key = admin.key()
        section = Section.objects.create(story=Story.objects.create(body={"title": "x"}), data={"picture": key})
        somebody = Browser(editor("somebody", "change_story", "view_story", "change_section"))
        Blob.objects.update(owner="999")
        body = form({"title": "y"}, {"picture": key, "new": "x"}, initial=(section.pk,))
        assert somebody.client.post(change(section.story), body).status_code == 302

    def test_from_before_safelight_stay_and_are_not_put_anywhere_else(self, admin):
        story = Story.objects.create(body={"title": "x", "cover": "uploads/old.png"})
        body = {"title": "y", "cover": "uploads/old.png", "gallery": [{"picture": "uploads/old.png"}]}
        assert admin.client.post(change(story), form(body)).status_code == 302
        assert config(admin.client.get(change(story)))["files"] == {
            "uploads/old.png": {"url": "/media/uploads/old.png"}
        }
        assert config(admin.client.post(change(story), form({**body, "attachment": "uploads/old.png"})))["errors"]
        assert config(admin.client.post(change(story), form({**body, "cover": "uploads/other.png"})))["errors"]

    def test_whose_file_is_lost_are_said_to_be(self, admin):
        key = admin.key()
        story = Story.objects.create(body={"title": "x", "cover": key})
        Blob.objects.get().references.all().delete()
        Blob.objects.all().delete()
        assert list(config(admin.client.post(change(story), form({"title": "y", "cover": key})))["errors"]) == ["cover"]
        assert admin.client.post(change(story), form({"title": "y"})).status_code == 302


class TestHandlersOfOthers:
    """A view that somebody has written for django-jsonform: what its files are called is its own business."""

    @pytest.fixture(autouse=True)
    def their_view(self, settings):
        settings.SAFELIGHT = {"FILE_HANDLER": "/media/their-view/"}

    @pytest.mark.parametrize(
        "value",
        [
            "media/7.png",
            "/media/a b.png",
            "/media/a%20b.png",
            "media/10:30.png",
            "https://cdn.example.com/x.png?y=1",
            "7",
        ],
    )
    def test_what_does_no_harm(self, admin, value):
        assert save(admin, cover=value).status_code == 302
        assert Story.objects.get().body["cover"] == value

    @pytest.mark.parametrize(
        "value",
        [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " javascript:alert(1)",
            "java\tscript:alert(1)",
            "vbscript:x",
            "data:text/html,x",
            "../../etc/passwd",
            "media/%2e%2e/%2e%2e/settings.py",
            "media\\..\\settings.py",
            "//example.com/x.png",
            " media/7.png",
            "media/7.png ",
            "mailto:x",
            "https://",
            "a\nb",
            "x" * 5000,
        ],
    )
    def test_what_may(self, admin, value):
        assert list(config(save(admin, cover=value))["errors"]) == ["cover"]


class TestFilesInTheDocument:
    def test_are_made_clean_and_keep_their_name(self, admin):
        data = photo((40, 30), exif=b"Exif\0\0" + tiff(6))
        assert save(admin, logo=as_data_url(data, "../my holiday\u202e.jpg")).status_code == 302
        logo = Story.objects.get().body["logo"]
        head, _, content = logo.partition(",")
        assert head == "data:image/jpeg;name=my%20holiday.jpg;base64"
        clean = base64.b64decode(content)
        assert clean.startswith(b"\xff\xd8")
        assert len(clean) < len(data)
        assert not Blob.objects.exists()

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            (HTML, "This is an HTML page; accepted:"),
            (as_data_url(photo()[:-40]), "The file is damaged"),
            (as_data_url(b"\xff\xd8\xff" + b"x" * 300_000), "at most 200 kB are accepted"),
            ("data:image/png;base64,%%%", ""),
            ("data:image/png,raw", ""),
            ("data:image/png;base64,", ""),
            ("javascript:alert(1)", "Choose a file."),
            ("images/key.png", "Choose a file."),
        ],
    )
    @pytest.mark.parametrize("place", ["logo", "scan"])
    def test_that_are_refused(self, admin, value, words, place, stored):
        response = save(admin, **{place: value})
        (error,) = config(response)["errors"][place]
        if place == "logo" or value.startswith("data:"):
            assert words in error
        assert json.loads(text(response))[place] == value, "nothing is lost"
        assert (Story.objects.count(), stored()) == (0, [])

    def test_that_did_not_change_are_not_judged_again(self, admin):
        story = Story.objects.create(body={"title": "x", "logo": HTML})
        assert admin.client.post(change(story), form({"title": "y", "logo": HTML})).status_code == 302
        assert admin.client.post(ADD, form({"title": "y", "logo": HTML})).status_code == 200

    def test_of_2_4_megabytes_are_refused_with_the_form_as_it_was(self, admin):
        """Fault 9: 3.2 MB of base64, which Django takes as a file."""
        from django.core.files.uploadedfile import SimpleUploadedFile

        logo = as_data_url(photo() + b"x" * 2_400_000)
        sent = SimpleUploadedFile("body.json", json.dumps({"title": "typed", "logo": logo}).encode())
        response = admin.client.post(ADD, form(sent))
        assert config(response)["errors"]["logo"][0].startswith("The file is too large: at most 200 kB")
        assert json.loads(text(response)) == {"title": "typed", "logo": logo}


class TestStored:
    def test_a_file_becomes_a_key_when_it_is_saved(self, admin, stored):
        assert save(admin, scan=as_data_url(photo(), "me.jpg")).status_code == 302
        key = Story.objects.get().body["scan"]
        blob = Blob.objects.get()
        assert stored() == [key] == [blob.key]
        assert (blob.filename, blob.policy, blob.owner) == ("me.jpg", "pictures", str(admin.user.pk))
        assert blob.references.get().path == "scan"
        assert blob.free_since is None

    def test_and_is_not_stored_while_anything_is_wrong(self, admin, stored):
        response = admin.client.post(ADD, form({"title": "x", "scan": as_data_url(photo())}, slug="x" * 51))
        assert response.status_code == 200
        assert json.loads(text(response))["scan"].startswith("data:image/jpeg")
        assert save(admin, scan=as_data_url(photo()), cover="nothing").status_code == 200
        assert stored() == []

    def test_after_a_hook_that_copies_its_document(self, admin, monkeypatch, stored):
        monkeypatch.setattr(Story._meta.get_field("body"), "pre_save_hook", copy.deepcopy)
        assert save(admin, scan=as_data_url(photo(), "me.jpg")).status_code == 302
        assert (stored(), Blob.objects.get().filename) == ([Story.objects.get().body["scan"]], "me.jpg")

    def test_after_a_hook_that_writes_it_anew(self, admin, monkeypatch, stored):
        monkeypatch.setattr(Story._meta.get_field("body"), "pre_save_hook", lambda body: json.loads(json.dumps(body)))
        assert save(admin, scan=as_data_url(photo(), "me.jpg")).status_code == 302
        assert (stored(), Blob.objects.get().filename) == ([Story.objects.get().body["scan"]], "me.jpg")

    def test_a_key_is_as_good(self, admin):
        assert save(admin, scan=admin.key(coords="scan")).status_code == 302
        assert config(save(admin, scan="nothing"))["errors"]

    def test_without_a_form(self, stored):
        story = Story.objects.create(body={"title": "x", "scan": as_data_url(photo())})
        assert stored() == [story.body["scan"]]
        story.refresh_from_db()
        assert stored() == [story.body["scan"]]
        story.save()
        assert Blob.objects.count() == 1

    def test_by_bulk_create(self, stored):
        Story.objects.bulk_create([Story(body={"title": " x ", "scan": as_data_url(photo())})])
        body = Story.objects.get().body
        assert stored() == [body["scan"]]
        assert body["title"] == "x", "the hook has run, too"


def test_without_a_file_handler_there_is_a_policy_all_the_same(admin, settings):
    settings.SAFELIGHT = {}
    given = config(admin.client.get(ADD))
    assert given["handler"] is None
    assert given["policies"][""]["max_bytes"] == INLINE.max_bytes
    assert save(admin, logo=as_data_url(photo())).status_code == 302
    assert sentences(save(admin, logo=HTML))


def test_who_is_not_known_uses_what_is_ready(admin, author):
    """A form without JSONFormAdminMixin, which a system check warns of."""
    key = admin.key()
    made = modelform_factory(Story, fields=["body"])
    assert made({"body": json.dumps({"title": "x", "cover": key})}).is_valid()
    assert not made({"body": json.dumps({"title": "x", "cover": "nothing"})}).is_valid()


def test_nobody_is_not_the_owner_of_what_nobody_owns(admin):
    key = admin.key()
    Blob.objects.update(owner="")
    made = modelform_factory(Story, fields=["body"])({"body": json.dumps({"title": "x", "cover": key})})
    made.fields["body"].user = AnonymousUser()
    assert made.errors == {"body": ["cover: This file was sent by somebody else, and you may not use it."]}


def test_what_a_view_begins_with_is_not_what_is_stored(admin, author):
    """It may come from a request."""
    key = admin.key()
    body = {"title": "x", "cover": key, "revision": 5}
    made = modelform_factory(Story, fields=["body"])({"body": json.dumps(body)}, initial={"body": body})
    made.fields["body"].user = author.user
    assert len(made.errors["body"]) == 2
