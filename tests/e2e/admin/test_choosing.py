"""Choosing files in the admin's forms: what one sees before anything is sent."""

import pytest
from playwright.sync_api import expect
from tests.e2e.admin.form import chosen, drop, expect_saved, expect_shown, paste, save, zone
from tests.e2e.browser import needs_browser
from tests.e2e.checks import one_more
from tests.pictures import photo

pytestmark = needs_browser
ADD = "resolver/image/add/"


@pytest.fixture
def portrait(admin, jpeg) -> str:
    """The address of a picture's change page, which need not be there."""
    page = admin("gallery/portrait/add/")
    page.locator("#id_name").fill("Ada")
    page.locator("#id_image").set_input_files(jpeg)
    save(page, "Save and continue editing")
    expect_saved(page)
    return page.url.partition("/admin/")[2]


def test_a_chosen_picture_is_shown_and_can_be_removed(admin, jpeg) -> None:
    page = admin(ADD)
    page.evaluate("""() => {
        window.urls = [];
        const {createObjectURL, revokeObjectURL} = URL;
        URL.createObjectURL = (file) => (urls.push(createObjectURL.call(URL, file)), urls.at(-1));
        URL.revokeObjectURL = (url) => (urls.splice(urls.indexOf(url), 1), revokeObjectURL.call(URL, url));
    }""")
    page.locator("#id_image").set_input_files(jpeg)
    expect_shown(zone(page).locator("img"), 400)
    expect(zone(page)).to_contain_text("digit.jpg")
    expect(zone(page)).to_contain_text(f"{len(jpeg['buffer']) / 1000:.3g} kB")
    expect(zone(page).get_by_role("status")).to_have_text(f"Chosen: digit.jpg, {len(jpeg['buffer']) / 1000:.3g} kB.")
    assert page.evaluate("urls") == []  # no picture is kept in memory
    zone(page).get_by_role("button", name="Remove the chosen file").click()
    assert chosen(page) == []
    expect(zone(page).locator("img")).to_have_count(0)
    expect(zone(page).get_by_role("status")).to_have_text("No file is chosen any more.")
    expect(page.locator("#id_image")).to_be_focused()


def test_what_is_no_picture_is_a_sheet_with_its_kind(admin, report) -> None:
    page = admin("gallery/paper/add/")
    page.locator("#id_document").set_input_files(report)
    expect(zone(page, "document").locator(".safelight-tile")).to_have_text("PDF")
    expect(zone(page, "document")).to_contain_text("report.pdf")
    page.locator("#id_attachment").set_input_files({**report, "name": "picture.png", "mimeType": "image/png"})
    expect(zone(page, "attachment").locator(".safelight-tile")).to_have_text("PNG")  # it could not be shown


def test_drop(server, admin, jpeg, report) -> None:
    page = admin(ADD)
    assert drop(page.locator("#content"), report)  # it missed, and the form is still there
    assert chosen(page) == []
    assert drop(zone(page), jpeg)
    assert chosen(page) == ["digit.jpg"]
    expect_shown(zone(page).locator("img"), 400)
    with one_more(server):
        save(page)
        expect_saved(page)


