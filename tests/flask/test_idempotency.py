"""Flask's views and file handlers: a request that is repeated is carried out once."""

from typing import Any

import pytest
from flask import Flask, Response, request, session
from flask.testing import FlaskClient
from tests.flask import site
from tests.flask.messages import multipart, problem, text
from tests.pictures import photo
from werkzeug.test import TestResponse

from safelight.errors import ConfigurationError
from safelight.flask import Safelight, file_handler
from safelight.idempotency import REPLAYED
from safelight.ledger import MemoryLedger

KEY = {"Idempotency-Key": '"the first"'}


@pytest.fixture
def app(make_app: Any) -> Flask:
    app: Flask = make_app()
    app.post("/received")(received)
    app.post("/read")(read)
    return app


def received() -> Response:
    sent = site.safelight.receive({"picture": site.AVATARS})
    return site.safelight.once(lambda: keep(sent.get("picture")), sent, owner=session.get("user", ""))


def read() -> Response:
    return site.safelight.once(lambda: keep(request.files.get("picture") or request.get_json()["picture"]), owner="")


def keep(file: Any) -> Any:
    """Committed by `once`. How it answers is asked of it."""
    blob = site.safelight.accept(file, site.AVATARS)
    user = site.User(picture=blob)
    site.db.session.add(user)
    site.db.session.flush()
    how = request.args.get("how")
    if how == "stream":
        return Response(iter(["picture"]))
    if how == "no stream":
        return Response(iter(["no"]), 409)
    if how == "refused":
        return {"no": user.id}, 409
    if how == "error":
        raise ZeroDivisionError
    if how == "commit":
        site.db.session.add(site.User(id=user.id))  # which only the database refuses
    return {"id": user.id, "key": blob.key}, 201, {"Location": f"/user/{user.id}", "Set-Cookie": "a=b"}


def send(client: FlaskClient, address: str, data: bytes, field: str = "picture", **headers: str) -> TestResponse:
    return client.post(address, headers=KEY | headers, **multipart(field, data))


def users(app: Flask) -> int:
    with app.app_context():
        return int(site.db.session.scalar(site.db.select(site.db.func.count(site.User.id))) or 0)


@pytest.mark.parametrize("address", ["/received", "/read"])
class TestViews:
    def test_twice_is_once(self, app: Flask, client: FlaskClient, picture: bytes, address: str) -> None:
        first, second = send(client, address, picture), send(client, address, picture)
        assert (first.status_code, first.data) == (second.status_code, second.data)
        assert (first.status_code, second.headers["Location"]) == (201, first.headers["Location"])
        assert second.content_type == first.content_type
        assert (REPLAYED in first.headers, second.headers[REPLAYED]) == (False, "true")
        assert "Set-Cookie" not in second.headers
        assert users(app) == 1

    def test_refusals_are_problems(self, app: Flask, client: FlaskClient, picture: bytes, address: str) -> None:
        send(client, address, picture)
        assert problem(send(client, address, photo((3, 3)))) == (422, "idempotency_key_reused")
        assert problem(send(client, f"{address}?a=b", picture)) == (422, "idempotency_key_reused")
        for key in ("", "größe", "x" * 10_000):
            refused = send(client, address, picture, **{"Idempotency-Key": key})
            assert problem(refused) == (400, "idempotency_key_invalid")
        assert users(app) == 1

    @pytest.mark.parametrize("how", ["refused", "no stream", "error", "commit"])
    def test_what_did_not_succeed_leaves_nothing(
        self, app: Flask, client: FlaskClient, picture: bytes, address: str, how: str
    ) -> None:
        assert send(client, f"{address}?how={how}", picture).status_code >= 400
        assert problem(send(client, address, b"<html>")) == (415, "type_not_allowed")
        assert users(app) == 0
        assert send(client, address, picture).status_code == 201

    def test_a_stream_is_not_given_again(self, app: Flask, client: FlaskClient, picture: bytes, address: str) -> None:
        assert send(client, f"{address}?how=stream", picture).data == b"picture"
        assert problem(send(client, f"{address}?how=stream", picture)) == (409, "answer_not_kept")
        assert users(app) == 1

    def test_without_a_key_each_is_one(self, app: Flask, client: FlaskClient, picture: bytes, address: str) -> None:
        for _ in range(2):
            assert client.post(address, **multipart("picture", picture)).status_code == 201
        assert users(app) == 2


