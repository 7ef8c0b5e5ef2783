"""The page on another origin than its server (`BACKEND_URL`): known by its token, and by no cookie."""

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import dev
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.browser import needs_browser
from tests.e2e.checks import one_more
from tests.e2e.conftest import opened
from tests.e2e.profiles.site import Site
from tests.e2e.profiles.visitor import Visitor

pytestmark = needs_browser

DIST = dev.PROFILES / "page" / "dist"


class Host(SimpleHTTPRequestHandler):
    """Serves files, with a policy as strict as the server's own."""

    backend = ""

    def end_headers(self) -> None:
        policy = f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src {self.backend}"
        self.send_header("Content-Security-Policy", f"{policy}; img-src 'self' blob: {self.backend}; base-uri 'none'")
        super().end_headers()

    def log_message(self, *_: object) -> None: ...


@contextlib.contextmanager
def hosting(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Host, directory=str(folder))) as host:
        thread = Thread(target=host.serve_forever)
        thread.start()
        try:
            yield f"http://localhost:{host.server_port}"
        finally:
            host.shutdown()
            thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DIST, tmp_path / "page"))


@pytest.fixture
def origin(folder: Path) -> Iterator[str]:
    with hosting(folder) as origin:
        yield origin


@pytest.fixture
def far_site(new_site: Callable[..., Site], folder: Path, origin: str, monkeypatch: pytest.MonkeyPatch) -> Site:
    site = new_site(SAFELIGHT_CORS=origin)
    monkeypatch.setattr(Host, "backend", site.url)
    index = folder / "index.html"
    text, count = re.subn('(<meta name="backend" content=")"', rf'\1{site.url}"', index.read_text())
    assert count == 1
    index.write_text(text)
    return site


@pytest.fixture
def visit(far_site: Site, origin: str, browser: Browser) -> Iterator[Callable[..., Page]]:
    troubles: list[str] = []

    def note(message) -> None:
        is_refusal = message.text.startswith("Failed to load resource") and "/user/" in message.location["url"]
        if message.type in ("error", "warning") and not is_refusal:
            troubles.append(f"{message.text} ({message.location['url']})")

    yield from opened(browser, origin, note, lambda request: None, troubles)


def test_a_whole_visit(far_site: Site, visit: Callable[..., Page], jpeg: dict, html: dict) -> None:
    visitor = Visitor(visit()).sign_up()
    with one_more(far_site), visitor.page.expect_request(lambda sent: sent.method == "PUT") as sent:
        visitor.send(jpeg)
    assert re.fullmatch('"[0-9a-f]{32}"', sent.value.headers["idempotency-key"])
    assert visitor.expect_loaded() == (300, 300)
    assert visitor.address.startswith(f"{far_site.url}/media/")
    visitor.send_whole(html)
    expect(visitor.said).to_have_text("This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP.")
    assert visitor.page.context.cookies() == []

    visitor.page.reload()  # the token goes with the tab
    visitor.expect_loaded()
    visitor.button("Sign out").click()
    expect(visitor.page.get_by_role("heading", name="Sign in to your profile")).to_be_visible()
    assert visitor.page.evaluate("JSON.stringify([localStorage, sessionStorage])") == "[{},{}]"
    assert far_site.scalar("SELECT count(*) FROM sign_in") == 0


def test_built_for_another_origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKEND_URL", "https://api.example.org")
    dev.frontend("page", dev.PROFILES / "page", "vite", "build", "--logLevel", "warn", "--outDir", tmp_path / "dist")
    assert '<meta name="backend" content="https://api.example.org">' in (tmp_path / "dist" / "index.html").read_text()


def test_a_token_that_nobody_gave(visit: Callable[..., Page]) -> None:
    visitor = Visitor(visit()).sign_up()
    visitor.page.evaluate("sessionStorage.setItem('profiles.token', 'x')")
    visitor.page.reload()
    expect(visitor.page.get_by_role("alert")).to_contain_text("You are not signed in")
