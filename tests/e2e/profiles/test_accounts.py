"""Signing up, in and out: who gets a token and a cookie, what is kept of a password, and how often one may try."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher
from tests.e2e.checks import assert_refused
from tests.e2e.profiles.site import PASSWORD, Person, Site, execute

WRONG = "The email address or the password is wrong."


def log_in(site: Site, email: str, password: str = PASSWORD) -> httpx.Response:
    with site.client() as client:
        return client.post("/login", json={"email": email, "password": password})


def test_sign_up_and_in(site: Site, ada: Person) -> None:
    response = log_in(site, f"  {ada.email.upper()} ")
    assert response.status_code == 200
    assert set(response.json()) == {"id", "email", "token"}
    assert (response.json()["id"], response.json()["email"]) == (ada.id, ada.email)
    assert response.headers["Cache-Control"] == "no-store"
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    for token in (ada.token, response.json()["token"]):
        with site.client(headers={"Authorization": f"Bearer {token}"}) as client:
            assert client.get(f"/user/{ada.id}").json() == {
                "id": ada.id,
                "email": ada.email,
                "profile_image_url": None,
            }


def test_the_cookie_does_for_our_own_page(ada: Person) -> None:
    with ada.browser() as browser:
        assert browser.get(f"/user/{ada.id}").status_code == 200


def test_passwords_and_tokens_are_kept_as_hashes(site: Site, ada: Person) -> None:
    ((kept,),) = site.rows('SELECT password_hash FROM "user" WHERE id = ?', ada.id)
    assert kept.startswith("$argon2id$")
    database = b"".join(path.read_bytes() for path in site.data.glob("*.sqlite3*"))
    assert ada.email.encode() in database
    assert PASSWORD.encode() not in database
    assert ada.token.encode() not in database


def test_a_weaker_hash_is_made_anew(site: Site, ada: Person) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    execute(site, 'UPDATE "user" SET password_hash = ? WHERE id = ?', weak, ada.id)
    for _ in range(2):
        assert log_in(site, ada.email).status_code == 200
    ((kept,),) = site.rows('SELECT password_hash FROM "user" WHERE id = ?', ada.id)
    assert kept != weak
    assert not PasswordHasher().check_needs_rehash(kept)


@pytest.mark.parametrize(("email", "password"), [("nobody@example.org", PASSWORD), (None, "wrong password")])
def test_whoever_is_wrong_is_told_the_same(site: Site, ada: Person, email: str | None, password: str) -> None:
    response = log_in(site, email or ada.email, password)
    assert assert_refused(response, 401, "unauthorized") == WRONG
    assert "Set-Cookie" not in response.headers


def test_signing_out_revokes_the_token_and_the_cookie(ada: Person) -> None:
    with ada.client() as client, ada.browser() as browser:
        assert browser.post("/logout").status_code == 204
        assert_refused(client.get(f"/user/{ada.id}"), 401, "not_signed_in")
        assert_refused(browser.get(f"/user/{ada.id}"), 401, "not_signed_in")
        assert client.post("/logout").status_code == 204


def test_a_token_expires(site: Site, ada: Person) -> None:
    execute(site, "UPDATE sign_in SET expires = ? WHERE user_id = ?", int(time.time()) - 1, ada.id)
    with ada.client() as client:
        assert_refused(client.get(f"/user/{ada.id}"), 401, "not_signed_in")


def test_somebody_inactive_is_nobody(site: Site, ada: Person, portrait: bytes) -> None:
    execute(site, 'UPDATE "user" SET is_active = 0 WHERE id = ?', ada.id)
    with ada.client() as client:
        assert_refused(client.get(f"/user/{ada.id}"), 401, "not_signed_in")
    assert_refused(ada.send(portrait), 401, "not_signed_in")
    assert assert_refused(log_in(site, ada.email), 401, "unauthorized") == WRONG


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"json": {"email": "x@example.org", "password": "short"}}, 422, "unprocessable_entity"),
        ({"json": {"email": "x@example.org", "password": "x" * 1001}}, 422, "unprocessable_entity"),
        ({"json": {"email": "nothing", "password": PASSWORD}}, 422, "unprocessable_entity"),
        ({"json": {"email": "a\0@example.org", "password": PASSWORD}}, 422, "unprocessable_entity"),
        ({"json": {"email": "a@" + "x." * 200 + "org", "password": PASSWORD}}, 422, "unprocessable_entity"),
        ({"json": {"email": "x@example.org"}}, 400, "bad_request"),
        ({"json": {"email": 1, "password": [PASSWORD]}}, 400, "bad_request"),
        ({"json": [1]}, 400, "bad_request"),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400, "bad_request"),
        ({"data": {"email": "x@example.org", "password": PASSWORD}}, 415, "unsupported_media_type"),
        ({"json": {"email": "x@example.org", "password": "x" * 200_000}}, 413, "request_entity_too_large"),
    ],
    ids=lambda value: None if isinstance(value, dict) else str(value),
)
def test_what_is_no_account(site: Site, sent: dict, status: int, code: str) -> None:
    with site.client() as client:
        assert_refused(client.post("/signup", **sent), status, code)


@pytest.mark.parametrize("email", [r"\ud800@example.org", r"a\u0000@example.org", "a" * 90_000])
def test_what_is_no_address_is_nobody(site: Site, email: str) -> None:
    with site.client() as client:
        body = f'{{"email": "{email}", "password": "{PASSWORD}"}}'
        response = client.post("/login", content=body, headers={"Content-Type": "application/json"})
    assert assert_refused(response, 401, "unauthorized") == WRONG


def test_what_goes_wrong_in_the_database_keeps_people_out_of_the_log(
    new_site: Callable[..., Site], sign_up: Callable[[Site], Person]
) -> None:
    site = new_site()
    ada = sign_up(site)
    execute(site, "ALTER TABLE sign_in RENAME TO elsewhere")
    with ada.client() as client:
        response = client.get(f"/user/{ada.id}")
    assert response.status_code == 500
    assert response.headers["Content-Type"] == "application/problem+json"
    with pytest.raises(AssertionError, match="Traceback"):
        site.assert_clean_log()
    log = site.log.read_text()
    assert "sign_in.token_hash = ?" in log
    assert not re.search(r"\b[0-9a-f]{64}\b", log)  # the hash of a token


@pytest.mark.parametrize("path", ["/signup", "/login"])
def test_what_is_nested_too_deeply(site: Site, path: str) -> None:
    with site.client() as client:
        response = client.post(path, content=b"[" * 50_000, headers={"Content-Type": "application/json"})
    assert_refused(response, 400, "bad_request")


def test_half_a_surrogate_pair_is_a_password(site: Site) -> None:
    with site.client() as client:
        body = b'{"email": "half@example.org", "password": "\\ud800 and more"}'
        for path, status in (("/signup", 201), ("/login", 200)):
            response = client.post(path, content=body, headers={"Content-Type": "application/json"})
            assert response.status_code == status


def test_one_account_for_an_address(site: Site, ada: Person) -> None:
    with site.client() as client:
        response = client.post("/signup", json={"email": ada.email.upper(), "password": PASSWORD})
    assert_refused(response, 409, "conflict")


def test_trying_has_a_limit(new_site: Callable[..., Site]) -> None:
    site = new_site(SAFELIGHT_LOGIN_RATE="3/minute")
    with site.client() as client:
        for _ in range(3):
            assert log_in(site, "x@example.org", "wrong password").status_code == 401
        response = client.post(
            "/login", json={"email": "x@example.org", "password": PASSWORD}, headers={"X-Forwarded-For": "203.0.113.9"}
        )
        assert_refused(response, 429, "too_many_requests")
        assert int(response.headers["Retry-After"]) > 0
        assert client.get("/").status_code == 200


def test_behind_a_proxy_everybody_has_a_rate_of_ones_own(new_site: Callable[..., Site]) -> None:
    site = new_site(SAFELIGHT_PROXIES="1", SAFELIGHT_LOGIN_RATE="1/minute")

    def sign_up(address: str, claimed: str = "") -> httpx.Response:
        forwarded = {"X-Forwarded-For": ", ".join(filter(None, (claimed, address))), "X-Forwarded-Proto": "https"}
        body = {"email": f"{address}@example.org", "password": PASSWORD}
        with site.client(headers=forwarded) as client:
            return client.post("/signup", json=body)

    first = sign_up("203.0.113.1")
    assert first.status_code == 201
    assert "Secure" in first.headers["Set-Cookie"]
    assert sign_up("203.0.113.2").status_code == 201
    assert sign_up("203.0.113.2", claimed="198.51.100.7").status_code == 429  # a claim of the client's


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SAFELIGHT_PROXIES", "some"),
        ("SAFELIGHT_LOGIN_RATE", "often"),
        ("SAFELIGHT_CORS", "*"),
        ("SAFELIGHT_MAX_BYTES", "many"),
        ("BACKEND_URL", "'unsafe-inline'"),
        ("SAFELIGHT_STORAGE", "nowhere:x"),
    ],
)
def test_a_wrong_setting_stops_the_start(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(value)):
        Site(tmp_path / "wrong", **{name: value}).prepare()
