"""The picture of a profile: who may send one, in which encodings, what becomes of the one before, and what is told."""

import base64
import socket
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import httpx
import pytest
from tests.e2e.checks import assert_refused, assert_safe_headers, nothing_left
from tests.e2e.profiles.site import Person, Site, execute, key_of
from tests.pictures import CANARY, SOI, exif_segment, photo, pixels, tiff


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_picture_is_kept_and_served(site: Site, ada: Person, portrait: bytes, method: str) -> None:
    before = site.baseline()
    taken = SOI + exif_segment(tiff(1)) + portrait[2:]
    response = ada.send(taken, method)
    assert site.settled(before.plus(1)) == before.plus(1)
    assert ada.key() == key_of(response)
    with site.client() as anyone:
        served = anyone.get(response.json()["profile_image_url"])
        assert pixels(served.content) == pixels(portrait)
        assert CANARY in taken
        assert CANARY not in served.content
        assert_safe_headers(served, "image/jpeg")
        assert anyone.get(f"{served.url}.thumbnail.webp").headers["Content-Type"] == "image/webp"
        assert anyone.head(served.url).headers["Content-Length"] == str(len(served.content))
        part = anyone.get(served.url, headers={"Range": "bytes=2-5"})
        assert (part.status_code, part.content) == (206, served.content[2:6])
        assert anyone.get(served.url, headers={"If-None-Match": served.headers["ETag"]}).status_code == 304
    with ada.browser() as browser:
        assert browser.get(f"/user/{ada.id}").json() == response.json()
    assert "password" not in response.text


def test_a_new_picture_has_a_new_address_and_the_old_one_is_released(site: Site, ada: Person, portrait: bytes) -> None:
    first, second = key_of(ada.send(portrait)), key_of(ada.send(portrait))
    assert first != second
    assert ada.key() == second
    states = dict(site.rows("SELECT key, free_since IS NULL FROM safelight_blob WHERE key IN (?, ?)", first, second))
    assert states == {first: 0, second: 1}
    assert site.rows("SELECT blob_id FROM safelight_reference WHERE row = ?", str(ada.id)) == [(second,)]


@pytest.mark.parametrize("encoding", ["data URL", "base64", "form", "the body itself"])
def test_other_encodings(ada: Person, portrait: bytes, encoding: str) -> None:
    text = base64.b64encode(portrait).decode()
    sent = {
        "data URL": {"json": {"profile_image": f"data:image/jpeg;base64,{text}"}},
        "base64": {"json": {"profile_image": text}},
        "form": {"data": {"profile_image": text}},
        "the body itself": {"content": portrait, "headers": {"Content-Type": "image/jpeg"}},
    }[encoding]
    with ada.client() as client:
        assert ada.key() is None
        assert key_of(client.put(ada.image, **sent)) == ada.key()


class TestRefused:
    def missing(self, ada: Person, **sent: object) -> None:
        with nothing_left(ada.site), ada.client() as client:
            response = client.put(ada.image, **sent)  # type: ignore[arg-type]
        assert_refused(response, 400, "empty")
        assert response.json()["detail"] == "Missing profile_image on the FormData"

    def test_nothing(self, ada: Person, portrait: bytes) -> None:
        self.missing(ada)
        self.missing(ada, files={"picture": portrait})
        self.missing(ada, files={"profile_image": ("", b"")})
        self.missing(ada, files={"other": b"x"}, data={"profile_image": ""})
        self.missing(ada, json={})
        self.missing(ada, json=[])
        self.missing(ada, data={"x": "1"})

    @pytest.mark.parametrize(
        ("data", "status", "code"),
        [
            (b"", 400, "empty"),
            (b"<html><script>alert(1)</script>", 415, "type_not_allowed"),
            (photo((64, 48))[:-40], 422, "corrupt"),
            (b"GIF89a" + b"\xff" * 100, 422, "corrupt"),
        ],
        ids=["empty", "HTML", "cut short", "broken"],
    )
    def test_what_is_no_picture(self, site: Site, ada: Person, data: bytes, status: int, code: str) -> None:
        with nothing_left(site):
            assert_refused(ada.send(data), status, code)
        assert ada.key() is None

    def test_a_refusal_leaves_the_picture_that_was_there(self, site: Site, ada: Person, portrait: bytes) -> None:
        kept = key_of(ada.send(portrait))
        with nothing_left(site):
            assert_refused(ada.send(b"<html>"), 415, "type_not_allowed")
        assert ada.key() == kept

    def test_a_key_is_no_file(self, site: Site, ada: Person, bob: Person, portrait: bytes) -> None:
        """Nor is an address: what somebody else has sent cannot be taken over by naming it."""
        response = bob.send(portrait)
        with ada.client() as client, nothing_left(site):
            for text in (key_of(response), response.json()["profile_image_url"]):
                assert client.put(ada.image, json={"profile_image": text}).status_code in (400, 415)

    def test_too_large(self, new_site: Callable[..., Site], sign_up: Callable[[Site], Person]) -> None:
        site = new_site(SAFELIGHT_MAX_BYTES="100000")
        ada, large = sign_up(site), photo((400, 300), quality=100)
        assert len(large) > 100_000
        text = base64.b64encode(large).decode()
        for sent in (
            {"files": {"profile_image": large}},
            {"json": {"profile_image": text}},
            {"data": {"profile_image": text}},
            {"content": large},
        ):
            with ada.client() as client, nothing_left(site):  # each its own: an unread body ends its connection
                assert "100 kB" in assert_refused(client.put(ada.image, **sent), 413, "too_large")  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("headers", "content"),
        [
            ({"Content-Type": "application/json"}, b'{"profile_image": '),
            ({"Content-Type": "multipart/form-data"}, b"x"),
            ({"Content-Type": "multipart/form-data; boundary=B"}, b"--B\r\nContent-Disposition: form-data"),
            ({"Content-Type": "application/json; charset=zlib"}, b"{}"),
            ({"Content-Type": "application/json"}, b'{"profile_image": "' + b"*" * 20_000 + b'"}'),
        ],
    )
    def test_what_cannot_be_read(self, site: Site, ada: Person, headers: dict, content: bytes) -> None:
        with ada.client() as client, nothing_left(site):
            response = client.put(ada.image, content=content, headers=headers)
        assert assert_refused(response)
        assert response.status_code == 400


