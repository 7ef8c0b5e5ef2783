"""Files in the JSON form: sent, seen, replaced, refused; one or many; and never lost on the way."""

import re
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.browser import needs_browser
from tests.e2e.form_pages import (
    PICTURE,
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
from tests.e2e.test_file_input import slow

pytestmark = needs_browser

COVER = group(cover=file())
GALLERY = group(gallery=rows(PICTURE))
HTML = {"name": "page.png", "mimeType": "image/png", "buffer": b"<html><script>alert(1)</script></html>"}


@pytest.fixture
def open_cover(form_server: FormServer, open_form):
    """A page whose document has a cover: a picture that was stored before."""

    def open_page(**options: object) -> Page:
        value = form_server.store("old.png", picture()["buffer"])
        files = {value: {"filename": "old.png", "url": f"/media/{value}", "thumbnail": f"/media/{value}"}}
        return open_form(form_server.page(COVER, {"cover": value}, files=files, policies=POLICIES), **options)

    return open_page


def test_upload(form_server: FormServer, open_form) -> None:
    """As django-jsonform sends it; what the server answers is shown, and its key is in the document."""
    page = open_form(form_server.page(group(inner=COVER), {}, policies=POLICIES))
    choose(page, "inner§cover", picture())
    expect(said(page, "inner§cover")).to_have_text("sunset.png is uploaded. Save the form to keep it.")
    (sent,) = form_server.uploads()
    assert sent.names == ["field_name", "model_name", "app_label", "coords", "file"]
    assert sent.fields == {
        "field_name": ["body"],
        "model_name": ["Page"],
        "app_label": ["site"],
        "coords": ["inner§cover"],
    }
    assert sent.filename == "sunset.png"
    (value,) = form_server.files
    assert form_server.files[value].content == picture()["buffer"]
    written(page, {"inner": {"cover": value}})
    expect(page.get_by_role("img", name="Preview of sunset.png")).to_have_attribute("src", f"/media/{value}")
    expect(page.get_by_role("link", name="sunset.png")).to_have_attribute("href", f"/media/{value}")
    save(page)
    assert form_server.document == {"inner": {"cover": value}}
    assert form_server.deletions() == []


def test_a_file_that_is_no_picture(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(attachment=file(policy="attachments")), {}, policies=POLICIES))
    field = place(page, "attachment")
    expect(field).to_contain_text("PDF, up to 5 MB")
    expect(field.locator("input").first).to_have_attribute("accept", "application/pdf")
    choose(page, "attachment", {"name": "report.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"})
    expect(field.locator("figure")).to_have_text("report.pdf 8 bytes")
    expect(field.locator(".safelight-no-preview")).to_have_attribute("data-kind", "PDF")
    expect(field.get_by_role("img")).to_have_count(0)
    expect(button(field, "Take a picture")).to_have_count(0)


def test_replace_and_clear(form_server: FormServer, open_cover) -> None:
    page = open_cover()
    old = document(page)["cover"]
    expect(page.get_by_role("img", name="Preview of old.png")).to_have_js_property("naturalWidth", 40)
    choose(page, "cover", picture("new.png"))
    expect(page.get_by_role("img", name="Preview of new.png")).to_be_visible()
    page.wait_for_function("(old) => ![undefined, old].includes(JSON.parse(id_body.value).cover)", arg=old)
    button(page, "Remove").press("Enter")
    expect(said(page, "cover")).to_have_text("Removed.")
    expect(place(page, "cover").locator("input[type=file]").first).to_be_focused()
    written(page, {"cover": ""})


def test_a_refusal_shows_its_words_and_keeps_the_old_value(form_server: FormServer, open_cover) -> None:
    page = open_cover()
    before = document(page)
    choose(page, "cover", HTML)
    expect(said(page, "cover")).to_have_text("This is an HTML page; accepted: JPEG and PNG.")
    expect(page.get_by_role("img", name="Preview of old.png")).to_be_visible()
    expect(button(page, "Try again")).to_have_count(0)
    save(page)
    assert form_server.document == before


