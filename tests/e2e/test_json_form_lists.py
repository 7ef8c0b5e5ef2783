"""Lists in the JSON form: rows come, go and move, by mouse and by keyboard, and the focus is never lost."""

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.e2e.browser import needs_browser
from tests.e2e.form_pages import GALLERY, PICTURE, button, file, group, place, rows, text, written
from tests.e2e.form_server import FormServer

pytestmark = needs_browser

TAGS = group(tags=rows(text(title="Tag")))


def tags(page: Page) -> Locator:
    return place(page, "tags").get_by_role("textbox")


def test_add_and_fill_in(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(TAGS, {"tags": []}))
    for word in ("one", "two"):
        button(page, "Add Tag").click()
        expect(tags(page).last).to_be_focused()
        page.keyboard.type(word)
    written(page, {"tags": ["one", "two"]})
    expect(page.get_by_label("Tag 2:")).to_have_value("two")


def test_move_copy_and_remove_by_keyboard(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(TAGS, {"tags": ["a", "b", "c"]}))
    status = place(page, "tags").get_by_role("status")
    button(page, "Move Tag 1 down").press("Enter")
    written(page, {"tags": ["b", "a", "c"]})
    expect(status).to_have_text("Moved to place 2 of 3.")
    expect(button(page, "Move Tag 2 down")).to_be_focused()
    page.keyboard.press("Enter")
    written(page, {"tags": ["b", "c", "a"]})
    expect(button(page, "Move Tag 3 up")).to_be_focused()  # it can go down no further
    button(page, "Copy Tag 1").press("Space")
    written(page, {"tags": ["b", "b", "c", "a"]})
    expect(tags(page).nth(1)).to_be_focused()
    button(page, "Remove Tag 4").press("Enter")
    written(page, {"tags": ["b", "b", "c"]})
    expect(status).to_have_text("Removed. Left: 3.")
    expect(button(page, "Remove Tag 3")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Enter")
    written(page, {"tags": []})
    expect(button(page, "Add Tag")).to_be_focused()


def test_no_more_rows_than_may_be(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(tags=rows(text(), maxItems=2, minItems=1)), {}))
    written(page, {"tags": [""]})
    button(page, "Add Entry").click()
    expect(button(page, "Add Entry")).to_be_disabled()
    expect(button(page, "Copy Entry 1")).to_be_disabled()


def test_a_closed_row_says_what_it_is_about(form_server: FormServer, open_form) -> None:
    """A short list is open, a long one closed."""
    gallery = [{"picture": "", "caption": f"Caption {number}"} for number in range(1, 6)]
    page = open_form(form_server.page(GALLERY, {"gallery": gallery}))
    head = page.get_by_role("button", name="Picture 2 Caption 2", exact=True)
    expect(head).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_label("Caption:")).to_have_count(0)
    head.press("Enter")
    expect(head).to_have_attribute("aria-expanded", "true")
    page.get_by_label("Caption:").fill("Another")
    expect(page.get_by_role("button", name="Picture 2 Another", exact=True)).to_be_visible()
    button(page, "Move Picture 2 up").click()
    expect(page.get_by_label("Caption:")).to_be_visible()  # it went along, open as it was
    page.wait_for_function("() => JSON.parse(id_body.value).gallery[0].caption === 'Another'")


def test_rows_in_rows_go_along(form_server: FormServer, open_form) -> None:
    schema = group(chapters=rows({"title": "Chapter", **group(name=text(), lines=rows(text(title="Line")))}))
    body = {"chapters": [{"name": "a", "lines": ["a1"]}, {"name": "b", "lines": ["b1"]}]}
    page = open_form(form_server.page(schema, body))
    button(page, "Move Chapter 1 down").click()
    written(page, {"chapters": [{"name": "b", "lines": ["b1"]}, {"name": "a", "lines": ["a1"]}]})
    second = place(page, "chapters§1§lines")
    button(second, "Add Line").click()
    page.keyboard.type("a2")
    written(page, {"chapters": [{"name": "b", "lines": ["b1"]}, {"name": "a", "lines": ["a1", "a2"]}]})


def test_a_document_that_is_a_list(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(rows(text(title="Line")), ["a"]))
    button(page, "Add Line").click()
    page.keyboard.type("b")
    written(page, ["a", "b"])


def test_rows_that_are_each_something_else(form_server: FormServer, open_form) -> None:
    """They stay where they are; those after them may move."""
    schema = group(row={"type": "array", "prefixItems": [text(), {"type": "integer"}], "items": text(), "maxItems": 4})
    page = open_form(form_server.page(schema, {"row": ["a", 1, "b", "c"]}))
    expect(button(page, "Remove Entry 1")).to_have_count(0)
    expect(button(page, "Move Entry 3 up")).to_be_disabled()
    button(page, "Remove Entry 3").click()
    written(page, {"row": ["a", 1, "c"]})


@pytest.mark.parametrize("items", [file(), PICTURE], ids=["files", "objects with a file"])
def test_a_row_shows_its_file(form_server: FormServer, open_form, items: dict) -> None:
    value = form_server.store("sunset.png", b"")
    row = value if "format" in items else {"picture": value, "caption": ""}
    files = {value: {"filename": "sunset.png", "url": f"/media/{value}"}}
    page = open_form(form_server.page(group(gallery=rows(items)), {"gallery": [row]}, files=files))
    expect(page.get_by_role("link", name="sunset.png")).to_have_attribute("href", f"/media/{value}")
