"""What an editor does in the form of a page, and what becomes of it."""

import re
from typing import NamedTuple

from playwright.sync_api import Page, expect
from tests.e2e.form_pages import button, said

ADD = "/admin/pages/page/add/"
LIST = "/admin/pages/page/"
HANDLER = "/json-file-handler/"
PLACE = {"field_name": "body", "model_name": "Page", "app_label": "pages"}


class StoredPage(NamedTuple):
    admin: str
    """Where it is changed."""
    public: str


def name(page: Page, title: str) -> None:
    """Fill in what is not of the document; the slug comes by itself, and is what Django makes of the title."""
    page.locator("#id_title").press_sequentially(title)
    expect(page.locator("#id_slug")).to_have_value(re.sub(r"\W+", "-", title.lower()))


def uploaded(page: Page, coords: str, filename: str) -> None:
    expect(said(page, coords)).to_have_text(f"{filename} is uploaded. Save the form to keep it.")


def save(page: Page) -> None:
    button(page, "Save").click()
    expect(page.locator(".messagelist .success")).to_contain_text("successfully")


def key_at(page: Page, name: str, old: str = "") -> str:
    """The key that the document has there, once it is another than the old one: it is written a moment later."""
    found = page.wait_for_function(
        "([name, old]) => { const key = JSON.parse(id_body.value)[name]; return key !== old && key; }", arg=[name, old]
    )
    return found.json_value()
