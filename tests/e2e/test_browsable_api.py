"""The API in a real browser, for those who review pictures: a form that takes a file or base64, without a word in the
console."""

import base64
import json
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect
from tests.e2e.browser import log_in, needs_browser
from tests.e2e.checks import CREATE, nothing_left, one_more
from tests.e2e.server import Server
from tests.pictures import photo

pytestmark = needs_browser


@pytest.fixture
def review(visit) -> Page:
    """The list, to somebody who has just logged in."""
    page = visit("/admin/login/?next=/api/images.html")
    log_in(page)
    return page


@pytest.fixture
def text(jpeg: dict) -> str:
    return base64.b64encode(jpeg["buffer"]).decode()


def form(page: Page) -> Locator:
    return page.get_by_role("group", name="Image")


def send(page: Page, method: str = "POST") -> None:
    with page.expect_response(lambda response: response.request.method == method):
        page.get_by_role("button", name=method).locator("visible=true").click()
    page.wait_for_load_state()


def expect_answer(page: Page, text: str) -> None:
    expect(page.locator(".response-info")).to_contain_text(text, timeout=30_000)


def test_from_the_list_to_a_stored_picture(server: Server, review: Page, jpeg: dict) -> None:
    review.get_by_role("button", name="Extra Actions").click()
    review.get_by_role("link", name="Create image").click()
    expect(review.get_by_role("heading", name="Create image")).to_be_visible()
    expect_answer(review, "HTTP 200 OK")  # a page with a form, and no error
    form(review).get_by_label("File").set_input_files(jpeg)
    with one_more(server):
        send(review)
    expect_answer(review, "HTTP 201 Created")
    expect_answer(review, "/media/images/")


def test_base64(server: Server, visit, text: str) -> None:
    """Anybody may send."""
    page = visit("/api/images/create.html")
    for value in (text, f"data:image/png;base64,{text}"):
        form(page).get_by_label("base64").fill(value)
        with one_more(server):
            send(page)
        expect_answer(page, "HTTP 201 Created")
        expect(form(page).get_by_label("base64")).to_have_value("")


def test_the_file_wins(server: Server, visit, jpeg: dict) -> None:
    page = visit(CREATE)
    form(page).get_by_label("base64").fill("no base64")
    form(page).get_by_label("File").set_input_files(jpeg)
    with one_more(server):
        send(page)
    expect_answer(page, "HTTP 201 Created")


def test_a_refusal_stands_beside_the_inputs(server: Server, visit, html: dict) -> None:
    page = visit(CREATE)
    form(page).get_by_label("File").set_input_files(html)
    with nothing_left(server):
        send(page)
    sentence = "This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP."
    for label in ("File", "base64"):
        expect(form(page).get_by_label(label)).to_have_accessible_description(f"{sentence} {about(page)}")
        expect(form(page).get_by_label(label)).to_have_attribute("aria-invalid", "true")


def test_so_does_that_of_a_file_which_is_not_read_to_its_end(server: Server, visit, tmp_path: Path) -> None:
    large = tmp_path / "large.jpg"
    large.write_bytes(photo() + bytes(20_000_000))
    page = visit(CREATE)
    page.set_default_timeout(60_000)
    form(page).get_by_label("File").set_input_files(large)
    with nothing_left(server):
        send(page)
    expect_answer(page, "HTTP 413")
    expect(form(page)).to_contain_text("The file is too large: at most 20 MB are accepted.")


def about(page: Page) -> str:
    return page.locator("#POST-image-help").inner_text().strip()


def test_keyboard(visit) -> None:
    page = visit(CREATE)
    form(page).get_by_label("File").focus()
    page.keyboard.press("Tab")
    expect(form(page).get_by_label("base64")).to_be_focused()


def test_raw_data(server: Server, visit) -> None:
    """What stands in the form is accepted as it stands."""
    page = visit(CREATE)
    page.get_by_role("link", name="Raw data").click()
    assert json.loads(page.get_by_role("textbox", name="Content").input_value())["image"].startswith(
        "data:image/png;base64,"
    )
    with one_more(server):
        send(page)
    expect_answer(page, "HTTP 201 Created")


def test_update(server: Server, staff: httpx.Client, review: Page, jpeg: dict, text: str) -> None:
    """PUT goes by the page's script, with the CSRF token in a header."""
    picture = staff.post(CREATE, json={"image": text}).json()
    review.goto(f"/api/images/{picture['pk']}.html")
    expect(form(review).get_by_label("base64")).to_have_value(picture["image"])
    with nothing_left(server):
        send(review, "PUT")
    expect_answer(review, picture["image"])
    form(review).get_by_label("File").set_input_files(jpeg)
    before = server.baseline()
    send(review, "PUT")
    expected = before._replace(files=before.files + 1, thumbnails=before.thumbnails + 1, blobs=before.blobs + 1)
    assert server.settled(expected) == expected
    replaced = staff.get(f"/api/images/{picture['pk']}/").json()
    assert replaced["image"] != picture["image"]
    expect(form(review).get_by_label("base64")).to_have_value(replaced["image"])


def test_programs_can_only_send_there(anyone: httpx.Client) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    assert anyone.get(CREATE, headers=browser).status_code == 200
    assert anyone.get(CREATE).status_code == 405
