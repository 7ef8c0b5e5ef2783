"""What one does with a form in the admin."""

import base64
from pathlib import Path

import dev
from playwright.sync_api import CDPSession, Locator, Page, expect

# A file as it comes from outside of the page: dropped on an element, or pasted into the page.
_TRANSFER = """([name, content, type]) => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
    transfer.items.add(new File([bytes], name, {type}));
    return transfer;
}"""
_DROP = """(element, transfer) => {
    let handled = true;
    for (const kind of ["dragenter", "dragover", "drop"]) {
        const event = new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true});
        handled = !element.dispatchEvent(event);
    }
    return handled;
}"""
_PASTE = """(transfer) => document.dispatchEvent(
    new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true, cancelable: true}))"""


def zone(page: Page, name: str = "image") -> Locator:
    """The file input of this name with all that the script puts around it."""
    return page.locator(".safelight-drop", has=page.locator(f"input[name='{name}']"))


def drop(target: Locator, file: dict) -> bool:
    """Whether the page took it, so that the browser does not open it."""
    return target.evaluate(_DROP, target.page.evaluate_handle(_TRANSFER, _arguments(file)))


def paste(page: Page, file: dict) -> None:
    page.evaluate(_PASTE, page.evaluate_handle(_TRANSFER, _arguments(file)))


def chosen(page: Page, name: str = "image") -> list[str]:
    return page.locator(f"input[name='{name}']").evaluate("(input) => [...input.files].map((file) => file.name)")


def save(page: Page, button: str = "Save") -> None:
    page.get_by_role("button", name=button, exact=True).click()


def expect_saved(page: Page) -> None:
    expect(page.locator(".messagelist .success")).to_contain_text("successfully")


def expect_shown(picture: Locator, width: int) -> None:
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("naturalWidth", width)


def throttle(page: Page, bytes_per_second: int) -> CDPSession:
    """A slow line to the server, until the session is detached."""
    session = page.context.new_cdp_session(page)
    network = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second}
    session.send("Network.emulateNetworkConditions", network)
    return session


def axe(page: Page, *but: str) -> list[str]:
    """What axe-core finds wrong with the page (opened with `bypass_csp`), leaving out what the selectors `but` name."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Path(dev.ROOT, "frontend/node_modules/axe-core/axe.min.js").read_text())
    found = page.evaluate("(exclude) => axe.run({exclude})", [[selector] for selector in but])
    return [
        f"{violation['id']}: {node['html'][:200]} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def _arguments(file: dict) -> list[str]:
    return [file["name"], base64.b64encode(file["buffer"]).decode(), file["mimeType"]]
