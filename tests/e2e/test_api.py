"""Who may do what, and what becomes of rows and files: the API as its clients see it."""

import json
import re
from collections.abc import Callable

import httpx
import pytest
from tests.e2e.checks import CREATE, assert_refused, assert_stored, key_of, nothing_left, one_more
from tests.e2e.server import PASSWORD, Server
from tests.pictures import photo, png


@pytest.fixture
def picture(anyone: httpx.Client, small_jpeg: bytes) -> dict:
    return anyone.post(CREATE, files={"image": ("holiday.jpg", small_jpeg)}).json()


def token(client: httpx.Client) -> str:
    response = client.post("/api/token/", json={"username": "admin", "password": PASSWORD})
    assert response.status_code == 200, response.text
    return response.json()["token"]


class TestWhoMay:
    def test_staff_by_token(self, staff: httpx.Client, picture: dict) -> None:
        assert staff.get("/api/images/").json()["results"][0] == picture
        assert staff.get(f"/api/images/{picture['pk']}/").json() == picture

    def test_staff_by_basic(self, anyone: httpx.Client, picture: dict) -> None:
        assert anyone.get("/api/images/", auth=("admin", PASSWORD)).json()["results"][0] == picture

    def test_staff_by_session(self, admin: httpx.Client, picture: dict) -> None:
        assert admin.get(f"/api/images/{picture['pk']}/").json() == picture

    def test_session_needs_a_csrf_token(self, server: Server, admin: httpx.Client, picture: dict) -> None:
        path = f"/api/images/{picture['pk']}/"
        with nothing_left(server):
            assert_refused(admin.delete(path), 403, "permission_denied")
            assert_refused(admin.put(path, json={"image": picture["image"]}), 403, "permission_denied")
            assert_refused(admin.post(CREATE, json={"image": "x"}), 403, "permission_denied")
        headers = {"X-CSRFToken": admin.cookies["csrftoken"]}
        assert admin.put(path, json={"image": picture["image"]}, headers=headers).status_code == 200

    @pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
    def test_nobody_else(self, server: Server, anyone: httpx.Client, picture: dict, method: str) -> None:
        for path in ("/api/images/", f"/api/images/{picture['pk']}/", "/api/images/999999999/", "/api/images/x/"):
            for headers, codes in (
                ({}, (401, 405)),
                ({"Authorization": "Token " + "0" * 40}, (401,)),
                ({"Authorization": "Basic YWRtaW46eA=="}, (401,)),
                ({"Authorization": "Basic \xff"}, (401,)),
                ({"Authorization": "Token"}, (401,)),
                ({"Cookie": "sessionid=x"}, (401, 403)),
            ):
                with nothing_left(server):
                    raw = {name: value.encode("latin-1") for name, value in headers.items()}
                    response = anyone.request(method, path, headers=raw)
                assert response.status_code in codes, (path, headers, response.text)
                if method != "HEAD":
                    assert_refused(response)

    def test_users_who_are_not_staff(self, server: Server, admin: httpx.Client) -> None:
        form = {"username": "user", "password1": "not-staff-1", "password2": "not-staff-1", "usable_password": "true"}
        csrf = {"csrfmiddlewaretoken": admin.cookies["csrftoken"]}
        assert admin.post("/admin/auth/user/add/", data=form | csrf).status_code == 302
        with server.client(auth=("user", "not-staff-1")) as user:
            assert_refused(user.get("/api/images/"), 403, "permission_denied")
            assert_refused(user.delete("/api/images/1/"), 403, "permission_denied")
            assert user.post(CREATE, json={"image": ""}).status_code == 400  # but may send, as anybody

    def test_wrong_password(self, anyone: httpx.Client) -> None:
        for body in ({"username": "admin", "password": "wrong"}, {"username": "admin"}, {}, [], {"username": "\0"}):
            assert_refused(anyone.post("/api/token/", json=body))


