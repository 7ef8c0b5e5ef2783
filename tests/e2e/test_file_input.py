"""The file input in a real browser: chosen, dropped, pasted, photographed, cropped, cancelled; by mouse, by keyboard,
and on a phone."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.e2e.axe import violations
from tests.e2e.browser import expect_fits, lose_answer, needs_browser
from tests.e2e.checks import nothing_left, one_more
from tests.e2e.server import Server

pytestmark = needs_browser

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
FILES = """([name, bytes, type]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(bytes)], name, {type}));
    return transfer;
}"""


def chooser(page: Page) -> Locator:
    """Not the one of the plain form, which it takes the place of."""
    return page.locator(".safelight-input input[type=file]").first


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def said(page: Page) -> Locator:
    return page.locator("safelight-file-input").get_by_role("status")


def choose(page: Page, file: dict) -> None:
    chooser(page).set_input_files(file)
    expect(page.get_by_role("img", name=f"Preview of {file['name']}")).to_be_visible()


def send(page: Page, file: dict) -> None:
    chooser(page).set_input_files(file)
    button(page, "Send").click()


def stored_size(page: Page) -> tuple[int, int]:
    """Of the picture as the server stored it."""
    picture = page.get_by_role("img", name="The stored picture")
    expect(picture).to_have_js_property("complete", True)
    return picture.evaluate("(image) => [image.naturalWidth, image.naturalHeight]")


def slow(page: Page, bytes_per_second: int = 4_000_000) -> None:
    network = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", network)


def test_choose(server: Server, visit, jpeg: dict) -> None:
    """What was chosen is shown; it goes when it is sent."""
    page = visit()
    with nothing_left(server):
        choose(page, jpeg)
        expect(page.get_by_text("digit.jpg")).to_be_visible()
    with one_more(server):
        button(page, "Send").click()
        expect(said(page)).to_have_text("digit.jpg is stored.")
    expect_fits(page)


def test_refusal_in_words(server: Server, visit, html: dict) -> None:
    page = visit()
    with nothing_left(server):
        send(page, html)
        expect(said(page)).to_have_text("This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP.")
    expect(button(page, "Try again")).to_have_count(0)  # it would be refused again
    send(page, html)  # the same file may be chosen again
    expect(said(page)).to_have_text(re.compile("HTML"))


def test_too_large_is_said_before_it_is_sent(server: Server, visit) -> None:
    page = visit()
    assert page.locator("safelight-file-input").get_attribute("max-bytes") == "20000000"
    page.locator("safelight-file-input").evaluate("(input) => input.setAttribute('max-bytes', '1000')")
    page.on("request", lambda request: pytest.fail(request.url) if request.method == "POST" else None)
    chooser(page).set_input_files({"name": "l.jpg", "mimeType": "image/jpeg", "buffer": bytes(1001)})
    expect(said(page)).to_have_text("This file is too large: at most 1 kB are accepted.")


def test_preview_after_one_that_cannot_be_shown(visit, jpeg: dict, html: dict) -> None:
    page = visit()
    chooser(page).set_input_files(html)
    expect(page.locator(".safelight-no-preview")).to_be_visible()
    choose(page, jpeg)


def test_being_moved_sends_nothing_again(server: Server, visit) -> None:
    page = visit()
    with one_more(server):
        page.locator("[data-sample]").first.click()
        expect(page.get_by_role("img", name="The stored picture")).to_be_visible()
        page.evaluate("const input = document.querySelector('safelight-file-input'); input.parentNode.append(input)")
        expect(button(page, "Take a picture")).to_be_visible()
        page.wait_for_load_state("networkidle")


def test_text_is_pasted_into_a_text_field(visit) -> None:
    """Spreadsheets copy a picture along with it, which nobody has meant."""
    page = visit()
    was_taken = page.evaluate(
        f"""(file) => {{
            const field = document.body.appendChild(document.createElement("textarea"));
            const clipboardData = ({FILES})(file);
            clipboardData.setData("text/plain", "a cell of a sheet");
            const paste = new ClipboardEvent("paste", {{clipboardData, bubbles: true, cancelable: true}});
            return !field.dispatchEvent(paste);
        }}""",
        ["image.png", [1, 2, 3], "image/png"],
    )
    assert not was_taken
    expect(button(page, "Send")).to_have_count(0)


def test_the_csrf_token_stays_at_home(visit, jpeg: dict) -> None:
    page = visit(bypass_csp=True)
    answer = {"access-control-allow-origin": "*", "access-control-allow-headers": "accept"}
    page.route("https://other.example/**", lambda route: route.fulfill(status=204, headers=answer))
    page.locator("safelight-file-input").evaluate("(input) => input.setAttribute('url', 'https://other.example/x')")
    with page.expect_request("https://other.example/x") as sent:
        send(page, jpeg)
    assert {"x-csrftoken", "idempotency-key"}.isdisjoint(sent.value.headers)  # nor what CORS may not let through
    expect(said(page)).to_have_text("digit.jpg is stored.")


def test_drop_anywhere(server: Server, visit, jpeg: dict) -> None:
    page = visit()
    files = page.evaluate_handle(FILES, [jpeg["name"], list(jpeg["buffer"]), "image/jpeg"])
    page.dispatch_event("h1", "dragenter", {"dataTransfer": files})
    expect(page.locator(".safelight-input[data-over]")).to_be_visible()
    page.dispatch_event("h1", "dragleave", {"dataTransfer": files})
    expect(page.locator(".safelight-input[data-over]")).to_have_count(0)
    page.dispatch_event("footer", "drop", {"dataTransfer": files})
    with one_more(server):
        button(page, "Send").click()
        expect(said(page)).to_have_text("digit.jpg is stored.")


def test_paste(server: Server, visit, jpeg: dict) -> None:
    page = visit()
    page.evaluate(
        f"(file) => document.body.dispatchEvent(new ClipboardEvent('paste', "
        f"{{clipboardData: ({FILES})(file), bubbles: true, cancelable: true}}))",
        [jpeg["name"], list(jpeg["buffer"]), "image/jpeg"],
    )
    with one_more(server):
        button(page, "Send").click()
        expect(said(page)).to_have_text("digit.jpg is stored.")


def test_camera(server: Server, visit) -> None:
    """A computer's camera (Chromium has one for tests: a green picture with a clock)."""
    page = visit(permissions=["camera"])
    button(page, "Take a picture").click()
    dialog = page.get_by_role("dialog", name="Take a picture")
    shoot = dialog.get_by_role("button", name="Take it")
    expect(shoot).to_be_enabled()
    width = dialog.locator("video").evaluate("(video) => video.videoWidth")
    shoot.click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("img", name="Preview of camera.jpg")).to_be_visible()
    with one_more(server):
        button(page, "Send").click()
        expect(said(page)).to_have_text("camera.jpg is stored.")
    assert stored_size(page)[0] == width


