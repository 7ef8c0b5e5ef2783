"""The file handler: who is asking, his own files and those of others, sent, listed and deleted."""

import io
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from flask import Flask, session
from flask.testing import FlaskClient
from tests.flask import site
from tests.flask.messages import multipart, problem
from tests.pictures import photo, png
from werkzeug.test import TestResponse

from safelight.flask import Permissions, file_handler

FILES = "/files/"


class Staff:
    """Signed in by name; "root" may do everything, and "guest" send nothing."""

    def owner(self) -> str | None:
        return session.get("user")

    def may_upload(self, owner: str, /) -> bool:
        return owner != "guest"

    def may_see_all(self, owner: str, /) -> bool:
        return owner == "root"

    def may_delete_all(self, owner: str, /) -> bool:
        return owner == "root"


@pytest.fixture
def app(make_app: Any) -> Flask:
    app = make_app()
    staff: Permissions = Staff()
    handler = file_handler(site.AVATARS, permissions=staff, page_size=3, delete_on=["delete_button"], name="staff")
    app.register_blueprint(handler, url_prefix="/staff")
    return app


def somebody(app: Flask, name: str) -> FlaskClient:
    client = app.test_client()
    client.post(f"/sign-in/{name}")
    return client


@pytest.fixture
def ada(app: Flask) -> FlaskClient:
    return somebody(app, "ada")


@pytest.fixture
def bob(app: Flask) -> FlaskClient:
    return somebody(app, "bob")


def send(client: FlaskClient, data: bytes, address: str = FILES, **options: Any) -> TestResponse:
    return client.post(address, **multipart("file", data), **options)


def values(client: FlaskClient, address: str = FILES, **query: str) -> list[str]:
    response = client.get(address, query_string=query)
    assert response.status_code == 200, response.text
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json
    return [entry["value"] for entry in response.json["results"]]


def delete(client: FlaskClient, *keys: str, trigger: str = "delete_button", address: str = FILES) -> TestResponse:
    return client.delete(address, query_string={"trigger": trigger, "value": keys})


def count(app: Flask) -> int:
    with app.app_context():
        return site.db.session.scalar(site.db.text("SELECT count(*) FROM safelight_blob WHERE state = 'ready'"))


def test_a_file_is_sent_listed_served_and_deleted(app: Flask, ada: FlaskClient) -> None:
    sent = send(ada, png(8, 6))
    assert sent.status_code == 201
    assert sent.json
    assert (sent.json["filename"], sent.json["metadata"]["dimensions"]) == ("a.png", "8 x 6")
    assert values(ada) == [sent.json["value"]]
    assert ada.get(sent.json["url"]).data == png(8, 6)
    assert delete(ada, sent.json["value"]).status_code == 204
    assert values(ada) == []
    assert problem(ada.get(sent.json["url"])) == (404, "unknown_key")


@pytest.mark.parametrize("name", [None, ""])
def test_nobody(make_app: Any, name: str | None) -> None:
    app = make_app()
    handler = file_handler(site.AVATARS, permissions=lambda: name, name="nobodys")
    app.register_blueprint(handler, url_prefix="/nobodys")
    client, address = app.test_client(), "/nobodys/"
    for response in (client.get(address), send(client, png(3, 3), address), delete(client, "x", address=address)):
        assert problem(response) == (401, "not_signed_in")
    assert count(app) == 0


def test_nobodys_body_is_not_read(client: FlaskClient) -> None:
    class Unreadable(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, target: Any) -> int:
            raise AssertionError("it was read")

    environ = {"wsgi.input": Unreadable(), "CONTENT_LENGTH": "1000000"}
    response = client.post(FILES, environ_overrides=environ, content_type="multipart/form-data; boundary=B")
    assert problem(response) == (401, "not_signed_in")


