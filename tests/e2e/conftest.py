"""Real servers, a real browser, and pictures as cameras make them."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.e2e.browser import CHROMIUM, FLAGS, VIOLATIONS
from tests.e2e.form_pages import COVER, POLICIES, picture
from tests.e2e.form_server import FormServer
from tests.e2e.server import PASSWORD, Server
from tests.pictures import CANARY, SOI, exif_segment, photo, png, tiff
from tests.services.cloudinary import LocalCloudinary, local_cloudinary
from tests.services.swift import Swift, swift

expect.set_options(timeout=30_000)  # a slow machine is no fault

TAIL = b"<html><script>alert(1)</script>PK\x03\x04<?php " + CANARY


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as `manage.py prepare` leaves it, to copy: migrating and compressing take seconds."""
    server = Server(tmp_path_factory.mktemp("prepared"))
    server.prepare()
    return server.data


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("shared")
    with Server(folder, shutil.copytree(prepared, folder / "data"), SAFELIGHT_UPLOAD_RATE="off") as server:
        yield server


@pytest.fixture
def server(shared_server: Server) -> Iterator[Server]:
    """The server that most tests share. A test that brings a stack trace into its log fails."""
    yield shared_server
    shared_server.assert_clean_log()


@pytest.fixture
def new_server(tmp_path: Path, prepared: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers for one test alone: ``new_server(SAFELIGHT_MAX_BYTES="1000")``."""
    with ExitStack() as stack:

        def make(**environment: str) -> Server:
            folder = tmp_path / f"server{len(list(tmp_path.iterdir()))}"
            data = shutil.copytree(prepared, folder / "data")
            return stack.enter_context(Server(folder, data, **environment))

        yield make


@pytest.fixture
def anyone(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


@pytest.fixture(scope="session")
def staff_token(shared_server: Server) -> str:
    with shared_server.client() as client:
        response = client.post("/api/token/", json={"username": "admin", "password": PASSWORD})
        assert response.status_code == 200, response.text
        return response.json()["token"]


@pytest.fixture
def staff(server: Server, staff_token: str) -> Iterator[httpx.Client]:
    with server.client(headers={"Authorization": f"Token {staff_token}"}) as client:
        yield client


@pytest.fixture(scope="session")
def staff_cookies(shared_server: Server) -> dict[str, str]:
    return session_of(shared_server, "admin")


@pytest.fixture
def admin(server: Server, staff_cookies: dict[str, str]) -> Iterator[httpx.Client]:
    """A browser that is logged in to the admin."""
    with server.client(cookies=staff_cookies) as client:
        yield client


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture
def visit(server: Server, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page of the server in a fresh browser; in the end its console must hold no error.

    A refused upload is a line there that no page can prevent, and Django's admin has no icon.
    """
    troubles: list[str] = []

    def note(message) -> None:
        is_refusal = message.text.startswith("Failed to load resource") and re.search(
            "/api/images/create/|/add/|/change/|favicon", message.location["url"]
        )
        if message.type in ("error", "warning") and not is_refusal:
            troubles.append(f"{message.text} ({message.location['url']})")

    def note_failure(request) -> None:
        # What is left behind by going on to the next page; and of a form that did not arrive, the page itself says so.
        if request.failure != "net::ERR_ABORTED" and request.method != "POST":
            troubles.append(f"{request.url}: {request.failure}")

    yield from opened(browser, server.url, note, note_failure, troubles)


@pytest.fixture
def form_server() -> Iterator[FormServer]:
    with FormServer() as server:
        yield server


@pytest.fixture
def open_form(form_server: FormServer, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page of the server for JSON forms; in the end its console must hold no error, and no violation of its
    policy. What the file handler refuses is a line there that no page can prevent."""
    troubles: list[str] = []

    def note(message) -> None:
        if message.type in ("error", "warning") and "/handler/" not in message.location["url"]:
            troubles.append(f"{message.text} ({message.location['url']})")

    yield from opened(browser, form_server.url, note, lambda request: None, troubles)


@pytest.fixture
def open_cover(form_server: FormServer, open_form: Callable[..., Page]) -> Callable[..., Page]:
    """A page whose document has a cover: a picture that was stored before."""

    def open_page(**options: object) -> Page:
        value = form_server.store("old.png", picture()["buffer"])
        files = {value: {"filename": "old.png", "url": f"/media/{value}", "thumbnail": f"/media/{value}"}}
        return open_form(form_server.page(COVER, {"cover": value}, files=files, policies=POLICIES), **options)

    return open_page


def opened(
    browser: Browser, url: str, note: Callable, note_failure: Callable, troubles: list[str]
) -> Iterator[Callable[..., Page]]:
    """A function that opens pages, each in a fresh browser; they are closed in the end, and there were no troubles."""
    contexts = []

    def open_page(path: str = "/", **options: object) -> Page:
        context = browser.new_context(base_url=url, **options)  # type: ignore[arg-type]
        contexts.append(context)
        context.add_init_script(VIOLATIONS)
        page = context.new_page()
        page.set_default_timeout(60_000)  # a slow machine is no fault
        page.on("console", note)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("requestfailed", note_failure)
        # From now on, choosers are caught. Who only asks when a key is about to open one may ask too late.
        page.on("filechooser", lambda chooser: None)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture(scope="module")
def store() -> Iterator[Swift]:
    """A cloud that speaks S3."""
    with swift() as server:
        yield server


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloudinary]:
    with local_cloudinary() as server:
        yield server


@pytest.fixture
def jpeg() -> dict:
    return {"name": "digit.jpg", "mimeType": "image/jpeg", "buffer": photo((400, 300))}


@pytest.fixture
def html() -> dict:
    return {"name": "page.png", "mimeType": "image/png", "buffer": b"<html><script>alert(1)</script></html>"}


@pytest.fixture(scope="session")
def camera() -> bytes:
    """A photo of 1.6 MB as a phone takes it: turned, with maker, GPS position and thumbnail, and a tail besides.
    As base64 it is a body of 2.2 MB."""
    return _as_from_camera(photo((2000, 1500), quality=70))


@pytest.fixture(scope="session")
def large_camera() -> bytes:
    """8 MB."""
    return _as_from_camera(photo((3600, 2800), quality=85))


@pytest.fixture(scope="session")
def small_jpeg() -> bytes:
    return _as_from_camera(photo())


@pytest.fixture(scope="session")
def small_png() -> bytes:
    return png(40, 30)


def session_of(server: Server, username: str) -> dict[str, str]:
    """The cookies that a browser has after logging in to the admin."""
    with server.client() as client:
        client.get("/admin/login/")
        form = {"username": username, "password": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
        response = client.post("/admin/login/?next=/admin/", data=form)
        assert response.status_code == 302, response.text
        return dict(client.cookies)


def _as_from_camera(jpeg: bytes) -> bytes:
    return SOI + exif_segment(tiff(orientation=6)) + jpeg[2:] + TAIL
