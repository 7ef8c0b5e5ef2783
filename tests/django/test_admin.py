"""The admin, through its own pages, on databases where its transaction is real."""

from pathlib import Path

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.formats import date_format
from tests.django.app.admin import PaperAdmin, PictureAdmin, PortraitAdmin
from tests.django.app.models import Album, Magazine, Paper, Picture, Portrait, before_safelight
from tests.document_files import pdf
from tests.pictures import photo

from safelight.django.admin import UploadAdminMixin
from safelight.django.models import Blob
from safelight.side_file import SideFile
from safelight.words import megabytes

FRONTEND = Path(__file__).resolve().parents[2] / "frontend" / "src" / "admin"


@pytest.fixture
def signed_in(client):
    client.force_login(User.objects.create_superuser("admin"))
    return client


class Admin:
    def test_adding_stores_and_attaches(self, signed_in, upload, stored):
        response = signed_in.post("/admin/gallery/picture/add/", {"title": "x", "image": upload()})
        assert response.status_code == 302
        picture = Picture.objects.get()
        assert stored() == [picture.image.name]
        blob = Blob.objects.get()
        assert (blob.state, blob.free_since, blob.references.count()) == ("ready", None, 1)

    def test_a_refusal_is_shown_at_the_field(self, signed_in, upload, stored):
        response = signed_in.post("/admin/gallery/picture/add/", {"title": "x", "image": upload(b"<html>")})
        assert response.status_code == 200
        assert "This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP." in response.content.decode()
        assert (stored(), Picture.objects.count(), Blob.objects.count()) == ([], 0, 0)

    def test_replacing_and_clearing(self, signed_in, upload):
        portrait = Portrait.objects.create(image=upload())
        page = f"/admin/gallery/portrait/{portrait.pk}/change/"
        assert signed_in.post(page, {"name": "x", "image": upload(photo((5, 6)))}).status_code == 302
        assert Portrait.objects.values_list("width", "height").get() == (5, 6)
        assert signed_in.post(page, {"name": "x", "image-clear": "on"}).status_code == 302
        assert Portrait.objects.values_list("width", "height").get() == (None, None)
        assert Blob.objects.filter(free_since__isnull=False).count() == 2

    def test_deleting_releases(self, signed_in, upload):
        picture = Picture.objects.create(image=upload())
        response = signed_in.post(f"/admin/gallery/picture/{picture.pk}/delete/", {"post": "yes"})
        assert response.status_code == 302
        assert Blob.objects.get().free_since


@pytest.mark.usefixtures("file_database")
class TestOnSqliteFile(Admin):
    def test_no_intent_is_left_beside_the_database(self, signed_in, upload, file_database):
        signed_in.post("/admin/gallery/picture/add/", {"title": "x", "image": upload()})
        assert SideFile(str(file_database)).path.endswith("db.sqlite3-safelight")
        assert file_database.with_name("db.sqlite3-safelight").exists(), "the admin did open a transaction"
        assert SideFile(str(file_database)).intents() == []


@pytest.mark.usefixtures("postgresql_database")
class TestOnPostgresql(Admin):
    pass


@pytest.mark.django_db
class TestList:
    def test_shows_a_thumbnail(self, signed_in, upload):
        picture = Picture.objects.create(title='<b>"x"', image=upload())
        page = signed_in.get("/admin/gallery/picture/").content.decode()
        assert f'<img class="safelight-thumbnail" src="/media/{picture.image.name}" alt="Picture object' in page
        assert "<b>" not in page
        assert "/static/safelight/admin.css" in page
        assert "/static/safelight/admin.js" not in page

    def test_shows_a_dash_for_what_is_not_there(self, signed_in):
        Portrait.objects.create()
        before_safelight(Portrait(image="legacy.jpg"))
        page = signed_in.get("/admin/gallery/portrait/").content.decode()
        assert page.count("safelight-thumbnail") == 1
        assert '<td class="field-thumbnail">-</td>' in page

    def test_shows_the_field_that_was_chosen(self, signed_in, upload):
        magazine = Magazine.objects.create(image=upload(), poster=upload())
        page = signed_in.get("/admin/gallery/magazine/").content.decode()
        assert magazine.poster.name in page
        assert magazine.image.name not in page

    def test_a_model_without_files_has_none_to_show(self, signed_in):
        album = Album.objects.create(title="x")
        assert '<td class="field-thumbnail">-</td>' in signed_in.get("/admin/gallery/album/").content.decode()
        assert "content-related" not in signed_in.get(f"/admin/gallery/album/{album.pk}/change/").content.decode()

    def test_shows_it_in_an_inline_too(self, signed_in, upload):
        album = Album.objects.create(title="x")
        sheet = album.sheet_set.create(document=upload(pdf(), name="report.pdf"))
        page = signed_in.get(f"/admin/gallery/album/{album.pk}/change/").content.decode()
        assert f'<a href="{sheet.document.url}">report.pdf</a>' in page

    def test_has_no_link_inside_of_the_link_to_the_change_page(self, signed_in, upload, monkeypatch):
        paper = Paper.objects.create(document=upload(pdf(), name="report.pdf"))
        link = f'<a href="{paper.document.url}">'
        for links, is_there in ((("pk",), True), ((), True), (None, True), (("thumbnail",), False)):
            monkeypatch.setattr(PaperAdmin, "list_display_links", links)
            assert (link in signed_in.get("/admin/gallery/paper/").content.decode()) is is_there, links
        monkeypatch.setattr(PaperAdmin, "list_display", ("thumbnail",))
        monkeypatch.setattr(PaperAdmin, "list_display_links", ())
        assert link not in signed_in.get("/admin/gallery/paper/").content.decode()

    def test_asks_for_all_facts_at_once(self, signed_in, upload):
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                signed_in.get("/admin/gallery/paper/")
            return len(captured)

        Paper.objects.create(document=upload(pdf()))
        for_one = queries()
        for _ in range(3):
            Paper.objects.create(document=upload(pdf()))
        assert queries() == for_one

    def test_a_media_class_of_ones_own_takes_nothing_away(self):
        class Own(UploadAdminMixin, admin.ModelAdmin):
            class Media:
                js = ("own.js",)

        media = str(Own(Picture, admin.site).media)
        assert "safelight/admin.css" in media
        assert "own.js" in media


