"""What tests need to look at a page in a real browser."""

import re
import shutil

import pytest
from playwright.sync_api import Page
from tests.e2e.server import PASSWORD

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --use-fake-device-for-media-stream"
)
VIOLATIONS = """document.addEventListener("securitypolicyviolation", (event) => {
    console.error("CSP: " + event.violatedDirective + " " + event.blockedURI);
});"""

needs_browser = pytest.mark.skipif(not CHROMIUM, reason="Chromium is missing: apt install chromium")


def log_in(page: Page) -> None:
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def lose_answer(page: Page, pattern: str) -> None:
    """The next one from there: the server has done what it was asked to, and the page sees a connection that broke."""
    session = page.context.new_cdp_session(page)

    def lose(event: dict) -> None:
        session.send("Fetch.failRequest", {"requestId": event["requestId"], "errorReason": "ConnectionReset"})
        session.send("Fetch.disable")

    session.on("Fetch.requestPaused", lose)
    session.send("Fetch.enable", {"patterns": [{"urlPattern": pattern, "requestStage": "Response"}]})


def expect_fits(page: Page) -> None:
    """Nothing to scroll sideways."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def luminance(page: Page, selector: str, style: str) -> float:
    colour = page.locator(selector).first.evaluate(f"(element) => getComputedStyle(element).{style}")
    channels = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
