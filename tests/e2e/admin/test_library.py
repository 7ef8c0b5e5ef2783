"""The media library in a real browser: found, looked at and deleted, by keyboard, on a phone and in the dark."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.e2e.admin.form import axe, expect_saved, expect_shown, save
from tests.e2e.admin.test_looks import DJANGOS_OWN, PHONE
from tests.e2e.browser import expect_fits, luminance, needs_browser
from tests.pictures import photo

pytestmark = needs_browser
LIST = "/admin/safelight/blob/"
SURE = re.compile("Yes, I.m sure")


def sent(name: str) -> dict:
    return {"name": name, "mimeType": "image/jpeg", "buffer": photo((400, 300))}


@pytest.fixture
def library(admin):
    """Opens the library, when a picture is there that is used and one that is not."""

    def open_page(**options: object) -> Page:
        page = admin("resolver/image/add/", **options)
        for name in ("in use.jpg", "given up.jpg"):
            page.goto("/admin/resolver/image/add/")
            page.locator("#id_image").set_input_files(sent(name))
            save(page, "Save and continue editing")
            expect_saved(page)
        page.locator(".deletelink").click()
        page.get_by_role("button", name=SURE).click()
        expect_saved(page)
        page.goto(LIST)
        return page

    return open_page


def row(page: Page, name: str) -> Locator:
    return page.locator("#result_list tbody tr").filter(has_text=name).first


def test_from_the_first_page_to_a_file(library) -> None:
    page = library()
    page.goto("/admin/")
    page.get_by_role("link", name="Stored files").first.click()
    expect(page.get_by_role("heading", name="Media library")).to_be_visible()
    expect_shown(row(page, "in use.jpg").get_by_role("img", name="in use.jpg"), 320)
    expect(row(page, "given up.jpg")).to_contain_text("Unused since")
    row(page, "in use.jpg").get_by_role("link", name="in use.jpg JPEG").click()
    expect_shown(page.locator(".safelight-picture img"), 400)
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    page.locator(".safelight-places a").click()
    expect(page).to_have_url(re.compile(r"/admin/resolver/image/\d+/change/$"))
    expect(page.locator("#id_image")).to_be_visible()


def test_deleting_the_unused_by_keyboard(server, library) -> None:
    page = library()
    page.get_by_role("link", name="Unused", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"use=unused"))
    page.locator("#searchbar").focus()
    page.keyboard.type("given up")
    page.keyboard.press("Enter")
    expect(page.locator("#result_list tbody tr")).not_to_have_count(0)
    files = len(server.files())
    count = page.locator("#result_list tbody tr").count()
    page.locator("#action-toggle").focus()
    page.keyboard.press("Space")
    page.get_by_label("Action:").focus()
    page.keyboard.type("Delete unused")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Delete unused files")).to_be_visible()
    expect(page.locator(".safelight-doomed li")).to_have_count(count)
    expect_shown(page.locator(".safelight-doomed img").first, 320)
    page.get_by_role("button", name=SURE).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist .success")).to_contain_text("Successfully deleted")
    expect(page.locator("#result_list tbody tr")).to_have_count(0)
    assert len(server.files()) == files - 2 * count, "with their thumbnails"


def test_what_is_in_use_says_where(library) -> None:
    page = library()
    row(page, "in use.jpg").get_by_role("checkbox").check()
    page.get_by_label("Action:").select_option(label="Delete unused files")
    page.locator(".actions button[type=submit]").click()
    expect(page.get_by_text("None of these files can be deleted")).to_be_visible()
    expect(page.get_by_role("button", name=SURE)).to_have_count(0)
    expect(page.locator(".safelight-kept")).to_contain_text(re.compile("in use.jpg.*image “", re.DOTALL))
    page.locator(".cancel-link").click()
    expect(page.get_by_role("heading", name="Media library")).to_be_visible()


def test_on_a_phone_in_the_dark(library) -> None:
    page = library(**PHONE, color_scheme="dark")
    expect_fits(page)
    assert luminance(page, "body", "backgroundColor") < 0.05
    assert luminance(page, ".safelight-kind", "color") > 0.3
    row(page, "given up.jpg").get_by_role("link", name="given up.jpg JPEG").click()
    expect_shown(page.locator(".safelight-picture img"), 400)
    expect_fits(page)
    page.locator(".deletelink").click()
    expect(page.get_by_text("Nothing uses it")).to_be_visible()
    expect_fits(page)
    page.get_by_role("button", name=SURE).click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    expect(page.get_by_role("heading", name="Media library")).to_be_visible()


def test_what_axe_finds(library) -> None:
    page = library(bypass_csp=True)
    assert axe(page, *DJANGOS_OWN, "#searchbar") == [], "Django labels that by a picture"
    row(page, "given up.jpg").get_by_role("checkbox").check()
    row(page, "in use.jpg").get_by_role("checkbox").check()
    page.get_by_label("Action:").select_option(label="Delete unused files")
    page.locator(".actions button[type=submit]").click()
    expect(page.get_by_role("heading", name="Delete unused files")).to_be_visible()
    assert axe(page, *DJANGOS_OWN) == []
    page.locator(".safelight-doomed a").click()
    expect(page.get_by_role("heading", name="View stored file")).to_be_visible()
    assert axe(page, *DJANGOS_OWN) == []