def test_too_large_is_said_before_it_is_sent(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(COVER, {}, policies={"": {"max_bytes": 1_000_000}}))
    choose(page, "cover", {"name": "l.png", "mimeType": "image/png", "buffer": bytes(1_000_001)})
    expect(said(page, "cover")).to_have_text("This file is too large: at most 1 MB are accepted.")
    assert form_server.uploads() == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((500, "<h1>Server error</h1>"), "The server answered with 500."),
        ((413, '{"error": "Too large for us."}'), "Too large for us."),
        ((200, '{"error": "No value came of it."}'), "No value came of it."),
        ((201, "{}"), "The server did not say where it stored the file."),
        ((201, '{"value": null}'), "The server did not say where it stored the file."),
        ((401, '{"detail": "Unauthenticated"}'), "You are no longer logged in."),
        ((403, '{"detail": "Not for you."}'), "Not for you."),
        ((403, "<h1>CSRF verification failed.</h1>"), "You are no longer logged in."),
        ((302, "/login/"), "You are no longer logged in."),
        ((200, "[1, 2"), "You are no longer logged in."),
    ],
    ids=str,
)
def test_answers_that_are_none(form_server: FormServer, open_cover, answer: tuple[int, str], words: str) -> None:
    page = open_cover()
    before = document(page)
    form_server.answers.append(answer)
    choose(page, "cover", picture())
    expect(said(page, "cover")).to_have_text(re.compile(f"^{re.escape(words)}"))
    assert document(page) == before


def test_after_logging_in_again_it_can_be_tried_again(form_server: FormServer, open_cover) -> None:
    page = open_cover()
    form_server.answers.append((302, "/login/"))
    choose(page, "cover", picture())
    expect(said(page, "cover")).to_have_attribute("data-bad", "true")
    expect(button(page, "Try again")).to_be_visible()
    button(page, "Try again").click()
    expect(said(page, "cover")).to_have_text("sunset.png is uploaded. Save the form to keep it.")
    assert len(form_server.uploads()) == 2


def test_a_line_that_is_down_for_a_moment(form_server: FormServer, open_cover) -> None:
    """Is not worth a word; one that stays down is, and can be tried again."""
    page = open_cover()
    broken = []

    def break_once(route) -> None:
        broken.append(route.request)
        route.abort() if len(broken) == 1 else route.continue_()

    page.route("**/handler/", break_once)
    choose(page, "cover", picture())
    expect(said(page, "cover")).to_have_text("sunset.png is uploaded. Save the form to keep it.")
    assert len(broken) == 2
    page.unroute("**/handler/")
    page.route("**/handler/", lambda route: route.abort())
    choose(page, "cover", picture("second.png"))
    expect(said(page, "cover")).to_have_text("The connection broke. Check it and try again.")
    page.unroute("**/handler/")
    button(page, "Try again").click()
    expect(said(page, "cover")).to_have_text("second.png is uploaded. Save the form to keep it.")


