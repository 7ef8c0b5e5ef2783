"""Several files in the JSON form: each goes where it is meant, and rows take theirs along."""

import re

from playwright.sync_api import expect
from tests.e2e.browser import needs_browser
from tests.e2e.form_pages import (
    GALLERY,
    POLICIES,
    button,
    choose,
    document,
    drop,
    file,
    group,
    paste,
    picture,
    place,
    rows,
    said,
    save,
    text,
    written,
)
from tests.e2e.form_server import FormServer

pytestmark = needs_browser


def test_drop_and_paste_go_to_the_one_that_is_meant(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(first=file(), second=file(), title=text()), {}, policies=POLICIES))
    drop(page, place(page, "second").locator(".safelight-input"), picture("dropped.png"))
    expect(said(page, "second")).to_have_text("dropped.png is uploaded. Save the form to keep it.")
    place(page, "first").locator(".safelight-drop-hint").click()  # says where to paste
    paste(page, picture("pasted.png"))
    expect(said(page, "first")).to_have_text("pasted.png is uploaded. Save the form to keep it.")
    page.locator(".safelight-form").get_by_label("Title:").focus()
    paste(page, picture("nowhere.png"))
    drop(page, page.locator("h1"), picture("missed.png"))
    expect(page).to_have_url(re.compile("/change/$"))
    assert [sent.filename for sent in form_server.uploads()] == ["dropped.png", "pasted.png"]


def test_over_which_field_a_file_hovers(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(first=file(), second=file()), {}))
    data = page.evaluate_handle("""() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File(["x"], "x.png"));
        return transfer;
    }""")
    page.locator(".safelight-input").first.dispatch_event("dragenter", {"dataTransfer": data})
    expect(page.locator(".safelight-input[data-over]")).to_have_count(1)


def test_several_at_once_make_rows(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(GALLERY, {"gallery": [{"picture": "", "caption": "first"}]}, policies=POLICIES))
    pictures = [picture(f"{number}.png", 40 + number) for number in range(5)]
    drop(page, place(page, "gallery").locator(".safelight-list-actions"), *pictures)
    page.wait_for_function("() => JSON.parse(id_body.value).gallery.filter((row) => row.picture).length === 5")
    captions = [row["caption"] for row in document(page)["gallery"]]
    assert captions == ["first", "", "", "", "", ""]
    names = [form_server.files[row["picture"]].name for row in document(page)["gallery"][1:]]
    assert names == [f"{number}.png" for number in range(5)]  # in their order, whichever was there first
    assert {sent.fields["coords"][0] for sent in form_server.uploads()} == {f"gallery§{n}§picture" for n in range(1, 6)}


def test_the_first_of_several_goes_where_it_was_dropped(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(files=rows(file(), maxItems=2)), {"files": [""]}, policies=POLICIES))
    drop(page, place(page, "files§0").locator(".safelight-input"), *[picture(f"{n}.png") for n in range(3)])
    expect(place(page, "files").get_by_role("status").last).to_have_text(
        "There is no room for all of these files; left out: 1."
    )
    page.wait_for_function("() => JSON.parse(id_body.value).files.filter(Boolean).length === 2")
    assert [form_server.files[value].name for value in document(page)["files"]] == ["0.png", "1.png"]


def test_choose_several(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(files=rows(file())), {}, policies=POLICIES))
    page.get_by_label("Choose several files").set_input_files([picture("a.png"), picture("b.png")])
    page.wait_for_function("() => JSON.parse(id_body.value).files.filter(Boolean).length === 2")


def test_a_row_that_moves_keeps_its_upload(form_server: FormServer, open_form) -> None:
    gallery = [{"picture": "", "caption": caption} for caption in "abc"]
    page = open_form(form_server.page(GALLERY, {"gallery": gallery}, policies=POLICIES))
    with form_server.held():
        choose(page, "gallery§0§picture", picture())
        expect(button(page, "Cancel")).to_be_visible()
        button(page, "Move Picture 1 down").click()
        button(page, "Remove Picture 1").click()
        expect(button(place(page, "gallery§0"), "Cancel")).to_be_visible()
        button(page, "Move Picture 1 down").click()
    expect(said(page, "gallery§1§picture")).to_have_text("sunset.png is uploaded. Save the form to keep it.")
    (value,) = form_server.files
    written(page, {"gallery": [{"picture": "", "caption": "c"}, {"picture": value, "caption": "a"}]})


def test_a_row_that_is_removed_ends_its_upload(form_server: FormServer, open_form) -> None:
    gallery = [{"picture": "", "caption": caption} for caption in "ab"]
    page = open_form(form_server.page(GALLERY, {"gallery": gallery}, policies=POLICIES))
    with form_server.held():
        choose(page, "gallery§0§picture", picture())
        expect(button(page, "Cancel")).to_be_visible()
        with page.expect_event("requestfailed"):
            button(page, "Remove Picture 1").click()
    written(page, {"gallery": [{"picture": "", "caption": "b"}]})
    save(page)
    assert form_server.document == {"gallery": [{"picture": "", "caption": "b"}]}
