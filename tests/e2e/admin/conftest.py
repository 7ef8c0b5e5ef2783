"""A server with more kinds of forms than the example has, and a browser that is logged in to its admin."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page
from tests.document_files import pdf
from tests.e2e.admin.gallery import Gallery
from tests.e2e.server import PASSWORD


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    with Gallery(tmp_path_factory.mktemp("gallery"), SAFELIGHT_UPLOAD_RATE="off") as server:
        yield server


@pytest.fixture(scope="session")
def logged_in(shared_server: Gallery) -> dict:
    """What a browser keeps after logging in."""
    with shared_server.client() as client:
        client.get("/admin/login/")
        form = {"username": "admin", "password": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
        assert client.post("/admin/login/?next=/admin/", data=form).status_code == 302
        cookies = [{"name": name, "value": value, "url": shared_server.url} for name, value in client.cookies.items()]
        return {"cookies": cookies}


@pytest.fixture
def admin(visit: Callable[..., Page], logged_in: dict) -> Callable[..., Page]:
    """Opens a page of the admin."""

    def open_page(path: str, **options: object) -> Page:
        page = visit(f"/admin/{path}", storage_state=logged_in, **options)
        # So that the browser knows in good time: who waits for a file chooser only then may be too late.
        page.on("filechooser", lambda _: None)
        return page

    return open_page


@pytest.fixture
def report() -> dict:
    return {"name": "report.pdf", "mimeType": "application/pdf", "buffer": pdf()}
