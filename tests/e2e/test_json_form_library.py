"""The library: what was uploaded before, to look through, search, choose and delete; by mouse and by keyboard."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.e2e.axe import violations
from tests.e2e.browser import expect_fits, needs_browser
from tests.e2e.form_pages import PHONE, WIDE, button, file, group, picture, place, written
from tests.e2e.form_server import PER_PAGE, FormServer

pytestmark = needs_browser

OPEN = "Choose from the library"


@pytest.fixture
def open_library(form_server: FormServer, open_form) -> Callable[..., Locator]:
    """The dialogue of a field called Cover, with so many files in it."""

    def open_dialog(count: int = 3, **options: object) -> Locator:
        for number in range(1, count + 1):
            form_server.store(f"{number}.png", picture(width=number)["buffer"])
        page = open_form(form_server.page(group(inner=group(cover=file())), {}), **options)
        button(page, OPEN).click()
        return page.get_by_role("dialog", name=OPEN)

    return open_dialog


def tiles(dialog: Locator) -> Locator:
    return dialog.locator("[data-tile]")


def names(dialog: Locator) -> list[str]:
    return dialog.locator("[data-tile] bdi").all_text_contents()


def scroll_to_the_end(dialog: Locator) -> None:
    expect(tiles(dialog).first).to_be_visible()
    dialog.page.wait_for_function(
        """() => {
            const shelf = document.querySelector(".safelight-shelf");
            shelf.scrollTo(0, shelf.scrollHeight);
            return shelf.textContent.includes("These are all files.");
        }"""
    )


def test_choose(form_server: FormServer, open_library) -> None:
    dialog = open_library()
    expect(tiles(dialog)).to_have_count(3)
    assert names(dialog) == ["3.png", "2.png", "1.png"]
    (sent,) = form_server.sent
    assert sent.fields == {
        "field_name": ["body"],
        "model_name": ["Page"],
        "app_label": ["site"],
        "coords": ["inner§cover"],
        "page": ["1"],
    }
    expect(dialog.locator("li").first).to_contain_text(
        f"{len(form_server.files['pages/2026/11/20/0003.png'].content)} bytes"
    )
    button(dialog, "Choose 2.png").click()
    expect(dialog).to_have_count(0)
    page = dialog.page
    written(page, {"inner": {"cover": "pages/2026/11/20/0002.png"}})
    expect(page.get_by_role("img", name="Preview of 0002.png")).to_have_js_property("naturalWidth", 2)
    expect(button(page, OPEN)).to_be_focused()


def test_further_pages_come_as_one_scrolls(form_server: FormServer, open_library) -> None:
    dialog = open_library(PER_PAGE * 3 + 1)
    scroll_to_the_end(dialog)
    assert len(set(names(dialog))) == PER_PAGE * 3 + 1
    asked = [sent.fields for sent in form_server.sent]
    assert [fields.get("cursor") for fields in asked] == [None, ["12"], ["24"], ["36"]]


def test_pages_without_a_cursor(form_server: FormServer, open_library) -> None:
    """As in django-jsonform's guide: the list ends with an empty page."""
    form_server.is_plain = True
    dialog = open_library(PER_PAGE + 1)
    scroll_to_the_end(dialog)
    expect(tiles(dialog)).to_have_count(PER_PAGE + 1)
    assert [sent.fields["page"] for sent in form_server.sent] == [["1"], ["2"], ["3"]]


def test_search(form_server: FormServer, open_library) -> None:
    dialog = open_library(30)
    expect(tiles(dialog).first).to_be_visible()
    search = dialog.get_by_label("Search")
    search.press_sequentially("29")
    expect(tiles(dialog)).to_have_count(1)
    assert names(dialog) == ["29.png"]
    expect(dialog.get_by_role("status")).to_have_text("Files shown: 1.")
    search.fill("nothing")
    expect(dialog).to_contain_text("Nothing was found for “nothing”.")
    search.fill("")
    expect(tiles(dialog).first).to_be_visible()
    assert [sent.fields["q"][0] for sent in form_server.sent if "q" in sent.fields] == ["29", "nothing"]


def test_empty(open_library) -> None:
    expect(open_library(0)).to_contain_text("There are no files yet.")


def test_failure_can_be_tried_again(form_server: FormServer, open_form) -> None:
    form_server.store("1.png", picture()["buffer"])
    page = open_form(form_server.page(group(cover=file()), {}))
    page.route("**/handler/?*", lambda route: route.fulfill(status=503, json={"detail": "The storage is down."}))
    button(page, OPEN).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("The storage is down.")
    page.unroute("**/handler/?*")
    button(dialog, "Try again").click()
    expect(tiles(dialog)).to_have_count(1)


def test_the_session_ended(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(cover=file()), {}))
    page.route("**/handler/?*", lambda route: route.fulfill(body="<h1>Log in</h1>", content_type="text/html"))
    button(page, OPEN).click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("You are no longer logged in.")


