"""A file in the JSON form: sent, seen, replaced or refused; and never lost on the way."""

import re

import pytest
from playwright.sync_api import expect
from tests.e2e.browser import needs_browser, slow
from tests.e2e.form_pages import (
    COVER,
    HTML,
    POLICIES,
    button,
    choose,
    document,
    drop,
    file,
    group,
    picture,
    place,
    said,
    save,
    written,
)
from tests.e2e.form_server import FormServer

pytestmark = needs_browser


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


def test_camera(form_server: FormServer, open_cover) -> None:
    page = open_cover(permissions=["camera"])
    button(page, "Take a picture").click()
    shoot = page.get_by_role("dialog").get_by_role("button", name="Take it")
    expect(shoot).to_be_enabled()
    shoot.click()
    expect(said(page, "cover")).to_have_text("camera.jpg is uploaded. Save the form to keep it.")


def test_the_plain_variant(form_server: FormServer, open_form) -> None:
    """Chooses, and nothing else."""
    page = open_form(form_server.page(group(attachment=file(widget="fileinput")), {}, policies=POLICIES))
    field = place(page, "attachment")
    expect(field.locator("input[type=file]")).to_have_count(1)
    expect(field.get_by_role("button", name=re.compile("library|picture"))).to_have_count(0)
    expect(field.locator(".safelight-drop-hint")).to_have_count(0)
    choose(page, "attachment", picture())
    expect(said(page, "attachment")).to_have_text("sunset.png is uploaded. Save the form to keep it.")


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