def test_camera_that_may_not_be_used(server: Server, visit) -> None:
    page = visit()
    session = page.context.browser.new_browser_cdp_session()
    session.send("Browser.setPermission", {"permission": {"name": "camera"}, "setting": "denied", "origin": server.url})
    button(page, "Take a picture").click()
    dialog = page.get_by_role("dialog", name="Take a picture")
    expect(dialog).to_contain_text("The camera may not be used")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button(page, "Take a picture")).to_be_focused()
    session.send("Browser.resetPermissions")


def test_crop(server: Server, visit, jpeg: dict) -> None:
    page = visit()
    choose(page, jpeg)
    button(page, "Crop").click()
    dialog = page.get_by_role("dialog", name="Choose the part to send")
    corner = dialog.locator(".ord-se")
    expect(corner).to_be_visible()
    box = dialog.get_by_alt_text("Preview of digit.jpg").bounding_box()
    corner.hover()
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6)
    page.mouse.up()
    assert violations(page) == []
    dialog.get_by_role("button", name="Use this part").click()
    with one_more(server):
        button(page, "Send").click()
        expect(said(page)).to_have_text("digit.jpg is stored.")
    width, height = stored_size(page)
    assert abs(width - 200) < 5  # from 10 % to 60 % of 400 and 300
    assert abs(height - 150) < 5


def test_crop_by_keyboard(server: Server, visit, jpeg: dict) -> None:
    page = visit()
    choose(page, jpeg)
    button(page, "Crop").press("Enter")
    area = page.get_by_role("group", name="The part to send")
    expect(area).to_be_visible()
    page.keyboard.press("Tab")
    expect(area).to_be_focused()
    page.keyboard.press("Tab")  # the first handle: north-west
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    button(page, "Use this part").press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    with one_more(server):
        button(page, "Send").press("Enter")
        expect(said(page)).to_have_text("digit.jpg is stored.")
    assert stored_size(page)[0] < 320  # of the 80 % that the frame begins with


def test_crop_can_be_left(visit, jpeg: dict) -> None:
    page = visit()
    choose(page, jpeg)
    button(page, "Crop").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button(page, "Crop")).to_be_focused()


def test_what_the_browser_cannot_show_is_sent_uncropped(visit, html: dict) -> None:
    page = visit()
    chooser(page).set_input_files(html)
    button(page, "Crop").click()
    expect(page.get_by_role("dialog")).to_contain_text("It can be sent as it is.")
    expect(button(page, "Use this part")).to_be_disabled()