def test_progress_and_cancel(form_server: FormServer, open_cover, large_camera: bytes) -> None:
    page = open_cover()
    before = document(page)
    slow(page, 1_000_000)
    place(page, "cover").locator("input[type=file]").first.focus()
    choose(page, "cover", {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": large_camera})
    expect(page.get_by_role("progressbar", name="Upload")).not_to_have_js_property("value", 0)
    expect(said(page, "cover")).to_have_text("Sending large.jpg …")
    expect(button(page, "Cancel")).to_be_focused()
    button(page, "Cancel").click()
    expect(said(page, "cover")).to_have_text("Cancelled. Nothing was stored.")
    expect(page.get_by_role("img", name="Preview of old.png")).to_be_visible()
    slow(page, -1)
    save(page)
    assert form_server.document == before
    assert form_server.uploads() == []


def test_leaving_the_chooser_is_silent(form_server: FormServer, open_cover) -> None:
    page = open_cover()
    before = document(page)
    with page.expect_file_chooser() as chosen:
        place(page, "cover").locator("input[type=file]").first.press("Space")
    chosen.value.set_files([])
    expect(said(page, "cover")).to_have_text("")
    assert document(page) == before


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


def test_camera(form_server: FormServer, open_cover) -> None:
    page = open_cover(permissions=["camera"])
    button(page, "Take a picture").click()
    shoot = page.get_by_role("dialog").get_by_role("button", name="Take it")
    expect(shoot).to_be_enabled()
    shoot.click()
    expect(said(page, "cover")).to_have_text("camera.jpg is uploaded. Save the form to keep it.")


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


def test_saving_waits_for_uploads(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(a=file(), b=file()), {}, policies=POLICIES))
    with form_server.held():
        choose(page, "a", picture("a.png"))
        choose(page, "b", picture("b.png"))
        expect(button(page, "Cancel")).to_have_count(2)
        button(page, "Save").click()
        waiting = page.locator(".safelight-waiting")
        expect(waiting).to_contain_text("Uploads still running: 2. The form is saved as soon as they are done.")
        button(page, "Save").click()  # again, as people do
        assert form_server.saved == []
    page.wait_for_url("**/save/")
    assert sorted(form_server.document.values()) == sorted(form_server.files)
    assert form_server.saved[0]["_save"] == ["Save"]
    assert len(form_server.saved) == 1


def test_saving_does_not_go_on_without_a_file_that_was_refused(form_server: FormServer, open_cover) -> None:
    page = open_cover()
    with form_server.held():
        choose(page, "cover", HTML)
        expect(button(page, "Cancel")).to_be_visible()
        button(page, "Save").click()
        expect(page.locator(".safelight-waiting")).to_be_visible()
    expect(page.locator(".safelight-waiting")).to_contain_text("Not saved: a file was not accepted.")
    expect(place(page, "cover").locator("input[type=file]").first).to_be_focused()
    assert form_server.saved == []
    button(page, "Close").click()
    expect(page.locator(".safelight-waiting")).to_have_count(0)
    save(page)  # knowing it
    assert len(form_server.saved) == 1


def test_whoever_will_not_wait_need_not_save(form_server: FormServer, open_cover) -> None:
    page = open_cover()
    with form_server.held():
        choose(page, "cover", picture())
        expect(button(page, "Cancel")).to_be_visible()
        button(page, "Save").click()
        button(page, "Do not save").click()
        expect(button(page, "Save")).to_be_focused()
    expect(said(page, "cover")).to_have_text("sunset.png is uploaded. Save the form to keep it.")
    assert form_server.saved == []


def test_leaving_without_saving(form_server: FormServer, open_form) -> None:
    """One request tells of all that was sent, also of what was replaced; and of nothing else."""
    value = form_server.store("old.png", b"")
    page = open_form(form_server.page(group(a=file(), b=file(), c=file()), {"c": value}, policies=POLICIES))
    for coords, name in [("a", "1.png"), ("a", "2.png"), ("b", "3, really.png")]:
        choose(page, coords, picture(name))
        expect(said(page, coords)).to_have_text(f"{name} is uploaded. Save the form to keep it.")
    sent = [each for each in form_server.files if each != value]
    page.get_by_role("link", name="Elsewhere").click()
    expect(page.get_by_role("heading", name="Elsewhere")).to_be_visible()
    (deletion,) = _eventually(form_server)
    assert deletion.fields == {
        "field_name": ["body"],
        "model_name": ["Page"],
        "app_label": ["site"],
        "trigger": ["unsaved_form_page_exit"],
        "value": sent,
    }


def _eventually(form_server: FormServer) -> list:
    """It is sent as the page goes, and may come after the next page has."""
    import time

    for _ in range(200):
        if deletions := form_server.deletions():
            return deletions
        time.sleep(0.02)
    return []


def test_the_plain_variant(form_server: FormServer, open_form) -> None:
    """Chooses, and nothing else."""
    page = open_form(form_server.page(group(attachment=file(widget="fileinput")), {}, policies=POLICIES))
    field = place(page, "attachment")
    expect(field.locator("input[type=file]")).to_have_count(1)
    expect(field.get_by_role("button", name=re.compile("library|picture"))).to_have_count(0)
    expect(field.locator(".safelight-drop-hint")).to_have_count(0)
    choose(page, "attachment", picture())
    expect(said(page, "attachment")).to_have_text("sunset.png is uploaded. Save the form to keep it.")


def test_a_file_in_the_document_itself(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(logo=text(format="data-url")), {}, policies=POLICIES))
    choose(page, "logo", picture("my; logo, ü.png"))
    expect(said(page, "logo")).to_have_text("my; logo, ü.png is in the form. Save it to keep the file.")
    expect(page.get_by_role("img", name="Preview of my; logo, ü.png")).to_have_js_property("naturalWidth", 40)
    save(page)
    head, _, _ = form_server.document["logo"].partition(",")
    assert head == "data:image/png;name=my%3B%20logo%2C%20%C3%BC.png;base64"
    assert unquote(head).count("my; logo, ü.png") == 1
    assert form_server.uploads() == []


