"""Stored files come back with headers under which a browser runs nothing; errors come in the words of who asked."""

import json

import pytest
from django.test import Client
from tests.django.app.models import Loose, Picture, Remote
from tests.pictures import photo

from safelight import Blob
from safelight.django.ledger import DjangoLedger
from safelight.django.models import Blob as BlobRow

pytestmark = pytest.mark.django_db


@pytest.fixture
def picture(upload) -> Picture:
    return Picture.objects.create(image=upload(name='a "b"\N{SNOWMAN}.jpg'))


def body(response) -> bytes:
    return b"".join(response.streaming_content)


class TestMedia:
    def test_delivers(self, client, picture):
        response = client.get(picture.image.url)
        assert body(response) == photo()
        assert response.status_code == 200
        assert response.headers == {
            "Content-Type": "image/jpeg",
            "Content-Length": str(len(photo())),
            "Content-Disposition": "inline; filename*=UTF-8''a%20%22b%22%E2%98%83.jpg",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Cache-Control": "public, max-age=31536000, immutable",
            "ETag": f'"{picture.image.blob.sha256}"',
            "Accept-Ranges": "bytes",
        }

    def test_the_type_is_the_ledgers(self, client, picture):
        BlobRow.objects.update(media_type="image/png")
        response = client.get(picture.image.url)
        response.close()
        assert response["Content-Type"] == "image/png"

    def test_caches_for_as_long_as_the_settings_say(self, client, picture, settings):
        settings.SAFELIGHT = {"CACHE_SECONDS": 60}
        assert client.head(picture.image.url)["Cache-Control"] == "public, max-age=60, immutable"

    @pytest.mark.parametrize("column", ["image", "scan"])
    def test_delivers_from_every_storage(self, client, upload, column):
        row = Remote.objects.create(**{column: upload()})
        assert body(client.get(f"/media/{getattr(row, column).name}")) == photo()

    def test_head_has_the_same_headers_and_no_body(self, client, picture):
        get, head = client.get(picture.image.url), client.head(picture.image.url)
        get.close()
        assert head.headers == get.headers
        assert body(head) == b""

    @pytest.mark.parametrize(
        ("wanted", "start", "end"), [("bytes=0-9", 0, 10), ("bytes=100-", 100, None), ("bytes=-7", -7, None)]
    )
    def test_a_range(self, client, picture, wanted, start, end):
        response = client.get(picture.image.url, headers={"range": wanted})
        expected = photo()[start:end]
        assert response.status_code == 206
        assert body(response) == expected
        first = photo().index(expected)
        assert response["Content-Range"] == f"bytes {first}-{first + len(expected) - 1}/{len(photo())}"
        assert response["Content-Length"] == str(len(expected))

    def test_a_range_outside(self, client, picture):
        response = client.get(picture.image.url, headers={"range": "bytes=99999-"})
        assert response.status_code == 416
        assert response["Content-Range"] == f"bytes */{len(photo())}"
        assert response.json()["code"] == "bad_range"

    def test_not_modified(self, client, picture):
        etag = client.head(picture.image.url)["ETag"]
        response = client.get(picture.image.url, headers={"if-none-match": f'"x", W/{etag}'})
        assert (response.status_code, body(response)) == (304, b"")
        assert response["ETag"] == etag

    def test_writing_is_not_allowed(self, picture):
        client = Client(enforce_csrf_checks=False)
        for method in ("post", "put", "patch", "delete"):
            response = getattr(client, method)(picture.image.url)
            assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


class TestMissing:
    def assert_problem(self, response) -> None:
        assert response.status_code == 404
        assert response["Content-Type"] == "application/problem+json"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cache-Control"] == "no-store"
        problem = json.loads(response.content)
        assert (problem["status"], problem["code"]) == (404, "unknown_key")
        assert problem["detail"] == "There is no file under this key."

    @pytest.mark.parametrize(
        "key",
        [
            "unknown.jpg",
            "..%2f..%2fetc%2fpasswd",
            "../../etc/passwd",
            "%2fetc%2fpasswd",
            "a%00b.jpg",
            "a\\b.jpg",
            "%ff%fe.jpg",
            "x" * 3000,
        ],
    )
    def test_a_key_that_is_not_in_the_ledger(self, client, key):
        self.assert_problem(client.get(f"/media/{key}"))

    def test_a_key_that_postgresql_cannot_hold(self, client, postgresql_database):
        self.assert_problem(client.get("/media/a%00b.jpg"))

    def test_an_intent_whose_bytes_are_there(self, client, picture):
        BlobRow.objects.update(state=BlobRow.State.INTENT)
        self.assert_problem(client.get(picture.image.url))

    def test_a_file_that_is_not_safelights(self, client, upload):
        loose = Loose.objects.create(document=upload(b"<html>", "page.html"))
        self.assert_problem(client.get(f"/media/{loose.document.name}"))

    def test_bytes_that_are_gone(self, client, picture):
        picture.image.storage.delete(picture.image.name)
        self.assert_problem(client.get(picture.image.url))

    def test_a_key_of_the_ledger_that_would_leave_the_storage(self, client):
        """Nobody can make one; should a ledger have one, it opens nothing."""
        ledger = DjangoLedger("default")
        ledger.intend("../../etc/passwd", "default")
        ledger.ready(Blob("../../etc/passwd", "default", "image/png", 1, "", 1, 1))
        client.raise_request_exception = False
        assert client.get("/media/..%2f..%2fetc%2fpasswd").status_code >= 400


class TestErrorPages:
    @pytest.mark.parametrize("accept", ["application/json", "*/*", ""])
    def test_a_program_gets_json(self, client, accept):
        response = client.get("/nothing/here", headers={"accept": accept})
        assert response.status_code == 404
        assert response.json() == {"code": "not_found", "detail": "There is nothing at this address."}

    def test_a_browser_gets_html(self, client):
        accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        response = client.get("/nothing/here", headers={"accept": accept})
        assert (response.status_code, response["Content-Type"]) == (404, "text/html; charset=utf-8")

    def test_a_bad_request(self, client):
        response = client.get("/media/x", headers={"host": "evil.example", "accept": "application/json"})
        assert response.status_code == 400
        assert response.json()["code"] == "malformed"
        response = client.get("/media/x", headers={"host": "evil.example", "accept": "text/html"})
        assert response["Content-Type"].startswith("text/html")

    def test_a_failure_of_the_server(self, client, monkeypatch):
        def fail(*_, **__):
            raise ZeroDivisionError("a secret of the stack trace")

        monkeypatch.setattr("safelight.http.media.deliver", fail)
        client.raise_request_exception = False
        response = client.get("/media/x", headers={"accept": "application/json"})
        assert response.status_code == 500
        assert response.json() == {"code": "error", "detail": "The server failed. Try again in a moment."}