def test_no_transaction_is_open_while_a_body_comes(make_app: Any) -> None:
    """The one in which it was found out who is asking has ended."""
    app, was_open = make_app(), []

    def who() -> str:
        return site.db.session.scalar(site.db.text("SELECT 'ada'"))

    class Body(io.BytesIO):
        def readinto(self, target: Any) -> int:
            was_open.append(site.db.session().in_transaction())
            return super().readinto(target)

    app.register_blueprint(file_handler(site.AVATARS, permissions=who, name="asking"), url_prefix="/asking")
    form = multipart("file", png(3, 3))
    environ = {"wsgi.input": Body(form["data"])}
    response = app.test_client().post("/asking/", **form, environ_overrides=environ)
    assert response.status_code == 201
    assert was_open
    assert not any(was_open)
    with app.app_context():
        assert site.db.session.scalar(site.db.text("SELECT owner FROM safelight_blob WHERE state = 'ready'")) == "ada"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:81"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
        {"Authorization": "Basic YTpi", "Origin": "https://evil.example"},
    ],
)
def test_another_sites_page(app: Flask, ada: FlaskClient, headers: dict[str, str]) -> None:
    kept = send(ada, png(3, 3), headers={"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}).json
    assert kept
    assert problem(send(ada, png(4, 4), headers=headers)) == (403, "not_allowed")
    forged = ada.delete(f"{FILES}?trigger=delete_button&value={kept['value']}", headers=headers)
    assert problem(forged) == (403, "not_allowed")
    assert values(ada) == [kept["value"]]
    by_token = {"Authorization": "Bearer x", "Origin": "https://app.example"}
    assert send(ada, png(5, 5), headers=by_token).status_code == 201


class TestOthersFiles:
    def test_are_not_listed_nor_deleted(self, ada: FlaskClient, bob: FlaskClient) -> None:
        (key,) = [send(ada, png(3, 3)).json["value"]]  # type: ignore[index]
        own = send(bob, png(4, 4)).json["value"]  # type: ignore[index]
        assert values(bob) == [own]
        assert problem(delete(bob, key)) == (403, "not_allowed")
        assert problem(delete(bob, own, key)) == (403, "not_allowed")
        assert (values(ada), values(bob)) == ([key], [own])

    def test_but_by_whom_permissions_let(self, app: Flask, ada: FlaskClient) -> None:
        key = send(ada, png(3, 3)).json["value"]  # type: ignore[index]
        root = somebody(app, "root")
        assert values(root, "/staff/") == [key]
        assert values(root) == []
        assert delete(root, key, address="/staff/").status_code == 204
        assert values(ada) == []

    def test_a_guest_sends_nothing(self, app: Flask) -> None:
        guest = somebody(app, "guest")
        assert problem(send(guest, png(3, 3), "/staff/")) == (403, "not_allowed")
        assert values(guest, "/staff/") == []


class TestDelete:
    def test_all_or_none(self, app: Flask, ada: FlaskClient) -> None:
        """One of them is in use."""
        free, used = send(ada, png(3, 3)).json["value"], send(ada, png(4, 4)).json["value"]  # type: ignore[index]
        with app.app_context():
            site.db.session.add(site.User(picture=used))
            site.db.session.commit()
        refused = delete(ada, free, used)
        assert problem(refused) == (409, "in_use")
        assert set(values(ada)) == {free, used}
        assert ada.get(f"/media/{free}").status_code == 200
        (listed,) = [entry for entry in ada.get(FILES).json["results"] if entry["value"] == used]  # type: ignore[index]
        assert listed["metadata"]["used_in"] == ["user, picture"]
        assert delete(ada, free).status_code == 204
        assert values(ada) == [used]

    def test_a_page_that_was_left(self, app: Flask, ada: FlaskClient) -> None:
        """Nothing is deleted at that moment, but soon."""
        key = send(ada, png(3, 3)).json["value"]  # type: ignore[index]
        assert delete(ada, key, "nothing", trigger="unsaved_form_page_exit").status_code == 204
        assert values(ada) == [key]
        sweep = app.test_cli_runner().invoke(args=["safelight", "sweep", "--grace", "22h"])
        assert "Deleted 1 file" in sweep.output
        assert values(ada) == []

    @pytest.mark.parametrize(
        ("query", "answer"),
        [
            ("trigger=delete_button", (404, "unknown_key")),
            ("trigger=delete_button&value=x", (404, "unknown_key")),
            ("trigger=&value=x", (400, "malformed")),
            ("value=x", (400, "malformed")),
            ("trigger=delete_button&" + "&".join(["value=x"] * 101), (400, "malformed")),
        ],
    )
    def test_what_cannot_be(self, ada: FlaskClient, query: str, answer: tuple[int, str]) -> None:
        assert problem(ada.delete(f"{FILES}?{query}")) == answer

    def test_from_where_nothing_is_deleted(self, ada: FlaskClient) -> None:
        response = delete(ada, "x", trigger="unsaved_form_page_exit", address="/staff/")
        assert problem(response) == (403, "not_allowed")


class TestList:
    def test_pages_by_cursor_and_number(self, ada: FlaskClient) -> None:
        sent = [send(ada, png(3, height)).json["value"] for height in range(1, 8)][::-1]  # type: ignore[index]
        first = ada.get("/staff/").json
        assert first
        assert [entry["value"] for entry in first["results"]] == sent[:3]
        assert values(ada, "/staff/", cursor=first["cursor"]) == sent[3:6]
        assert values(ada, "/staff/", page="3") == sent[6:]
        assert values(ada, "/staff/", q="a.png", page="1") == sent[:3]
        assert values(ada, "/staff/", q="nothing") == []
        for moment in ("x", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):  # the last two are none in UTC
            forged = urlsafe_b64encode(f"{moment} x".encode()).decode()
            assert problem(ada.get(FILES, query_string={"cursor": forged})) == (400, "malformed")
        assert problem(ada.get(FILES, query_string={"page": "0"})) == (400, "malformed")


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"<html>", (415, "type_not_allowed")),
        (b"", (400, "empty")),
        (photo((64, 48))[:-9], (422, "corrupt")),
        (b"x" * 3_000_000, (413, "too_large")),
    ],
)
def test_refusals(app: Flask, ada: FlaskClient, data: bytes, answer: tuple[int, str]) -> None:
    assert problem(send(ada, data)) == answer
    assert count(app) == 0


def test_methods(ada: FlaskClient) -> None:
    response = ada.open(FILES, method="PATCH")
    assert problem(response) == (405, "method_not_allowed")
    assert ada.options(FILES).headers["Allow"] == response.headers["Allow"] == "GET, HEAD, POST, DELETE, OPTIONS"
    assert ada.get("/files").status_code == 200
    assert ada.head(FILES).data == b""


def test_what_cannot_work() -> None:
    with pytest.raises(ValueError, match="delete_on has no 'whim'"):
        file_handler(site.AVATARS, permissions=lambda: None, delete_on=["whim"])
    with pytest.raises(ValueError, match="page_size"):
        file_handler(site.AVATARS, permissions=lambda: None, page_size=0)
