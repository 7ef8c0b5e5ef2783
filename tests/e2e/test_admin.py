"""The admin, as a browser's requests: pictures in the list, facts, search, and uploads inside its transaction."""

import html
import io
import re
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image
from tests.e2e.checks import CREATE, assert_safe_headers, nothing_left
from tests.e2e.server import Server
from tests.pictures import photo

LIST = "/admin/resolver/image/"


@pytest.fixture
def picture(admin: httpx.Client, small_jpeg: bytes) -> dict:
    headers = {"X-CSRFToken": admin.cookies["csrftoken"]}
    name = "Äpfel & <b>Birnen.jpg"
    return admin.post(CREATE, files={"image": (name, small_jpeg)}, headers=headers).json()


def add(client: httpx.Client, *, path: str = f"{LIST}add/", **files: tuple[str, bytes, str]) -> httpx.Response:
    """Fill in the form as a browser does: what it had, a fresh CSRF token, and the file."""
    page = client.get(path)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[1]
    return client.post(path, data={"csrfmiddlewaretoken": token, "_save": "Save"}, files=files or {"none": ("", b"")})


def text_of(response: httpx.Response) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", response.text))


def keys_in(response: httpx.Response) -> list[str]:
    """Of the pictures whose thumbnails it shows."""
    assert response.status_code == 200
    return re.findall(r'<img class="safelight-thumbnail" src="/media/([^"]+)\.thumbnail\.webp"', response.text)


def test_needs_a_login(anyone: httpx.Client) -> None:
    for path in ("/admin/", LIST, f"{LIST}add/", f"{LIST}1/change/"):
        response = anyone.get(path)
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/admin/login/")


def test_list_shows_thumbnails(admin: httpx.Client, picture: dict) -> None:
    key = picture["image"].partition("/media/")[2]
    assert keys_in(admin.get(LIST))[0] == key
    assert f'src="/media/{key}' in admin.get(f"{LIST}{picture['pk']}/change/").text


def test_thumbnails_are_small(admin: httpx.Client, camera: bytes) -> None:
    """Of a photo of 1.6 MB that lies on its side; with the headers of any stored file."""
    headers = {"X-CSRFToken": admin.cookies["csrftoken"]}
    answer = admin.post(CREATE, files={"image": ("a.jpg", camera)}, headers=headers).json()
    url = f"{answer['image']}.thumbnail.webp"
    assert urlsplit(url).path in admin.get(LIST).text
    served = admin.get(url)
    assert_safe_headers(served, "image/webp")
    assert len(served.content) < 100_000
    with Image.open(io.BytesIO(served.content)) as small:
        assert small.size == (240, 320)


def test_search(admin: httpx.Client, picture: dict) -> None:
    """By key, by a part of it, and by the name under which the picture was sent."""
    key = picture["image"].partition("/media/")[2]
    for term in (key, key[-20:-4], "Äpfel", "<b>Birnen", "birnen.JPG"):
        assert key in keys_in(admin.get(LIST, params={"q": term})), term
    for term in ("no such picture", "%", "\\", "Äpfel nothing"):
        assert key not in keys_in(admin.get(LIST, params={"q": term})), term


def test_date_filter(admin: httpx.Client, picture: dict) -> None:
    key = picture["image"].partition("/media/")[2]
    page = admin.get(LIST)
    assert "By timestamp" in text_of(page)
    year, month, day = picture["timestamp"][:10].split("-")
    dates = {"timestamp__year": year, "timestamp__month": int(month), "timestamp__day": int(day)}
    assert key in keys_in(admin.get(LIST, params=dates))
    assert key in keys_in(admin.get(LIST, params={"timestamp__gte": f"{year}-01-01 00:00:00+00:00"}))
    assert key not in keys_in(admin.get(LIST, params={"timestamp__lt": f"{year}-01-01 00:00:00+00:00"}))
    assert key not in keys_in(admin.get(LIST, params={"timestamp__year": 2001}))