class TestWhoseId:
    def test_nobody_is_signed_in(self, site: Site, ada: Person, portrait: bytes) -> None:
        with site.client() as anyone, nothing_left(site):
            assert_refused(anyone.get(f"/user/{ada.id}"), 401, "not_signed_in")
            for user in (ada.id, 999_999):
                response = anyone.put(f"/user/{user}/image", files={"profile_image": portrait})
                assert_refused(response, 401, "not_signed_in")
            assert_refused(anyone.put(ada.image, headers={"Authorization": "Bearer x"}), 401, "not_signed_in")
            assert_refused(anyone.put(ada.image, headers={"Cookie": "profiles_session=x"}), 401, "not_signed_in")

    def test_anybody_elses_existing_or_not(self, site: Site, ada: Person, bob: Person, portrait: bytes) -> None:
        kept = key_of(bob.send(portrait))
        with ada.client() as client, nothing_left(site):
            answers = set()
            for user in (bob.id, 999_999, -1, 0, "x", f"{ada.id} ", f"0{ada.id}", 10**40):
                assert_refused(client.get(f"/user/{user}"), 403, "not_allowed")
                response = client.put(f"/user/{user}/image", files={"profile_image": portrait})
                assert_refused(response, 403, "not_allowed")
                answers.add(response.text)
            assert len(answers) == 1
        assert bob.key() == kept

    @pytest.mark.parametrize(("who", "status"), [("nobody", 401), ("somebody else", 403)])
    def test_a_refused_body_is_not_read(self, site: Site, ada: Person, bob: Person, who: str, status: int) -> None:
        """The answer comes while not a byte of the body has."""
        token = bob.token if who == "somebody else" else "x"
        with socket.create_connection(("127.0.0.1", httpx.URL(site.url).port or 0), timeout=10) as connection:
            head = f"PUT {ada.image} HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\n"
            head += f"Authorization: Bearer {token}\r\nContent-Length: 1000000000\r\n\r\n"
            connection.sendall(head.encode())
            assert connection.recv(12) == f"HTTP/1.1 {status}".encode()


class TestAtOnce:
    def test_two_uploads_leave_exactly_one_attached(self, site: Site, ada: Person) -> None:
        pictures = [photo((64, 48), seed=seed) for seed in range(8)]
        with ThreadPoolExecutor(len(pictures)) as pool:
            keys = {key_of(response) for response in pool.map(ada.send, pictures)}
        assert len(keys) == len(pictures)
        attached = site.rows("SELECT blob_id FROM safelight_reference WHERE holder = 'user' AND row = ?", str(ada.id))
        assert attached == [(ada.key(),)]
        free = {key for (key,) in site.rows("SELECT key FROM safelight_blob WHERE free_since IS NOT NULL")}
        assert keys - free == {ada.key()}

    def test_a_slow_body_holds_nobody_up(self, site: Site, ada: Person, bob: Person, portrait: bytes) -> None:
        """Neither a transaction nor SQLite's one writer waits for what is still to come."""
        with socket.create_connection(("127.0.0.1", httpx.URL(site.url).port or 0), timeout=10) as connection:
            head = f"PUT {ada.image} HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\n"
            head += f"Authorization: Bearer {ada.token}\r\nContent-Length: {len(portrait)}\r\n\r\n"
            connection.sendall(head.encode() + portrait[:100])
            key_of(bob.send(portrait))
            connection.sendall(portrait[100:])
            assert connection.recv(12) == b"HTTP/1.1 200"
        assert ada.key()

    def test_somebody_is_deactivated_while_the_body_comes(
        self, new_site: Callable[..., Site], sign_up: Callable[[Site], Person], portrait: bytes
    ) -> None:
        site = new_site()
        ada = sign_up(site)
        kept = key_of(ada.send(portrait))
        with socket.create_connection(("127.0.0.1", httpx.URL(site.url).port or 0), timeout=10) as connection:
            head = f"PUT {ada.image} HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\n"
            head += f"Authorization: Bearer {ada.token}\r\nContent-Length: {len(portrait)}\r\n\r\n"
            idle = site.baseline().nameless
            connection.sendall(head.encode())
            while site.counts().nameless == idle:  # from here on the body is read
                time.sleep(0.02)
            execute(site, 'UPDATE "user" SET is_active = 0 WHERE id = ?', ada.id)
            connection.sendall(portrait)
            answer = b""
            while b"not_signed_in" not in answer:
                received = connection.recv(4096)
                assert received, answer
                answer += received
        assert ada.key() == kept


def test_who_reads_does_not_wait_for_who_writes(site: Site, ada: Person, portrait: bytes) -> None:
    key = key_of(ada.send(portrait))
    with closing(sqlite3.connect(site.data / site.database, isolation_level=None)) as writer, ada.client() as client:
        writer.execute("BEGIN IMMEDIATE")
        for path in (f"/user/{ada.id}", f"/media/{key}"):
            assert client.get(path, timeout=10).status_code == 200
