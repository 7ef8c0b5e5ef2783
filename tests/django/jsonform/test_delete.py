"""DELETE to the file handler: what is in use stays, what is deleted is gone, and a page that was left only hurries."""

import dataclasses
from datetime import timedelta

import pytest
from django.utils import timezone
from tests.django.app.models import Section, Story

from safelight.django.jsonform import file_handler
from safelight.django.models import Blob

from .conftest import HANDLER, PLACE, Browser, editor

pytestmark = pytest.mark.django_db(transaction=True)


class TestTheButton:
    def test_deletes_file_and_row(self, admin, stored, state):
        key = admin.key()
        assert admin.delete(key).status_code == 204
        assert stored() == []
        assert state(key) == "deleted"
        assert admin.values() == []

    def test_deletes_several(self, admin, stored):
        keys = [admin.key(), admin.key(), admin.key()]
        assert admin.delete(*keys[:2]).status_code == 204
        assert stored() == keys[2:]

    def test_values_with_commas_between_them_are_several(self, admin, stored):
        assert admin.delete(f"{admin.key()},{admin.key()}").status_code == 204
        assert stored() == []

    def test_a_key_with_a_comma_is_one(self, admin, state):
        """Not ours, then: it is left alone, and its parts with it."""
        part = admin.key()
        Blob.objects.filter(key=part).update(filename="x")
        Blob.objects.create(key=f"{part},other", storage="default", state="ready", policy="pictures", size=1)
        assert admin.delete(f"{part},other").status_code == 404
        assert state(part) == "ready"

    @pytest.mark.parametrize(
        "values", [[], [""], ["nothing"], ["nothing,nowhere"], [","], ["../../etc/passwd"], ["a\0b"], ["\ud800"]]
    )
    def test_there_is_no_such_file(self, admin, values):
        values = [value.encode("utf-8", "surrogatepass") for value in values]
        assert admin.delete(*values).status_code == 404

    def test_all_or_none(self, admin, stored):
        key = admin.key()
        assert admin.delete(key, "nothing").status_code == 404
        assert stored() == [key]

    def test_no_more_than_somebody_can_mean(self, admin):
        assert admin.delete(*map(str, range(101))).status_code == 400

    def test_files_of_another_handler_are_not_there(self, admin):
        key = admin.key()
        Blob.objects.update(policy="papers")
        assert admin.delete(key).status_code == 404

    def test_a_file_in_use_stays_and_the_answer_says_where(self, admin, stored):
        used, free = admin.key(), admin.key()
        page = Story.objects.create(slug="home", body={"title": "x", "gallery": [{}, {"picture": used}]})
        for values in ([used], [free, used]):
            response = admin.delete(*values)
            answer = response.json()
            assert (response.status_code, answer["code"]) == (409, "in_use")
            (place,) = answer["places"]
            assert place["kind"] == "story"
            assert place["url"] == f"/admin/gallery/story/{page.pk}/change/"
            assert (place["field"], place["path"]) == ("body", "gallery > 2 > picture")
        assert stored() == sorted([used, free])
        page.delete()
        assert admin.delete(used).status_code == 204

    def test_a_file_that_only_the_row_knows_to_be_in_use_stays(self, admin, stored):
        key = admin.key()
        Story.objects.bulk_create([Story(body={"cover": key})])
        assert admin.delete(key).status_code == 409
        assert stored() == [key]


class TestLeavingThePage:
    def test_hurries_own_files(self, admin, stored):
        key = admin.key()
        assert admin.delete(key, trigger="unsaved_form_page_exit").status_code == 204
        assert stored() == [key]
        left = Blob.objects.get().free_since + timedelta(hours=24) - timezone.now()
        assert timedelta(minutes=55) < left < timedelta(hours=1, seconds=1)

    def test_does_nothing_to_what_is_saved_or_anothers(self, admin, author):
        saved, others = admin.key(), author.key()
        Story.objects.create(body={"cover": saved})
        before = list(Blob.objects.order_by("key").values_list("key", "free_since"))
        assert admin.delete(f"{saved},{others}", trigger="unsaved_form_page_exit").status_code == 204
        assert list(Blob.objects.order_by("key").values_list("key", "free_since")) == before

    def test_a_save_that_was_under_way_keeps_the_file(self, admin):
        key = admin.key()
        admin.delete(key, trigger="unsaved_form_page_exit")
        Section.objects.create(story=Story.objects.create(), data={"picture": key})
        assert Blob.objects.get().free_since is None

    def test_of_what_there_is_not(self, admin):
        answer = admin.delete("nothing", trigger="unsaved_form_page_exit")
        assert (answer.status_code, "Content-Type" in answer.headers) == (204, False)


class TestWho:
    def test_deletes_his_own(self, author, stored):
        assert author.delete(author.key()).status_code == 204
        assert stored() == []

    def test_does_not_delete_anothers(self, admin, author, stored):
        key = admin.key()
        response = author.delete(key)
        assert (response.status_code, response.json()["code"]) == (403, "not_allowed")
        assert author.delete(author.key(), key).status_code == 403
        assert len(stored()) == 2

    def test_deletes_all_with_the_permission_for_the_model(self, admin):
        assert Browser(editor("cleaner", "delete_story")).delete(admin.key()).status_code == 204

    def test_what_nobody_owns_needs_the_permission(self, author):
        key = author.key()
        Blob.objects.update(owner="")
        assert author.delete(key).status_code == 403


@pytest.mark.parametrize("trigger", ["", "anything", "delete_button,delete_button"])
def test_a_trigger_that_there_is_not(admin, trigger):
    assert admin.delete(admin.key(), trigger=trigger).status_code == 400


def test_only_what_the_handler_is_told_to_delete_on(admin, monkeypatch, stored):
    from django.urls import resolve

    key = admin.key()
    monkeypatch.setattr(resolve(HANDLER).func, "delete_on", frozenset({"delete_button"}))
    assert admin.delete(key, trigger="unsaved_form_page_exit").status_code == 403
    monkeypatch.setattr(resolve(HANDLER).func, "delete_on", frozenset())
    assert admin.delete(key).status_code == 403
    assert stored() == [key]


def test_what_a_handler_cannot_be(admin):
    from tests.django.app.models import PICTURES

    with pytest.raises(ValueError, match="names of their own"):
        file_handler(PICTURES, dataclasses.replace(PICTURES, max_bytes=1))
    with pytest.raises(ValueError, match="no 'button'"):
        file_handler(PICTURES, delete_on={"button"})
    with pytest.raises(ValueError, match="page_size"):
        file_handler(PICTURES, page_size=0)


def test_a_delete_without_a_place(admin, author):
    """django-jsonform always sends one; who does not may still delete his own."""
    key = author.key()
    query = {"trigger": "delete_button", "value": key}
    assert author.client.delete(HANDLER, query_params=query).status_code == 204
    assert author.client.delete(HANDLER, query_params={**PLACE, "model_name": "Nothing", **query}).status_code == 400
