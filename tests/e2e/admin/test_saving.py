"""Saving the admin's forms: how far it has got, a way out, and whatever goes wrong leaves the form as it is."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.admin.form import chosen, expect_saved, expect_shown, save, throttle, zone
from tests.e2e.browser import log_in, needs_browser
from tests.e2e.checks import nothing_left, one_more
from tests.pictures import photo

pytestmark = needs_browser
ADD = "resolver/image/add/"
REFUSAL = "This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP."


@pytest.fixture
def large() -> dict:
    """As large as the portraits' policy lets it be."""
    return {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": photo((450, 400), quality=75).ljust(199_000)}


def posts(page: Page) -> list[str]:
    """Fills with how each POST from now on is made: "xhr", or "document" by the browser itself."""
    made: list[str] = []
    page.context.on("request", lambda request: request.method == "POST" and made.append(request.resource_type))
    return made


def expect_idle(page: Page) -> None:
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_enabled()


def test_progress(server, admin, large_camera: bytes) -> None:
    """On a slow line the bar moves, it says what is going on, and nothing can be pressed twice."""
    page = admin(ADD)
    made = posts(page)
    throttle(page, 4_000_000)
    page.evaluate("""() => {
        window.seen = [];
        const look = () => { const bar = document.querySelector("progress"); if (bar) seen.push(bar.value); };
        new MutationObserver(look).observe(document.body, {attributes: true, childList: true, subtree: true});
        addEventListener("pagehide", () => sessionStorage.setItem("seen", JSON.stringify(seen)));
    }""")
    page.locator("#id_image").set_input_files({"name": "large.jpg", "mimeType": "image/jpeg", "buffer": large_camera})
    with one_more(server):
        save(page)
        expect(page.get_by_role("progressbar", name="Upload")).to_be_visible()
        expect(page.locator(".safelight-sending").get_by_role("status")).to_have_text("Sending large.jpg")
        expect(page.locator(".safelight-percent")).to_have_text(re.compile(r"\d+% of \d\.\d+ MB"))
        expect(page.get_by_role("button", name="Cancel")).to_be_focused()
        for button in ("Save", "Save and add another", "Save and continue editing"):
            expect(page.get_by_role("button", name=button, exact=True)).to_be_disabled()
        expect_saved(page)
    expect(page).to_have_url(re.compile("/admin/resolver/image/$"))
    assert any(0 < value < 1 for value in page.evaluate("JSON.parse(sessionStorage.getItem('seen'))"))
    assert made == ["xhr"]


@pytest.mark.parametrize(
    ("button", "path"),
    [("Save and continue editing", r"/\d+/change/$"), ("Save and add another", "/add/$"), ("Save", "/picture/$")],
)
def test_every_button_leads_where_it_should(admin, jpeg, button: str, path: str) -> None:
    page = admin("gallery/picture/add/")
    made = posts(page)
    page.locator("#id_image").set_input_files(jpeg)
    save(page, button)
    expect_saved(page)
    expect(page).to_have_url(re.compile(path))
    assert made == ["xhr"]


def test_a_form_without_a_chosen_file_is_the_browsers(admin) -> None:
    page = admin("gallery/portrait/add/")
    made = posts(page)
    page.locator("#id_name").fill("Ada")
    save(page)
    expect_saved(page)
    assert made == ["document"]


def test_a_popup_is_the_browsers(admin, jpeg) -> None:
    page = admin("gallery/album/add/")
    made = posts(page)
    with page.expect_popup() as opened:
        page.locator("#add_id_cover").click()
    popup = opened.value
    popup.locator("#id_image").set_input_files(jpeg)
    expect_shown(zone(popup).locator("img"), 400)
    with popup.expect_event("close"):
        save(popup)
    expect(page.locator("#id_cover option:checked")).to_have_text(re.compile("Picture object"))
    assert made == ["document"]


def test_cancel_leaves_nothing(server, admin, large: dict) -> None:
    """Although the picture need not be there, and Django would save the rest."""
    page = admin("gallery/portrait/add/")
    rows = server.scalar("SELECT count(*) FROM gallery_portrait")
    page.locator("#id_name").fill("Ada")
    page.locator("#id_image").set_input_files(large)
    line = throttle(page, 100_000)
    with nothing_left(server):
        save(page)
        expect(page.locator(".safelight-percent")).to_have_text(re.compile(r"^[3-9]\d%"))
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("alert")).to_have_text("Cancelled. Nothing was saved.")
    expect_idle(page)
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_focused()
    expect(page.locator("#id_name")).to_have_value("Ada")
    line.detach()
    save(page)
    expect_saved(page)
    page.context.close()
    server.stop()  # then it has done whatever it was going to do
    try:
        assert server.scalar("SELECT count(*) FROM gallery_portrait") == rows + 1
    finally:
        server.start()


def test_errors_keep_what_was_typed_and_chosen(admin, jpeg) -> None:
    page = admin("gallery/picture/add/")
    page.locator("#id_title").evaluate("(input) => input.removeAttribute('maxlength')")
    page.locator("#id_title").fill("x" * 51)
    page.locator("#id_image").set_input_files(jpeg)
    save(page)
    expect(page.locator(".errornote")).to_have_text("Please correct the error below.")
    title = page.locator("#id_title")
    expect(title).to_be_focused()
    expect(title).to_have_attribute("aria-invalid", "true")
    expect(title).to_have_accessible_description("Ensure this value has at most 50 characters (it has 51).")
    assert chosen(page) == ["digit.jpg"]
    expect_idle(page)
    title.fill("x")
    save(page, "Save and continue editing")
    expect_saved(page)
    expect(title).to_have_value("x")
    expect_shown(page.locator("#content-related img"), 400)


