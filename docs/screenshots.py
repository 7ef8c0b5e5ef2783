"""Takes the docs' pictures of the examples: the real servers, a real browser, each main state.

python3 dev.py screenshots
"""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.e2e.browser import CHROMIUM, FLAGS, log_in
from tests.e2e.form_pages import button, place, said
from tests.e2e.profiles.site import Site
from tests.e2e.profiles.visitor import Visitor
from tests.e2e.server import Server

FOLDER = Path(__file__).parent / "images"
DESKTOP = {"viewport": {"width": 1200, "height": 820}, "device_scale_factor": 1.5}
PHONE = {"viewport": {"width": 390, "height": 780}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}


@dataclass(frozen=True)
class Shot:
    name: str
    path: str
    act: Callable[[Page], object] = lambda page: None
    scheme: Literal["light", "dark"] = "light"
    phone: bool = False
    login: bool = False


def send(sample: str) -> Callable[[Page], object]:
    """One of the page's samples, until the page says what became of it."""

    def act(page: Page) -> None:
        page.locator(f"[data-name='{sample}']").click()
        expect(page.locator("#wire")).to_be_visible()
        page.wait_for_load_state("networkidle")
        page.evaluate("document.activeElement.blur()")
        if page.viewport_size["width"] > 600:
            page.evaluate("scrollTo(0, 0)")

    return act


def crop(page: Page) -> None:
    sample = page.request.get(page.locator("[data-sample]").first.get_attribute("data-sample"))
    file = {"name": "sideways.jpg", "mimeType": "image/jpeg", "buffer": sample.body()}
    page.locator(".safelight-input input[type=file]").first.set_input_files(file)
    page.get_by_role("button", name="Crop").click()
    expect(page.locator(".ReactCrop__crop-selection")).to_be_visible()


def first_row(page: Page) -> None:
    page.locator("#result_list tbody a").first.click()
    page.wait_for_load_state("networkidle")


def form(page: Page) -> None:
    """Its own part of the page, as an editor sees it who has come to it."""
    page.locator(".field-body").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('.field-title').scrollIntoView()")
    page.wait_for_load_state("networkidle")


def mistakes(page: Page) -> None:
    html = {"name": "page.png", "mimeType": "image/png", "buffer": b"<html><script>alert(1)</script></html>"}
    place(page, "cover").locator("input[type=file]").first.set_input_files(html)
    expect(said(page, "cover")).to_contain_text("This is an HTML page")
    button(place(page, "gallery§0§picture"), "Remove").click()
    button(page, "Save").click()
    expect(page.locator(".safelight-form .errorlist")).to_be_visible()
    page.locator(".field-body").scroll_into_view_if_needed()
    page.evaluate("document.activeElement.blur(); document.querySelector('.field-body').scrollIntoView()")


def library(page: Page) -> None:
    button(place(page, "cover"), "Choose from the library").click()
    expect(page.locator("[data-tile]").first).to_be_visible()
    page.wait_for_load_state("networkidle")


def without_navigation(page: Page) -> None:
    page.get_by_role("button", name="Toggle navigation").click()
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")


PAGE, PUBLIC = "/admin/pages/page/1/change/", "/pages/how-to-photograph-a-digit/"
SHOTS = [
    Shot("page", "/", send("sideways.jpg")),
    Shot("page-dark", "/", send("tail.jpg"), scheme="dark"),
    Shot("page-refused", "/", send("page.png")),
    Shot("page-phone", "/", send("half.jpg"), scheme="dark", phone=True),
    Shot("crop", "/", crop),
    Shot("admin-list", "/admin/resolver/image/", login=True),
    Shot("admin-change", "/admin/resolver/image/", first_row, login=True),
    Shot("admin-change-phone", "/admin/resolver/image/", first_row, scheme="dark", phone=True, login=True),
    Shot("form", PAGE, form, login=True),
    Shot("form-phone", PAGE, mistakes, scheme="dark", phone=True, login=True),
    Shot("library", PAGE, library, login=True),
    Shot("public-page", PUBLIC),
    Shot("admin-library", "/admin/safelight/blob/", without_navigation, login=True),
    Shot("api", "/api/images/create.html", login=True),
    Shot("api-docs", "/api/docs/", lambda page: page.wait_for_load_state("networkidle")),
]


def profile(picture: bytes) -> Callable[[Page], object]:
    """Of somebody who has signed up and sent a picture, cut to a square."""

    def act(page: Page) -> None:
        visitor = Visitor(page)
        visitor.email = "ada@example.org"
        visitor.sign_up()
        visitor.send({"name": "sideways.jpg", "mimeType": "image/jpeg", "buffer": picture})
        page.evaluate("document.activeElement.blur()")

    return act


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(Path(folder, "site"), SAFELIGHT_SEED="on", SAFELIGHT_UPLOAD_RATE="off") as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        for shot in SHOTS:
            save(shot, take(browser, server.url, shot))
        with Site(Path(folder, "profiles")) as site:
            shot = Shot("profile", "/", profile(sample(server)))
            save(shot, take(browser, site.url, shot))
        browser.close()


def sample(server: Server) -> bytes:
    """A photo that is drawn, but looks like one."""
    with server.client() as client:
        address = re.search(r'data-sample="([^"]+sideways[^"]+)"', client.get("/").text)
        return client.get(address[1]).content if address else b""


def save(shot: Shot, picture: bytes) -> None:
    path = FOLDER / f"{shot.name}.webp"
    Image.open(io.BytesIO(picture)).convert("RGB").save(path, quality=82, method=6)
    print(f"{path.relative_to(Path.cwd())}  {path.stat().st_size / 1000:.0f} kB")


def take(browser: Browser, url: str, shot: Shot) -> bytes:
    context = browser.new_context(
        base_url=url, color_scheme=shot.scheme, reduced_motion="reduce", **(PHONE if shot.phone else DESKTOP)
    )
    page = context.new_page()
    page.goto(f"/admin/login/?next={shot.path}" if shot.login else shot.path)
    if shot.login:
        log_in(page)
    page.wait_for_load_state("networkidle")
    shot.act(page)
    picture = page.screenshot()
    context.close()
    return picture


if __name__ == "__main__":
    main()
