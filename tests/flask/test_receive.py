"""A request in any encoding: what is a file is received and closed again, what is none stays what it was."""

import base64
import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.flask import site
from tests.flask.messages import multipart, problem, text
from tests.pictures import png

from safelight import Policy
from safelight.receive import Spool
from safelight.receive.scanner import HOLD

TITLE = {"title": "A title"}
SMALL = next(data for data in (png(width, 3) for width in range(1, 99)) if b"+" in base64.b64encode(data))


@pytest.fixture
def spools(monkeypatch: pytest.MonkeyPatch) -> list[Spool]:
    """All temporary files that are made."""
    made: list[Spool] = []
    init = Spool.__init__

    def remember(spool: Spool, max_bytes: int) -> None:
        init(spool, max_bytes)
        made.append(spool)

    monkeypatch.setattr(Spool, "__init__", remember)
    return made


def part(data: bytes, name: str = "a.jpg") -> tuple[io.BytesIO, str]:
    return io.BytesIO(data), name


class TestEncodings:
    @pytest.mark.parametrize("is_long", [False, True])
    def test_each_comes_to_the_same(self, client: FlaskClient, picture: bytes, is_long: bool) -> None:
        """Whether the text is held back as an ordinary string at first, or not."""
        data = picture if is_long else SMALL
        assert (len(text(data)) > HOLD) == is_long
        sent: list[dict[str, Any]] = [
            {"json": {"picture": text(data), **TITLE}},
            {"json": {"picture": f"data:image/png;base64,{text(data)}", **TITLE}},
            {"data": {"picture": text(data), **TITLE}},
            {"data": {"picture": part(data), **TITLE}},
        ]
        for request in sent:
            response = client.post("/any", **request)
            assert response.status_code == 201, response.text
            assert response.json
            assert response.json["others"] == TITLE
            assert client.get(response.json["url"]).data == data

    def test_plus_signs_that_a_form_has_made_spaces_of(self, client: FlaskClient) -> None:
        assert "+" in text(SMALL)
        body = f"picture={text(SMALL)}".encode()
        response = client.post("/any", data=body, content_type="application/x-www-form-urlencoded")
        assert response.status_code == 201, response.text

    def test_the_body_itself(self, client: FlaskClient, picture: bytes) -> None:
        headers = {"Content-Type": "image/jpeg", "Content-Disposition": 'attachment; filename="holiday.jpg"'}
        response = client.post("/any", data=picture, headers=headers)
        assert response.json
        assert response.json["filename"] == "holiday.jpg"
        assert client.post("/any", data=picture).status_code == 201

    def test_text_in_a_part(self, client: FlaskClient, picture: bytes) -> None:
        body = f'--B\r\nContent-Disposition: form-data; name="picture"\r\n\r\n{text(picture)}\r\n--B--\r\n'
        response = client.post("/any", data=body, content_type="multipart/form-data; boundary=B")
        assert response.status_code == 201

    def test_places_inside_a_document(self, client: FlaskClient, picture: bytes) -> None:
        document = {"title": None, "gallery": [{"picture": text(picture)}, {"x": 1}, {"picture": text(SMALL)}]}
        response = client.post("/gallery?place=gallery.0.picture&place=gallery.2.picture", json=document)
        assert response.json == {"gallery.0.picture": len(picture), "gallery.2.picture": len(SMALL)}


