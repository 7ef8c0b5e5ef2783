"""What tests of the JSON form do on its pages, as a person would."""

from __future__ import annotations

import json
from collections.abc import Sequence

from playwright.sync_api import JSHandle, Locator, Page
from tests.pictures import png

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
WIDE = {"viewport": {"width": 1280, "height": 900}}


def text(**keywords: object) -> dict:
    return {"type": "string", **keywords}


def file(**keywords: object) -> dict:
    return {"type": "string", "format": "file-url", **keywords}


def group(**properties: dict) -> dict:
    return {"type": "object", "properties": properties}


def rows(items: dict, **keywords: object) -> dict:
    return {"type": "array", "maxItems": 100, "items": items, **keywords}


PICTURE = {"title": "Picture", **group(picture=file(), caption=text())}
"""A row of a gallery."""
GALLERY = group(gallery=rows(PICTURE))
COVER = group(cover=file())
HTML = {"name": "page.png", "mimeType": "image/png", "buffer": b"<html><script>alert(1)</script></html>"}
"""No picture, though it says so."""
KINDS = {
    "anyOf": [
        {"title": "Quote", **group(kind={"const": "quote"}, text=text(widget="textarea"))},
        {"title": "Code", **group(kind={"const": "code"}, text=text(widget="textarea"), language=text())},
    ]
}
"""A value of one of two kinds."""

POLICIES = {
    "": {"accept": "image/jpeg,image/png", "max_bytes": 20_000_000, "hint": "JPEG or PNG, up to 20 MB"},
    "attachments": {"accept": "application/pdf", "max_bytes": 5_000_000, "hint": "PDF, up to 5 MB"},
}


def picture(name: str = "sunset.png", width: int = 40) -> dict:
    return {"name": name, "mimeType": "image/png", "buffer": png(width, 30)}


def written(page: Page, expected: object, name: str = "body") -> None:
    """The page's own form has this document."""
    page.wait_for_function(
        """([name, expected]) => {
            const area = document.querySelector(`textarea[name="${name}"]`);
            window.seen = area.value;
            return JSON.stringify(JSON.parse(area.value)) === JSON.stringify(expected);
        }""",
        arg=[name, expected],
    )


def document(page: Page, name: str = "body") -> object:
    return json.loads(page.locator(f"textarea[name='{name}']").input_value())


def place(page: Page, coords: str) -> Locator:
    """The field of the value that stands there."""
    return page.locator(f'.safelight-form [data-path="{coords}"]')


def said(page: Page, coords: str) -> Locator:
    """What a file's field says of itself."""
    return place(page, coords).locator(".safelight-message")


def choose(page: Page, coords: str, file: dict) -> None:
    place(page, coords).locator("input[type=file]").first.set_input_files(file)


def button(within: Page | Locator, name: str) -> Locator:
    return within.get_by_role("button", name=name, exact=True)


def save(page: Page) -> None:
    button(page, "Save").click()
    page.wait_for_url("**/save/")


def transfer(page: Page, files: Sequence[dict]) -> JSHandle:
    """As a browser hands over what is dropped or pasted."""
    return page.evaluate_handle(
        """(files) => {
            const transfer = new DataTransfer();
            for (const [name, bytes, type] of files)
                transfer.items.add(new File([new Uint8Array(bytes)], name, {type}));
            return transfer;
        }""",
        [[file["name"], list(file["buffer"]), file["mimeType"]] for file in files],
    )


def drop(page: Page, target: Locator, *files: dict) -> None:
    data = transfer(page, files)
    for event in ("dragenter", "dragover", "drop"):
        target.dispatch_event(event, {"dataTransfer": data})


def paste(page: Page, *files: dict) -> None:
    """Where the focus is."""
    page.evaluate(
        "(data) => document.activeElement.dispatchEvent("
        "new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}))",
        transfer(page, files),
    )
