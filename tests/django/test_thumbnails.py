"""A thumbnail in Django: its address by the field, its bytes by the view, and the admin's list that shows it."""

import io
import re
from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from PIL import Image
from tests.django.app.models import PICTURES, Picture, Portrait, before_safelight
from tests.pictures import photo

from safelight.decode import sandbox
from safelight.django.models import Blob
from safelight.variants import THUMBNAIL

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def thumbnails(monkeypatch):
    """The gallery's pictures come with thumbnails."""
    monkeypatch.setattr(Picture._meta.get_field("image"), "policy", replace(PICTURES, thumbnail=True))


@pytest.fixture
def picture(upload) -> Picture:
    return Picture.objects.create(title="x", image=upload(photo((400, 300))))


@pytest.fixture
def listed(client):
    """What the admin's list shows: the addresses of its pictures."""
    client.force_login(User.objects.create_superuser("admin"))

    def addresses() -> list[str]:
        page = client.get("/admin/gallery/picture/").content.decode()
        return re.findall(r'<img class="safelight-thumbnail" src="([^"]+)"', page)

    return addresses


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def test_it_has_an_address_that_no_storage_is_asked_for(picture, stored, monkeypatch):
    name = picture.image.name
    assert stored() == [name, THUMBNAIL.key(name)]
    for method in ("open", "exists", "size"):
        monkeypatch.setattr(picture.image.storage, method, lambda *arguments: pytest.fail("asked the storage"))
    for row in (picture, Picture.objects.get()):
        assert row.image.thumbnail_url == f"/media/{name}.thumbnail.webp"


def test_what_has_none_has_no_address(upload, monkeypatch):
    assert Portrait().image.thumbnail_url is None
    assert Portrait.objects.create(image=upload()).image.thumbnail_url is None, "its policy asks for none"
    assert before_safelight(Picture(image="legacy.jpg")).image.thumbnail_url is None
    assert Picture(image=upload()).image.thumbnail_url is None, "it is not stored yet"
    monkeypatch.setattr(sandbox, "is_installed", lambda package: False)
    assert Picture.objects.create(image=upload()).image.thumbnail_url is None, "nothing can make one"


def test_the_view_delivers_it(client, picture):
    url, size = picture.image.thumbnail_url, Blob.objects.get().thumbnail_size
    response = client.get(url)
    data = body(response)
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.size) == ("WEBP", (320, 240))
    assert (response["Content-Type"], response["Content-Length"]) == ("image/webp", str(size))
    assert response["Content-Disposition"] == "inline; filename*=UTF-8''holiday.webp"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    head = client.head(url)
    assert (head.headers, body(head)) == (response.headers, b"")
    assert body(client.get(url, headers={"range": "bytes=0-3"})) == b"RIFF"
    assert client.get(url, headers={"if-none-match": response["ETag"]}).status_code == 304
    assert response["ETag"] != client.head(picture.image.url)["ETag"]


def test_the_view_does_not_know_it_where_the_ledger_does_not(client, picture):
    Blob.objects.update(thumbnail_size=None)
    assert client.get(f"{picture.image.url}.thumbnail.webp").status_code == 404


def test_the_admins_list_shows_it(client, listed, picture):
    (shown,) = listed()
    assert shown == picture.image.thumbnail_url
    with Image.open(io.BytesIO(body(client.get(shown)))) as image:
        assert max(image.size) == 320


def test_the_admins_list_shows_the_picture_itself_where_there_is_none(listed, picture):
    Blob.objects.update(thumbnail_size=None)
    assert listed() == [picture.image.url]


@pytest.mark.usefixtures("transactional_db")
def test_adding_in_the_admin(client, listed, upload, stored):
    assert client.post("/admin/gallery/picture/add/", {"title": "x", "image": upload()}).status_code == 302
    name = Picture.objects.get().image.name
    assert stored() == [name, THUMBNAIL.key(name)]
    assert listed() == [f"/media/{THUMBNAIL.key(name)}"]
