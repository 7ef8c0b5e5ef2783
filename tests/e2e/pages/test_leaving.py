"""Who leaves the form without saving leaves nothing behind; and takes nothing with him that is needed."""

from playwright.sync_api import Page, expect
from tests.e2e.browser import needs_browser
from tests.e2e.form_pages import choose, picture
from tests.e2e.pages.editing import ADD, LIST, key_at, name, save, uploaded
from tests.e2e.server import Server
from tests.pictures import photo

pytestmark = needs_browser

GRACE = ("--grace", "22h")
"""What is uploaded is kept for 24 hours; what was left behind, for one more. A sweep with two hours less takes the one,
and leaves the other."""


def leave(page: Page) -> None:
    """By a link, as people do."""
    page.locator(".breadcrumbs").get_by_role("link", name="Pages", exact=True).last.click()
    page.wait_for_url(f"**{LIST}")


def sweep(server: Server) -> str:
    return server.manage("safelight_sweep", *GRACE)


def is_stored(server: Server, key: str) -> bool:
    return any(path.relative_to(server.media).as_posix().startswith(key) for path in server.files())


def hurried(server: Server, key: str) -> None:
    """The request is sent as the page goes, and may be answered after the next one has come."""
    for _ in range(50):
        if "Would delete 1 file" in server.manage("safelight_sweep", *GRACE, "--dry-run"):
            return
    raise AssertionError(f"{key} was not hurried")


def test_what_was_left_goes_with_the_sweep(server: Server, edit) -> None:
    sweep(server)
    still_open, left = edit(ADD), edit(ADD)
    for page in (still_open, left):
        choose(page, "cover", picture())
        uploaded(page, "cover", "sunset.png")
    kept, gone = (key_at(page, "cover") for page in (still_open, left))
    leave(left)
    hurried(server, gone)
    sweep(server)
    assert (is_stored(server, kept), is_stored(server, gone)) == (True, False)
    name(still_open, "Came late")
    save(still_open)
    still_open.goto("/pages/came-late/")
    expect(still_open.locator("img.cover")).to_have_js_property("naturalWidth", 40)


def test_what_is_saved_stays_whoever_leaves(server: Server, edit, send, make) -> None:
    """The old cover is the page's own until another one is saved in its place."""
    sweep(server)
    old = send("old.jpg", photo())
    page = edit(make({"cover": old}).admin)
    choose(page, "cover", picture())
    uploaded(page, "cover", "sunset.png")
    new = key_at(page, "cover", old)
    leave(page)
    hurried(server, new)
    sweep(server)
    assert (is_stored(server, old), is_stored(server, new)) == (True, False)
    page.go_back()
    expect(page.get_by_role("img", name="Preview of old.jpg")).to_be_visible()


def test_what_was_replaced_before_saving_is_not_kept(server: Server, edit) -> None:
    page = edit(ADD)
    name(page, "Twice")
    keys = [""]
    for filename in ("first.png", "second.png"):
        choose(page, "cover", picture(filename))
        uploaded(page, "cover", filename)
        keys.append(key_at(page, "cover", keys[-1]))
    save(page)
    server.manage("safelight_sweep", "--grace", "0s")
    assert [is_stored(server, key) for key in keys[1:]] == [False, True]
