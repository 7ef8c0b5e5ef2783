"""The API for pages from elsewhere (SAFELIGHT_CORS): listed origins can read every answer, errors too; nobody brings
cookies along, and nobody else reads anything."""

import base64
import contextlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import dev
import httpx
import pytest
from playwright.sync_api import Browser, Page
from tests.e2e.browser import needs_browser
from tests.e2e.checks import CREATE, assert_refused, nothing_left, one_more
from tests.e2e.server import PASSWORD, Server

ALLOW = "Access-Control-Allow-Origin"
LISTED = ["null", "https://localhost", "capacitor://localhost", "http://localhost:OTHER"]
STRANGERS = [
    "https://evil.example",
    "http://localhost",
    "https://localhost:444",
    "http://localhost.evil.example:OTHER",
    "https://localhost/path",
    "https://LOCALHOST",
    "https://nulllocalhost",
    "ionic://localhost",
    "file://",
    "*",
    "",
    "http://[",
]
PAGE = "<!doctype html><meta charset=utf-8><title>An app</title>"
POST = """async ([url, body, headers]) => {
    const response = await fetch(url, {method: "POST", body: JSON.stringify(body),
                                       headers: {"Content-Type": "application/json", ...headers}});
    return [response.status, await response.json()];
}"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a page that is no page of ours."""
    folder = tmp_path_factory.mktemp("app")
    (folder / "index.html").write_text(PAGE)
    return folder


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Another web server on this machine: its port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as site:
        thread = Thread(target=site.serve_forever)
        thread.start()
        try:
            yield str(site.server_port)
        finally:
            site.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def other(app: Path) -> Iterator[str]:
    with serving(app) as port:
        yield port


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory, prepared: Path, other: str) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("cors")
    origins = ", ".join(LISTED).replace("OTHER", other)
    data = shutil.copytree(prepared, folder / "data")
    with Server(folder, data, SAFELIGHT_UPLOAD_RATE="off", SAFELIGHT_CORS=origins) as server:
        yield server


@pytest.fixture
def client(open_server: Server) -> Iterator[httpx.Client]:
    with open_server.client() as client:
        yield client
    open_server.assert_clean_log()


def preflight(client: httpx.Client, origin: str, path: str = CREATE, method: str = "POST") -> httpx.Response:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }
    return client.options(path, headers=asked)


def assert_readable(response: httpx.Response, origin: str) -> None:
    assert response.headers[ALLOW] == origin
    assert "origin" in response.headers["Vary"].lower()
    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.fixture(params=LISTED)
def origin(request: pytest.FixtureRequest, other: str) -> str:
    return request.param.replace("OTHER", other)


