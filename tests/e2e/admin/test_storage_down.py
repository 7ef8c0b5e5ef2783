"""A storage that fails while something is saved: the form comes back with a sentence at the field, nothing that was
typed is lost, nothing is saved, and nothing is left behind."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape

import httpx
import pytest
from playwright.sync_api import expect
from tests.document_files import pdf
from tests.e2e.admin.form import chosen, expect_saved, expect_shown, save
from tests.e2e.admin.gallery import Gallery
from tests.e2e.browser import needs_browser
from tests.e2e.server import Counts
from tests.pictures import photo

SENTENCE = "The file could not be stored just now. Try again in a moment."
XHR = {"X-Safelight": "progress"}
FILE = ("digit.jpg", photo(), "image/jpeg")
TABLES = ("gallery_album", "gallery_shot", "gallery_sheet", "gallery_story", "django_admin_log")


@pytest.fixture
def failing(server: Gallery) -> Callable:
    """While it lasts, there is a file in the place of the storage's folder, as where a disk is not mounted."""

    @contextmanager
    def down() -> Iterator[None]:
        beside = server.media.with_name("media-elsewhere")
        server.media.mkdir(exist_ok=True)
        server.media.rename(beside)
        server.media.touch()
        try:
            yield
        finally:
            server.media.unlink()
            beside.rename(server.media)

    return down


@pytest.fixture
def editor(server: Gallery, logged_in: dict) -> Iterator[Callable[..., httpx.Response]]:
    """Sends a form of the admin, as its page would."""
    cookies = {cookie["name"]: cookie["value"] for cookie in logged_in["cookies"]}
    with server.client(cookies=cookies) as client:

        def send(path: str, fields: dict, files: dict | None = None, **headers: str) -> httpx.Response:
            form = {"csrfmiddlewaretoken": cookies["csrftoken"], "_save": "Save"}
            return client.post(f"/admin/{path}", data=fields | form, files=files or {"none": b""}, headers=headers)

        yield send


@pytest.fixture
def unchanged(server: Gallery) -> Iterator[None]:
    """No row, no byte, no temporary file more than before. That an upload was intended may still be written down:
    whatever a storage that times out does later, the sweep sees to it."""

    def now() -> tuple[Counts, list[int]]:
        rows = [server.scalar(f"SELECT count(*) FROM {table}") for table in TABLES]
        return server.baseline()._replace(blobs=0, intents=0, side=0), rows

    before, rows = now()
    ready = server.scalar("SELECT count(*) FROM safelight_blob WHERE state <> 'intent'")
    yield
    after, rows_after = now()
    assert after.nameless <= before.nameless  # the test before may have left some to the garbage collector
    assert (after._replace(nameless=0), rows_after) == (before._replace(nameless=0), rows)
    assert server.scalar("SELECT count(*) FROM safelight_blob WHERE state <> 'intent'") == ready