class TestRefused:
    @pytest.mark.parametrize(
        ("sent", "answer"),
        [
            ({"json": {}}, (400, "empty")),
            ({"json": {"picture": None}}, (400, "empty")),
            ({"json": {"picture": ""}}, (400, "empty")),
            ({"data": b""}, (400, "empty")),
            ({"data": {"picture": (io.BytesIO(b""), "")}}, (400, "empty")),
            ({"data": {"other": (io.BytesIO(b"x"), "a")}}, (400, "empty")),
            ({"json": {"picture": 5}}, (400, "bad_type")),
            ({"json": {"picture": {"picture": ""}}}, (400, "bad_type")),
            ({"json": {"picture": "*" * 20}}, (400, "bad_base64")),
            ({"json": {"picture": "*" * 20_000}}, (400, "bad_base64")),
            ({"json": {"picture": "https://example.org/a.jpg"}}, (400, "bad_data_url")),
            ({"data": b"{", "content_type": "application/json"}, (400, "malformed")),
            ({"data": b"{}", "content_type": "application/json; charset=zlib"}, (400, "malformed")),
            ({"data": b"x", "content_type": "multipart/form-data"}, (400, "malformed")),
            ({"data": b"--B\r\n", "content_type": "multipart/form-data; boundary=B"}, (400, "malformed")),
            ({"json": {"picture": "A" * 3_000_000}}, (413, "too_large")),
            ({"data": {"picture": "A" * 3_000_000}}, (413, "too_large")),
            ({"data": b"A" * 3_000_000}, (413, "too_large")),
            (multipart("picture", b"x" * 3_000_000), (413, "too_large")),
            (multipart("other", b"x" * 3_000_000), (413, "too_large")),
            ({"json": {"picture": "", "x": "x" * 600_000}}, (413, "too_large")),
            ({"data": b"x=&" * 2000, "content_type": "application/x-www-form-urlencoded"}, (400, "malformed")),
            ({"json": {"picture": text(b"<html>")}}, (415, "type_not_allowed")),
            ({"json": {"picture": text(b"\xff\xd8\xff\xe0broken" * 2000)}}, (422, "corrupt")),
        ],
        ids=lambda value: value[1] if isinstance(value, tuple) else "",
    )
    def test_in_words_and_without_a_trace(
        self, app: Flask, client: FlaskClient, spools: list[Spool], sent: dict[str, Any], answer: tuple[int, str]
    ) -> None:
        assert problem(client.post("/any", **sent)) == answer
        assert all(spool.closed for spool in spools)
        with app.app_context():
            assert site.db.session.scalar(site.db.text("SELECT count(*) FROM safelight_blob")) == 0

    def test_what_came_before_is_closed(self, client: FlaskClient, spools: list[Spool], picture: bytes) -> None:
        document = {"gallery": [{"picture": text(picture)}, {"picture": 5}]}
        assert problem(client.post("/gallery", json=document)) == (400, "bad_type")
        assert len(spools) == 1
        assert spools[0].closed

    def test_a_body_that_is_none_of_these(self, client: FlaskClient) -> None:
        """There are several places: which one is it for?"""
        assert problem(client.post("/gallery", data=b"x", content_type="image/jpeg")) == (400, "malformed")

    def test_a_connection_that_breaks(self, client: FlaskClient, picture: bytes) -> None:
        response = client.post("/any", data=picture, environ_overrides={"CONTENT_LENGTH": str(len(picture) + 1)})
        assert problem(response) == (400, "malformed")

    @pytest.mark.parametrize("is_asked_for", [True, False])
    def test_a_connection_that_breaks_behind_a_whole_file(
        self, client: FlaskClient, spools: list[Spool], picture: bytes, is_asked_for: bool
    ) -> None:
        sent = multipart("picture" if is_asked_for else "other", picture)
        length = str(len(sent["data"]) + 1)
        assert problem(client.post("/any", **sent, environ_overrides={"CONTENT_LENGTH": length})) == (400, "malformed")
        assert len(spools) == is_asked_for
        assert all(spool.closed for spool in spools)

    def test_a_body_that_the_server_cannot_read(self, client: FlaskClient, spools: list[Spool], picture: bytes) -> None:
        """Servers have errors of their own for that, which are no OSErrors."""

        class Chunks(io.BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                if not self.tell():
                    return super().read(len(picture) // 2)
                raise ArithmeticError("a chunk of zz bytes")

        environ = {"wsgi.input_terminated": True, "CONTENT_LENGTH": "", "wsgi.input": Chunks(picture)}
        response = client.post("/any", headers={"Transfer-Encoding": "chunked"}, environ_overrides=environ)
        assert problem(response) == (400, "malformed")
        assert all(spool.closed for spool in spools)

    def test_a_server_that_hands_on_a_body_without_its_end(self, client: FlaskClient, picture: bytes) -> None:
        environ = {"CONTENT_LENGTH": "", "wsgi.input": io.BytesIO(picture)}
        response = client.post("/any", headers={"Transfer-Encoding": "chunked"}, environ_overrides=environ)
        assert problem(response) == (411, "length_required")


def test_files_are_closed_at_the_end_of_the_request(
    client: FlaskClient, spools: list[Spool], picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.post("/any", data={"picture": part(picture)}).status_code == 201
    assert spools
    assert all(spool.closed for spool in spools)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(site, "keep", fail)
    spools.clear()
    assert client.post("/any", data=picture).status_code == 500
    assert spools
    assert all(spool.closed for spool in spools)


class TestContentLength:
    """MAX_CONTENT_LENGTH bounds the whole of a request, here as in Flask."""

    @pytest.mark.parametrize("is_terminated", [False, True])
    def test_at_the_limit_and_over_it(
        self, make_app: Callable[..., Flask], picture: bytes, is_terminated: bool
    ) -> None:
        environ = {"wsgi.input_terminated": True} if is_terminated else {}
        client = make_app(MAX_CONTENT_LENGTH=len(picture)).test_client()
        assert client.post("/any", data=picture, environ_overrides=environ).status_code == 201
        client = make_app(MAX_CONTENT_LENGTH=len(picture) - 1).test_client()
        response = client.post("/any", data=picture, environ_overrides=environ)
        assert problem(response) == (413, "too_large")
        assert response.json
        assert (response.json["limit"], response.json["actual"]) == (len(picture) - 1, len(picture))

    def test_without_a_length(self, make_app: Callable[..., Flask], picture: bytes) -> None:
        client = make_app(MAX_CONTENT_LENGTH=len(picture) - 1).test_client()
        environ = {"wsgi.input_terminated": True, "CONTENT_LENGTH": "", "wsgi.input": io.BytesIO(picture)}
        response = client.post("/any", headers={"Transfer-Encoding": "chunked"}, environ_overrides=environ)
        assert problem(response) == (413, "too_large")


class TestReadBefore:
    """What is empty because somebody has read it must not pass for nothing."""

    @pytest.mark.parametrize("attribute", ["form", "files", "data", "json"])
    def test_is_the_developers_error(self, app: Flask, picture: bytes, attribute: str) -> None:
        def read() -> None:
            from flask import request

            getattr(request, attribute)

        app.before_request(read)
        app.testing = True
        with pytest.raises(RuntimeError, match="read before"):
            app.test_client().post("/any", json={"picture": text(picture)})


def test_a_policy_of_an_unknown_place_is_no_files(app: Flask, picture: bytes) -> None:
    with app.test_request_context("/", method="POST", json={"a": {"b": [text(picture)]}, "c": text(picture)}):
        sent = site.safelight.receive({"a.b.*": Policy("any")})
        assert sent.get("a.b.0")
        assert sent.get("a.b.1") is None
        assert sent.get("c") is None
        assert sent.data["c"] == text(picture)
        assert sent.data["a"]["b"] == [sent.get("a.b.0")]