class TestListed:
    def test_preflight(self, client: httpx.Client, origin: str) -> None:
        """JSON with a token and a key that makes sending twice harmless."""
        for method, path in (("POST", CREATE), ("POST", "/api/token/"), ("PATCH", "/api/images/1/")):
            response = preflight(client, origin, path, method)
            assert response.status_code == 200
            assert_readable(response, origin)
            assert method in response.headers["Access-Control-Allow-Methods"]
            allowed = {name.strip() for name in response.headers["Access-Control-Allow-Headers"].split(",")}
            assert allowed == {"accept", "authorization", "content-type", "idempotency-key"}  # no CSRF token: no cookie
            assert response.content == b""

    def test_answers(self, open_server: Server, client: httpx.Client, origin: str, small_png: bytes) -> None:
        headers = {"Origin": origin}
        with one_more(open_server):
            created = client.post(CREATE, json={"image": base64.b64encode(small_png).decode()}, headers=headers)
        assert created.status_code == 201
        assert_readable(created, origin)
        stored = client.get(created.json()["image"], headers=headers)
        assert (stored.status_code, stored.headers["Content-Type"]) == (200, "image/png")
        assert_readable(stored, origin)

    @pytest.mark.parametrize(
        ("asked", "status", "code"),
        [
            ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400, "malformed"),
            ({"content": b"{}", "headers": {"Authorization": "Token x"}}, 401, "authentication_failed"),
            ({"json": {}, "headers": {"Accept": "application/xml"}}, 406, "not_acceptable"),
            ({"json": {"image": "A" * 30_000_000}}, 413, "too_large"),
            ({"json": {"image": "PGh0bWw+"}}, 415, "type_not_allowed"),
            ({"content": b"x", "headers": {"Content-Type": "text/plain"}}, 415, "unsupported_media_type"),
            ({"json": {"image": "iVBORw0KGgo="}}, 422, "corrupt"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_errors(self, open_server: Server, origin: str, asked: dict, status: int, code: str) -> None:
        with open_server.client() as client, nothing_left(open_server):
            response = client.post(CREATE, **asked | {"headers": asked.get("headers", {}) | {"Origin": origin}})
        assert_refused(response, status, code)
        assert_readable(response, origin)

    def test_a_body_without_a_length(self, client: httpx.Client, origin: str) -> None:
        """Refused by a middleware, before any view."""
        response = client.post(CREATE, content=iter([b"{}"]), headers={"Origin": origin})
        assert_refused(response, 411, "length_required")
        assert_readable(response, origin)

    def test_errors_of_other_addresses(self, client: httpx.Client, origin: str) -> None:
        for method, path, status in (
            ("GET", "/api/images/", 401),
            ("GET", "/api/nowhere/", 404),
            ("DELETE", CREATE, 405),
            ("GET", "/media/nowhere.png", 404),
            ("GET", "/api/images", 301),
        ):
            response = client.request(method, path, headers={"Origin": origin})
            assert response.status_code == status, path
            assert_readable(response, origin)

    def test_schema(self, client: httpx.Client, origin: str) -> None:
        assert_readable(client.get("/api/schema/", headers={"Origin": origin}), origin)

    def test_not_beyond_the_api(self, client: httpx.Client, origin: str) -> None:
        for path in ("/", "/admin/login/", "/admin/", "/static/nothing.css", "/apiary"):
            assert ALLOW not in client.get(path, headers={"Origin": origin}).headers
            assert ALLOW not in preflight(client, origin, path).headers

    def test_cookies_are_no_help(self, open_server: Server, client: httpx.Client, origin: str) -> None:
        """A browser gives no answer to a page that asked with cookies, as long as this header is missing."""
        client.get("/admin/login/")
        form = {"username": "admin", "password": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
        assert client.post("/admin/login/", data=form).status_code == 302
        response = client.get("/api/images/", headers={"Origin": origin})
        assert response.status_code == 200  # the cookie itself is good
        assert "Access-Control-Allow-Credentials" not in response.headers
        assert "Access-Control-Allow-Credentials" not in preflight(client, origin).headers


class TestOthers:
    @pytest.mark.parametrize("stranger", STRANGERS)
    def test_read_nothing(self, client: httpx.Client, other: str, stranger: str) -> None:
        origin = stranger.replace("OTHER", other)
        assert ALLOW not in preflight(client, origin).headers
        response = client.post(CREATE, json={"image": ""}, headers={"Origin": origin})
        assert response.status_code == 400
        assert ALLOW not in response.headers
        assert "origin" in response.headers["Vary"].lower()  # no cache gives a stranger what was meant for an app

    def test_nobody_is_listed_by_default(self, server: Server, anyone: httpx.Client) -> None:
        for origin in ("null", "https://localhost", "http://localhost:8000", server.url):
            assert ALLOW not in preflight(anyone, origin).headers
            assert ALLOW not in anyone.post(CREATE, json={"image": ""}, headers={"Origin": origin}).headers


def test_a_throttled_app_can_read_when_to_come_again(new_server: Callable[..., Server]) -> None:
    server = new_server(SAFELIGHT_UPLOAD_RATE="1/min", SAFELIGHT_CORS="https://localhost")
    with server.client(headers={"Origin": "https://localhost"}) as client:
        client.post(CREATE, json={"image": ""})
        response = client.post(CREATE, json={"image": ""})
    assert_refused(response, 429, "throttled")
    assert_readable(response, "https://localhost")
    assert int(response.headers["Retry-After"]) > 0
    assert response.headers["Access-Control-Expose-Headers"] == "Idempotency-Replayed, Retry-After"


def test_an_app_can_read_that_the_server_failed(new_server: Callable[..., Server]) -> None:
    server = new_server(SAFELIGHT_CORS="null")
    with contextlib.closing(sqlite3.connect(server.data / "db.sqlite3")) as connection:
        connection.execute("ALTER TABLE resolver_image RENAME TO gone")
    with server.client(headers={"Origin": "null"}) as client:
        response = client.get("/api/images/", auth=("admin", PASSWORD))
    assert (response.status_code, response.json()["code"]) == (500, "error")
    assert_readable(response, "null")
    with pytest.raises(AssertionError, match="no such table"):  # the stack trace is in the log, and nowhere else
        server.assert_clean_log()


@pytest.mark.parametrize(
    "value",
    ["*", "localhost", "https://*.example.org", "https://localhost/", "https://a/b", "HTTPS://localhost", "https://",
     "https://localhost;http://localhost", "https://localhost,", ",", "all", "https://localhost:443",
     "null,http://localhost:80", "http://localhost:x"],
)  # fmt: skip
def test_a_wrong_value_stops_the_start(new_server: Callable[..., Server], tmp_path: Path, value: str) -> None:
    environment = Server(tmp_path / "wrong", SAFELIGHT_CORS=value).environment
    command = [sys.executable, str(dev.EXAMPLE / "manage.py"), "check"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode
    assert done.stderr.startswith(f"SAFELIGHT_CORS: {value!r} is not a list of origins"), done.stderr
    assert done.stderr.count("\n") == 1


# --- a browser decides what a page may read -------------------------------------------------------------------------


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[[str], Page]]:
    contexts = []

    def visit(address: str) -> Page:
        contexts.append(browser.new_context())
        page = contexts[-1].new_page()
        page.goto(address)
        return page

    yield visit
    for context in contexts:
        context.close()


@needs_browser
@pytest.mark.parametrize("kind", ["another port", "a file"])
def test_an_apps_page(
    open_server: Server, open_page, other: str, app: Path, kind: str, small_png: bytes, staff_token_of_app: str
) -> None:
    """It sends base64 in JSON and reads what becomes of it, be it stored or refused."""
    page = open_page(f"http://localhost:{other}/" if kind == "another port" else (app / "index.html").as_uri())
    url, text = open_server.url + CREATE, base64.b64encode(small_png).decode()
    headers = {"Idempotency-Key": f'"{kind}"', "Authorization": f"Token {staff_token_of_app}"}
    with one_more(open_server):
        status, answer = page.evaluate(POST, [url, {"image": text}, headers])
    assert status == 201
    read = (
        "async (url) => [(await createImageBitmap(await (await fetch(url)).blob())).width, (await fetch(url)).status]"
    )
    assert page.evaluate(read, answer["image"]) == [40, 200]
    with nothing_left(open_server):
        status, answer = page.evaluate(POST, [url, {"image": "PGh0bWw+"}, {}])
    assert (status, answer["code"]) == (415, "type_not_allowed")


@pytest.fixture
def staff_token_of_app(open_server: Server) -> str:
    with open_server.client() as client:
        return client.post("/api/token/", json={"username": "admin", "password": PASSWORD}).json()["token"]


@needs_browser
def test_a_strangers_page_and_a_page_with_cookies(open_server: Server, open_page, app: Path, other: str) -> None:
    with serving(app) as port:
        page = open_page(f"http://localhost:{port}/")
        with pytest.raises(Exception, match="Failed to fetch"):
            page.evaluate(POST, [open_server.url + CREATE, {"image": ""}, {}])
    page = open_page(f"http://localhost:{other}/")
    with pytest.raises(Exception, match="Failed to fetch"):
        page.evaluate("(url) => fetch(url, {credentials: 'include'})", f"{open_server.url}/api/schema/")
