"""The public page of a document: everything that is in it, for everybody, under the site's strict policy."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.e2e.axe import violations
from tests.e2e.browser import expect_fits, luminance, needs_browser
from tests.e2e.form_pages import PHONE, WIDE
from tests.e2e.pages.editing import LIST, StoredPage
from tests.pictures import photo

DARK = {"color_scheme": "dark"}
CAPTION = "A tower by the sea, <b>white</b> and red"


@pytest.fixture
def stored(send, make, report: dict) -> StoredPage:
    keys = [send(f"{number}.jpg", photo((600, 400)), "gallery§0§picture") for number in range(3)]
    body = {
        "title": "Lighthouses of the north, and of the west, and an unbroken" + "ly" * 40 + " long word",
        "cover": keys[0],
        "block": {"heading": "Light", "text": "First.\n\nSecond <script>alert(1)</script>."},
        "gallery": [{"picture": key, "caption": CAPTION if key == keys[0] else ""} for key in keys],
        "attachment": send("opening hours.pdf", report["buffer"], "attachment"),
        "contact": {"name": "The keeper", "email": "keeper@example.com"},
    }
    return make(body, title="Lighthouses")


@needs_browser
@pytest.mark.parametrize(
    "options", [WIDE, {**WIDE, **DARK}, PHONE, {**PHONE, **DARK}], ids=["light", "dark", "phone", "dark phone"]
)
def test_everything_is_shown(visit, stored: StoredPage, report: dict, options: dict) -> None:
    page: Page = visit(stored.public, **options)
    expect(page.locator("img.cover")).to_have_js_property("naturalWidth", 600)
    page.locator(".gallery").scroll_into_view_if_needed()
    pictures = page.locator(".gallery img")
    expect(pictures).to_have_count(3)
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()  # it is loaded when it is about to be seen
        expect(picture).to_have_js_property("naturalWidth", 320)
    assert [picture.get_attribute("alt") for picture in pictures.all()] == [CAPTION, "1.jpg", "2.jpg"]
    expect(page.locator("figcaption")).to_have_text([CAPTION])
    expect(page.locator("section.block p")).to_have_text(["First.", "Second <script>alert(1)</script>."])
    attachment = page.get_by_role("link", name=re.compile(r"^opening hours.pdf PDF, \d+ bytes$"))
    with page.expect_download() as download:
        attachment.click()
    assert download.value.suggested_filename == "opening hours.pdf"
    assert download.value.path().read_bytes() == report["buffer"]
    expect_fits(page)
    assert (luminance(page, "body", "backgroundColor") < 0.1) == ("color_scheme" in options)


@needs_browser
@pytest.mark.parametrize("options", [WIDE, {**WIDE, **DARK}, PHONE], ids=["light", "dark", "phone"])
def test_axe_finds_nothing(visit, stored: StoredPage, options: dict) -> None:
    page: Page = visit(stored.public, **options, bypass_csp=True)  # axe writes styles
    assert violations(page) == []
    page.goto("/pages/")
    assert violations(page) == []


@needs_browser
def test_the_way_there_and_back(edit, visit, stored: StoredPage) -> None:
    page: Page = visit("/")
    page.get_by_role("link", name="Pages").click()
    page.get_by_role("link", name="Lighthouses").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lighthouses of the north")
    expect(page.get_by_role("link", name="Change this page")).to_have_count(0)
    page = edit(LIST)
    page.get_by_role("link", name="Lighthouses").first.click()
    page.get_by_role("link", name="View on site").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lighthouses of the north")
    page.get_by_role("link", name="Change this page").click()
    expect(page.locator("#id_title")).to_have_value("Lighthouses")


@pytest.mark.parametrize(
    "body",
    [
        {"title": ""},
        {"cover": "", "gallery": [], "block": {"label": "Here", "address": "https://example.com/?a=1&b=2"}},
        {"gallery": [], "contact": {}, "block": {}},
        {"block": {"quote": "Q"}, "unknown": {"x": [1]}},
    ],
    ids=str,
)
def test_what_is_not_there_leaves_no_gap(anyone: httpx.Client, make, body: dict) -> None:
    answer = anyone.get(make(body, title="Sparse").public)
    assert answer.status_code == 200
    assert "<h1>Sparse</h1>" in answer.text
    assert not re.search(r'src=""|href=""|None', answer.text)


def test_an_address_that_would_run_is_refused(make) -> None:
    """Also from who asks without the form, and hides it behind the names of another kind of block."""
    link = {"label": "Here", "address": "javascript:alert(1)"}
    for block in (link, link | {"text": "x"}):
        with pytest.raises(AssertionError, match="block"):
            make({"block": block})


def test_there_is_no_such_page(anyone: httpx.Client) -> None:
    assert anyone.get("/pages/nowhere/").status_code == 404


def test_nothing_may_run(anyone: httpx.Client, stored: StoredPage) -> None:
    answer = anyone.get(stored.public)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?! src)|<style|\sstyle=|\son\w+=", answer.text)
