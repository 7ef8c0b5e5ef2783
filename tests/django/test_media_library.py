"""The media library: all stored files in the admin, where each is used, and what may be deleted."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.django.app.models import Archive, Page, Paper, Picture, before_safelight
from tests.django.media_library import LIST, agreed, cell, free, messages, names, text, url
from tests.django.sweeps import LEDGER, states
from tests.document_files import pdf
from tests.pictures import photo

from safelight import Reference
from safelight.blob import State
from safelight.django.models import Blob


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

    def test_a_date_that_hardly_a_database_has(self, root):
        for query in ("created__gte=0001-01-01T00:00:00%2B14:00", "created__year=99999999999"):
            assert root.get(f"{LIST}?{query}", follow=True).status_code == 200, query

    def test_no_regular_expressions_in_a_link(self, root):
        for query in ("filename__regex=(a|a)*$", "key__iregex=["):
            assert root.get(f"{LIST}?{query}").status_code == 400, query

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
