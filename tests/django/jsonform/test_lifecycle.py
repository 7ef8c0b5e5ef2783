"""The life of a document's files from the form's first request to the last, on databases where the admin's transaction
is real: none is lost, none is left behind."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from tests.django.app.models import Section, Story

from safelight.django.models import Blob

from .conftest import Browser
from .test_files import as_data_url, photo
from .test_form import ADD, change, config, form


def a_day_later() -> None:
    """What a sweep finds then."""
    Blob.objects.filter(free_since__isnull=False).update(free_since=timezone.now() - timedelta(hours=25))
    call_command("safelight_sweep", verbosity=0)


class Life:
    @pytest.fixture
    def admin(self) -> Browser:
        return Browser(User.objects.create_superuser("admin"))

    def test_of_files_that_are_saved_replaced_and_removed(self, admin, stored):
        first, second, third = admin.key(), admin.key(), admin.key()
        body = {"title": "x", "cover": first, "gallery": [{"picture": second}], "scan": as_data_url(photo())}
        assert admin.client.post(ADD, form(body, {"picture": third})).status_code == 302
        story, section = Story.objects.get(), Section.objects.get()
        scan = story.body["scan"]
        a_day_later()
        assert stored() == sorted([first, second, third, scan])

        fourth = admin.key()
        body = {"title": "x", "cover": second, "gallery": [{}, {"picture": fourth}]}
        sections = {"sections-0-DELETE": "on"}
        response = admin.client.post(change(story), form(body, {"picture": third}, initial=(section.pk,), **sections))
        assert response.status_code == 302
        assert stored() == sorted([first, second, third, fourth, scan]), "grace: it can be taken back"
        a_day_later()
        assert stored() == sorted([second, fourth])
        assert admin.delete(fourth).status_code == 409

        assert admin.client.post(f"/admin/gallery/story/{story.pk}/delete/", {"post": "yes"}).status_code == 302
        a_day_later()
        assert stored() == []

    def test_of_files_whose_form_was_refused_and_then_left(self, admin, stored):
        key = admin.key()
        response = admin.client.post(ADD, form({"title": "<wrong>", "cover": key, "scan": as_data_url(photo())}))
        assert response.status_code == 200
        assert stored() == [key]
        admin.delete(key, trigger="unsaved_form_page_exit")
        Blob.objects.update(free_since=timezone.now() - timedelta(hours=24, minutes=1))
        call_command("safelight_sweep", verbosity=0)
        assert stored() == []

    @pytest.mark.parametrize(
        "body",
        [
            '{"title": "a\\u0000b"}',
            '{"title": "\\ud800"}',
            '{"title": "x", "\\udfff": 1}',
            '{"title": "x", "cover": "a\\u0000"}',
            '{"title": "x", "words": [1e400]}',
            '{"title": "x", "cover": "%s"}' % ("x" * 3000),
        ],
    )
    def test_of_what_no_database_takes(self, admin, body):
        response = admin.client.post(ADD, form(body))
        assert response.status_code == 200
        assert config(response)["errors"] or "Enter a valid JSON" in response.content.decode()

    def test_of_hostile_requests(self, admin):
        hostile = "a\0b\ud800".encode("utf-8", "surrogatepass")
        for name in ("field_name", "model_name", "app_label", "coords", "page", "q", "cursor"):
            assert admin.page(**{name: hostile}).status_code in (200, 400)
        for trigger in ("delete_button", "unsaved_form_page_exit"):
            assert admin.delete(hostile, "a" * 3000, "\0", trigger=trigger).status_code in (404, 204)

    def test_of_large_documents(self, admin):
        rows = [{"picture": admin.key(), "caption": "x" * 1000} for _ in range(20)]
        assert admin.client.post(ADD, form({"title": "x", "gallery": rows})).status_code == 302
        assert json.loads(json.dumps(Story.objects.get().body))["gallery"] == rows
        assert Blob.objects.filter(free_since=None).count() == 20


@pytest.mark.usefixtures("each_database")
class TestOnEachDatabase(Life):
    pass
