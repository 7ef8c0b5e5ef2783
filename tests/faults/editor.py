"""The admin's page of a document, as a person uses it. What a form looks like inside, each of the two editors knows
(ours: safelight_editor.py; the peer's: peer_editor.py); the admin's or browser's own is here."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

from playwright.sync_api import Browser, Dialog, Error, Locator, Page, Request, Route
from tests.faults.site import Request as Asked
from tests.faults.site import Site

HANDLER = "/json-file-handler/"
DEADLINE = 10_000  # milliseconds
_VIOLATIONS = """window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
    window.violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`.trim());
});"""
_WAIT_FOR_CHOICE = """window.chosen = false;
for (const kind of ["cancel", "change"]) addEventListener(kind, () => { window.chosen = true; }, {capture: true});"""
_AT = """([text, steps]) => steps.reduce((value, step) => value?.[step], JSON.parse(text || "null"))"""


class Editor(ABC):
    """Places in the document are written as the requests have them: "gallery§0§picture"."""

    regions: ClassVar[tuple[str, ...]]
    """All that the editor draws, its dialogues among it, by selectors."""

    def __init__(self, site: Site, browser: Browser, user: str = "admin", **options: Any) -> None:
        self.site = site
        self.said: list[str] = []
        """What the browser's own dialogues said. They are all answered with yes."""
        self.errors: list[str] = []
        self.context = browser.new_context(base_url=site.url, **options)
        with site.client(user) as client:
            cookies = [{"name": name, "value": value, "url": site.url} for name, value in client.cookies.items()]
        self.context.add_cookies(cookies)  # type: ignore[arg-type]
        self.context.add_init_script(_VIOLATIONS)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(DEADLINE)
        self.page.on("dialog", self._answer)
        self.page.on("pageerror", lambda error: self.errors.append(error.message))

    # --- what differs -----------------------------------------------------------------------------------------------

    @abstractmethod
    def wait_until_drawn(self) -> None: ...

    @abstractmethod
    def text_input(self, at: str) -> Locator: ...

    @abstractmethod
    def choose(self, at: str, file: dict[str, Any]) -> None:
        """Hands a file to the file input of a place, and waits for nothing."""

    @abstractmethod
    def chooser(self, at: str) -> Locator:
        """What a person clicks for the browser's own file dialogue; what comes before it is open then."""

    @abstractmethod
    def drop_target(self, at: str) -> Locator:
        """Where a dropped file is most likely to be taken; what comes before it is open then."""

    @abstractmethod
    def is_uploading(self) -> Locator:
        """There as long as an upload runs, and says so."""

    @abstractmethod
    def cancel_upload(self) -> None:
        """Presses what there is to stop an upload."""

    @abstractmethod
    def move_down(self, row: str) -> None: ...

    @abstractmethod
    def open_library(self, at: str) -> None:
        """Waits until files are shown."""

    @abstractmethod
    def tile(self, value: str) -> Locator:
        """What can have the focus, and chooses the file."""

    @abstractmethod
    def delete_from_library(self, value: str) -> None:
        """Asks for it, and confirms it."""

    @abstractmethod
    def suggest(self, at: str, text: str) -> None:
        """Types into an autocomplete."""

    @classmethod
    @abstractmethod
    def tidy(cls, site: Site) -> None:
        """What such a site runs by itself from time to time, as if the time had come."""

    # --- what does not ----------------------------------------------------------------------------------------------

    def add(self, name: str = "A page") -> None:
        self.open("page/add/")
        self.page.locator("#id_name").fill(name)

    def change(self, page: int) -> None:
        self.open(f"page/{page}/change/")

    def open(self, path: str) -> None:
        self.page.goto(f"/admin/pages/{path}")
        self.wait_until_drawn()

    def leave(self) -> None:
        """Goes elsewhere, without saving."""
        self.page.goto("/admin/")

    def save(self) -> bool:
        """Whether it was saved. Else a page says why not, or the form is there again."""
        with self.page.expect_navigation():
            self.page.locator("[name=_save]").click()
        return self.is_saved()

    def is_saved(self) -> bool:
        return self.page.locator(".messagelist .success").count() > 0

    def value(self, at: str) -> Any:
        """What the document on the page has there now; None for nothing."""
        return self.page.evaluate(_AT, [self.page.locator("#id_body").input_value(), at.split("§")]) or None

    def upload(self, at: str, file: dict[str, Any]) -> str:
        """Returns what the document has there when it is done."""
        before = self.value(at)
        self.choose(at, file)
        assert self.wait_for(lambda: self.value(at) not in (None, before)), f"nothing came of {file['name']}"
        self.wait_until_idle()
        return str(self.value(at))

    def wait_for(self, condition: Callable[[], bool], milliseconds: int = DEADLINE) -> bool:
        """Whether it came true in time."""
        for _ in range(milliseconds // 50):
            if condition():
                return True
            self.page.wait_for_timeout(50)
        return condition()

    def asked(self, method: str, count: int = 1) -> list[Asked]:
        """What the file handler was asked, once it was asked so often: the server notes it when it has answered."""
        self.wait_for(lambda: len(self.site.requests(method, HANDLER)) >= count)
        return self.site.requests(method, HANDLER)

    def wait_until_idle(self) -> None:
        self.is_uploading().first.wait_for(state="detached")

    @contextmanager
    def uploads_held(self) -> Iterator[list[Request]]:
        """Uploads are begun, and arrive when the block is left: the slowest of lines. Then each has come to its end."""
        held: list[Route] = []
        requests: list[Request] = []
        ended: list[Request] = []

        def hold(route: Route) -> None:
            if route.request.method == "POST":
                held.append(route)
                requests.append(route.request)
            else:
                route.continue_()

        self.page.on("requestfinished", lambda request: ended.append(request))
        self.page.on("requestfailed", lambda request: ended.append(request))
        self.page.route(f"**{HANDLER}*", hold)
        yield requests
        for route in held:
            with suppress(Error):  # nobody wants it any more
                route.continue_()
        self.page.unroute_all(behavior="ignoreErrors")
        self.wait_for(lambda: all(request in ended for request in requests))

    def drop(self, target: Locator, file: Path) -> None:
        """As from the computer's desktop."""
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        assert box, "it cannot be seen"
        place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        data = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
        session = self.context.new_cdp_session(self.page)
        for kind in ("dragEnter", "dragOver", "drop"):
            session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})
        session.detach()

    def paste(self, target: Locator, picture: bytes) -> None:
        """A PNG that was copied, by Ctrl+V."""
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page.evaluate(
            """async (bytes) => navigator.clipboard.write(
                [new ClipboardItem({"image/png": new Blob([new Uint8Array(bytes)], {type: "image/png"})})])""",
            list(picture),
        )
        target.focus()
        self.page.keyboard.press("Control+V")

    def cancel_chooser(self, chooser: Locator) -> None:
        """Opens the browser's file dialogue, and closes it without a choice."""
        self.page.evaluate(_WAIT_FOR_CHOICE)
        session = self.context.new_cdp_session(self.page)
        session.send("Page.setInterceptFileChooserDialog", {"enabled": True, "cancel": True})
        chooser.click()
        self.page.wait_for_function("window.chosen")
        session.detach()

    def slow(self, bytes_per_second: int) -> None:
        network = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second}
        self.context.new_cdp_session(self.page).send("Network.emulateNetworkConditions", network)

    def words(self) -> str:
        """All that can be read in the editor, and what the browser's dialogues said."""
        drawn = [text for region in self.regions for text in self.page.locator(region).all_inner_texts()]
        return "\n".join([*self.said, *drawn])

    def violations(self) -> list[str]:
        """Of the Content-Security-Policy."""
        return list(dict.fromkeys(self.page.evaluate("window.violations")))

    def has_lost_focus(self) -> bool:
        return bool(self.page.evaluate("document.activeElement === document.body"))

    def present(self) -> list[str]:
        """The regions that are there at the moment."""
        return [region for region in self.regions if self.page.locator(region).count()]

    def _answer(self, dialog: Dialog) -> None:
        if dialog.type != "beforeunload":
            self.said.append(dialog.message)
        dialog.accept()


def json_of(request: Request) -> Any:
    response = request.response()
    with suppress(json.JSONDecodeError, Error):
        return response.json() if response else None
    return None
