"""The page in React, in a real browser on its own server: signing up, a picture cut to a square, the next one, and
everything that may go wrong, in words. Whatever a test does, the console stays silent, and the policy unbroken."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.axe import violations
from tests.e2e.browser import expect_fits, needs_browser
from tests.e2e.checks import nothing_left, one_more
from tests.e2e.conftest import opened
from tests.e2e.profiles.site import Person, Site
from tests.e2e.profiles.visitor import Visitor
from tests.pictures import photo

pytestmark = needs_browser

PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}


@pytest.fixture
def visit(site: Site, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens the page. What the server refuses is a line in the console that no page can prevent."""
    troubles: list[str] = []

    def note(message) -> None:
        is_refusal = message.text.startswith("Failed to load resource") and re.search(
            "/user/|/signup|/login", message.location["url"]
        )
        if message.type in ("error", "warning") and not is_refusal:
            troubles.append(f"{message.text} ({message.location['url']})")

    yield from opened(browser, site.url, note, lambda request: None, troubles)


@pytest.fixture
def visitor(visit: Callable[..., Page]) -> Visitor:
    return Visitor(visit()).sign_up()


@pytest.fixture
def other_jpeg() -> dict:
    return {"name": "other.jpg", "mimeType": "image/jpeg", "buffer": photo((300, 500))}


def held(site: Site) -> set[str]:
    """The keys that rows refer to."""
    return {key for (key,) in site.rows("SELECT blob_id FROM safelight_reference")}


def key_in_row(site: Site, visitor: Visitor) -> str | None:
    return site.rows('SELECT profile_image FROM "user" WHERE email = ?', visitor.email)[0][0]


def test_sign_up_and_upload(site: Site, visitor: Visitor, jpeg: dict) -> None:
    with one_more(site):
        visitor.send(jpeg)
    assert visitor.address == f"{site.url}/media/{visitor.key}"
    assert key_in_row(site, visitor) == visitor.key
    face = visitor.page.locator("header .face")
    expect(face).to_have_attribute("src", visitor.address)


def test_what_is_stored_is_the_square(site: Site, visitor: Visitor, jpeg: dict) -> None:
    """Of 400 by 300 pixels, as much as fits into a frame of 80 percent of its width."""
    visitor.send(jpeg)
    assert visitor.expect_loaded() == (300, 300)
    ((width, height),) = site.rows("SELECT width, height FROM safelight_blob WHERE key = ?", visitor.key)
    assert (width, height) == (300, 300)


def test_whoever_wants_sends_it_whole(visitor: Visitor, jpeg: dict) -> None:
    visitor.send_whole(jpeg)
    expect(visitor.said).to_have_text("digit.jpg is stored.")
    assert visitor.expect_loaded() == (400, 300)


def test_the_next_one_has_a_new_address_and_releases_the_old_one(
    site: Site, visitor: Visitor, jpeg: dict, other_jpeg: dict
) -> None:
    visitor.send(jpeg)
    before, address = visitor.key, visitor.address
    assert before in held(site)
    visitor.send(other_jpeg)
    assert visitor.address != address
    assert key_in_row(site, visitor) == visitor.key
    assert before not in held(site)
    assert visitor.key in held(site)


def test_comes_back(visit: Callable[..., Page], visitor: Visitor, jpeg: dict) -> None:
    """By the cookie, which no script can read."""
    visitor.send(jpeg)
    address = visitor.address
    visitor.page.reload()
    visitor.expect_loaded()
    assert visitor.address == address
    assert visitor.page.evaluate("document.cookie") == ""
    kept = visitor.page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert kept == f'[{{"profiles.id":"{visitor.id}"}},{{}}]'


def test_sign_out_and_in_again(visitor: Visitor, jpeg: dict) -> None:
    visitor.send(jpeg)
    address = visitor.address
    visitor.button("Sign out").click()
    expect(visitor.page.get_by_role("heading", name="Sign in to your profile")).to_be_focused()
    visitor.page.reload()
    visitor.sign_in()
    visitor.expect_loaded()
    assert visitor.address == address


