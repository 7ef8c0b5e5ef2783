"""The page and the admin in a real browser: mouse, dropping, keyboard, phone, dark; and a console without a word."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.browser import expect_fits, log_in, luminance, needs_browser
from tests.e2e.checks import nothing_left, one_more
from tests.e2e.server import Server

DROP = """([name, bytes, type]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(bytes)], name, {type}));
    const target = document.querySelector(".drop");
    for (const kind of ["dragenter", "dragover", "drop"])
        target.dispatchEvent(new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));
}"""
pytestmark = needs_browser


def expect_stored(page: Page, size: tuple[int, int] = (400, 300)) -> dict:
    """The picture and the API's answer show."""
    picture = page.get_by_role("img", name="The stored picture")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("complete", True)
    expect(picture).to_have_js_property("naturalWidth", size[0])
    answer = json.loads(page.locator("#answer").inner_text())
    assert set(answer) == {"pk", "image", "timestamp"}
    assert picture.get_attribute("src") == answer["image"]
    expect(page.locator("#progress")).to_be_hidden()
    return answer


def expect_refused(page: Page, sentence: str) -> None:
    message = page.get_by_role("status")
    expect(message).to_have_text(re.compile(sentence))
    expect(page.locator("#result")).to_be_hidden()
    expect(page.locator("#progress")).to_be_hidden()


def test_choose(server: Server, visit, jpeg: dict) -> None:
    page = visit()
    with one_more(server):
        page.locator("#image").set_input_files(jpeg)
        expect_stored(page)
    expect_fits(page)


def test_several_in_a_row(visit, jpeg: dict, html: dict) -> None:
    page = visit()
    chooser = page.locator("#image")
    chooser.set_input_files(jpeg)
    first = expect_stored(page)
    chooser.set_input_files(html)
    expect_refused(page, "HTML")
    chooser.set_input_files(jpeg)  # the same file once more
    expect(page.locator("#result")).to_be_visible()
    assert expect_stored(page)["pk"] > first["pk"]
    expect(page.get_by_role("status")).to_have_text("Stored.")


def test_refusal(server: Server, visit, html: dict) -> None:
    page = visit()
    with nothing_left(server):
        page.locator("#image").set_input_files(html)
        expect_refused(page, r"This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP\.")


def test_progress(server: Server, visit, large_camera: bytes) -> None:
    """On a slow line the bar moves, and the status says what is going on."""
    page = visit()
    throttle = page.context.new_cdp_session(page)
    network = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 4_000_000}
    throttle.send("Network.emulateNetworkConditions", network)
    page.evaluate(
        "window.seen = []; new MutationObserver(() => window.seen.push(progress.value))"
        ".observe(document.getElementById('progress'), {attributes: true})"
    )
    page.locator("#image").set_input_files({"name": "large.jpg", "mimeType": "image/jpeg", "buffer": large_camera})
    expect(page.get_by_role("progressbar", name="Upload")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text(re.compile("Sending large.jpg"))
    expect_stored(page, (2800, 3600))  # orientation 6: the browser turns it
    assert any(0 < value < 1 for value in page.evaluate("window.seen"))


def test_server_that_is_gone(visit, jpeg: dict) -> None:
    page = visit()
    page.route("**/api/images/create/", lambda route: route.fulfill(status=502, body="<html>Bad gateway"))
    page.locator("#image").set_input_files(jpeg)
    expect_refused(page, "cannot be read")


def test_drop(server: Server, visit, jpeg: dict, html: dict) -> None:
    page = visit()
    with one_more(server):
        page.evaluate(DROP, [jpeg["name"], list(jpeg["buffer"]), "image/jpeg"])
        expect_stored(page)
        page.evaluate(DROP, [html["name"], list(html["buffer"]), "image/png"])
        expect_refused(page, "HTML")


def test_keyboard(visit, jpeg: dict) -> None:
    """Tab reaches the input first, shows where it is, and Space opens the chooser."""
    page = visit()
    page.keyboard.press("Tab")
    expect(page.locator("#image")).to_be_focused()
    outline = page.evaluate("getComputedStyle(document.querySelector('.drop')).outlineStyle")
    assert outline != "none"
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Space")
    chosen.value.set_files(jpeg)
    expect_stored(page)
    page.keyboard.press("Tab")
    expect(page.locator("#answer")).to_be_focused()
    for name in ("Admin", "API"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name=name)).to_be_focused()