def test_the_same_whichever_way_it_comes_and_a_body_that_is_the_file(
    app: Flask, client: FlaskClient, picture: bytes
) -> None:
    for content_type in ("image/png", "image/jpeg"):  # claims
        assert client.post("/received", data=picture, content_type=content_type, headers=KEY).status_code == 201
    assert users(app) == 1
    other = client.post("/received", data=photo((3, 3)), content_type="image/png", headers=KEY)
    assert problem(other) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("size", [(3, 3), (900, 900)])
def test_a_file_in_text_short_or_long(app: Flask, client: FlaskClient, size: tuple[int, int]) -> None:
    """What is short stays in memory until somebody reads it: here that is done twice."""
    data = photo(size)
    texts = [{"json": {"picture": text(data)}}, {"data": {"picture": text(data)}}]
    for number, sent in enumerate(texts):
        key = {"Idempotency-Key": str(number)}
        answers = [client.post("/received", headers=key, **sent) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].data == answers[1].data
        assert client.get(f"/media/{answers[0].json['key']}").data == data  # type: ignore[index]
        damaged = client.post("/received", headers={"Idempotency-Key": "damaged"}, json={"picture": "PGh0b!"})
        assert problem(damaged) == (400, "bad_base64")
    assert users(app) == 2


def test_nobody_gets_somebody_elses_answer(app: Flask, client: FlaskClient, picture: bytes) -> None:
    answers = []
    for name in ("ada", "bob", "ada"):
        client.post(f"/sign-in/{name}")
        answers.append(send(client, "/received", picture).json)
    assert answers[0] == answers[2] != answers[1]


def test_the_file_handler(app: Flask, client: FlaskClient, picture: bytes) -> None:
    client.post("/sign-in/ada")
    first, second = (send(client, "/files/", picture, "file") for _ in range(2))
    assert (first.status_code, first.json) == (201, second.json)
    assert second.headers[REPLAYED] == "true"
    assert problem(send(client, "/files/", photo((3, 3)), "file")) == (422, "idempotency_key_reused")
    invalid = send(client, "/files/", picture, "file", **{"Idempotency-Key": '"'})
    assert problem(invalid) == (400, "idempotency_key_invalid")
    client.post("/sign-in/bob")
    assert send(client, "/files/", picture, "file").json != first.json


class Forgetful(MemoryLedger):
    claimed = None  # type: ignore[assignment]


@pytest.mark.parametrize("ledger", [MemoryLedger(), Forgetful()])
def test_a_ledger_of_your_own(ledger: Any, picture: bytes) -> None:
    app = Flask("own")
    safelight = Safelight(app, ledger=ledger, storage="memory:", catalogue=object())  # type: ignore[arg-type]
    app.register_blueprint(file_handler(site.AVATARS, permissions=lambda: "ada"), url_prefix="/files")
    client = app.test_client()
    sent = [send(client, "/files/", picture, "file") for _ in range(2)]
    assert [answer.status_code for answer in sent] == [201, 201]
    if isinstance(ledger, Forgetful):  # as if nobody had sent a key
        assert sent[0].json != sent[1].json
        with (
            pytest.raises(ConfigurationError, match="Repeatable"),
            app.test_request_context(method="POST", headers=KEY),
        ):
            safelight.once(lambda: "done", owner="")
    else:
        assert sent[0].json == sent[1].json