def test_a_wrong_file(site: Site, visitor: Visitor, jpeg: dict, html: dict) -> None:
    """Its refusal in words, and the old picture stays, on the screen and in the row."""
    visitor.send(jpeg)
    key = visitor.key
    with nothing_left(site):
        visitor.page.locator(".safelight-input input[type=file]").first.set_input_files(html)
        expect(visitor.page.get_by_role("alert")).to_contain_text("cannot show this picture")
        visitor.button("Cancel").click()
        visitor.button("Send").click()
        expect(visitor.said).to_have_text("This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP.")
    visitor.expect_loaded()
    assert visitor.key == key == key_in_row(site, visitor)
    expect(visitor.button("Try again")).to_have_count(0)  # it would be refused again


def test_somebody_elses_id_in_this_browser(visitor: Visitor, bob: Person) -> None:
    visitor.page.evaluate("(id) => localStorage.setItem('profiles.id', id)", str(bob.id))
    visitor.page.reload()
    expect(visitor.page.get_by_role("alert")).to_have_text("This is somebody else's profile.")
    expect(visitor.page.get_by_text(bob.email)).to_have_count(0)


def test_somebody_elses_id_in_the_address(site: Site, visitor: Visitor, bob: Person, jpeg: dict, portrait) -> None:
    """A picture that the page sends to another's profile, with our cookie."""
    bob.send(portrait)
    before = bob.key()
    answers = []
    visitor.page.route("**/user/*/image", lambda route: route.continue_(url=f"{site.url}{bob.image}"))
    visitor.page.on("response", lambda response: answers.append((response.request.method, response.status)))
    with nothing_left(site):
        visitor.send_whole(jpeg)
        expect(visitor.said).to_have_text("This is somebody else's profile.")
    assert ("PUT", 403) in answers
    assert bob.key() == before
    assert key_in_row(site, visitor) is None


def test_a_session_that_ended_elsewhere(site: Site, visitor: Visitor, jpeg: dict) -> None:
    """In another tab: said in words, with both ways on, and the file is still there to be sent."""
    headers = {"Origin": site.url}
    assert visitor.page.request.post("/logout", headers=headers).status == 204
    with nothing_left(site):
        visitor.send_whole(jpeg)
        expect(visitor.said).to_have_text(
            "You are not signed in, or your session has ended. Sign in in another tab, then try again."
        )
    expect(visitor.button("Sign in again")).to_be_visible()
    account = {"email": visitor.email, "password": "a long enough password"}
    # The server may be closing the idle connection of the first request just when the second one is sent on it.
    answer = visitor.page.request.post("/login", data=account, headers=headers, max_retries=1)
    assert answer.status == 200
    visitor.button("Try again").click()
    expect(visitor.said).to_have_text("digit.jpg is stored.")
    expect(visitor.button("Sign in again")).to_have_count(0)


def test_signing_in_again_on_the_page(site: Site, visitor: Visitor, jpeg: dict) -> None:
    visitor.page.request.post("/logout", headers={"Origin": site.url})
    visitor.send_whole(jpeg)
    visitor.button("Sign in again").click()
    visitor.sign_in()
    visitor.send(jpeg)


class TestWordsOfTheWayIn:
    def test_a_wrong_password(self, visit: Callable[..., Page], ada: Person) -> None:
        visitor = Visitor(visit())
        visitor.email = ada.email
        visitor.fill("another password")
        visitor.button("Sign in").click()
        expect(visitor.page.get_by_role("alert")).to_have_text("The email address or the password is wrong.")
        visitor.sign_in()

    def test_an_address_that_is_taken(self, visit: Callable[..., Page], ada: Person) -> None:
        visitor = Visitor(visit())
        visitor.email = ada.email
        visitor.button("Make one").click()
        visitor.fill()
        visitor.button("Sign up").click()
        expect(visitor.page.get_by_role("alert")).to_contain_text(
            "There is an account with this email address already."
        )

    def test_a_server_that_is_away(self, visit: Callable[..., Page]) -> None:
        visitor = Visitor(visit())
        visitor.page.route("**/login", lambda route: route.abort("connectionrefused"))
        visitor.fill()
        visitor.button("Sign in").click()
        expect(visitor.page.get_by_role("alert")).to_contain_text("The server cannot be reached.")