@pytest.mark.parametrize(
    "query", ["timestamp__gte=x", "p=x", "o=99.x", "q=%00", "q='", "q=%22", "timestamp__year=x", "e=1", "x__y=1"]
)
def test_broken_queries(admin: httpx.Client, query: str) -> None:
    assert admin.get(f"{LIST}?{query}").status_code < 500


def test_facts(admin: httpx.Client, picture: dict, server: Server) -> None:
    page = admin.get(f"{LIST}{picture['pk']}/change/")
    key = picture["image"].partition("/media/")[2]
    assert f'<img src="/media/{key}"' in page.text
    ((size, sha256),) = server.rows("SELECT size, sha256 FROM safelight_blob WHERE key = ?", key)
    shown = text_of(page)
    for fact in ("image/jpeg", f"{size / 1000:.3g} kB", "23 x 37", key, sha256, "Äpfel & <b>Birnen"):
        assert fact in shown, fact
    assert "<b>Birnen" not in page.text


def test_add(server: Server, admin: httpx.Client) -> None:
    """Inside the admin's transaction: the intent goes to the side file, which is empty again afterwards."""
    before = server.baseline()
    response = add(admin, image=("new.jpg", photo((64, 48)), "image/jpeg"))
    assert response.status_code == 302, text_of(response)
    assert server.settled(before.plus(1)) == before.plus(1)
    assert (server.data / "db.sqlite3-safelight").exists()
    assert server.side_keys() == set()
    assert server.rows("SELECT filename FROM safelight_blob ORDER BY created DESC LIMIT 1") == [("new.jpg",)]


def test_add_large(server: Server, admin: httpx.Client, large_camera: bytes) -> None:
    before = server.baseline()
    assert add(admin, image=("new.jpg", large_camera, "image/jpeg")).status_code == 302
    assert server.settled(before.plus(1)) == before.plus(1)


@pytest.mark.parametrize(
    ("name", "body", "sentence"),
    [
        (
            "page.png",
            b"<html><script>alert(1)</script>",
            "This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP.",
        ),
        ("half.jpg", photo((64, 48))[:500], "The file is damaged"),
        ("nothing.jpg", b"", "The submitted file is empty."),
        ("large.jpg", photo() + bytes(20_000_000), "The file is too large: at most 20 MB are accepted"),
    ],
)
def test_add_refuses(server: Server, admin: httpx.Client, name: str, body: bytes, sentence: str) -> None:
    with nothing_left(server):
        response = add(admin, image=(name, body, "image/png"))
        assert response.status_code == 200
        assert sentence in text_of(response)


def test_add_nothing(server: Server, admin: httpx.Client) -> None:
    with nothing_left(server):
        response = add(admin)
        assert (response.status_code, "This field is required." in response.text) == (200, True)


def test_change(server: Server, admin: httpx.Client, picture: dict) -> None:
    path = f"{LIST}{picture['pk']}/change/"
    with nothing_left(server):
        assert add(admin, path=path).status_code == 302  # saved as it was
    before = server.baseline()
    assert add(admin, path=path, image=("other.jpg", photo((64, 48)), "image/jpeg")).status_code == 302
    expected = before._replace(files=before.files + 1, thumbnails=before.thumbnails + 1, blobs=before.blobs + 1)
    assert server.settled(expected) == expected
    assert "64 x 48" in text_of(admin.get(path))


def test_delete_several(server: Server, admin: httpx.Client, picture: dict) -> None:
    before = server.baseline()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', admin.get(LIST).text)[1]
    form = {"csrfmiddlewaretoken": token, "action": "delete_selected", "_selected_action": picture["pk"], "post": "yes"}
    assert admin.post(LIST, data=form).status_code == 302
    expected = before._replace(images=before.images - 1, references=before.references - 1)
    assert server.settled(expected) == expected
