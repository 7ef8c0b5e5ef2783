"""Safelight's form of a document, as a person uses it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator
from tests.faults.editor import Editor
from tests.faults.site import Site


class SafelightEditor(Editor):
    """Every value has a row of its own, which knows its place; a file's holds all that can be done with it."""

    regions = (".safelight-form",)

    def wait_until_drawn(self) -> None:
        self.page.locator(".safelight-form").wait_for()

    def text_input(self, at: str) -> Locator:
        return self._row(at).locator("input, textarea")

    def choose(self, at: str, file: dict[str, Any]) -> None:
        self._row(at).locator("input[type=file]").first.set_input_files(file)  # type: ignore[arg-type]

    def chooser(self, at: str) -> Locator:
        return self._row(at).locator("label", has=self.page.locator("input[type=file]")).first

    def drop_target(self, at: str) -> Locator:
        return self._row(at).get_by_role("group")

    def is_uploading(self) -> Locator:
        return self.page.get_by_role("progressbar")

    def cancel_upload(self) -> None:
        self.page.get_by_role("button", name="Cancel", exact=True).click()

    def move_down(self, row: str) -> None:
        self.page.locator("li", has=self._row(row + "§", "^=")).locator("[data-act=down]").click()

    def open_library(self, at: str) -> None:
        self._row(at).locator(".safelight-actions > button").first.click()
        self.page.locator("[data-tile]").first.wait_for()

    def tile(self, value: str) -> Locator:
        return self._whole_tile(value).locator("[data-tile]")

    def delete_from_library(self, value: str) -> None:
        self._whole_tile(value).get_by_role("button", name="Delete").click()
        with self.page.expect_response(lambda response: response.request.method == "DELETE"):
            self.page.get_by_role("dialog").last.get_by_role("button", name="Delete", exact=True).click()

    def suggest(self, at: str, text: str) -> None:
        self.text_input(at).fill(text)

    @classmethod
    def tidy(cls, site: Site) -> None:
        site.manage("safelight_sweep", "--grace", "0s")

    def _row(self, at: str, how: str = "=") -> Locator:
        return self.page.locator(f'[data-path{how}"{at}"]')

    def _whole_tile(self, value: str) -> Locator:
        return self.page.locator("li.safelight-tile", has=self.page.locator(f'img[src*="/{value}"]'))