def test_pages(staff: httpx.Client, small_png: bytes) -> None:
    for _ in range(21):
        staff.post(CREATE, files={"image": ("a.png", small_png)})
    first = staff.get("/api/images/").json()
    assert set(first) == {"count", "next", "previous", "results"}
    assert len(first["results"]) == 20
    assert first["previous"] is None
    keys = [row["pk"] for row in first["results"]]
    assert keys == sorted(keys, reverse=True)  # newest first
    second = staff.get(first["next"]).json()
    assert second["results"][0]["pk"] < keys[-1]
    for page in ("0", "-1", "x", "99999999999999999999", "%00"):
        assert_refused(staff.get(f"/api/images/?page={page}"), 404, "not_found")


def test_suffixes(staff: httpx.Client, anyone: httpx.Client, picture: dict) -> None:
    path = f"/api/images/{picture['pk']}"
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for headers in ({}, browser):
        assert staff.get(f"{path}.json", headers=headers).json() == picture
        assert staff.get("/api/images.json", headers=headers).json()["results"][0] == picture
        for page in (f"{path}.html", "/api/images.html"):
            html = staff.get(page, headers=headers)
            assert html.headers["Content-Type"].startswith("text/html")
            assert picture["image"] in html.text
    assert_refused(staff.get(f"{path}.xml"), 404, "not_found")
    assert_refused(anyone.get(f"{path}.json"), 401, "not_authenticated")
    assert anyone.get("/api/images.html", headers=browser).status_code == 401


@pytest.mark.parametrize("pk", ["0", "-1", "x", "1e3", "99999999999999999999999", "%00", "'"])
def test_rows_that_are_not_there(server: Server, staff: httpx.Client, pk: str) -> None:
    with nothing_left(server):
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            assert_refused(staff.request(method, f"/api/images/{pk}/", json={"image": "x"}), 404, "not_found")


class TestUpdate:
    @pytest.mark.parametrize("method", ["PUT", "PATCH"])
    def test_unchanged(self, server: Server, staff: httpx.Client, picture: dict, method: str) -> None:
        """What the API gave out may be sent back; another host in front of the same path is the same file."""
        path = f"/api/images/{picture['pk']}/"
        here = picture["image"]
        for value in (here, here.replace("http://127.0.0.1", "https://example.org"), here.removeprefix(server.url)):
            with nothing_left(server):
                assert staff.request(method, path, json={"image": value}).json() == picture
                assert staff.request(method, path, data={"image": value}).json() == picture

    def test_replace(self, server: Server, staff: httpx.Client, picture: dict) -> None:
        old, new = picture["image"], png(9, 9)
        before = server.baseline()
        response = staff.put(f"/api/images/{picture['pk']}/", files={"image": ("new.png", new)})
        assert response.json()["pk"] == picture["pk"]
        assert_stored(server, staff, response, new, filename="new.png")
        # The old file is free now; its bytes wait for the sweep, and links to it work until then.
        expected = before._replace(files=before.files + 1, thumbnails=before.thumbnails + 1, blobs=before.blobs + 1)
        assert server.settled(expected) == expected
        assert staff.get(old).status_code == 200
        assert free_since(server, old)
        assert not free_since(server, response.json()["image"])

    @pytest.mark.parametrize(
        "value", [None, "", "null", [], "/media/images/2020/01/01/x.jpg", "http://127.0.0.1:9/x.jpg"]
    )
    def test_refused(self, server: Server, staff: httpx.Client, picture: dict, value: object) -> None:
        path = f"/api/images/{picture['pk']}/"
        with nothing_left(server):
            assert_refused(staff.put(path, json={"image": value}))
            assert_refused(staff.patch(path, json={"image": value}))
            assert_refused(staff.put(path, json={}), 400, "required")
        assert staff.get(path).json() == picture

    def test_file_of_another_row(self, server: Server, staff: httpx.Client, picture: dict, small_png: bytes) -> None:
        """One row's address in another row's field is no file."""
        other = staff.post(CREATE, files={"image": ("b.png", small_png)}).json()
        with nothing_left(server):
            assert_refused(staff.put(f"/api/images/{picture['pk']}/", json={"image": other["image"]}))

    def test_hidden_fields(self, staff: httpx.Client, picture: dict) -> None:
        body = {"pk": 77777, "timestamp": "2000-01-01T00:00:00Z", "image": picture["image"]}
        assert staff.put(f"/api/images/{picture['pk']}/", json=body).json() == picture


