"""Somebody in front of the profiles' page."""

import itertools
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect
from tests.e2e.profiles.site import PASSWORD

_numbers = itertools.count()


class Visitor:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.email = f"visitor{next(_numbers)}@example.org"

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def id(self) -> int:
        return int(self.page.evaluate("localStorage.getItem('profiles.id')"))

    @property
    def said(self) -> Locator:
        """What the file input says."""
        return self.page.locator(".safelight-input").get_by_role("status")

    @property
    def picture(self) -> Locator:
        """The stored one."""
        return self.page.get_by_role("img", name="Preview of The picture as it is stored")

    @property
    def address(self) -> str:
        return self.picture.get_attribute("src") or ""

    @property
    def key(self) -> str:
        return urlsplit(self.address).path.removeprefix("/media/")

    def fill(self, password: str = PASSWORD) -> None:
        self.page.get_by_label("Email address").fill(self.email)
        self.page.get_by_label("Password").fill(password)

    def sign_up(self) -> "Visitor":
        self.button("Make one").click()
        self.fill()
        self.button("Sign up").click()
        return self.expect_profile()

    def sign_in(self) -> "Visitor":
        self.fill()
        self.button("Sign in").click()
        return self.expect_profile()

    def expect_profile(self) -> "Visitor":
        expect(self.page.get_by_role("heading", name="Your profile")).to_be_visible()
        return self

    def choose(self, file: dict) -> None:
        """Leads to the dialogue that cuts it to a square."""
        self.page.locator(".safelight-input input[type=file]").first.set_input_files(file)
        expect(self.page.get_by_role("dialog", name="Choose the part to send")).to_be_visible()

    def crop(self) -> None:
        expect(self.page.locator(".ReactCrop__crop-selection")).to_be_visible()
        self.button("Use this part").click()
        expect(self.page.get_by_role("dialog")).to_have_count(0)

    def send(self, file: dict) -> None:
        """Cut to a square, until it is stored."""
        self.choose(file)
        self.crop()
        self.button("Send").click()
        expect(self.said).to_have_text(f"{file['name']} is stored.")
        self.expect_loaded()

    def send_whole(self, file: dict) -> None:
        self.choose(file)
        self.button("Cancel").click()
        self.button("Send").click()

    def expect_loaded(self) -> tuple[int, int]:
        """The stored picture is on the screen; its width and height."""
        expect(self.picture).to_have_js_property("complete", True)
        width, height = self.picture.evaluate("(image) => [image.naturalWidth, image.naturalHeight]")
        assert width
        return width, height
