"""The media library: all stored files in the admin, where each is used, and what may be deleted."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.django.app.models import PICTURES, Archive, Page, Paper, Picture, before_safelight
from tests.django.sweeps import LEDGER, intend, states, store
from tests.document_files import pdf
from tests.pictures import photo

from safelight import Reference
from safelight.blob import State
from safelight.django.admin import BlobAdmin, deleting
from safelight.django.models import Blob

LIST = "/admin/safelight/blob/"


def url(key: str, page: str = "change") -> str:
    return f"{LIST}{key.replace('_', '_5F').replace('/', '_2F')}/{page}/"


def text(response) -> str:
    assert response.status_code == 200, response
    return unescape(response.content.decode())


def names(response) -> list[str]:
    """The files in the list."""
    return re.findall(r'<span class="safelight-name">([^<]*)</span>', text(response))


def cell(response, name: str) -> str:
    """The words of a column's first cell."""
    found = re.search(rf'<t[dh] class="field-{name}[^"]*">(.*?)</t[dh]>', text(response), re.DOTALL)
    return " ".join(re.sub("<[^>]*>", " ", found[1]).split())


def somebody(*permissions: str) -> Client:
    user = User.objects.create_user(f"user {User.objects.count()}", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def free(name: str, **facts: object) -> str:
    """The key of a file that nothing uses."""
    key = store()
    Blob.objects.filter(key=key).update(filename=name, **facts)
    return key


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


def agreed(page) -> dict[str, object]:
    """What the form of the page that asks would send."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text(page))
    form: dict[str, object] = {name: value for name, value in found if name != "_selected_action"}
    return form | {"_selected_action": [value for name, value in found if name == "_selected_action"]}


def messages(response) -> list[tuple[str, str]]:
    return [(message.level_tag, str(message)) for message in response.context["messages"]]


class Library:
    def test_a_file_and_where_it_is_used(self, root, upload):
        picture = Picture.objects.create(image=upload(photo((400, 300))))
        for number in range(6):
            Page.objects.create(title=f"Page {number}", body={"cover": picture.image.name})
        Blob.objects.update(owner=str(User.objects.get().pk))
        page = root.get(LIST)
        assert cell(page, "name") == "holiday.jpg JPEG, 400 x 300"
        assert cell(page, "use") == (
            "page “Page 0” , body: cover page “Page 1” , body: cover page “Page 2” , body: cover and 4 more"
        )
        first = Page.objects.get(title="Page 0")
        assert f'<a href="/admin/gallery/page/{first.pk}/change/">page “Page 0”</a>' in text(page)
        assert cell(page, "policy") == "pictures"
        assert cell(page, "sender") == "root"
        assert cell(page, "readable_size").endswith(("kB", "bytes"))

    def test_the_state_where_nothing_uses_it(self, root):
        key = free("old.png")
        assert cell(root.get(LIST), "use").startswith("Unused since ")
        Blob.objects.filter(key=key).update(state=State.DELETING)
        assert cell(root.get(LIST), "use") == "Being deleted"

    def test_what_has_been_released_by_one_of_two_is_in_use(self, root):
        key = free("shared.png")
        LEDGER.attach(key, Reference("gallery.page", "1", "body"))
        LEDGER.attach(key, Reference("gallery.page", "2", "body"))
        LEDGER.release(key, Reference("gallery.page", "1", "body"))
        assert Blob.objects.get().free_since
        assert cell(root.get(LIST), "use") == "page, body"
        assert names(root.get(f"{LIST}?use=used")) == ["shared.png"]
        assert names(root.get(f"{LIST}?use=unused")) == []
        assert text(root.get(url(key))).count("In use") == 1

    def test_filters(self, root, upload):
        Paper.objects.create(document=upload(pdf(), name="report.pdf"))
        Picture.objects.create(image=upload())
        free("old.png", created=timezone.now() - timedelta(days=400))
        free("going.png", state=State.DELETING)
        year = re.search(r'"\?(created__gte=[^"]+)">\s*This year', text(root.get(LIST)))[1]
        for query, found in {
            "use=used": ["holiday.jpg", "report.pdf"],
            "use=unused": ["old.png"],
            "use=deleting": ["going.png"],
            "media_type=application/pdf": ["report.pdf"],
            "policy=pictures": ["holiday.jpg"],
            year: ["going.png", "holiday.jpg", "report.pdf"],
            "use=used&policy=papers": ["report.pdf"],
            "policy=nobody": [],
            "media_type=%00": [],
            "use=%00": ["going.png", "holiday.jpg", "old.png", "report.pdf"],
            "_facets=True&policy=papers": ["report.pdf"],
        }.items():
            assert sorted(names(root.get(f"{LIST}?{query}"))) == found, query
        page = text(root.get(LIST))
        for choice in ("?media_type=application%2Fpdf", "?media_type=image%2Fjpeg", "?policy=papers", "?use=unused"):
            assert f'<a href="{choice}' in page

    def test_search(self, root, upload):
        picture = Picture.objects.create(image=upload(name="Grandma's birthday.jpg"))
        free("old.png")
        for query, found in {
            "birthday": 1,
            "BIRTHDAY grandma": 1,
            "birthday old": 0,
            picture.image.name: 1,
            f" {picture.image.name} ": 1,
            picture.image.name.rpartition("/")[2][:12]: 1,
            "100%": 0,
        }.items():
            assert len(names(root.get(LIST, {"q": query}))) == found, query
        assert root.get(LIST, {"q": "\0"}).status_code in (200, 302)

    def test_order_and_pages(self, root):
        now = timezone.now()
        for number in range(120):
            free(f"{number:03}.png", created=now - timedelta(minutes=number), size=number)
        assert names(root.get(LIST)) == [f"{number:03}.png" for number in range(50)]
        assert names(root.get(f"{LIST}?p=3")) == [f"{number:03}.png" for number in range(100, 120)]
        assert names(root.get(f"{LIST}?o=-4"))[0] == "119.png"
        assert names(root.get(f"{LIST}?o=5"))[0] == "119.png"
        assert len(names(root.get(f"{LIST}?all="))) == 120
        assert root.get(f"{LIST}?p=99").status_code in (200, 302)

    def test_as_many_queries_for_many_files_as_for_one(self, root, upload):
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                assert root.get(LIST).status_code == 200
            return len(captured)

        def add(number: int) -> None:
            picture = Picture.objects.create(image=upload(name=f"{number}.jpg"))
            Page.objects.create(title=f"{number}", body=[picture.image.name] * 2)
            Blob.objects.filter(key=picture.image.name).update(owner=str(User.objects.get().pk))

        add(0)
        before = queries()
        for number in range(1, 12):
            add(number)
        assert queries() == before

    def test_deleting_one(self, root, stored):
        key = free("old.png")
        page = root.get(url(key, "delete"))
        assert "Are you sure you want to delete “old.png”?" in text(page)
        assert (states()[key], stored()) == (State.READY, [key]), "it has only asked"
        assert root.post(url(key, "delete"), {"post": "yes"}, follow=True).redirect_chain == [(LIST, 302)]
        assert (states()[key], stored()) == (State.DELETED, [])
        (entry,) = LogEntry.objects.all()
        assert (entry.object_repr, entry.object_id, entry.is_deletion()) == ("old.png", key, True)

    def test_what_is_in_use_is_kept_and_named(self, root, upload, stored):
        picture = Picture.objects.create(image=upload())
        key = picture.image.name
        page = text(root.get(url(key, "delete")))
        assert "“holiday.jpg” is in use, and stays." in page
        assert f'<a href="/admin/gallery/picture/{picture.pk}/change/">' in page
        assert 'name="post"' not in page
        root.post(url(key, "delete"), {"post": "yes"})
        assert (states()[key], stored()) == (State.READY, [key])
        assert not LogEntry.objects.exists()

    def test_what_only_a_look_finds_is_kept(self, root, stored):
        key = free("bulk.png")
        before_safelight(Archive(image=key, hidden=True))
        after = root.post(url(key, "delete"), {"post": "yes"}, follow=True)
        assert messages(after) == [("warning", "The file is in use, and was not deleted.")]
        assert after.redirect_chain == [(url(key), 302)]
        assert (states()[key], stored()) == (State.READY, [key])
        assert not LogEntry.objects.exists(), "nothing was deleted"

    def test_deleting_many(self, root, ask, upload, stored):
        picture = Picture.objects.create(image=upload())
        old, other, bulk = free("old.png"), free("other.png"), free("bulk.png")
        before_safelight(Archive(image=bulk))
        going = free("going.png", state=State.DELETING)
        page = ask(old, bulk, going, picture.image.name)
        assert "these 2 unused files" in text(page)
        assert "2 of them were sent or given up a short time ago" in text(page)
        assert f'<a href="/admin/gallery/picture/{picture.pk}/change/">' in text(page)
        assert agreed(page)["_selected_action"] == [old, bulk]
        assert states()[old] == State.READY, "it has only asked"
        after = root.post(LIST, agreed(page), follow=True)
        assert messages(after) == [
            ("success", "Successfully deleted 1 stored file."),
            ("warning", "Kept, because they are in use: bulk.png."),
        ]
        expected = {picture.image.name: State.READY, other: State.READY, bulk: State.READY, going: State.DELETING}
        assert states() == {old: State.DELETED, **expected}
        assert stored() == sorted(expected)
        assert [entry.object_id for entry in LogEntry.objects.filter(action_flag=3)] == [old]

    def test_what_has_come_into_use_since_it_was_asked(self, root, ask):
        key = free("logo.png")
        form = agreed(ask(key))
        Page.objects.create(title="About us", body={"logo": key})
        after = root.post(LIST, form, follow=True)
        sentence = "Kept, because they are in use: logo.png (page “About us”, body: logo)."
        assert messages(after) == [("warning", sentence)]
        assert states() == {key: State.READY}

    def test_all_that_the_filters_find(self, root, ask, upload, stored):
        Picture.objects.create(image=upload())
        keys = [free(f"{number}.png") for number in range(3)]
        page = ask(keys[0], query="?use=unused", select_across="1")
        form = agreed(page)
        assert (form["select_across"], form["_selected_action"]) == ("1", [keys[0]])
        assert "these 3 unused files" in text(page)
        late = free("late.png")
        root.post(f"{LIST}?use=unused", form)
        assert {key for key, state in states().items() if state == State.DELETED} == set(keys)
        assert late in stored(), "nobody was asked about what came later"

    def test_nothing_to_delete(self, ask, upload):
        picture = Picture.objects.create(image=upload())
        page = text(ask(picture.image.name))
        assert "None of these files can be deleted" in page
        assert 'type="submit" value="Yes' not in page


@pytest.mark.usefixtures("file_database")
class TestOnSqliteFile(Library):
    pass


@pytest.mark.usefixtures("postgresql_database")
class TestOnPostgresql(Library):
    pass


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

    @pytest.mark.parametrize("asked", ["", "yesterday", "2026-13-01T00:00:00+00:00", "2026-01-01T00:00:00", "\0"])
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