def test_paste(admin, jpeg) -> None:
    """A real picture from the real clipboard, into the focused input alone."""
    page = admin("gallery/paper/add/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("""async () => {
        const canvas = new OffscreenCanvas(30, 20);
        canvas.getContext("2d").fillRect(0, 0, 30, 20);
        const picture = await canvas.convertToBlob({type: "image/png"});
        await navigator.clipboard.write([new ClipboardItem({"image/png": picture})]);
    }""")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Control+v")
    page.locator("#id_attachment").focus()
    page.keyboard.press("Control+v")
    expect_shown(zone(page, "attachment").locator("img"), 30)
    assert (chosen(page, "document"), len(chosen(page, "attachment"))) == ([], 1)
    zone(page, "attachment").get_by_role("button", name="Remove the chosen file").focus()
    paste(page, jpeg)
    assert chosen(page, "attachment") == ["digit.jpg"]


def test_too_large_and_of_the_wrong_kind_is_said_at_once(admin, jpeg, report) -> None:
    page = admin("gallery/portrait/add/")
    image, status = page.locator("#id_image"), zone(page).get_by_role("status")
    expect(zone(page)).to_contain_text("AVIF, GIF, JPEG, PNG, WebP, up to 200 kB")
    image.set_input_files({**jpeg, "buffer": jpeg["buffer"] + bytes(300_000 - len(jpeg["buffer"]))})
    expect(status).to_have_text("This file is too large: at most 200 kB are accepted and this one has 300 kB.")
    image.set_input_files(report)
    expect(status).to_have_text("This does not look like a file that is accepted: AVIF, GIF, JPEG, PNG, WebP.")
    expect(status).to_be_visible()
    image.set_input_files(jpeg)
    expect(status).to_have_class("visually-hidden")
    # It is a hint: the server decides, by the bytes.
    image.set_input_files({**jpeg, "name": "digit.txt", "mimeType": "text/plain"})
    expect(status).to_contain_text("does not look like")
    save(page)
    expect_saved(page)


def test_replacing_shows_what_is_there_and_what_will_be(admin, portrait) -> None:
    page = admin(portrait)
    expect(zone(page).locator("img")).to_have_count(0)  # the panel shows it
    page.locator("#id_image").set_input_files(
        {"name": "new.jpg", "mimeType": "image/jpeg", "buffer": photo((200, 100))}
    )
    now, new = zone(page).locator("img").all()
    expect_shown(now, 400)
    expect_shown(new, 200)
    assert now.bounding_box()["y"] == new.bounding_box()["y"]
    for words in ("Now", "Will be", "new.jpg"):
        expect(zone(page)).to_contain_text(words)
    save(page, "Save and continue editing")
    expect_saved(page)
    expect_shown(page.locator("#content-related img"), 200)


def test_clearing_and_choosing_undo_each_other(admin, portrait, jpeg) -> None:
    """Django takes both at once for a contradiction."""
    page = admin(portrait)
    clear, image = page.get_by_label("Clear"), page.locator("#id_image")
    image.set_input_files(jpeg)
    clear.check()
    assert chosen(page) == []
    expect(zone(page)).to_contain_text("No file")
    image.set_input_files(jpeg)
    expect(clear).not_to_be_checked()
    expect_shown(zone(page).locator("img").last, 400)
    clear.check()
    save(page, "Save and continue editing")
    expect_saved(page)
    expect(page.locator("#content-related")).to_have_count(0)
    expect(clear).to_have_count(0)


def test_inlines_that_are_added_later(admin, server, jpeg, report) -> None:
    page = admin("gallery/album/add/")
    page.locator("#id_title").fill("Summer")
    page.get_by_role("button", name="Add another Shot").click()
    page.get_by_role("button", name="Add another Shot").click()
    expect(page.locator("#shot_set-group .safelight-drop")).to_have_count(3)
    zone(page, "shot_set-1-image").locator("input").set_input_files({**jpeg, "name": "gone.jpg"})
    assert drop(zone(page, "shot_set-2-image"), jpeg)
    page.locator("#shot_set-1 .inline-deletelink").click()
    assert chosen(page, "shot_set-1-image") == ["digit.jpg"]  # Django has counted anew
    zone(page, "sheet_set-0-document").locator("input").set_input_files(report)
    save(page, "Save and continue editing")
    expect_saved(page)
    assert server.scalar("SELECT count(*) FROM gallery_shot") == 1
    expect_shown(zone(page, "shot_set-0-image").locator("img"), 400)
    expect(zone(page, "sheet_set-0-document").locator(".safelight-tile")).to_have_text("PDF")


def test_keyboard_alone(server, admin, jpeg) -> None:
    page = admin(ADD)
    page.locator("#id_image").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#id_image")).to_be_focused()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(jpeg)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Remove the chosen file")).to_be_focused()
    page.keyboard.press("Enter")
    assert chosen(page) == []
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(jpeg)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_focused()
    with one_more(server):
        page.keyboard.press("Enter")
        expect_saved(page)


def test_screen_readers_hear_the_label_and_the_limits(admin) -> None:
    page = admin(ADD)
    image = page.get_by_label("Image:")
    expect(image).to_have_attribute("type", "file")
    expect(image).to_have_accessible_description(
        "Drop a file here, or paste it. AVIF, GIF, JPEG, PNG, WebP, up to 20 MB"
    )


def test_without_javascript(server, admin, jpeg, html) -> None:
    page = admin(ADD, java_script_enabled=False)
    expect(page.locator(".safelight-drop")).to_have_count(0)
    page.locator("#id_image").set_input_files(html)
    save(page)
    expect(page.locator("ul.errorlist")).to_have_text(
        ["This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP."]
    )
    page.locator("#id_image").set_input_files(jpeg)
    with one_more(server):
        save(page, "Save and continue editing")
        expect_saved(page)
    expect(page.locator("#content-related img")).to_be_visible()
