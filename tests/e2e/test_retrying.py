"""A phone that got no answer sends its picture once more: the example in Django."""

import base64
import contextlib
import shutil
import sqlite3
import uuid
from pathlib import Path

import psycopg
import pytest
from tests.e2e.checks import CREATE, assert_refused, key_of, one_more
from tests.e2e.retrying import REPLAYED, Retrying, Send, fresh, killed_at_work, ten_at_once
from tests.e2e.server import Server
from tests.pictures import photo
from tests.services.postgresql import postgresql

_OLD = "2020-01-01 00:00:00"


def sending(server: Server, headers: dict | None = None) -> Send:
    """The boundary of the form is another each time."""
    known = headers or {}

    def send(picture: bytes, headers: dict) -> object:
        with server.client() as client:
            return client.post(
                CREATE, files={"image": (f"{uuid.uuid4()}.jpg", picture)}, headers=[*known.items(), *headers.items()]
            )

    return send  # type: ignore[return-value]


class TestTheApi(Retrying):
    @pytest.fixture
    def portrait(self) -> bytes:
        return photo((320, 240))

    @pytest.fixture
    def send(self, server: Server) -> Send:
        return sending(server)

    @pytest.fixture
    def send_as_another(self, server: Server, staff_token: str) -> Send:
        return sending(server, {"Authorization": f"Token {staff_token}"})

    def test_base64_twice_is_once_whatever_the_answer_says_besides(self, server: Server, small_png: bytes) -> None:
        body, key = {"image": base64.b64encode(small_png).decode()}, fresh()
        with server.client() as phone:
            with one_more(server):
                answers = [phone.post(f"{CREATE}?receipt", json=body, headers=key) for _ in range(2)]
            assert answers[0].json() == answers[1].json()
            assert answers[1].json()["receipt"]["sha256"]
            with one_more(server):
                assert phone.post(CREATE, json=body, headers=fresh()).status_code == 201
            assert_refused(phone.post(CREATE, json=body, headers=key), 422, "idempotency_key_reused")


def test_killed_at_work_on_sqlite(tmp_path: Path, prepared: Path, large_camera: bytes) -> None:
    data = shutil.copytree(prepared, tmp_path / "data")
    with Server(tmp_path, data, SAFELIGHT_UPLOAD_RATE="off") as server:
        once_more = killed_at_work(server, sending(server), large_camera)
        with contextlib.closing(sqlite3.connect(data / "db.sqlite3", timeout=20)) as connection, connection:
            connection.execute("UPDATE safelight_request SET created = ?", [_OLD])
        answers = [once_more(), once_more()]
        assert answers[0].json() == answers[1].json()
        assert server.rows("SELECT image FROM resolver_image") == [(key_of(answers[0]),)]
        assert server.rows("SELECT blob_id FROM safelight_reference") == [(key_of(answers[0]),)]


def test_ten_at_once_and_killed_at_work_on_postgresql(tmp_path: Path, small_jpeg: bytes) -> None:
    with postgresql() as url, Server(tmp_path, SAFELIGHT_DATABASE=url, SAFELIGHT_UPLOAD_RATE="off") as server:
        send = sending(server)
        with psycopg.connect(url) as lock:  # the row cannot be written, and everything before it is done
            lock.execute("LOCK TABLE resolver_image IN EXCLUSIVE MODE")
            once_more = killed_at_work(server, send, small_jpeg)
        assert server.rows("SELECT status FROM safelight_request") == [(None,)]
        assert server.counts().images == 0
        with psycopg.connect(url) as connection:
            connection.execute("UPDATE safelight_request SET created = %s", [_OLD])
        first, second = once_more(), once_more()
        assert (first.json(), REPLAYED in first.headers) == (second.json(), False)
        assert server.rows("SELECT image FROM resolver_image") == [(key_of(first),)]
        ten_at_once(server, send, photo((64, 48)))
