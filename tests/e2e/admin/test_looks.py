"""How the admin's pages look and read: on a phone, in the dark, with a screen reader, in both versions of Django."""

import gzip
import re

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.admin.form import axe, chosen, expect_saved, expect_shown, save, throttle, zone
from tests.e2e.browser import expect_fits, luminance, needs_browser

pytestmark = needs_browser
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
DJANGOS_OWN = [
    ".breadcrumbs",  # Django 5: links that only their colour tells from the text
    "th.original",  # the heads of a table of inlines: one is empty,
    "td.field-caption",  # and its other inputs are not labelled by them
    ".datetime",  # Django 5: nor are a date and its time by anything
]


def add(page: Page, jpeg: dict) -> None:
    page.locator("#id_image").set_input_files(jpeg)
    save(page, "Save and continue editing")
    expect_saved(page)


def test_the_list(admin, jpeg, report) -> None:
    page = admin("resolver/image/add/")
    add(page, jpeg)
    page.goto("/admin/resolver/image/")
    thumbnail = page.get_by_role("img", name="image").first
    expect_shown(thumbnail, 320)
    assert (thumbnail.bounding_box()["width"], thumbnail.bounding_box()["height"]) == (72, 72)
    page.goto("/admin/gallery/paper/add/")
    page.locator("#id_document").set_input_files(report)
    save(page)
    expect_saved(page)
    cell = page.locator("td.field-thumbnail").first
    expect(cell).to_have_text(re.compile(r"PDF\s+report.pdf\s+PDF, \d+ bytes"))
    with page.expect_download() as download:
        cell.get_by_role("link").click()
    assert download.value.suggested_filename == "report.pdf"


def test_the_panel(admin, jpeg) -> None:
    page = admin("resolver/image/add/")
    add(page, jpeg)
    panel, form = page.get_by_role("complementary", name="Stored files"), page.locator("#content-main")
    assert panel.bounding_box()["x"] >= form.bounding_box()["x"] + form.bounding_box()["width"]
    expect_shown(panel.get_by_role("img"), 400)
    with page.context.expect_page() as opened:
        panel.get_by_role("link", name="digit.jpg (opens in a new tab)").click()
    assert re.search(r"/media/images/.*\.jpg$", opened.value.url)
    page.set_viewport_size(PHONE["viewport"])
    assert panel.bounding_box()["y"] >= form.bounding_box()["y"] + form.bounding_box()["height"]
    expect_fits(page)


def test_on_a_phone(admin, jpeg) -> None:
    page = admin("resolver/image/add/", **PHONE)
    expect_fits(page)
    expect(page.get_by_text("Drop a file here")).to_be_hidden()
    with page.expect_file_chooser() as chooser:
        page.locator("#id_image").tap()
    chooser.value.set_files({**jpeg, "name": "a_very_long_name_without_any_gap_" * 5 + ".jpg"})
    expect_shown(zone(page).locator("img"), 400)
    expect_fits(page)
    throttle(page, 20_000)
    save(page, "Save and continue editing")
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect_fits(page)
    expect_saved(page)
    expect_fits(page)
    page.locator("#id_image").set_input_files(jpeg)
    now, new = zone(page).locator("img").all()
    assert now.bounding_box()["y"] == new.bounding_box()["y"]
    expect_fits(page)
    page.goto("/admin/resolver/image/")
    expect_shown(page.locator(".safelight-thumbnail").first, 320)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(admin, jpeg, html, report, scheme: str) -> None:
    page = admin("resolver/image/add/", color_scheme=scheme, bypass_csp=True)
    assert (luminance(page, ".safelight-drop", "backgroundColor") < 0.2) == (scheme == "dark")
    assert axe(page, *DJANGOS_OWN) == []
    page.locator("#id_image").set_input_files(html)
    save(page)
    expect(page.locator("ul.errorlist")).to_be_visible()
    assert axe(page, *DJANGOS_OWN) == []
    page.locator("#id_image").set_input_files(report)
    assert axe(page, *DJANGOS_OWN) == []
    page.locator("#id_image").set_input_files(jpeg)
    page.route("**/image/add/", lambda route: route.fulfill(status=502))
    save(page)
    expect(page.get_by_role("alert")).to_be_visible()
    assert axe(page, *DJANGOS_OWN) == []
    page.unroute("**/image/add/")
    line = throttle(page, 8_000)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    assert axe(page, *DJANGOS_OWN) == []
    line.detach()
    expect_saved(page)
    page.goto("/admin/gallery/paper/add/")
    page.locator("#id_document").set_input_files(report)
    save(page)
    expect_saved(page)
    assert axe(page, *DJANGOS_OWN) == []
    page.locator(".field-pk a").first.click()
    page.locator("#id_document").set_input_files(report)
    assert chosen(page, "document") == ["report.pdf"]
    assert axe(page, *DJANGOS_OWN) == []
    page.goto("/admin/gallery/album/add/")
    page.locator("#id_shot_set-0-image").set_input_files(jpeg)
    assert axe(page, *DJANGOS_OWN) == []


def test_static_files(admin, server) -> None:
    """By their hashes, as the example's storage for static files has them; and few bytes, in one file."""
    page = admin("resolver/image/add/")
    source = page.locator("script[data-safelight]").get_attribute("src")
    assert re.fullmatch(r"/static/safelight/admin\.\w{12}\.js", source)
    expect(page.locator("link[href*='safelight/admin.']")).to_have_count(1)
    with server.client() as client:
        script = client.get(source).content
    assert len(gzip.compress(script)) <= 4400
    assert not re.search(rb"\bimport\b", script)