def test_a_file_of_some_megabytes_in_the_document(form_server: FormServer, open_form) -> None:
    """It is said what is too large; what is not is saved whole."""
    policies = {"": {"max_bytes": 3_000_000, "accept": "image/png"}}
    page = open_form(form_server.page(group(logo=text(format="data-url")), {}, policies=policies))
    choose(page, "logo", {"name": "l.png", "mimeType": "image/png", "buffer": bytes(3_000_001)})
    expect(said(page, "logo")).to_have_text("This file is too large: at most 3 MB are accepted.")
    choose(page, "logo", {"name": "l.png", "mimeType": "image/png", "buffer": bytes(2_400_000)})
    expect(said(page, "logo")).to_have_text("l.png is in the form. Save it to keep the file.")
    save(page)
    assert len(form_server.document["logo"]) == len("data:image/png;name=l.png;base64,") + 3_200_000


def test_a_file_that_the_server_will_store(form_server: FormServer, open_form) -> None:
    """A data URL with `store` has become a key."""
    value = form_server.store("logo.png", picture()["buffer"])
    files = {value: {"filename": "logo.png", "url": f"/media/{value}", "thumbnail": f"/media/{value}"}}
    page = open_form(form_server.page(group(logo=text(format="data-url", store=True)), {"logo": value}, files=files))
    expect(page.get_by_role("img", name="Preview of logo.png")).to_have_js_property("naturalWidth", 40)
    choose(page, "logo", picture("new.png"))
    page.wait_for_function("() => JSON.parse(id_body.value).logo.startsWith('data:image/png;name=new.png;base64,')")


def test_a_handler_of_the_schemas_own(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(cover=file(handler="/handler/")), {}, handler="/elsewhere/"))
    choose(page, "cover", picture())
    expect(said(page, "cover")).to_have_text("sunset.png is uploaded. Save the form to keep it.")


def test_the_handler_in_django_jsonforms_guide(form_server: FormServer, open_form) -> None:
    """It answers with a value and nothing else: the picture is shown all the same."""
    form_server.is_plain = True
    page = open_form(form_server.page(COVER, {}))
    choose(page, "cover", picture())
    expect(page.get_by_role("img", name="Preview of sunset.png")).to_have_js_property("naturalWidth", 40)


def test_without_a_handler(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(COVER, {"cover": "x.png"}, handler=None))
    expect(place(page, "cover")).to_contain_text("Nothing is set up here that could take a file.")


def test_what_a_document_says_is_no_address_to_run(form_server: FormServer, open_form) -> None:
    """Whoever wrote it may have meant harm."""
    files = {"a": {"url": "javascript:alert(1)", "filename": "a.pdf"}}
    body = {
        "a": "a",
        "b": "javascript:alert(1)//x.png",
        "c": "data:text/html;base64,PHNjcmlwdD4=",
        "d": "//evil.example/x.pdf",
    }
    page = open_form(form_server.page(group(**dict.fromkeys(body, file())), body, files=files, policies=POLICIES))
    expect(place(page, "a")).to_contain_text("a.pdf")
    links = page.locator(".safelight-form a")
    assert [link.get_attribute("href") for link in links.all()] == ["//evil.example/x.pdf"]  # no more than an address


def test_no_folder_is_sent(form_server: FormServer, open_cover) -> None:
    """It can be dropped, but not read."""
    page = open_cover()
    page.evaluate("""() => {
        const fail = () => Promise.reject(new DOMException("A folder", "NotReadableError"));
        Blob.prototype.slice = () => ({ arrayBuffer: fail });
    }""")
    drop(page, place(page, "cover").locator(".safelight-input"), picture("folder"))
    expect(said(page, "cover")).to_have_text("The file cannot be read. Choose it once more.")
    assert form_server.uploads() == []
