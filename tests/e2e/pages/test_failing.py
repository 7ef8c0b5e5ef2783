"""A file that cannot be had is told of in words, beside its field; what stands there stays, and can be tried again."""

import re

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.browser import lose_answer, needs_browser
from tests.e2e.checks import nothing_left
from tests.e2e.form_pages import button, choose, document, picture, place, said
from tests.e2e.pages.editing import ADD, HANDLER, name, save, uploaded
from tests.e2e.server import Server
from tests.pictures import photo

pytestmark = needs_browser


@pytest.fixture
def page(edit, send, make) -> Page:
    """Of a document with a cover."""
    return edit(make({"cover": send("old.jpg", photo())}).admin)


def test_the_wrong_file(server: Server, page: Page, html: dict, report: dict) -> None:
    before = document(page)
    with nothing_left(server):
        choose(page, "cover", html)
        expect(said(page, "cover")).to_have_text("This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP.")
        choose(page, "cover", report)
        expect(said(page, "cover")).to_have_text(re.compile("^This is a PDF"))
        half = photo((400, 300))[:-2000]
        choose(page, "cover", {"name": "half.jpg", "mimeType": "image/jpeg", "buffer": half})
        expect(said(page, "cover")).to_have_text(re.compile("^The file is damaged"))
    expect(button(page, "Try again")).to_have_count(0)  # it would be refused again
    expect(page.get_by_role("img", name="Preview of old.jpg")).to_be_visible()
    assert document(page) == before


def test_a_logo_is_verified_when_the_page_is_saved(page: Page, html: dict) -> None:
    """It goes with the document. What else was typed is still there."""
    place(page, "title").get_by_role("textbox").fill("Typed before")
    choose(page, "logo", html)
    button(page, "Save").click()
    error = place(page, "logo").locator(".errorlist")
    expect(error).to_have_text("This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP.")
    expect(place(page, "title").get_by_role("textbox")).to_have_value("Typed before")
    button(place(page, "logo"), "Remove").click()
    save(page)


def test_the_server_is_too_busy(page: Page) -> None:
    page.route(f"**{HANDLER}", lambda route: route.fulfill(status=503, json={"detail": "Come back in a minute."}))
    choose(page, "cover", picture())
    expect(said(page, "cover")).to_have_text("Come back in a minute.")
    page.unroute(f"**{HANDLER}")
    button(page, "Try again").click()
    uploaded(page, "cover", "sunset.png")


def test_the_connection_is_lost(page: Page) -> None:
    before = document(page)
    page.context.set_offline(True)
    choose(page, "cover", picture())
    expect(said(page, "cover")).to_have_text("The connection broke. Check it and try again.")
    assert document(page) == before
    page.context.set_offline(False)
    button(page, "Try again").click()
    uploaded(page, "cover", "sunset.png")
    save(page)


def test_the_answer_is_lost(server: Server, page: Page) -> None:
    """The file is sent once more without a word, and is the one that was stored."""
    keys: list[str] = []
    page.on("request", lambda sent: keys.append(sent.headers["idempotency-key"]) if sent.method == "POST" else None)
    ((before,),) = server.rows("SELECT count(*) FROM safelight_blob")
    lose_answer(page, f"*{HANDLER}")
    choose(page, "cover", picture())
    uploaded(page, "cover", "sunset.png")
    assert (len(keys), len(set(keys))) == (2, 1)
    assert server.rows("SELECT count(*) FROM safelight_blob") == [(before + 1,)]


def test_the_connection_is_lost_before_the_library_has_come(page: Page) -> None:
    """Its code is fetched when it is first opened: what was typed must not go with it."""
    place(page, "title").get_by_role("textbox").fill("Typed before")
    page.context.set_offline(True)
    button(place(page, "cover"), "Choose from the library").click()
    expect(said(page, "cover")).to_have_text("The connection broke. Check it and try again.")
    expect(place(page, "title").get_by_role("textbox")).to_have_value("Typed before")
    page.context.set_offline(False)
    button(place(page, "cover"), "Choose from the library").click()
    expect(page.get_by_role("dialog", name="Choose from the library")).to_be_visible()
    expect(said(page, "cover")).to_have_text("")


def test_the_session_has_ended(page: Page) -> None:
    """In another tab one has logged out; in yet another, logged in again."""
    cookies = page.context.cookies()
    page.context.clear_cookies()
    choose(page, "cover", picture())
    expect(said(page, "cover")).to_have_text(re.compile("^You are no longer logged in."))
    page.context.add_cookies(cookies)
    button(page, "Try again").click()
    uploaded(page, "cover", "sunset.png")


def test_the_rest_of_the_form_is_wrong(edit) -> None:
    """The file that was sent stays with it, until all is right."""
    page = edit(ADD)
    choose(page, "cover", picture())
    uploaded(page, "cover", "sunset.png")
    button(page, "Save").click()
    expect(page.locator(".field-title .errorlist")).to_have_text("This field is required.")
    expect(page.get_by_role("img", name="Preview of sunset.png")).to_have_js_property("naturalWidth", 40)
    name(page, "Right at last")
    save(page)
    page.goto("/pages/right-at-last/")
    expect(page.locator("img.cover")).to_have_js_property("naturalWidth", 40)


def test_a_picture_is_missing_in_the_gallery(edit) -> None:
    """It is said before anything is sent, and where."""
    page = edit(ADD)
    name(page, "Missing")
    button(page, "Add Picture").click()
    place(page, "gallery§0§caption").get_by_role("textbox").fill("Of what?")
    button(page, "Save").click()
    expect(page.locator(".safelight-form .errorlist")).to_have_text("This field is required.")
    expect(place(page, "gallery§0§picture").locator("input[type=file]").first).to_be_focused()
    expect(page).to_have_url(re.compile(f"{ADD}$"))
