"""GET of the file handler: the library, newest first, however many files there are."""

from datetime import timedelta

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.django.app.models import Story
from tests.pictures import photo

from safelight.django.catalogue import DjangoCatalogue
from safelight.django.models import Blob
from safelight.http.library import Position

from .conftest import HANDLER, Browser, editor

pytestmark = pytest.mark.django_db


def stored_blobs(count: int, **facts: object) -> list[str]:
    """Rows as a ledger has them; nobody asks for their bytes."""
    now = timezone.now()
    rows = [
        Blob(
            **{
                "key": f"pages/{number:06}.jpg",
                "storage": "default",
                "state": "ready",
                "created": now - timedelta(minutes=count - number),
                "policy": "pictures",
                "media_type": "image/jpeg",
                "size": 1000 + number,
                "sha256": "ab" * 32,
                "filename": f"holiday {number}.jpg",
                **facts,
            }
        )
        for number in range(count)
    ]
    Blob.objects.bulk_create(rows)
    return [row.key for row in reversed(rows)]


class TestPages:
    def test_by_number(self, admin):
        keys = stored_blobs(7)
        assert [admin.values(page=str(number)) for number in (1, 2, 3, 4, 1000)] == [
            keys[:3],
            keys[3:6],
            keys[6:],
            [],
            [],
        ]

    def test_without_a_number_the_first(self, admin):
        keys = stored_blobs(4)
        assert admin.values() == keys[:3]

    def test_says_whether_there_is_more(self, admin):
        stored_blobs(6)
        assert [admin.page(page=number).json()["has_more"] for number in (1, 2, 3)] == [True, False, False]

    @pytest.mark.parametrize("number", ["0", "-1", "abc", "", "1.5", "1e3", " 1", "+1", "٣", "000", "1\0"])
    def test_a_number_that_is_none(self, admin, number):
        response = admin.page(page=number)
        assert (response.status_code, response.json()["code"]) == (400, "malformed")

    def test_far_behind_the_end_there_is_nothing(self, admin):
        stored_blobs(4)
        for number in ("99999999999999999999", "9" * 5000):
            assert admin.values(page=number) == []


class TestCursors:
    def test_lead_through_all_files_once(self, admin):
        keys, seen, query = stored_blobs(8), [], {}
        while True:
            answer = admin.page(**query).json()
            seen += [item["value"] for item in answer["results"]]
            if not answer["has_more"]:
                break
            query = {"cursor": answer["cursor"]}
        assert seen == keys
        assert answer["cursor"] is None

    def test_neither_skip_nor_repeat_when_files_come_and_go(self, admin):
        keys = stored_blobs(6)
        cursor = admin.page().json()["cursor"]
        new = admin.key()
        Blob.objects.filter(key__in=keys[2:4]).delete()  # the last one shown, and the next
        assert admin.values(cursor=cursor) == keys[4:]
        assert admin.values()[0] == new

    def test_of_files_that_came_at_the_same_time(self, admin):
        moment = timezone.now()
        keys = sorted(stored_blobs(5, created=moment), reverse=True)
        assert admin.values() == keys[:3]
        assert admin.values(cursor=admin.page().json()["cursor"]) == keys[3:]

    def test_past_a_name_from_before_safelight(self, admin):
        """Which may have spaces in it, once it was adopted."""
        keys = stored_blobs(4)
        Blob.objects.filter(key=keys[2]).update(key="pages/our holiday 1.jpg")
        assert admin.values(cursor=admin.page().json()["cursor"]) == keys[3:]

    @pytest.mark.parametrize(
        "cursor", ["", "x", "é", "AAAA", "MjAyNiBh", "MjAyNi0wMS0wMVQwMDowMDowMCBh", "=" * 9000, "\0"]
    )
    def test_that_nobody_gave_out(self, admin, cursor):
        assert admin.page(cursor=cursor).status_code == 400