def test_progress_and_cancel(site: Site, visitor: Visitor, camera: bytes) -> None:
    """A photo of 1.6 MB on a line of 200 kB/s: how far it is, and cancelled it leaves nothing."""
    network = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 200_000}
    visitor.choose({"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": camera})
    visitor.button("Cancel").click()
    visitor.page.context.new_cdp_session(visitor.page).send("Network.emulateNetworkConditions", network)
    with nothing_left(site):
        visitor.button("Send").click()
        progress = visitor.page.get_by_role("progressbar", name="Upload")
        expect(progress).not_to_have_js_property("value", 0)
        assert 0 < progress.evaluate("(bar) => bar.value") < 1
        expect(visitor.said).to_have_text("Sending photo.jpg …")
        visitor.button("Cancel").click()
        expect(visitor.said).to_have_text("Cancelled. Nothing was stored.")
        expect(progress).to_have_count(0)
    assert key_in_row(site, visitor) is None


def test_keyboard_alone(site: Site, visit: Callable[..., Page], jpeg: dict) -> None:
    visitor = Visitor(visit())
    page = visitor.page
    press = page.keyboard.press

    def tab_to(name: str) -> None:
        for _ in range(20):
            press("Tab")
            if page.evaluate("document.activeElement.textContent || document.activeElement.ariaLabel") == name:
                return
        raise AssertionError(f"{name} cannot be reached")

    tab_to("Make one")
    press("Enter")
    press("Shift+Tab")
    for text in ("a long enough password", visitor.email):
        press("Shift+Tab")
        page.keyboard.type(text)
    press("Enter")
    visitor.expect_profile()
    with page.expect_file_chooser() as chooser:
        for _ in range(10):
            press("Tab")
            if page.evaluate("document.activeElement.type") == "file":
                break
        press("Enter")
    chooser.value.set_files(jpeg)
    expect(page.locator(".ReactCrop__crop-selection")).to_be_visible()
    tab_to("Use this part")
    press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    if page.evaluate("document.activeElement.textContent") != "Send":
        tab_to("Send")
    press("Enter")
    expect(visitor.said).to_have_text("digit.jpg is stored.")
    assert visitor.expect_loaded() == (300, 300)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", [{}, PHONE], ids=["computer", "phone"])
def test_everybody_can_use_it(visit: Callable[..., Page], jpeg: dict, html: dict, scheme: str, device: dict) -> None:
    """No fault that axe finds, and nothing to scroll sideways, in any state."""
    visitor = Visitor(visit(color_scheme=scheme, reduced_motion="reduce", **device))
    page = visitor.page

    def look() -> None:
        assert violations(page) == []
        expect_fits(page)

    visitor.email = f"{scheme}{len(device)}.with-a-name-as-long-as-they-come.and-then-some@example.org"
    visitor.fill("wrong")
    visitor.button("Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("The email address or the password is wrong.")
    look()
    visitor.sign_up()
    look()
    visitor.choose(jpeg)
    expect(page.locator(".ReactCrop__crop-selection")).to_be_visible()
    look()
    visitor.crop()
    look()
    visitor.button("Send").click()
    expect(visitor.said).to_have_text("digit.jpg is stored.")
    visitor.expect_loaded()
    look()
    visitor.choose(html)
    visitor.button("Cancel").click()
    visitor.button("Send").click()
    expect(visitor.said).to_contain_text("HTML")
    look()


def test_large_enough_for_fingers(visit: Callable[..., Page]) -> None:
    visitor = Visitor(visit(**PHONE)).sign_up()
    for button in visitor.page.locator("button, .safelight-button").all():
        assert button.bounding_box()["height"] >= 44


def test_the_policy_allows_nothing_inline(visit: Callable[..., Page], site: Site) -> None:
    with site.client() as client:
        policy = client.get("/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
    page = visit()
    assert page.locator("[style], style, script:not([src])").count() == 0
