"""A form that is shown again, because something else in it was wrong: its file is kept, and nobody sends it twice."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from playwright.sync_api import Page, Request, expect
from tests.e2e.admin.form import axe, chosen, expect_saved, expect_shown, save, zone
from tests.e2e.admin.gallery import Gallery
from tests.e2e.browser import needs_browser

pytestmark = needs_browser
NOTE = "Please correct the error below."
GONE = "The file that you sent before is not kept any more. Choose it again."


@pytest.fixture
def one_file(server: Gallery) -> Iterator[None]:
    """All that comes of it is one file, which is in use: no other was stored."""
    before = server.baseline()
    yield
    expected = before._replace(files=before.files + 1, blobs=before.blobs + 1, references=before.references + 1)
    assert server.settled(expected) == expected


@contextmanager
def sent(page: Page) -> Iterator[list[int]]:
    """How large each form was that has been sent, in the end."""
    forms: list[Request] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            forms.append(request)

    sizes: list[int] = []
    page.on("request", note)
    yield sizes
    page.remove_listener("request", note)
    sizes += [int(form.header_value("Content-Length") or 0) for form in forms]


def fill_too_long(page: Page, field: str = "#id_name") -> None:
    page.locator(field).evaluate("(input) => input.removeAttribute('maxlength')")
    page.locator(field).fill("x" * 51)


def reject(page: Page, file: dict) -> None:
    """A portrait whose name is too long."""
    page.goto("/admin/gallery/portrait/add/")
    fill_too_long(page)
    page.locator("#id_image").set_input_files(file)
    save(page)
    expect(page.locator(".errornote")).to_have_text(NOTE)


@pytest.mark.usefixtures("one_file")
def test_the_script_sends_it_once(admin, jpeg) -> None:
    page = admin("")
    with sent(page) as sizes:
        reject(page, jpeg)
        status = zone(page).get_by_role("status")
        expect(status).to_have_text("digit.jpg is kept, and will not be sent again.")
        expect(status).to_be_visible()
        expect_shown(zone(page).locator("img"), 400)
        save(page)
        expect(page.locator(".safelight-sending")).to_have_count(0)
        expect(page.locator("#id_name")).to_be_focused()
        expect(page.locator("[name=image-kept]")).to_have_count(1)
        page.locator("#id_name").fill("Ada")
        save(page, "Save and continue editing")
        expect_saved(page)
    expect_shown(page.locator("#content-related img"), 400)
    first, *others = sizes
    assert first > len(jpeg["buffer"])
    assert len(others) == 2
    assert max(others) < 3000


def test_the_script_lets_go_of_it(server, admin, jpeg) -> None:
    """Where another file is chosen, or none."""
    page = admin("")
    reject(page, jpeg)
    page.locator("#id_image").set_input_files({**jpeg, "name": "other.jpg"})
    expect(zone(page).get_by_role("status")).to_contain_text("Chosen: other.jpg")
    page.locator("#id_name").fill("Ada")
    save(page)
    expect_saved(page)
    stored = "SELECT filename FROM gallery_portrait JOIN safelight_blob ON key = image ORDER BY id DESC LIMIT 1"
    assert server.rows(stored) == [("other.jpg",)]
    reject(page, jpeg)
    zone(page).get_by_role("button", name="Remove the chosen file").click()
    page.locator("#id_name").fill("Ada")
    save(page)
    expect_saved(page)
    assert not server.scalar("SELECT image FROM gallery_portrait ORDER BY id DESC LIMIT 1")


def test_what_is_swept_meanwhile_is_sent_again(server, admin, jpeg) -> None:
    page = admin("")
    reject(page, jpeg)
    with closing(sqlite3.connect(server.data / server.database)) as database, database:
        database.execute("UPDATE safelight_blob SET state = 'deleting' WHERE free_since IS NOT NULL")
    page.locator("#id_name").fill("Ada")
    save(page)
    expect(page.locator(".field-image .errorlist")).to_have_text(GONE)
    assert chosen(page) == ["digit.jpg"]
    with sent(page) as sizes:
        save(page)
        expect_saved(page)
    assert sizes[0] > len(jpeg["buffer"])


def test_in_inlines_that_are_counted_anew(server, admin, jpeg, report) -> None:
    page = admin("gallery/album/add/")
    page.get_by_role("button", name="Add another Shot").click()
    zone(page, "shot_set-1-image").locator("input").set_input_files(jpeg)
    zone(page, "sheet_set-0-document").locator("input").set_input_files(report)
    save(page)
    expect(page.locator(".errornote")).to_have_text(NOTE)
    expect(page.locator("[name$=-kept]")).to_have_count(2)
    page.get_by_role("button", name="Add another Shot").click()
    zone(page, "shot_set-2-image").locator("input").set_input_files({**jpeg, "name": "later.jpg"})
    page.locator("#shot_set-1 .inline-deletelink").click()
    page.get_by_role("button", name="Add another Shot").click()
    expect(page.locator("[name=shot_set-1-image-kept]")).to_have_count(0)
    page.locator("#id_title").fill("Summer")
    with sent(page) as sizes:
        save(page)
        expect_saved(page)
    assert len(jpeg["buffer"]) < sizes[0] < len(jpeg["buffer"]) + 6000
    shots = "SELECT filename FROM gallery_shot s JOIN safelight_blob ON key = image ORDER BY s.id DESC LIMIT 1"
    assert server.rows(shots) == [("later.jpg",)]
    sheets = "SELECT filename FROM gallery_sheet s JOIN safelight_blob ON key = document ORDER BY s.id DESC LIMIT 1"
    assert server.rows(sheets) == [("report.pdf",)]


@pytest.mark.usefixtures("one_file")
def test_without_javascript(admin, jpeg) -> None:
    page = admin("gallery/album/add/", java_script_enabled=False)
    image = page.locator("#id_shot_set-0-image")
    image.set_input_files(jpeg)
    for _ in range(2):
        save(page)
        expect(page.locator(".errornote")).to_have_text(NOTE)
        expect(page.get_by_role("checkbox", name="digit.jpg")).to_be_checked()
        expect(image).to_have_accessible_description(re.compile(r"digit.jpg \(.* kB\) is kept"))
    expect_shown(page.locator(".safelight-kept-file img"), 400)
    page.locator("#id_title").fill("Summer")
    save(page)
    expect_saved(page)


def test_a_page_that_came_back_from_the_server(server, admin, jpeg) -> None:
    """As after a popup, or a button of a project's own: the script makes one of two files of it."""
    page = admin("gallery/portrait/add/", bypass_csp=True)
    fill_too_long(page)
    page.locator("#id_image").set_input_files(jpeg)
    page.locator("#id_image").evaluate("(input) => HTMLFormElement.prototype.submit.call(input.form)")
    kept = zone(page).get_by_role("checkbox", name="digit.jpg")
    expect(kept).to_be_checked()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe(page, "#header", "#nav-sidebar", ".breadcrumbs") == []
    page.locator("#id_image").set_input_files({**jpeg, "name": "other.jpg"})
    expect(kept).not_to_be_checked()
    kept.check()
    assert chosen(page) == []
    page.locator("#id_name").fill("Ada")
    save(page, "Save and continue editing")
    expect_saved(page)
    stored = "SELECT filename FROM gallery_portrait JOIN safelight_blob ON key = image ORDER BY id DESC LIMIT 1"
    assert server.rows(stored) == [("digit.jpg",)]