def test_delete(form_server: FormServer, open_library) -> None:
    dialog = open_library()
    button(dialog, "Delete 2.png").click()
    question = dialog.page.get_by_role("dialog", name="Delete 2.png")
    expect(question).to_contain_text("Delete 2.png? It is then gone for everyone.")
    button(question, "Delete").click()
    expect(question).to_have_count(0)
    expect(tiles(dialog)).to_have_count(2)
    expect(dialog.get_by_role("status")).to_have_text("2.png is deleted.")
    expect(button(dialog, "Choose 1.png")).to_be_focused()
    (sent,) = form_server.deletions()
    assert sent.fields["trigger"] == ["delete_button"]
    assert sent.fields["value"] == ["pages/2026/11/20/0002.png"]
    assert sent.fields["coords"] == ["inner§cover"]


def test_delete_can_be_thought_over(form_server: FormServer, open_library) -> None:
    dialog = open_library()
    button(dialog, "Delete 2.png").click()
    dialog.page.keyboard.press("Escape")
    expect(dialog.page.get_by_role("dialog", name="Delete 2.png")).to_have_count(0)
    expect(dialog).to_be_visible()  # it is still there
    expect(button(dialog, "Delete 2.png")).to_be_focused()
    assert form_server.deletions() == []


def test_what_is_in_use_is_not_deleted(form_server: FormServer, open_library) -> None:
    form_server.used["pages/2026/11/20/0002.png"] = ["page “Home”, cover", "page “About”, gallery"]
    dialog = open_library(bypass_csp=True)  # for axe, which writes styles
    expect(dialog.locator("li").nth(1)).to_contain_text("Used in: page “Home”, cover; page “About”, gallery")
    button(dialog, "Delete 2.png").click()
    question = dialog.page.get_by_role("dialog", name="Delete 2.png")
    button(question, "Delete").click()
    expect(question.get_by_role("alert")).to_contain_text("2.png is in use and cannot be deleted:")
    expect(question.get_by_role("listitem")).to_have_text(["page “Home”, cover", "page “About”, gallery"])
    assert violations(dialog.page) == []
    button(question, "Close").click()
    expect(tiles(dialog)).to_have_count(3)
    place = {
        "kind": "page",
        "name": "Home",
        "url": "/admin/1/change/",
        "field": "body",
        "path": "gallery > 1 > picture",
    }
    form_server.used["pages/2026/11/20/0001.png"] = [place, {"kind": "page", "name": "", "url": "javascript:alert(1)"}]
    button(dialog, "Delete 1.png").click()
    question = dialog.page.get_by_role("dialog", name="Delete 1.png")
    button(question, "Delete").click()
    expect(question.get_by_role("listitem")).to_have_text(["page “Home”, body: gallery > 1 > picture", "page"])
    expect(question.get_by_role("link")).to_have_count(1)
    expect(question.get_by_role("link")).to_have_attribute("href", "/admin/1/change/")


def test_keyboard_only(form_server: FormServer, open_form) -> None:
    """Tab to the tiles, arrows from one to the next, Space or Enter chooses; Escape leaves; the focus goes back."""
    for number in range(1, 13):
        form_server.store(f"{number}.png", picture()["buffer"])
    page: Page = open_form(form_server.page(group(cover=file()), {}), **WIDE)
    button(page, OPEN).press("Enter")
    dialog = page.get_by_role("dialog", name=OPEN)
    expect(tiles(dialog)).to_have_count(12)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button(page, OPEN)).to_be_focused()
    page.keyboard.press("Space")
    expect(tiles(dialog)).to_have_count(12)
    page.keyboard.press("Tab")
    expect(dialog.get_by_label("Search")).to_be_focused()
    page.keyboard.press("Tab")
    expect(tiles(dialog).nth(0)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(tiles(dialog).nth(1)).to_be_focused()
    page.keyboard.press("ArrowDown")
    first_row = tiles(dialog).evaluate_all(
        """(all) => all.map((tile) => tile.getBoundingClientRect().top)
            .filter((top, _, tops) => top === tops[0]).length"""
    )
    assert first_row > 2
    expect(tiles(dialog).nth(1 + first_row)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("End")
    expect(tiles(dialog).nth(11)).to_be_focused()
    page.keyboard.press("Enter")
    written(page, {"cover": "pages/2026/11/20/0001.png"})
    expect(button(page, OPEN)).to_be_focused()


@pytest.mark.parametrize("options", [WIDE, PHONE, {**WIDE, "color_scheme": "dark"}], ids=["wide", "phone", "dark"])
def test_axe_finds_nothing(open_library, options: dict) -> None:
    dialog = open_library(5, **options, bypass_csp=True)
    expect(tiles(dialog)).to_have_count(5)
    assert violations(dialog.page) == []
    expect_fits(dialog.page)


def test_files_that_are_no_pictures(form_server: FormServer, open_form) -> None:
    form_server.store("report.pdf", b"%PDF", "application/pdf")
    page = open_form(form_server.page(group(cover=file()), {}))
    button(page, OPEN).click()
    tile, shown = tiles(page.get_by_role("dialog")), place(page, "cover").locator("figure")
    expect(tile).to_have_text("report.pdf")
    expect(tile.locator(".safelight-no-preview")).to_have_attribute(
        "data-kind", "PDF"
    )  # drawn, and no part of the name
    tile.click()
    expect(shown.locator(".safelight-no-preview")).to_have_attribute("data-kind", "PDF")
