"""Stored files at their address: every answer of it is Safelight's own, whatever is asked for."""

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.flask import site
from tests.flask.messages import problem


@pytest.fixture
def url(client: FlaskClient, picture: bytes) -> str:
    response = client.post("/files-of-a-form", data={"picture": (io.BytesIO(picture), "me.jpg")})
    assert response.json
    return response.json["url"]


def test_served_with_headers_that_run_nothing(client: FlaskClient, url: str, picture: bytes) -> None:
    response = client.get(url)
    assert (response.status_code, response.data) == (200, picture)
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Disposition"] == "inline; filename*=UTF-8''me.jpg"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    head = client.head(url)
    assert (head.data, head.headers["Content-Length"]) == (b"", str(len(picture)))


def test_ranges_and_what_is_cached(client: FlaskClient, url: str, picture: bytes) -> None:
    part = client.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, picture[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(picture)}"
    beyond = client.get(url, headers={"Range": "bytes=9999999-"})
    assert problem(beyond) == (416, "bad_range")
    assert beyond.headers["Content-Range"] == f"bytes */{len(picture)}"
    tag = client.get(url).headers["ETag"]
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 304


def test_seconds_in_caches_are_a_setting(make_app: Any) -> None:
    app = make_app(SAFELIGHT_CACHE_SECONDS=60)
    with app.test_request_context():
        blob = site.safelight.accept(io_file(), site.AVATARS)
    response = app.test_client().get(f"/media/{blob.key}")
    assert response.headers["Cache-Control"] == "public, max-age=60, immutable"


def io_file() -> Any:
    from tests.pictures import png

    from safelight import Upload

    return Upload(io.BytesIO(png(3, 3)), "a.png")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "FOO"])
def test_other_methods(client: FlaskClient, url: str, method: str) -> None:
    response = client.open(url, method=method)
    assert problem(response) == (405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "path",
    ["", "/", "//", "/x", "//x", "/a//b", "/../x", "/..%2fdb.sqlite3", "/%00", "/a%0ab", "/%ff", "/x" * 500, "/x.jpg/"],
)
def test_what_is_not_there(client: FlaskClient, path: str) -> None:
    response = client.get(f"/media{path}")
    assert response.status_code == 404
    if path:
        assert problem(response) == (404, "unknown_key")


def test_a_file_that_is_not_committed_is_not_served(app: Flask, picture: bytes) -> None:
    with app.test_request_context():
        site.db.session.begin()
        blob = site.safelight.accept(io_file(), site.AVATARS)
        site.db.session.rollback()
    assert problem(app.test_client().get(f"/media/{blob.key}")) == (404, "unknown_key")


def test_a_failure_of_the_server(app: Flask, client: FlaskClient, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("safelight.http.media.deliver", fail)
    response = client.get(url)
    assert problem(response) == (500, "error")
    assert "secret" not in response.text
    app.testing = True  # as any error, it reaches the developer
    with pytest.raises(ZeroDivisionError):
        client.get(url)
