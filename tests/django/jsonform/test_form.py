"""The document's form in the admin, over HTTP: what is right is saved, what is wrong is said at its place, and nothing
that was typed or sent is lost."""

import html
import io
import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.django.app.models import Card, Section, Story

from safelight.django.models import Blob

from .conftest import Browser, editor

pytestmark = pytest.mark.django_db(transaction=True)
ADD = "/admin/gallery/story/add/"


def form(body: object, *sections: object, initial: tuple[int, ...] = (), **more: object) -> dict[str, object]:
    data: dict[str, object] = {
        "slug": "home",
        "body": body if isinstance(body, str | SimpleUploadedFile) else json.dumps(body),
        "sections-TOTAL_FORMS": len(sections),
        "sections-INITIAL_FORMS": len(initial),
    }
    for index, section in enumerate(sections):
        data[f"sections-{index}-data"] = json.dumps(section)
    for index, pk in enumerate(initial):
        data[f"sections-{index}-id"] = pk
    return data | more


def config(response, textarea: str = "id_body") -> dict[str, object]:
    page = response.content.decode()
    found = re.search(rf'<script id="{textarea}_config" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found, page
    return json.loads(found[1])


def text(response, textarea: str = "id_body") -> str:
    found = re.search(rf'id="{textarea}"[^>]*>\n?(.*?)</textarea>', response.content.decode(), re.DOTALL)
    return html.unescape(found[1])


def sentences(response) -> list[str]:
    lists = re.findall(r'<ul class="errorlist"[^>]*>(.*?)</ul>', response.content.decode(), re.DOTALL)
    return [html.unescape(item) for each in lists for item in re.findall(r"<li>(.*?)</li>", each)]


def change(page: Story) -> str:
    return f"/admin/gallery/story/{page.pk}/change/"


class TestThePage:
    def test_has_a_textarea_and_beside_it_all_that_the_form_needs(self, admin):
        response = admin.client.get(ADD)
        page = response.content.decode()
        assert '<div class="safelight-jsonform" data-safelight-jsonform><textarea name="body"' in page
        assert '<script src="/static/safelight/json-form.js" type="module"></script>' in page
        assert "/static/safelight/json-form.css" in page
        assert 'enctype="multipart/form-data"' in page
        given = config(response)
        assert given["handler"] == "/json-file-handler/"
        assert given["handlerArgs"] == {"field_name": "body", "model_name": "Story", "app_label": "gallery"}
        assert given["schema"]["properties"]["cover"] == {"type": "string", "format": "file-url"}
        assert (given["readonly"], given["errors"], given["files"]) == (False, {}, {})
        assert given["policies"][""]["max_bytes"] == 200_000
        assert given["policies"][""]["hint"] == "AVIF, GIF, JPEG, PNG or WebP, up to 200 kB"
        assert given["policies"]["attachments"] == {
            "accept": "",
            "max_bytes": 200_000,
            "hint": "Any file, up to 200 kB",
        }

    def test_an_inline_names_itself(self, admin):
        assert config(admin.client.get(ADD), "id_sections-0-data")["handlerArgs"] == {
            "field_name": "sections-0-data",
            "model_name": "Section",
            "app_label": "gallery",
        }

    def test_says_what_the_files_of_the_document_are(self, admin):
        key = admin.key()
        page = Story.objects.create(body={"title": "x", "cover": key, "gallery": [{"picture": "old/from before.jpg"}]})
        files = config(admin.client.get(change(page)))["files"]
        size = Blob.objects.get().size
        assert files[key] == {
            "url": f"/media/{key}",
            "thumbnail": None,
            "filename": "holiday.jpg",
            "media_type": "image/jpeg",
            "size": size,
        }
        assert "old/from before.jpg" not in files, "no path that Safelight would link to"

    def test_nothing_in_a_document_ends_its_script(self, admin):
        page = Story.objects.create(body={"title": "</script><script>alert(1)</script></textarea><b>"})
        response = admin.client.get(change(page))
        assert "<script>alert" not in response.content.decode()
        assert json.loads(text(response)) == page.body

    def test_shows_what_could_only_be_saved_without_it(self, admin):
        story = Story.objects.create(body={"title": "half a pair: \ud800"})
        assert json.loads(text(admin.client.get(change(story)))) == story.body

    def test_asks_the_row_for_its_schema(self, admin):
        card = Card.objects.create(kind="back")
        given = config(admin.client.get(f"/admin/gallery/card/{card.pk}/change/"), "id_faces")
        assert list(given["schema"]["properties"]) == ["back"]


class TestSaving:
    def test_keeps_document_and_files(self, admin, stored):
        key, other = admin.key(), admin.key(b"%PDF", coords="attachment")
        body = {"title": " Home ", "cover": key, "gallery": [{"picture": key, "caption": "ü"}], "attachment": other}
        response = admin.client.post(ADD, form(body, {"picture": key}))
        assert response.status_code == 302, sentences(response)
        page = Story.objects.get()
        assert page.body == body | {"title": "Home"}, "and the hook has run"
        assert Section.objects.get().data == {"picture": key}
        assert sorted(Blob.objects.get(key=key).references.values_list("holder", "path")) == [
            ("gallery.section", "picture"),
            ("gallery.story", "cover"),
            ("gallery.story", "gallery§0§picture"),
        ]
        assert not Blob.objects.filter(free_since__isnull=False).exists()
        assert stored() == sorted([key, other])

    def test_replacing_removing_and_moving(self, admin):
        first, second, third = admin.key(), admin.key(), admin.key()
        page = Story.objects.create(body={"title": "x", "cover": first, "gallery": [{"picture": second}]})
        body = {"title": "x", "cover": second, "gallery": [{}, {"picture": third}]}
        assert admin.client.post(change(page), form(body)).status_code == 302
        free = dict(Blob.objects.values_list("key", "free_since"))
        assert free[first] is not None
        assert (free[second], free[third]) == (None, None)
        assert list(Blob.objects.get(key=second).references.values_list("path", flat=True)) == ["cover"]

    def test_what_django_jsonform_has_written(self, admin):
        """Every key of the schema, empty."""
        body = {"title": "x", "revision": None, "cover": "", "logo": "", "scan": "", "gallery": [], "attachment": ""}
        assert admin.client.post(ADD, form(body)).status_code == 302
        assert admin.client.post(ADD, form({"title": "x"})).status_code == 302, "and without them"

    def test_an_inline_that_is_still_empty_makes_no_row(self, admin):
        assert admin.client.post(ADD, form({"title": "x"}, {"picture": ""}, {})).status_code == 302
        assert not Section.objects.exists()

    def test_a_form_that_did_not_change_says_so(self, admin):
        page = Story.objects.create(slug="home", body={"title": "x", "cover": admin.key()})
        assert admin.client.post(change(page), form(page.body)).status_code == 302
        from django.contrib.admin.models import LogEntry

        assert LogEntry.objects.get().get_change_message() == "No fields changed."

    def test_many_strings(self, admin):
        words = [f"word {number}" for number in range(1200)]
        assert admin.client.post(ADD, form({"title": "x", "words": words})).status_code == 302
        assert Story.objects.get().body["words"] == words

    def test_a_large_document_comes_as_a_file(self, admin, settings):
        """It would be refused as text: DATA_UPLOAD_MAX_MEMORY_SIZE is 2.5 MB."""
        body = {"title": "x", "words": ["ü" * 1000] * 2500}
        document = json.dumps(body, ensure_ascii=False).encode()
        assert len(document) > 5_000_000
        sent = SimpleUploadedFile("body.json", document, "application/json")
        assert admin.client.post(ADD, form(sent)).status_code == 302
        assert Story.objects.get().body == body
        again = SimpleUploadedFile("body.json", document.replace(b'"x"', b'"<x>"'), "application/json")
        response = admin.client.post(ADD, form(again))
        assert json.loads(text(response)) == body | {"title": "<x>"}, "and is there again when something is wrong"

    def test_a_document_that_is_too_large_is_refused_in_words(self, admin, settings):
        settings.SAFELIGHT = {**settings.SAFELIGHT, "DOCUMENT_BYTES": 1000}
        response = admin.client.post(ADD, form(SimpleUploadedFile("body.json", b'{"title": "%s"}' % (b"x" * 1000))))
        assert "The document is too large: at most 1 kB are accepted." in sentences(response)
        story = Story.objects.create(body={"title": "as it was"})
        response = admin.client.post(change(story), form(SimpleUploadedFile("body.json", b"x" * 2000)))
        assert json.loads(text(response)) == story.body, "to save it once more loses nothing"


class TestWhatIsWrong:
    def test_is_said_at_its_place_and_everything_comes_back(self, admin, stored):
        key = admin.key()
        typed = '{ "title":"<b>",\n"cover": "KEY", "gallery": [{"caption": 5}] }'.replace("KEY", key)
        response = admin.client.post(ADD, form(typed))
        assert response.status_code == 200
        assert text(response) == typed
        given = config(response)
        assert set(given["errors"]) == {"title", "gallery§0§caption"}
        assert given["errors"]["gallery§0§caption"] == ["This must be text."]
        assert given["files"][key]["filename"] == "holiday.jpg"
        assert "gallery > 1 > caption: This must be text." in sentences(response)
        assert (Story.objects.count(), stored()) == (0, [key])
        fixed = typed.replace("<b>", "b").replace(": 5", ': "five"')
        assert admin.client.post(ADD, form(fixed)).status_code == 302, "the file is the same; nobody sends it again"
        assert stored() == [key]

    def test_in_an_inline(self, admin):
        response = admin.client.post(ADD, form({"title": "x"}, {"picture": "nothing"}))
        assert list(config(response, "id_sections-0-data")["errors"]) == ["picture"]
        assert config(response)["errors"] == {}

    def test_in_another_field_loses_nothing(self, admin, stored):
        key = admin.key()
        response = admin.client.post(ADD, form({"title": "x", "cover": key}, slug="x" * 51))
        assert response.status_code == 200
        assert json.loads(text(response)) == {"title": "x", "cover": key}
        assert config(response)["files"].keys() == {key}
        assert stored() == [key]

    @pytest.mark.parametrize(
        "body",
        [
            "{",
            "nonsense",
            "[" * 100_000,
            "NaN",
            '{"title": Infinity}',
            '{"revision": 1e999}',
            '{"revision": %s}' % ("9" * 5000),
            '{"title": "\\u0000"}',
            '{"title": "\\ud800"}',
            '{"\\ud800": "x"}',
            '{"title": "a\\u0000"}',
            "[]",
            "5",
            '"x"',
            '{"title": {"title": {"title": []}}}',
            '{"title": "x", "gallery": {"0": "x"}}',
            '{"title": "x", "gallery": ["x", null, 5, []]}',
            '{"title": "x", "cover": {"key": "x"}}',
            '{"title": "x", "cover": 5}',
        ],
    )
    def test_a_document_that_cannot_be_saved(self, admin, body):
        response = admin.client.post(ADD, form(body))
        assert response.status_code == 200
        assert sentences(response)
        assert text(response) == body
        assert not Story.objects.exists()

    def test_files_of_a_list_that_is_too_long_are_not_looked_at(self, admin):
        rows = [{"picture": "nothing"}] * 101
        response = admin.client.post(ADD, form({"title": "x", "gallery": rows}))
        assert list(config(response)["errors"]) == ["gallery"]

    def test_more_than_anybody_reads(self, admin):
        body = {"title": "x", "words": list(range(200))}
        response = admin.client.post(ADD, form(body))
        assert len(sentences(response)) < 30
        assert "more." in sentences(response)[-1]


class TestReadonly:
    def test_a_value_cannot_be_changed(self, admin):
        page = Story.objects.create(body={"title": "x", "revision": 3})
        for revision in ({"revision": 4}, {}):
            response = admin.client.post(change(page), form({"title": "y", **revision}))
            assert response.status_code == 200
            assert config(response)["errors"] == {"revision": ["This cannot be changed."]}
        page.refresh_from_db()
        assert page.body == {"title": "x", "revision": 3}

    def test_what_somebody_else_changed_meanwhile_is_shown_as_it_is_now(self, admin):
        page = Story.objects.create(body={"title": "x", "revision": 4})
        response = admin.client.post(change(page), form({"title": "y", "revision": 3}))
        assert json.loads(text(response)) == {"title": "y", "revision": 4}
        assert admin.client.post(change(page), form(text(response))).status_code == 302

    def test_a_new_document_has_none_of_its_own(self, admin):
        assert admin.client.post(ADD, form({"title": "x", "revision": 7})).status_code == 200
        assert not Story.objects.exists()


class TestWhoMayOnlyLook:
    @pytest.fixture
    def viewer(self) -> Browser:
        return Browser(editor("viewer", "view_story", "view_section"))

    def test_sees_the_form_and_not_its_text(self, admin, viewer):
        key = admin.key()
        page = Story.objects.create(body={"title": "x", "cover": key})
        Section.objects.create(story=page, data={"picture": key})
        response = viewer.client.get(change(page))
        assert response.status_code == 200
        given = config(response)
        assert given["readonly"] is True
        assert given["files"].keys() == {key}
        assert json.loads(text(response)) == page.body
        assert config(response, "id_sections-0-data")["readonly"] is True
        assert "/static/safelight/json-form.js" in response.content.decode()
        assert re.search(r'<textarea name="body"[^>]* disabled', response.content.decode())

    def test_changes_nothing(self, admin, viewer):
        page = Story.objects.create(body={"title": "x"})
        assert viewer.client.post(change(page), form({"title": "y"})).status_code == 403
        page.refresh_from_db()
        assert page.body == {"title": "x"}

    def test_a_field_that_the_admin_calls_readonly(self, admin, monkeypatch):
        from django.contrib import admin as site

        monkeypatch.setattr(site.site.get_model_admin(Story), "readonly_fields", ("body",))
        page = Story.objects.create(body={"title": "<wrong by now>"})
        assert config(admin.client.get(change(page)))["readonly"] is True
        assert admin.client.post(change(page), form({"title": "y"}, slug="new")).status_code == 302
        page.refresh_from_db()
        assert (page.slug, page.body) == ("new", {"title": "<wrong by now>"})

    def test_who_may_only_add_rows_to_an_inline(self, admin):
        page = Story.objects.create(body={"title": "x"})
        Section.objects.create(story=page, data={})
        adder = Browser(editor("adder", "change_story", "view_section", "add_section"))
        response = adder.client.get(change(page))
        assert config(response, "id_sections-1-data")["readonly"] is False
        assert config(response, "id_sections-0-data")["readonly"] is True


def test_a_schema_that_cannot_work_is_a_textarea(admin, monkeypatch):
    monkeypatch.setattr(Card._meta.get_field("faces"), "schema", lambda instance: {"type": "nonsense"})
    response = admin.client.get("/admin/gallery/card/add/")
    assert "_config" not in response.content.decode()
    response = admin.client.post("/admin/gallery/card/add/", {"kind": "x", "faces": "{}"})
    assert response.status_code == 200
    assert "This cannot be saved" in sentences(response)[0]


def test_a_document_in_a_file_that_is_no_text(admin):
    response = admin.client.post(ADD, form(SimpleUploadedFile("body.json", b"\xff\xfe\0")))
    assert (response.status_code, Story.objects.count()) == (200, 0)
    assert io.BytesIO(response.content).read()