def test_names_for_screen_readers(visit) -> None:
    page = visit()
    expect(page.get_by_role("heading", level=1)).to_have_text("Send a picture")
    expect(page.get_by_label(re.compile("Choose or take a picture"))).to_have_attribute("type", "file")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("#image").get_attribute("accept") == "image/avif,image/gif,image/jpeg,image/png,image/webp"


def test_phone(visit, jpeg: dict) -> None:
    page = visit(viewport={"width": 360, "height": 640}, device_scale_factor=2, is_mobile=True, has_touch=True)
    expect_fits(page)
    box = page.locator(".drop").bounding_box()
    assert box["height"] >= 48
    assert box["y"] + box["height"] <= 640  # without scrolling
    with page.expect_file_chooser() as chosen:
        page.locator(".drop").tap()
    chosen.value.set_files(jpeg)
    expect_stored(page)
    expect_fits(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(visit, scheme: str, html: dict) -> None:
    """WCAG 2.2, 1.4.3: text stands out from its ground at least 4.5 to 1."""
    page = visit(color_scheme=scheme)
    page.locator("#image").set_input_files(html)
    expect_refused(page, "HTML")
    ground = luminance(page, "body", "backgroundColor")
    assert (ground < 0.2) == (scheme == "dark")
    card = luminance(page, ".drop", "backgroundColor")
    for selector, behind in (
        ("h1", ground), ("p.quiet", ground), ("#message", ground), ("nav a", ground),
        (".drop-title", card), (".drop .quiet", card),
    ):  # fmt: skip
        light, dark = sorted((luminance(page, selector, "color"), behind), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, selector


def test_without_javascript(server: Server, visit, jpeg: dict, tmp_path: Path) -> None:
    page = visit(java_script_enabled=False)
    page.locator("#image").set_input_files(jpeg)
    with one_more(server):
        page.get_by_role("button", name="Send").click()
        expect(page.locator("body")).to_contain_text("/media/images/")


def test_logged_in(server: Server, visit, jpeg: dict) -> None:
    """Somebody who is logged in to the admin may send as well: the page passes its CSRF token on."""
    page = visit("/admin/login/?next=/")
    log_in(page)
    with one_more(server):
        page.locator("#image").set_input_files(jpeg)
        expect_stored(page)


def test_admin(server: Server, visit, jpeg: dict, html: dict) -> None:
    """Log in, add, see the thumbnail and the facts: under the strict policy, without a word in the console."""
    page = visit("/admin/resolver/image/add/")
    log_in(page)
    page.locator("#id_image").set_input_files(html)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".errorlist").last).to_contain_text("This is an HTML page")
    page.locator("#id_image").set_input_files(jpeg)
    page.get_by_role("button", name="Save", exact=True).click()
    thumbnail = page.locator("img.safelight-thumbnail").first
    expect(thumbnail).to_be_visible()
    expect(thumbnail).to_have_js_property("naturalWidth", 400)
    assert thumbnail.bounding_box()["height"] <= 100
    thumbnail.click()
    expect(page.locator(".safelight-facts")).to_contain_text("400 x 300")
    expect(page.locator(".safelight-facts")).to_contain_text("digit.jpg")


def test_browsable_api(visit) -> None:
    page = visit("/admin/login/?next=/api/images.html")
    log_in(page)
    expect(page.get_by_role("heading", name="Image List")).to_be_visible()
