"""The form of django-jsonform, as a person uses it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator
from tests.faults.editor import Editor
from tests.faults.site import Site


class PeerEditor(Editor):
    """A `file-url` opens a dialogue of two panes, "Upload new" and "Choose from library"; `fileinput` is an input."""

    regions = (".django-jsonform-container", ".rjf-modal-portal:not(:empty)")

    def wait_until_drawn(self) -> None:
        self.page.locator(".rjf-form-wrapper").wait_for()

    def text_input(self, at: str) -> Locator:
        return self._named(at)

    def choose(self, at: str, file: dict[str, Any]) -> None:
        self.chooser(at).set_input_files(file)  # type: ignore[arg-type]

    def chooser(self, at: str) -> Locator:
        if self._named(at).count():
            return self._named(at)
        self.page.locator(".ReactModal__Overlay--before-close").wait_for(state="detached")
        if not self._dialogue.count():
            self._open_button.click()
        return self._dialogue.locator("input[type=file]")

    def drop_target(self, at: str) -> Locator:
        return self.chooser(at)  # the browser's own input takes what is dropped on it

    def is_uploading(self) -> Locator:
        return self.page.locator(".rjf-file-field-loading")

    def cancel_upload(self) -> None:
        self._dialogue.get_by_role("button", name="Cancel", exact=True).click()

    def move_down(self, row: str) -> None:
        group = self.page.locator(".rjf-form-group-wrapper", has=self.page.locator(f'[name^="rjf§{row}§"]')).last
        group.locator("> .rjf-form-row-controls .rjf-move-down-button").click()

    def open_library(self, at: str) -> None:
        self._open_button.click()
        self._dialogue.locator(".rjf-upload-modal__tab-button").nth(1).click()
        self._dialogue.locator(".rjf-upload-modal__media-tile").first.wait_for()

    def tile(self, value: str) -> Locator:
        return self._whole_tile(value).locator(".rjf-upload-modal__media-tile-inner")

    def delete_from_library(self, value: str) -> None:
        self._whole_tile(value).locator(".rjf-dropdown-toggler").click()
        with self.page.expect_response(lambda response: response.request.method == "DELETE"):
            self._whole_tile(value).get_by_text("Delete", exact=True).click()

    def suggest(self, at: str, text: str) -> None:
        self._named(at).click()
        self.page.locator(".rjf-autocomplete-field-search input").fill(text)

    @classmethod
    def tidy(cls, site: Site) -> None:
        """It has nothing that would."""

    @property
    def _open_button(self) -> Locator:
        return self.page.locator(".rjf-upload-modal__open-button")

    @property
    def _dialogue(self) -> Locator:
        return self.page.locator(".rjf-modal__dialog")

    def _named(self, at: str) -> Locator:
        return self.page.locator(f'.django-jsonform-container [name="rjf§{at}"]')

    def _whole_tile(self, value: str) -> Locator:
        tile = self.page.locator(".rjf-upload-modal__media-tile", has=self.page.locator(f'img[src*="/{value}"]'))
        while not tile.count():  # the guide's view lists the oldest first
            shown = self.page.locator(".rjf-upload-modal__media-tile").count()
            self._dialogue.get_by_role("button", name="View more").click()
            self.page.locator(".rjf-upload-modal__media-tile").nth(shown).wait_for()
        return tile