class TestWhat:
    def test_only_what_the_place_accepts(self, admin):
        (picture,), (paper,) = stored_blobs(1, key="a.jpg"), stored_blobs(1, key="b.bin", policy="attachments")
        assert admin.values(coords="cover") == [picture]
        assert admin.values(coords="attachment") == [paper]
        assert admin.values(coords="") == [paper, picture]

    def test_only_files_of_this_handler(self, admin):
        stored_blobs(1, policy="papers")
        stored_blobs(1, policy="", key="b.jpg")
        assert admin.values(coords="") == []

    def test_only_what_is_ready(self, admin):
        for state in ("intent", "deleting", "deleted"):
            stored_blobs(1, state=state, key=f"{state}.jpg")
        assert admin.values() == []

    def test_a_search_in_names_and_keys(self, admin):
        keys = stored_blobs(11)
        assert admin.values(q="HOLIDAY 10") == [keys[0]]
        assert admin.values(q="000007") == [keys[3]]
        assert admin.values(q="100%") == admin.values(q="_") == admin.values(q="nothing") == []
        assert admin.values(q=" \0 ") == keys[:3]
        assert admin.values(q="x" * 5000) == []

    def test_thumbnails_are_stored_ones(self, admin):
        stored_blobs(1, thumbnail_size=5)
        (item,) = admin.page().json()["results"]
        assert item["thumbnail"] == "/media/pages/000000.jpg.thumbnail.webp"

    def test_metadata_are_for_people(self, admin):
        stored_blobs(1, width=3, height=4, filename="")
        (item,) = admin.page().json()["results"]
        assert item["metadata"] == {"name": "000000.jpg", "type": "JPEG", "size": "1 kB", "dimensions": "3 x 4"}

    def test_where_they_are_used(self, admin, author):
        key = admin.key()
        for number in range(7):
            Story.objects.create(pk=number + 1, body={"title": "x", "cover": key})
        (item,) = admin.page().json()["results"]
        assert len(item["metadata"]["used_in"]) == 5, "as many as anybody reads"
        assert item["metadata"]["used_in"][0] == "story “Story object (1)”, body: cover"
        Blob.objects.update(owner=str(author.user.pk))
        (item,) = author.page().json()["results"]
        assert item["metadata"]["used_in"][0] == "story, body: cover", "no more than he may see"

    def test_a_place_that_there_is_not(self, admin):
        assert admin.page(coords="nowhere").status_code == 400
        assert admin.page(model_name="Nothing").status_code == 400


class TestWho:
    def test_sees_his_own(self, author):
        stored_blobs(1, owner="999")
        own = author.key()
        assert author.values() == [own]

    @pytest.mark.parametrize("permission", ["view_story", "change_story"])
    def test_sees_all_with_a_permission_for_the_model(self, permission):
        keys = stored_blobs(1, owner="999")
        assert Browser(editor("viewer", permission)).values() == keys

    def test_does_not_see_all_with_a_permission_for_another(self):
        stored_blobs(1, owner="999")
        viewer = Browser(editor("viewer", "view_section"))
        assert viewer.values() == []
        assert viewer.values(model_name="") == []

    def test_nobody_sees_nothing(self):
        stored_blobs(1, owner="")
        assert Browser(editor("visitor", "view_story", staff=False)).page().status_code == 403


class TestCost:
    def test_no_storage_is_asked(self, admin, monkeypatch):
        stored_blobs(3)
        for method in ("exists", "size", "open", "_open", "listdir", "path", "get_modified_time"):
            monkeypatch.setattr(FileSystemStorage, method, lambda *_: pytest.fail("a storage call"))
        assert len(admin.values()) == 3

    def test_as_many_queries_for_a_hundred_files_as_for_one(self, admin):
        def queries(catalogue: DjangoCatalogue, limit: int) -> int:
            with CaptureQueriesContext(
                connection,
            ) as captured:
                found = catalogue.newest(["pictures"], owner=None, search="", limit=limit)
            assert len(found) == limit
            return len(captured)

        stored_blobs(100)
        assert queries(DjangoCatalogue("default"), 100) == queries(DjangoCatalogue("default"), 1) == 2

    @pytest.mark.parametrize("owner", [None, "7"])
    @pytest.mark.parametrize("place", [{"offset": 900}, {"after": Position(timezone.now(), "x")}])
    def test_a_page_is_found_in_an_index_alone(self, owner, place):
        """So that it costs the same among a hundred thousand rows, however far away it is."""
        stored_blobs(1000)
        with CaptureQueriesContext(connection) as captured:
            DjangoCatalogue("default").newest(["pictures"], owner=owner, search="", limit=3, **place)
        query = captured[0]["sql"]
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query}")
            plan = " ".join(str(row) for row in cursor.fetchall())
        assert f"USING COVERING INDEX safelight_blob_{'newest' if owner is None else 'own'}" in plan
        assert "TEMP B-TREE" not in plan, "nothing is sorted"


def test_head_and_headers(admin):
    response = admin.client.head(HANDLER, {"field_name": "body", "model_name": "Story"})
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Cache-Control"] == "no-store"


def test_django_jsonform_has_what_it_needs(admin):
    """Each result has a value; it shows the values of `metadata` in their order."""
    key = admin.key(photo((5, 6)), "small.jpg")
    query = {"field_name": "body", "model_name": "Story", "coords": "gallery§0§picture", "page": "1"}
    (item,) = admin.client.get(HANDLER, query).json()["results"]
    assert item["value"] == key
    assert list(item["metadata"]) == ["name", "type", "size", "dimensions"]