def test_delete(server: Server, staff: httpx.Client, picture: dict) -> None:
    before = server.baseline()
    response = staff.delete(f"/api/images/{picture['pk']}/")
    assert (response.status_code, response.content) == (204, b"")
    expected = before._replace(images=before.images - 1, references=before.references - 1)
    assert server.settled(expected) == expected
    assert free_since(server, picture["image"])
    assert staff.get(picture["image"]).status_code == 200  # until it is swept
    assert_refused(staff.get(f"/api/images/{picture['pk']}/"), 404, "not_found")
    assert_refused(staff.delete(f"/api/images/{picture['pk']}/"), 404, "not_found")


def free_since(server: Server, url: str) -> bool:
    key = url.partition("/media/")[2]
    ((since, references),) = server.rows(
        "SELECT free_since, (SELECT count(*) FROM safelight_reference WHERE blob_id = key) FROM safelight_blob"
        " WHERE key = ?",
        key,
    )
    assert (since is None) == bool(references)
    return since is not None


class TestSettings:
    def test_rate(self, new_server: Callable[..., Server], small_png: bytes) -> None:
        server = new_server(SAFELIGHT_UPLOAD_RATE="3/min")
        with server.client() as client:
            with one_more(server, 2):
                for _ in range(2):
                    key_of(client.post(CREATE, files={"image": ("a.png", small_png)}))
            assert_refused(client.post(CREATE, json={"image": "x"}), 400, "bad_base64")  # counts, too
            for headers in (
                {},
                {"X-Forwarded-For": "10.9.8.7"},
                {"X-Forwarded-For": "10.9.8.7, 10.1.1.1", "X-Real-IP": "10.0.0.3"},
                {"Forwarded": "for=10.2.3.4"},
                {"Authorization": "Token " + token(client)},
            ):
                with nothing_left(server):
                    response = client.post(CREATE, files={"image": ("a.png", small_png)}, headers=headers)
                    assert_refused(response, 429, "throttled")
                    assert 0 < int(response.headers["Retry-After"]) <= 60
            assert client.get("/api/images/", auth=("admin", PASSWORD)).status_code == 200

    def test_limits(self, new_server: Callable[..., Server]) -> None:
        server = new_server(SAFELIGHT_MAX_BYTES="30000", SAFELIGHT_MAX_PIXELS="10000", SAFELIGHT_UPLOAD_RATE="off")
        with server.client() as client:
            fits = photo((100, 100))
            assert_stored(server, client, client.post(CREATE, files={"image": ("a.jpg", fits)}), fits, filename="a.jpg")
            with nothing_left(server):
                wide = client.post(CREATE, files={"image": ("a.png", png(101, 100))})
                assert "101 x 100" in assert_refused(wide, 422, "too_many_pixels")
                heavy = fits + bytes(30_001 - len(fits))
                for asked in (
                    {"files": {"image": ("a.jpg", heavy)}},
                    {"json": {"image": heavy.hex()}},
                    {"data": {"image": heavy.hex()}},
                ):
                    response = client.post(CREATE, **asked)
                    assert "30 kB" in assert_refused(response, 413, "too_large")
            page = client.get("/").text
            assert re.search(r"up to\s+(29|30)(\.\d)?\s*[kK]B", page)


def test_answers_are_json_by_default(anyone: httpx.Client) -> None:
    """curl and requests accept anything; they must not be given a web page."""
    for headers in ({"Accept": "*/*"}, {"Accept": ""}, {"Accept": "application/json"}):
        for path in ("/api/", "/api/images/", "/nowhere/"):
            response = anyone.get(path, headers=headers)
            assert "detail" in json.loads(response.text)
