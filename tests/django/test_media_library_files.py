"""The media library: who sees what of a file, its row and page, and what becomes of it when it is deleted."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.django.app.models import PICTURES, Archive, Page, Paper, Picture, before_safelight
from tests.django.media_library import LIST, agreed, cell, free, messages, names, somebody, text, url
from tests.django.sweeps import intend, states
from tests.document_files import pdf
from tests.pictures import photo

from safelight.blob import State
from safelight.django.admin import BlobAdmin, deleting
from safelight.django.models import Blob, Installation


@pytest.fixture
def root(client) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def ask(root) -> Callable[..., object]:
    """Chooses files in the list, and the action: the page that asks."""

    def choose(*keys: str, query: str = "", **fields: str) -> object:
        form = {"action": "delete_selected", "index": "0", "_selected_action": list(keys), **fields}
        return root.post(f"{LIST}{query}", form)

    return choose


@pytest.mark.usefixtures("file_database")
class TestWho:
    def test_nobody(self, client):
        assert client.get(LIST).headers["Location"].startswith("/admin/login/")

    def test_staff_without_the_permission(self):
        key = free("x.png")
        client = somebody("view_picture")
        for path in (LIST, url(key), url(key, "delete"), url(key, "history"), f"{LIST}add/"):
            assert client.get(path).status_code == 403, path
        assert "Stored files" not in text(client.get("/admin/"))

    def test_who_may_view_can_do_nothing_else(self):
        key = free("x.png")
        client = somebody("view_blob", "add_blob", "change_blob")
        assert "Delete unused files" not in text(client.get(LIST))
        page = text(client.get(url(key)))
        assert 'name="_save"' not in page
        assert "deletelink" not in page
        for path in (url(key, "delete"), f"{LIST}add/"):
            assert client.get(path).status_code == 403
            assert client.post(path, {"post": "yes"}).status_code == 403
        assert client.post(url(key), {"filename": "y"}).status_code == 403
        form = {"action": "delete_selected", "index": "0", "_selected_action": key, "post": "yes"}
        client.post(LIST, form | {"asked": timezone.now().isoformat()})
        assert states() == {key: State.READY}
        assert Blob.objects.get().filename == "x.png"

    def test_who_may_view_and_delete(self):
        key = free("x.png")
        client = somebody("view_blob", "delete_blob")
        assert "Delete unused files" in text(client.get(LIST))
        assert client.post(url(key, "delete"), {"post": "yes"}).status_code == 302
        assert states() == {key: State.DELETED}

    def test_names_only_what_he_may_see(self, upload):
        picture = Picture.objects.create(image=upload())
        Page.objects.create(title="Secret plans", body={"cover": picture.image.name})
        owner = User.objects.create_user("mallory")
        Blob.objects.update(owner=str(owner.pk))
        client = somebody("view_blob", "delete_blob", "view_picture")
        form = {"action": "delete_selected", "index": "0", "_selected_action": picture.image.name}
        pages = [LIST, url(picture.image.name), url(picture.image.name, "delete")]
        for page in [*(client.get(path) for path in pages), client.post(LIST, form)]:
            assert "page, body: cover" in text(page)
            assert "Secret plans" not in text(page)
            assert "mallory" not in text(page)
            assert f'<a href="/admin/gallery/picture/{picture.pk}/change/">' in text(page)
        assert cell(client.get(LIST), "sender") == f"user {owner.pk}"

    @pytest.mark.parametrize("owner", ["", "not a number", "999"])
    def test_a_sender_who_is_none_of_our_users(self, root, owner):
        key = free("x.png", owner=owner)
        expected = f"user {owner}" if owner else "-"
        assert cell(root.get(LIST), "sender") == expected
        assert expected in text(root.get(url(key)))


@pytest.mark.usefixtures("file_database")
class TestRows:
    def test_what_is_no_file_is_not_shown(self, root):
        intent, expired, key = intend(), intend(), free("gone.png", state=State.DELETED)
        Blob.objects.filter(key=expired).update(state=State.DELETING)
        assert names(root.get(LIST)) == []
        for hidden in (intent, expired, key, "no such key"):
            for page in ("change", "delete"):
                assert root.get(url(hidden, page)).status_code == 302

    def test_the_thumbnail_that_was_stored(self, root, upload, monkeypatch):
        monkeypatch.setattr(Picture._meta.get_field("image"), "policy", replace(PICTURES, thumbnail=True))
        picture = Picture.objects.create(image=upload(photo((400, 300))))
        free("other.jpg", width=4000, height=3000)
        for method in ("exists", "size", "open", "_open", "listdir", "path", "get_modified_time"):
            monkeypatch.setattr(FileSystemStorage, method, lambda *_: pytest.fail("a storage call"))
        page = text(root.get(LIST))
        assert re.findall('<img class="safelight-thumbnail" src="([^"]+)" alt="([^"]+)"', page) == [
            (f"/media/{picture.image.name}.thumbnail.webp", "holiday.jpg")
        ]
        assert page.count("safelight-tile") == 1

    def test_the_facts(self, root, upload):
        picture = Picture.objects.create(image=upload())
        blob = Blob.objects.get()
        page = text(root.get(url(picture.image.name)))
        for fact in (blob.key, blob.sha256, "image/jpeg", "37 x 23", "holiday.jpg", "pictures", "default", "In use"):
            assert fact in page
        assert f'<img src="/media/{blob.key}" alt="holiday.jpg (opens in a new tab)" width="37" height="23">' in page

    def test_a_document_is_a_link(self, root, upload):
        paper = Paper.objects.create(document=upload(pdf(), name="report.pdf"))
        assert f'<a href="/media/{paper.document.name}">report.pdf</a>' in text(root.get(url(paper.document.name)))

    def test_names_are_no_markup(self, root):
        key = free("<b>&x.png")
        client_name = SimpleUploadedFile("<i>&y.jpg", photo(), "image/jpeg")
        Picture.objects.create(title="<u>", image=client_name)
        for path in (LIST, url(key), url(key, "delete")):
            page = root.get(path).content.decode()
            assert "<b>" not in page
            assert "<i>" not in page
            assert "&lt;b&gt;&amp;x.png" in page

    def test_a_storage_that_is_not_there_any_more(self, root):
        key = free("x.png", storage="sold", thumbnail_size=7)
        assert names(root.get(LIST)) == ["x.png"]
        assert "safelight-picture" not in text(root.get(url(key)))
        root.post(url(key, "delete"), {"post": "yes"})
        assert states() == {key: State.DELETING}, "what could not be deleted is left to the sweep"
        assert cell(root.get(LIST), "use") == "Being deleted"
        assert root.get(url(key, "delete")).status_code == 403

    @override_settings(USE_TZ=False)
    def test_without_time_zones(self, root, ask):
        key = free("x.png")
        assert "Unused since" in text(root.get(LIST))
        root.post(LIST, agreed(ask(key)))
        assert states() == {key: State.DELETED}


@pytest.mark.usefixtures("file_database")
class TestDeleting:
    def test_in_the_place_of_djangos_own_action(self, root, upload):
        picture = Picture.objects.create(image=upload())
        key = free("x.png")
        assert text(root.get(LIST)).count('value="delete_selected"') == 1
        form = {"action": "delete_selected", "_selected_action": [key, picture.image.name], "post": "yes", "index": "0"}
        assert "Are you sure you want to delete this unused file?" in text(root.post(LIST, form))
        assert states() == {key: State.READY, picture.image.name: State.READY}

    def test_whoever_puts_that_back_loses_no_file(self, rf, root, upload, stored):
        """Its two doors lead to the sweep as well."""
        picture = Picture.objects.create(image=upload())
        key, bulk = free("x.png"), free("bulk.png")
        before_safelight(Archive(image=bulk))
        page, request = BlobAdmin(Blob, admin.site), rf.post(LIST)
        page.delete_queryset(request, Blob.objects.all())
        assert states() == {key: State.DELETED, bulk: State.READY, picture.image.name: State.READY}
        assert stored() == sorted([bulk, picture.image.name])

    def test_what_somebody_else_has_deleted(self, root, monkeypatch):
        key = free("x.png")
        monkeypatch.setattr(BlobAdmin, "log_deletions", lambda *_: Blob.objects.update(state=State.DELETED))
        after = root.post(url(key, "delete"), {"post": "yes"}, follow=True)
        # The database has undone that, as it undoes whatever the view did.
        assert messages(after) == [("warning", "The file is not there any more.")]

    def test_no_more_than_some_at_a_time(self, root, ask, monkeypatch):
        monkeypatch.setattr(deleting, "AT_ONCE", 2)
        now = timezone.now()
        keys = [free(f"{number}.png", free_since=now - timedelta(days=9 - number)) for number in range(5)]
        page = ask(keys[4], select_across="1")
        sentence = "3 more files are unused: at most 2 are deleted at a time."
        assert "these 2 unused files" in text(page)
        assert sentence in text(page)
        assert "short time ago" not in text(page)
        after = root.post(LIST, agreed(page), follow=True)
        assert messages(after) == [("success", "Successfully deleted 2 stored files."), ("info", sentence)]
        assert [states()[key] for key in keys] == [State.DELETED] * 2 + [State.READY] * 3, "the longest unused first"

    @pytest.mark.parametrize(
        "asked",
        [
            *("", "yesterday", "2026-13-01T00:00:00+00:00", "2026-01-01T00:00:00", "\0"),
            *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),  # which are no dates in UTC
        ],
    )
    def test_a_forged_moment_is_asked_about_again(self, ask, asked):
        key = free("x.png")
        assert "Are you sure" in text(ask(key, post="yes", asked=asked))
        assert states() == {key: State.READY}

    def test_a_storage_that_is_down(self, root, ask, monkeypatch):
        key = free("x.png")
        form = agreed(ask(key))

        def refuse(*_: object) -> None:
            raise OSError("no route to host")

        monkeypatch.setattr(FileSystemStorage, "delete", refuse)
        after = root.post(LIST, form, follow=True)
        assert messages(after) == [("success", "Successfully deleted 1 stored file.")]
        assert states() == {key: State.DELETING}, "the next sweep deletes the bytes"

    def test_a_copy_of_another_database(self, root, ask):
        key = free("x.png")
        form = agreed(ask(key))
        Installation.objects.create(identity="6d0a5f3e-1c35-4a52-8f0e-5b1d6a7c9e01", place="another place")
        for page, sent in ((LIST, form), (url(key, "delete"), {"post": "yes"})):
            after = root.post(page, sent, follow=True)
            assert messages(after) == [("error", "Files are not deleted from here.")]
        assert states() == {key: State.READY}


class TestCost:
    """It follows what is shown, not the hundred thousand files that there may be."""

    @pytest.fixture(params=["file_database", "postgresql_database"])
    def many(self, request, root_on) -> Client:
        now = timezone.now()
        rows = [
            Blob(
                key=f"{number}.png",
                storage="default",
                state=State.READY,
                created=now - timedelta(minutes=number),
                size=number,
                free_since=None if number % 100 else now,
                media_type=f"image/{number % 7}",
                policy=f"policy {number % 3}",
                filename=f"a name as long as cameras and people make them {number}.png",
                sha256="a" * 64,
            )
            for number in range(20_000)
        ]
        Blob.objects.bulk_create(rows)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
        return root_on

    @pytest.fixture
    def root_on(self, request) -> Client:
        request.getfixturevalue(request.node.callspec.params["many"])
        client = Client()
        client.force_login(User.objects.create_superuser("root"))
        return client

    def plans(self, client: Client, path: str) -> list[tuple[str, str]]:
        """Of each query of the page that reads blobs."""
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        prefix = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        found = []
        with connection.cursor() as cursor:
            for query in captured:
                if 'FROM "safelight_blob"' in query["sql"]:
                    cursor.execute(f"{prefix} {query['sql']}")
                    found.append((query["sql"], "\n".join(str(row) for row in cursor.fetchall())))
        return found

    def page_plan(self, client: Client, query: str) -> str:
        """Of the query that finds the keys of a page."""
        plans = self.plans(client, f"{LIST}{query}")
        (found,) = [plan for sql, plan in plans if 'SELECT "safelight_blob"."key"' in sql and "LIMIT 50" in sql]
        return found

    @pytest.mark.parametrize("query", ["", "?p=399"])
    def test_a_page_is_found_in_an_index_alone(self, many, query):
        plan = self.page_plan(many, query)
        alone = "COVERING INDEX" if connection.vendor == "sqlite" else "Index Only Scan using"
        assert f"{alone} safelight_blob_created" in plan
        assert "TEMP B-TREE" not in plan
        assert "Sort" not in plan

    def test_a_type_is_found_in_its_index(self, many):
        assert "safelight_blob_type" in self.page_plan(many, "?media_type=image/3&p=50")

    def test_what_is_unused_is_found_in_its_index(self, many):
        assert "safelight_blob_free" in self.page_plan(many, "?use=unused")

    def test_nothing_reads_the_whole_table(self, many):
        for sql, plan in self.plans(many, LIST):
            # The number of pages takes all rows, if not all of what is in them.
            if "COUNT(*)" not in sql:
                assert "Seq Scan" not in plan, sql
            assert "SCAN safelight_blob\n" not in f"{plan}\n", sql
