"""The admin, through its own pages, on databases where its transaction is real."""

import pytest
from django.contrib.auth.models import User
from tests.django.app.models import Magazine, Picture, Portrait, before_safelight
from tests.pictures import photo

from safelight.django.models import Blob
from safelight.ledger import SideFile


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
class TestMixin:
    def test_shows_a_thumbnail_in_the_list(self, signed_in, upload):
        picture = Picture.objects.create(title='<b>"x"', image=upload())
        page = signed_in.get("/admin/gallery/picture/").content.decode()
        assert f'<img class="safelight-thumbnail" src="/media/{picture.image.name}"' in page
        assert "<b>" not in page
        assert "/static/safelight/admin.css" in page

    def test_shows_the_facts(self, signed_in, upload):
        picture = Picture.objects.create(image=upload(name="<i>me</i>&.jpg"))
        page = signed_in.get(f"/admin/gallery/picture/{picture.pk}/change/").content.decode()
        blob = picture.image.blob
        for fact in ("image/jpeg", "37 x 23", blob.key, blob.sha256, "i&gt;&amp;.jpg"):
            assert f"<dd>{fact}</dd>" in page

    def test_shows_a_dash_for_what_is_not_there(self, signed_in):
        empty, legacy = Portrait.objects.create(), before_safelight(Portrait(image="legacy.jpg"))
        for portrait in (empty, legacy):
            page = signed_in.get(f"/admin/gallery/portrait/{portrait.pk}/change/").content.decode()
            assert '<div class="readonly">-</div>' in page
        page = signed_in.get("/admin/gallery/portrait/").content.decode()
        assert page.count("safelight-thumbnail") == 1
        assert '<td class="field-thumbnail">-</td>' in page

    def test_shows_the_field_that_was_chosen(self, signed_in, upload):
        magazine = Magazine.objects.create(image=upload(), poster=upload())
        page = signed_in.get("/admin/gallery/magazine/").content.decode()
        assert magazine.poster.name in page
        assert magazine.image.name not in page

    def test_the_add_page_has_no_facts_yet(self, signed_in):
        assert signed_in.get("/admin/gallery/picture/add/").status_code == 200
