"""Files in the document itself, as data URLs."""

from urllib.parse import unquote

from playwright.sync_api import expect
from tests.e2e.browser import needs_browser
from tests.e2e.form_pages import (
    POLICIES,
    choose,
    group,
    picture,
    said,
    save,
    text,
)
from tests.e2e.form_server import FormServer

pytestmark = needs_browser


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