def test_a_refusal_stands_beside_the_field_until_it_is_mended(admin, html, jpeg) -> None:
    page = admin(ADD)
    for _ in range(2):
        page.locator("#id_image").set_input_files(html)
        save(page)
        expect(page.locator("ul.errorlist")).to_have_text(REFUSAL)
    expect(page.locator(".errornote")).to_have_count(1)
    expect(page.locator("#id_image")).to_be_focused()
    expect(page.locator("#id_image")).to_have_accessible_description(re.compile(f"up to 20 MB {REFUSAL}"))
    page.locator("#id_image").set_input_files(jpeg)
    save(page)
    expect_saved(page)


def test_errors_stand_where_django_puts_them(admin, html) -> None:
    """In the form and in its inlines: as on the page that Django answers with itself."""
    page = admin("gallery/album/add/")
    page.locator("#id_opened_0").fill("yesterday")
    page.locator("#id_shot_set-0-image").set_input_files(html)
    page.locator("#id_sheet_set-0-caption").fill("x")
    where = """() => [...document.querySelectorAll(".errornote, ul.errorlist")].map((each) => [
        each.textContent.trim(), each.id, [...each.parentElement.classList].sort().join(" "),
        each.nextElementSibling?.tagName, Math.round(each.getBoundingClientRect().x)])"""
    save(page)
    expect(page.locator("ul.errorlist")).to_have_count(4)
    by_script = page.evaluate(where)
    made = posts(page)
    page.locator("#id_shot_set-0-image").evaluate("(input) => input.files = new DataTransfer().files")
    page.locator("#id_shot_set-0-caption").fill("x" * 20)
    page.locator("[name=_save]").evaluate("(button) => button.form.requestSubmit()")  # by the browser
    page.wait_for_url(lambda url: made == ["document"])
    expect(page.locator("ul.errorlist")).to_have_count(3)
    by_django = page.evaluate(where)
    assert [each for each in by_script if each[0] != REFUSAL] == by_django
    assert [each[1:3] for each in by_script if each[0] == REFUSAL] == [["id_shot_set-0-image_error", "field-image"]]


def test_logged_out_meanwhile(server, admin, jpeg) -> None:
    """Logging in again gives the browser another CSRF token than the form has."""
    page = admin("gallery/picture/add/")
    page.locator("#id_title").fill("typed")
    page.locator("#id_image").set_input_files(jpeg)
    page.context.clear_cookies(name="sessionid")
    with nothing_left(server):
        save(page)
        alert = page.get_by_role("alert")
        expect(alert).to_have_text(
            "You have been logged out. Log in in another tab, then save again. Everything is still here."
        )
    with page.context.expect_page() as opened:
        alert.get_by_role("link").click()
    log_in(opened.value)
    expect(opened.value.get_by_role("heading", name="Add picture")).to_be_visible()
    opened.value.close()
    page.get_by_role("button", name="Try again").click()
    expect_saved(page)
    assert server.rows("SELECT title FROM gallery_picture ORDER BY id DESC LIMIT 1") == [("typed",)]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"status": 413, "content_type": "text/html", "body": "<html>Too large"}, "does not take forms as large"),
        ({"status": 502, "content_type": "text/html", "body": "<html>Bad gateway"}, r"no proper answer \(502\)"),
        ({"status": 403, "content_type": "text/html", "body": "<html>CSRF"}, "did not allow this"),
        ({"status": 200, "content_type": "text/html", "body": "<html>Hello"}, r"no proper answer \(200\)"),
        ({"status": 400, "json": {"code": "x", "detail": "Say it otherwise."}}, "^Say it otherwise.$"),
        ({"status": 200, "content_type": "application/json", "body": "{"}, r"no proper answer \(200\)"),
    ],
)
def test_an_answer_that_is_none(admin, jpeg, answer: dict, sentence: str) -> None:
    page = admin("gallery/picture/add/")
    page.locator("#id_title").fill("typed")
    page.locator("#id_image").set_input_files(jpeg)
    page.route("**/picture/add/", lambda route: route.fulfill(**answer))
    save(page)
    expect(page.get_by_role("alert")).to_have_text(re.compile(sentence))
    expect_idle(page)
    page.unroute("**/picture/add/")
    expect(page.get_by_role("button", name="Try again")).to_be_focused()
    page.keyboard.press("Enter")
    expect_saved(page)


def test_a_connection_that_breaks(admin, jpeg) -> None:
    page = admin("gallery/picture/add/")
    page.locator("#id_image").set_input_files(jpeg)
    page.route("**/picture/add/", lambda route: route.abort())
    save(page)
    expect(page.get_by_role("alert")).to_have_text(re.compile("The connection broke"))
    assert chosen(page) == ["digit.jpg"]
    page.unroute("**/picture/add/")
    page.get_by_role("button", name="Try again").click()
    expect_saved(page)


def test_a_file_that_is_gone_when_it_is_sent(server, admin, tmp_path: Path) -> None:
    path = tmp_path / "gone.jpg"
    path.write_bytes(photo((64, 48)))
    page = admin(ADD)
    page.locator("#id_image").set_input_files(path)
    expect_shown(zone(page).locator("img"), 64)
    path.unlink()
    with nothing_left(server):
        save(page)
        expect(page.get_by_role("alert")).to_have_text("gone.jpg cannot be read any more. Choose it again.")


def test_back_to_a_form_that_was_saved(admin, jpeg) -> None:
    page = admin(ADD)
    page.locator("#id_image").set_input_files(jpeg)
    save(page)
    expect_saved(page)
    page.go_back()
    expect(page.locator("#id_image")).to_be_visible()
    expect_idle(page)
