"""The example's pages: editors who are logged in to its admin, and pages that are there already."""

import json
import re
from collections.abc import Callable, Iterator
from itertools import count

import httpx
import pytest
from playwright.sync_api import Browser, Page
from tests.document_files import pdf
from tests.e2e.conftest import opened, session_of
from tests.e2e.pages.editing import ADD, HANDLER, PLACE, StoredPage
from tests.e2e.server import PASSWORD, Server

_numbers = count(1)
_VIEWER = f"""
from django.contrib.auth.models import Permission, User
viewer = User.objects.create_user("viewer", password="{PASSWORD}", is_staff=True)
viewer.user_permissions.add(Permission.objects.get(codename="view_page"))
"""
_NO_VIEWER = """
from django.contrib.auth.models import User
User.objects.get(username="viewer").delete()
"""


@pytest.fixture
def visit(server: Server, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page of the server in a fresh browser; in the end its console must hold no error, and no violation of its
    policy. What the file handler refuses, and what a line that is down does, no page can prevent; Django's admin has no
    icon."""
    troubles: list[str] = []

    def note(message) -> None:
        is_expected = re.search(f"{HANDLER}|favicon|INTERNET_DISCONNECTED", message.location["url"] + message.text)
        if message.type in ("error", "warning") and not is_expected:
            troubles.append(f"{message.text} ({message.location['url']})")

    yield from opened(browser, server.url, note, lambda request: None, troubles)


@pytest.fixture
def edit(visit: Callable[..., Page], staff_cookies: dict[str, str], server: Server) -> Callable[..., Page]:
    """Opens a page of the admin as one who may everything."""
    return _as(staff_cookies, visit, server)


@pytest.fixture
def look(visit: Callable[..., Page], server: Server) -> Iterator[Callable[..., Page]]:
    """Opens a page of the admin as one who may look at pages, and nothing else."""
    server.manage("shell", "-v", "0", "-c", _VIEWER)
    yield _as(session_of(server, "viewer"), visit, server)
    server.manage("shell", "-v", "0", "-c", _NO_VIEWER)


@pytest.fixture
def make(admin: httpx.Client, staff_cookies: dict[str, str], server: Server) -> Callable[..., StoredPage]:
    """Makes a page with this body, by way of the admin's form."""

    def make(body: dict, title: str = "A page") -> StoredPage:
        slug = f"page-{next(_numbers)}"
        form = {"title": title, "slug": slug, "body": json.dumps(body)}
        answer = admin.post(ADD, data=form | {"csrfmiddlewaretoken": staff_cookies["csrftoken"]})
        assert answer.status_code == 302, re.findall('(?s)<ul class="errorlist.*?</ul>', answer.text)
        ((row,),) = server.rows("SELECT id FROM pages_page WHERE slug = ?", slug)
        return StoredPage(f"/admin/pages/page/{row}/change/", f"/pages/{slug}/")

    return make


@pytest.fixture
def send(admin: httpx.Client, staff_cookies: dict[str, str]) -> Callable[..., str]:
    """Sends a file to the file handler; returns its key."""

    def send(name: str, content: bytes, coords: str = "cover") -> str:
        answer = admin.post(
            HANDLER,
            data=PLACE | {"coords": coords},
            files={"file": (name, content)},
            headers={"X-CSRFToken": staff_cookies["csrftoken"]},
        )
        assert answer.status_code == 201, answer.text
        return answer.json()["value"]

    return send


@pytest.fixture
def report() -> dict:
    return {"name": "report.pdf", "mimeType": "application/pdf", "buffer": pdf()}


def _as(cookies: dict[str, str], visit: Callable[..., Page], server: Server) -> Callable[..., Page]:
    state = {"cookies": [{"name": name, "value": value, "url": server.url} for name, value in cookies.items()]}

    def open_page(path: str = ADD, **options: object) -> Page:
        return visit(path, storage_state=state, **options)

    return open_page