def inlines(**fields: str) -> dict[str, str]:
    forms = {
        f"{prefix}-{name}": "0" for prefix in ("shot_set", "sheet_set") for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    return forms | fields


def sections() -> dict[str, str]:
    return {"sections-TOTAL_FORMS": "0", "sections-INITIAL_FORMS": "0"}


def errors(page: httpx.Response) -> dict[str, str]:
    """By the field in whose row they stand."""
    assert page.status_code == 200, page.text
    rows = re.findall(
        r'<div class="form-row[^"]*?field-(\w+)"?[^>]*>(.*?)(?=<div class="form-row|</form>)', page.text, re.DOTALL
    )
    lists = {name: re.search('<ul class="errorlist".*?</ul>', row, re.DOTALL) for name, row in rows}
    return {
        name: " ".join(unescape(re.sub("<[^>]*>", " ", found[0])).split()) for name, found in lists.items() if found
    }


@pytest.mark.usefixtures("unchanged")
class TestForm:
    def test_a_page(self, editor, failing) -> None:
        with failing():
            page = editor("gallery/portrait/add/", {"name": "Grandma & Co"}, {"image": FILE})
        assert errors(page) == {"image": SENTENCE}
        assert 'value="Grandma &amp; Co"' in page.text, "what was typed is still there"

    def test_the_script(self, editor, failing) -> None:
        with failing():
            answer = editor("resolver/image/add/", {}, {"image": FILE}, **XHR)
        assert answer.status_code == 422
        expected = {"note": "Please correct the error below.", "errors": {"image": [SENTENCE]}, "general": []}
        assert answer.json() == expected | {"kept": {}}

    def test_of_several_files_each_that_was_not_stored(self, editor, failing) -> None:
        fields = inlines(title="Summer") | {"shot_set-TOTAL_FORMS": "2", "sheet_set-TOTAL_FORMS": "1"}
        files = {
            "shot_set-0-image": ("small.png", photo((5, 6)), "image/jpeg"),
            "shot_set-1-image": FILE,
            "sheet_set-0-document": ("report.pdf", pdf(), "application/pdf"),
        }
        fields["shot_set-0-caption"] = "On the beach"
        with failing():
            answer = editor("gallery/album/add/", fields, files, **XHR)
            page = editor("gallery/album/add/", fields, files)
        assert answer.json()["errors"] == {"shot_set-0-image": [SENTENCE]}, "the first ends the attempt"
        assert 'value="On the beach"' in page.text
        assert 'value="Summer"' in page.text

    @pytest.mark.parametrize("headers", [{}, XHR], ids=["page", "script"])
    def test_a_file_inside_of_a_document(self, editor, failing, headers) -> None:
        scan = f"data:image/jpeg;name=scan.jpg;base64,{base64.b64encode(photo()).decode()}"
        document = {"title": "About us", "scan": scan}
        with failing():
            answer = editor("gallery/story/add/", sections() | {"body": json.dumps(document)}, **headers)
        said = f"scan: {SENTENCE}"
        if headers:
            assert answer.status_code == 200, "a page whose script is not ours"
        assert errors(answer) == {"body": said}
        assert scan in unescape(answer.text)
        assert "About us" in answer.text


def test_an_app(server, failing) -> None:
    before = server.baseline()
    content = base64.b64encode(photo()).decode()
    with failing(), server.client() as client:
        for answer in (
            client.post("/api/images/create/", json={"image": content}),
            client.post("/api/images/create/", files={"image": FILE}),
        ):
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
            assert answer.json() == {"code": "storage_unavailable", "detail": SENTENCE}
    after = server.counts()
    assert (after.files, after.images, after.references) == (before.files, before.images, before.references)


def test_a_change_keeps_what_was_there(server, editor, failing) -> None:
    assert editor("gallery/portrait/add/", {"name": "Grandma"}, {"image": FILE}).status_code == 302
    ((pk, key),) = server.rows("SELECT id, image FROM gallery_portrait ORDER BY id DESC LIMIT 1")
    with failing():
        new = ("new.jpg", photo((5, 6)), "image/jpeg")
        assert errors(editor(f"gallery/portrait/{pk}/change/", {"name": "x"}, {"image": new})) == {"image": SENTENCE}
    assert server.rows("SELECT name, image FROM gallery_portrait WHERE id = ?", pk) == [("Grandma", key)]
    (free_since,) = server.rows("SELECT free_since FROM safelight_blob WHERE key = ?", key)[0]
    assert free_since is None, "and it is in use"
    assert (server.media / key).exists()


@needs_browser
def test_an_editor_tries_again(server, admin, failing, jpeg) -> None:
    """Without choosing or typing anything anew."""
    page = admin("gallery/portrait/add/")
    page.locator("#id_name").fill("Grandma")
    page.locator("#id_image").set_input_files(jpeg)
    with failing():
        save(page)
        expect(page.locator(".field-image .errorlist")).to_have_text(SENTENCE)
        expect(page.locator("#id_name")).to_have_value("Grandma")
        assert chosen(page) == ["digit.jpg"]
    save(page, "Save and continue editing")
    expect_saved(page)
    expect(page.locator("#id_name")).to_have_value("Grandma")
    expect_shown(page.get_by_role("complementary", name="Stored files").get_by_role("img"), 400)
