"""An editor's files go into a page by every way there is, and are on the public page when it is saved."""

import re

from playwright.sync_api import expect
from tests.e2e.browser import needs_browser
from tests.e2e.form_pages import button, choose, drop, paste, picture, place, said
from tests.e2e.pages.editing import ADD, key_at, name, save, uploaded
from tests.e2e.server import Server
from tests.e2e.test_file_input import slow
from tests.pictures import CANARY, photo

pytestmark = needs_browser


def test_progress_then_stored_clean(server: Server, edit, large_camera: bytes) -> None:
    """A photo of 8 MB, with all that a camera writes into it."""
    page = edit(ADD)
    name(page, "A photo")
    slow(page, 4_000_000)
    choose(page, "cover", {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": large_camera})
    bar = page.get_by_role("progressbar", name="Upload")
    page.wait_for_function(
        """() => {
            const value = document.querySelector("progress")?.value ?? 0;
            return value > 0.1 && value < 1;
        }"""
    )
    expect(said(page, "cover")).to_have_text("Sending large.jpg …")
    uploaded(page, "cover", "large.jpg")
    expect(bar).to_have_count(0)
    slow(page, -1)
    save(page)
    page.goto("/pages/a-photo/")
    cover = page.locator("img.cover")
    expect(cover).to_have_js_property("naturalWidth", 2800)  # upright, as it was held
    key = cover.get_attribute("src").removeprefix("/media/")
    assert CANARY not in (server.media / key).read_bytes()


def test_drop_and_paste(edit) -> None:
    page = edit(ADD)
    name(page, "Dropped")
    drop(page, place(page, "cover").locator(".safelight-input"), picture("dropped.png", 50))
    uploaded(page, "cover", "dropped.png")
    place(page, "logo").locator(".safelight-drop-hint").click()
    paste(page, picture("pasted.png", 60))
    expect(said(page, "logo")).to_have_text("pasted.png is in the form. Save it to keep the file.")
    save(page)
    page.goto("/pages/dropped/")
    expect(page.locator("img.cover")).to_have_js_property("naturalWidth", 50)
    expect(page.locator(".heading img")).to_have_js_property("naturalWidth", 60)


def test_several_at_once_make_a_gallery(edit) -> None:
    page = edit(ADD)
    name(page, "Gallery")
    files = [picture(f"{number}.png", 40 + number) for number in range(4)]
    drop(page, place(page, "gallery").locator(".safelight-list-actions"), *files)
    for number in range(4):
        uploaded(page, f"gallery§{number}§picture", f"{number}.png")
    place(page, "gallery§3§caption").get_by_role("textbox").fill("The last one")
    save(page)
    page.goto("/pages/gallery/")
    pictures = page.locator(".gallery img")
    expect(pictures).to_have_count(4)
    for number in range(4):
        expect(pictures.nth(number)).to_have_js_property("naturalWidth", 40 + number)
    expect(pictures.last).to_have_attribute("alt", "The last one")


def test_a_row_moves_while_its_file_is_sent(edit, large_camera: bytes) -> None:
    page = edit(ADD)
    name(page, "Moved")
    for caption in ("first", "second"):
        button(page, "Add Picture").click()
        number = 0 if caption == "first" else 1
        place(page, f"gallery§{number}§caption").get_by_role("textbox").fill(caption)
    slow(page, 2_000_000)
    choose(page, "gallery§0§picture", {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": large_camera})
    expect(said(page, "gallery§0§picture")).to_have_text("Sending large.jpg …")
    button(page, "Move Picture 1 down").click()
    expect(said(page, "gallery§1§picture")).to_have_text("Sending large.jpg …")
    slow(page, -1)
    choose(page, "gallery§0§picture", picture("small.png"))
    uploaded(page, "gallery§1§picture", "large.jpg")
    uploaded(page, "gallery§0§picture", "small.png")
    save(page)
    page.goto("/pages/moved/")
    expect(page.locator("figcaption")).to_have_text(["second", "first"])
    expect(page.get_by_role("link", name="first")).to_have_attribute("href", re.compile(r"\.jpg$"))


def test_from_the_library(edit, send, make) -> None:
    """What another page uses, by its name; and where it is used is told."""
    key = send("pier.jpg", photo((400, 300)))
    make({"cover": key}, title="The coast")
    page = edit(ADD)
    name(page, "Borrowed")
    button(place(page, "cover"), "Choose from the library").click()
    shelf = page.get_by_role("dialog", name="Choose from the library")
    shelf.get_by_label("Search").fill("pier")
    tile = shelf.get_by_role("listitem").filter(has_text="pier.jpg")
    expect(tile).to_have_count(1)
    expect(tile).to_contain_text("400 x 300")
    expect(tile).to_contain_text("The coast")
    expect(tile.locator("img")).to_have_js_property("naturalWidth", 320)
    button(shelf, "Choose pier.jpg").click()
    expect(shelf).to_have_count(0)
    assert key_at(page, "cover") == key
    save(page)
    page.goto("/pages/borrowed/")
    expect(page.locator("img.cover")).to_have_attribute("src", f"/media/{key}")


def test_what_is_in_use_stays_in_the_library(edit, send, make) -> None:
    make({"cover": send("harbour.jpg", photo((400, 300)))}, title="The harbour")
    page = edit(ADD)
    button(place(page, "cover"), "Choose from the library").click()
    shelf = page.get_by_role("dialog", name="Choose from the library")
    shelf.get_by_label("Search").fill("harbour")
    button(shelf, "Delete harbour.jpg").click()
    question = page.get_by_role("dialog", name="Delete harbour.jpg")
    button(question, "Delete").click()
    expect(question.get_by_role("alert")).to_contain_text("harbour.jpg is in use and cannot be deleted:")
    expect(question.get_by_role("listitem")).to_contain_text("The harbour")
    button(question, "Close").click()
    expect(button(shelf, "Choose harbour.jpg")).to_be_visible()


def test_a_pdf_is_attached(edit, report: dict) -> None:
    page = edit(ADD)
    name(page, "Attached")
    choose(page, "attachment", report)
    uploaded(page, "attachment", "report.pdf")
    expect(place(page, "attachment").locator(".safelight-no-preview")).to_have_attribute("data-kind", "PDF")
    save(page)
    page.goto("/pages/attached/")
    link = page.get_by_role("link", name="report.pdf")
    expect(link).to_contain_text(re.compile(r"PDF, \d+ bytes"))
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "report.pdf"
    assert download.value.path().read_bytes() == report["buffer"]


def test_saving_waits_for_a_file(edit, large_camera: bytes) -> None:
    page = edit(ADD)
    name(page, "Waited for")
    slow(page, 4_000_000)
    choose(page, "cover", {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": large_camera})
    expect(said(page, "cover")).to_have_text("Sending large.jpg …")
    button(page, "Save").click()
    expect(page.locator(".safelight-waiting")).to_contain_text("Uploads still running: 1.")
    expect(page.locator(".messagelist .success")).to_contain_text("successfully")
    page.goto("/pages/waited-for/")
    expect(page.locator("img.cover")).to_have_js_property("naturalWidth", 2800)