def test_progress(server: Server, visit, large_camera: bytes) -> None:
    """On a slow line the bar moves, and the status says what is going on."""
    page = visit()
    slow(page)
    page.evaluate(
        """window.seen = [];
        new MutationObserver(() => {
            const bar = document.querySelector("safelight-file-input progress");
            if (bar) seen.push(bar.value);
        }).observe(document.body, {subtree: true, childList: true, attributes: true})"""
    )
    send(page, {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": large_camera})
    expect(page.get_by_role("progressbar", name="Upload")).to_be_visible()
    expect(said(page)).to_have_text(re.compile("Sending large.jpg"))
    expect(said(page)).to_have_text("large.jpg is stored.")
    assert any(0 < value < 1 for value in page.evaluate("seen"))
    assert stored_size(page) == [2800, 3600]  # orientation 6: the browser turns it


def test_cancel(server: Server, visit, large_camera: bytes, jpeg: dict) -> None:
    page = visit()
    slow(page, 1_000_000)
    with nothing_left(server):
        send(page, {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": large_camera})
        expect(button(page, "Cancel")).to_be_focused()  # the button that was pressed is gone
        expect(page.get_by_role("progressbar")).not_to_have_js_property("value", 0)
        button(page, "Cancel").click()
        expect(said(page)).to_have_text("Cancelled. Nothing was stored.")
    slow(page, -1)
    with one_more(server):
        send(page, jpeg)
        expect(said(page)).to_have_text("digit.jpg is stored.")


def test_broken_line_can_be_tried_again(server: Server, visit, jpeg: dict) -> None:
    page = visit()
    page.route("**/api/images/create/*", lambda route: route.fulfill(status=502, body="<html>Bad gateway"))
    send(page, jpeg)
    expect(said(page)).to_have_text("The server's answer cannot be read. Try again in a moment.")
    page.unroute("**/api/images/create/*")
    with one_more(server):
        button(page, "Try again").click()
        expect(said(page)).to_have_text("digit.jpg is stored.")


def test_what_is_sent_again_is_stored_once(server: Server, visit, jpeg: dict, html: dict) -> None:
    """The answer was lost, the server is still at work, a gateway failed: it is the same upload. What is chosen anew is
    another one, were it the same file."""
    page = visit()
    keys: list[str] = []
    page.on("request", lambda sent: keys.append(sent.headers["idempotency-key"]) if sent.method == "POST" else None)
    with one_more(server):
        lose_answer(page, "*/api/images/create/*")
        send(page, jpeg)
        expect(said(page)).to_have_text("The connection broke. Check it and try again.")
        for status, code in ((409, "idempotency_in_progress"), (502, "error")):
            answer = {"code": code, "detail": f"It was {status}."}
            page.route("**/api/images/create/*", lambda route: route.fulfill(status=status, json=answer), times=1)  # noqa: B023
            button(page, "Try again").click()
            expect(said(page)).to_have_text(f"It was {status}.")
        button(page, "Try again").click()
        expect(said(page)).to_have_text("digit.jpg is stored.")
    assert (len(keys), len(set(keys))) == (4, 1)
    send(page, html)
    expect(said(page)).to_have_text(re.compile("HTML"))
    with one_more(server):
        send(page, jpeg)
        expect(said(page)).to_have_text("digit.jpg is stored.")
    assert len(set(keys)) == 3


def test_keyboard_only(server: Server, visit, jpeg: dict, html: dict) -> None:
    """Tab reaches the input, Space opens the chooser, Enter sends; the focus is never lost, and always to be seen."""
    page = visit()
    for _ in range(6):  # the name, four links, the input
        page.keyboard.press("Tab")
    expect(chooser(page)).to_be_focused()
    outline = page.evaluate("getComputedStyle(document.activeElement.closest('label')).outlineStyle")
    assert outline == "solid"
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Space")
    chosen.value.set_files(jpeg)
    expect(button(page, "Send")).to_be_visible()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(button(page, "Send")).to_be_focused()
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text("digit.jpg is stored.")
    expect(chooser(page)).to_be_focused()
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Space")
    chosen.value.set_files(html)
    expect(button(page, "Send")).to_be_visible()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text(re.compile("HTML"))
    expect(chooser(page)).to_be_focused()


def test_phone(server: Server, visit, jpeg: dict) -> None:
    """Its own camera app takes the picture; buttons are as large as fingers; nothing has to be scrolled sideways."""
    page = visit(**PHONE)
    expect_fits(page)
    for label in page.locator(".safelight-button").all():
        assert label.bounding_box()["height"] >= 44
    camera = page.locator("input[capture=environment]")
    with page.expect_file_chooser() as chosen:
        page.locator(".safelight-button", has=camera).tap()
    chosen.value.set_files(jpeg)
    expect_fits(page)
    with one_more(server):
        button(page, "Send").tap()
        expect(said(page)).to_have_text("digit.jpg is stored.")
    expect_fits(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", [{}, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(visit, scheme: str, device: dict, jpeg: dict, html: dict, large_camera: bytes) -> None:
    """In every state that the input has."""
    page = visit(color_scheme=scheme, reduced_motion="reduce", **device)
    expect(chooser(page)).to_be_attached()
    assert violations(page) == []
    choose(page, jpeg)
    assert violations(page) == []
    button(page, "Send").click()
    expect(said(page)).to_have_text("digit.jpg is stored.")
    assert violations(page) == []
    send(page, html)
    expect(said(page)).to_have_text(re.compile("HTML"))
    assert violations(page) == []
    slow(page, 200_000)
    send(page, {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": large_camera})
    expect(button(page, "Cancel")).to_be_visible()
    assert violations(page) == []
    button(page, "Cancel").click()


def test_without_javascript(server: Server, visit, jpeg: dict) -> None:
    page = visit(java_script_enabled=False)
    page.locator("#image").set_input_files(jpeg)
    with one_more(server):
        button(page, "Send").click()
        expect(page.locator("body")).to_contain_text("/media/images/")
