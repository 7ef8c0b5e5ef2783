"""Large documents in the JSON form: nothing is lost of them, and they stay usable."""

import pytest
from playwright.sync_api import expect
from tests.e2e.browser import needs_browser
from tests.e2e.form_pages import PICTURE, button, group, place, rows, save, text
from tests.e2e.form_server import FormServer

pytestmark = needs_browser

MANY = 1_200
LONG = "data:image/png;name=l.png;base64," + "A" * 5_000_000


def test_many_strings(form_server: FormServer, open_form) -> None:
    """Django takes 1,000 fields of a form at most; this is one."""
    schema = group(tags=rows(text(), maxItems=5_000), **{f"s{number}": text() for number in range(MANY)})
    body = {
        "tags": [f"tag {number}" for number in range(MANY)],
        **{f"s{number}": str(number) for number in range(MANY)},
    }
    page = open_form(form_server.page(schema, body))
    place(page, "tags§1199").get_by_role("textbox").fill("last")
    place(page, "s1199").get_by_role("textbox").fill("last")
    save(page)
    assert len(form_server.saved[0]) == 4
    assert form_server.document == {**body, "tags": [*body["tags"][:-1], "last"], "s1199": "last"}


def test_many_rows(form_server: FormServer, open_form) -> None:
    """Each is drawn when it is opened; one that is typed in leaves the others alone."""
    body = {"gallery": [{"picture": "", "caption": f"Caption {number}"} for number in range(MANY)]}
    page = open_form(form_server.page(group(gallery=rows(PICTURE, maxItems=5_000)), body))
    expect(page.locator(".safelight-card")).to_have_count(MANY)
    expect(page.locator(".safelight-form input")).to_have_count(1)  # to choose several files
    head = page.locator(".safelight-card-head > button").last
    expect(head).to_have_text("Picture 1200 Caption 1199")
    head.click()
    page.evaluate("""() => {
        window.changed = 0;
        new MutationObserver((changes) => changed += changes.length).observe(
            document.querySelector(".safelight-form"),
            {subtree: true, childList: true, attributes: true, characterData: true},
        );
    }""")
    page.get_by_label("Caption:").press("End")
    page.keyboard.type("!")
    expect(head).to_have_text("Picture 1200 Caption 1199!")
    assert page.evaluate("changed") < 100
    page.get_by_label("Move Picture 1200 up").click()
    save(page)
    assert [row["caption"] for row in form_server.document["gallery"][-2:]] == ["Caption 1199!", "Caption 1198"]


def test_five_megabytes(form_server: FormServer, open_form) -> None:
    schema = group(title=text(), logo=text(format="data-url"), gallery=rows(PICTURE))
    body = {"title": "Old", "logo": LONG, "gallery": [{"picture": "", "caption": "x"}]}
    page = open_form(form_server.page(schema, body))
    page.locator(".safelight-form").get_by_label("Title:").fill("New")
    button(page, "Copy Picture 1").click()
    save(page)
    assert form_server.document == {"title": "New", "logo": LONG, "gallery": body["gallery"] * 2}


def test_what_is_too_long_for_a_text_is_sent_as_a_file(form_server: FormServer, open_form) -> None:
    """Django takes no more than some megabytes of text with a form, but any file. It counts bytes, not characters."""
    page = open_form(form_server.page(group(title=text()), {"title": ""}, postAsFileAbove=30))
    title = page.locator(".safelight-form").get_by_label("Title:")
    names = "[...new FormData(page_form).entries()].map(([name, value]) => value instanceof File ? value.name : name)"
    title.fill("x" * 18)
    assert "body" in page.evaluate(names)
    title.fill("ü" * 10)
    assert "body.json" in page.evaluate(names)
    save(page)
    assert form_server.document == {"title": "ü" * 10}


@pytest.mark.parametrize("body", ["{}", '{"logo": "' + LONG[:100_000] + '"}'], ids=["short", "long"])
def test_if_no_form_comes_the_text_is_shown(form_server: FormServer, open_form, body: str) -> None:
    """It is not drawn while one is awaited: its line breaks alone could take a browser minutes."""
    path = form_server.page(group(logo=text(format="data-url")), body)
    script = '<script type="module" src="/static/safelight/json-form.js"></script>'
    assert script in form_server.pages[path]
    form_server.pages[path] = form_server.pages[path].replace(script, "")
    page = open_form(path)
    area = page.locator("#id_body")
    expect(area).to_be_hidden()
    page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
    expect(area).to_be_visible()
    expect(area).to_have_value(body)