@pytest.mark.django_db
class TestPanel:
    def test_shows_the_picture_and_its_facts(self, signed_in, upload):
        picture = Picture.objects.create(image=upload(name="<i>me</i>&.jpg"))
        Picture.objects.create(image=picture.image.name)
        page = signed_in.get(f"/admin/gallery/picture/{picture.pk}/change/").content.decode()
        blob = Blob.objects.get()
        assert '<div id="content" class="colMS">' in page
        url, stored = picture.image.url, date_format(blob.created, "DATETIME_FORMAT")
        assert f'<a class="safelight-picture" href="{url}" target="_blank" rel="noopener"><img src="{url}"' in page
        facts = ["JPEG", "image/jpeg", "37 x 23", megabytes(blob.size), "i&gt;&amp;.jpg", stored, "default", "ready"]
        for fact in (*facts, "2 rows", f"<code>{blob.key}</code>", f"<code>{blob.sha256}</code>"):
            assert f"<dd>{fact}</dd>" in page, fact
        assert "<i>" not in page

    def test_shows_nothing_that_the_form_leaves_out(self, signed_in, upload, monkeypatch):
        """A ModelAdmin may hide a file from everybody, or from some."""
        portrait = Portrait.objects.create(name="x", image=upload(name="passport.jpg"))
        monkeypatch.setattr(PortraitAdmin, "fields", ("name",), raising=False)
        monkeypatch.setattr(PortraitAdmin, "readonly_fields", ())
        page = signed_in.get(f"/admin/gallery/portrait/{portrait.pk}/change/").content.decode()
        assert "passport" not in page
        assert portrait.image.name not in page

    def test_shows_all_files_of_a_row(self, signed_in, upload):
        paper = Paper.objects.create(document=upload(pdf(), name="a.pdf"), attachment=upload(b"\0", name="b.exe"))
        page = signed_in.get(f"/admin/gallery/paper/{paper.pk}/change/").content.decode()
        assert "<h2>Document</h2>" in page
        assert "<h2>Attachment</h2>" in page
        assert "<dd>any file, as it was sent</dd>" in page
        assert "safelight-picture" not in page

    def test_who_may_only_look_sees_it_too(self, client, upload):
        picture = Picture.objects.create(image=upload())
        viewer = User.objects.create_user("viewer", is_staff=True)
        viewer.user_permissions.add(Permission.objects.get(codename="view_picture"))
        client.force_login(viewer)
        page = client.get(f"/admin/gallery/picture/{picture.pk}/change/").content.decode()
        assert 'type="file"' not in page
        assert f'<img src="{picture.image.url}"' in page
        assert f"<code>{picture.image.blob.sha256}</code>" in page

    def test_a_file_from_before_safelight_has_no_facts(self, signed_in):
        portrait = before_safelight(Portrait(image="legacy.jpg"))
        page = signed_in.get(f"/admin/gallery/portrait/{portrait.pk}/change/").content.decode()
        assert '<img src="/media/legacy.jpg" alt="legacy.jpg' in page
        assert "<dl" not in page
        assert '<div class="readonly">-</div>' in page

    def test_is_not_there_without_a_file_nor_in_a_popup(self, signed_in, upload):
        empty, portrait = Portrait.objects.create(), Portrait.objects.create(image=upload())
        for path in ("add/", f"{empty.pk}/change/", f"{portrait.pk}/change/?_popup=1"):
            assert "content-related" not in signed_in.get(f"/admin/gallery/portrait/{path}").content.decode()

    def test_shows_the_stored_file_when_another_was_accepted_but_something_else_was_not(self, signed_in, upload):
        picture = Picture.objects.create(image=upload())
        page = f"/admin/gallery/picture/{picture.pk}/change/"
        answer = signed_in.post(page, {"title": "x" * 51, "image": upload(photo((5, 6)))}).content.decode()
        assert f'<img src="{picture.image.url}"' in answer
        assert "<dd>37 x 23</dd>" in answer

    def test_templates_of_ones_own_win(self, signed_in, rf, upload, monkeypatch):
        picture = Picture.objects.create(image=upload())
        page = f"/admin/gallery/picture/{picture.pk}/change/"
        names = ["admin/gallery/picture/change_form.html", "admin/gallery/change_form.html"]
        ours = ["admin/safelight/change_form.html", "admin/change_form.html"]
        assert signed_in.get(page).template_name == names + ours
        monkeypatch.setattr(PictureAdmin, "change_form_template", "admin/change_form.html")
        answer = signed_in.get(page)
        assert answer.template_name == "admin/change_form.html"
        assert "content-related" not in answer.content.decode()
        assert "/static/safelight/admin.js" in answer.content.decode()
