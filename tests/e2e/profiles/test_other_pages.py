"""What other sites' pages can do with somebody's browser: nothing, unless their origin is listed; and then by token."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from tests.e2e.checks import assert_refused, nothing_left
from tests.e2e.profiles.site import PASSWORD, Person, Site, key_of

ALLOW = "Access-Control-Allow-Origin"
APP = "http://localhost:5173"
STRANGERS = ["https://evil.example", "http://localhost", "http://localhost:51730", "http://localhost:5173.evil", "null"]
CROSS = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}


@pytest.fixture(scope="module")
def open_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(
        tmp_path_factory.mktemp("open"), SAFELIGHT_CORS=f"https://app.example.org, {APP}", SAFELIGHT_LOGIN_RATE="off"
    ) as site:
        yield site


HEADERS = "authorization, content-type, idempotency-key"


def preflight(client: httpx.Client, path: str, origin: str, method: str = "PUT") -> httpx.Response:
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": HEADERS}
    return client.options(path, headers={"Origin": origin, **asked, **CROSS})


class TestListed:
    def test_preflight(self, open_site: Site) -> None:
        with open_site.client() as client:
            for path, method in (("/user/1/image", "PUT"), ("/user/1/image", "POST"), ("/login", "POST")):
                response = preflight(client, path, APP, method)
                assert response.status_code == 200
                assert response.headers[ALLOW] == APP
                assert method in response.headers["Access-Control-Allow-Methods"]
                assert response.headers["Access-Control-Allow-Headers"] == HEADERS
                assert "Access-Control-Allow-Credentials" not in response.headers
                assert "origin" in response.headers["Vary"].lower()

    def test_a_whole_visit(self, open_site: Site, sign_up: Callable[[Site], Person], portrait: bytes) -> None:
        ada = sign_up(open_site)
        with open_site.client(headers={"Origin": APP, **CROSS}) as app:
            response = app.post("/login", json={"email": ada.email, "password": PASSWORD})
            assert (response.status_code, response.headers[ALLOW]) == (200, APP)
            assert "Set-Cookie" not in response.headers  # whoever sends a token needs none
            bearer = {"Authorization": f"Bearer {response.json()['token']}"}
            sent = app.put(ada.image, files={"profile_image": portrait}, headers=bearer)
            assert key_of(sent) == ada.key()
            assert sent.headers[ALLOW] == APP
            for refused in (
                app.put(ada.image, files={"profile_image": b"<html>"}, headers=bearer),
                app.get("/user/0", headers=bearer),
                app.get(f"/user/{ada.id}"),
                app.get("/nowhere"),
                app.delete(ada.image, headers=bearer),
            ):
                assert_refused(refused)
                assert refused.headers[ALLOW] == APP

    def test_cookies_are_no_help(self, open_site: Site, sign_up: Callable[[Site], Person], portrait: bytes) -> None:
        """Not even to a listed page, from which a browser would bring them along if it is on the same host."""
        ada = sign_up(open_site)
        for site in ("cross-site", "same-site"):
            with ada.browser(headers={"Origin": APP, "Sec-Fetch-Site": site}) as browser, nothing_left(open_site):
                response = browser.put(ada.image, files={"profile_image": portrait})
                assert_refused(response, 401, "not_signed_in")
                assert "Access-Control-Allow-Credentials" not in response.headers


class TestStrangers:
    @pytest.mark.parametrize("origin", STRANGERS)
    def test_read_nothing(self, open_site: Site, origin: str) -> None:
        with open_site.client() as client:
            assert ALLOW not in preflight(client, "/user/1/image", origin).headers
            assert ALLOW not in client.get("/user/1", headers={"Origin": origin}).headers

    @pytest.mark.parametrize("origin", STRANGERS)
    @pytest.mark.parametrize("fetch", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}])
    def test_cannot_act_for_who_is_signed_in(
        self, site: Site, ada: Person, portrait: bytes, origin: str, fetch: dict[str, str]
    ) -> None:
        """By a form, which needs no preflight."""
        with site.client(cookies=ada.cookies, headers={"Origin": origin, **fetch}) as browser, nothing_left(site):
            sent = browser.post(ada.image, files={"profile_image": portrait})
            assert_refused(sent, 403, "not_allowed")
            assert_refused(browser.post("/logout"), 403, "not_allowed")
            credentials = {"email": ada.email, "password": PASSWORD}
            response = browser.post("/login", json=credentials)
            assert_refused(response, 403, "not_allowed")
            assert "Set-Cookie" not in response.headers
        with ada.browser() as browser:
            assert browser.get(f"/user/{ada.id}").status_code == 200

    def test_nobody_is_listed_by_default(self, site: Site) -> None:
        with site.client() as client:
            for origin in (APP, "null", "*", site.url):
                assert ALLOW not in preflight(client, "/login", origin, "POST").headers


class TestAnswers:
    def test_every_answer_is_under_a_strict_policy(self, site: Site, ada: Person) -> None:
        with ada.client() as client:
            for path in ("/", f"/user/{ada.id}", "/user/0", "/nowhere", "/media/nothing.jpg", "/assets/nothing.js"):
                response = client.get(path)
                policy = response.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "unsafe" not in policy
                assert "*" not in policy
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                assert response.headers["Referrer-Policy"] == "same-origin"
            assert "frame-ancestors 'none'" in client.get("/").headers["Content-Security-Policy"]

    def test_the_policy_lets_the_page_reach_what_was_set(self, new_site: Callable[..., Site], tmp_path: Path) -> None:
        storage = f"{(tmp_path / 'elsewhere').as_uri()}?public_url=https://cdn.example.org/pictures/"
        site = new_site(SAFELIGHT_STORAGE=storage, BACKEND_URL="https://api.example.org")
        with site.client() as client:
            policy = client.get("/").headers["Content-Security-Policy"].split("; ")
        assert "connect-src 'self' https://api.example.org" in policy
        assert "img-src 'self' blob: data: https://api.example.org https://cdn.example.org" in policy

    def test_no_page_for_an_api_client(self, site: Site) -> None:
        with site.client() as client:
            for method, path, status in (
                ("GET", "/nowhere", 404),
                ("FOO", "/nowhere", 404),
                ("DELETE", "/login", 405),
                ("FOO", "/media/x.jpg", 405),
                ("GET", "/media/%00", 404),
                ("GET", "/media/../profiles.sqlite3", 404),
                ("GET", "/assets/..%2f..%2fprofiles/settings.py", 404),
                ("GET", "/user/1/image", 405),
            ):
                response = client.request(method, path, headers={"Accept": "text/html"})
                assert assert_refused(response)
                assert response.status_code == status, path

    def test_another_host(self, site: Site, new_site: Callable[..., Site]) -> None:
        with site.client() as client:
            assert_refused(client.get("/", headers={"Host": "evil.example"}), 400, "bad_request")
        with new_site(SAFELIGHT_HOSTS="profiles.example.org").client() as client:
            assert client.get("/", headers={"Host": "profiles.example.org"}).status_code == 200
