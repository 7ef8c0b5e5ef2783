"""Several JSON forms on a page of Django's admin: two documents, and rows of an inline that come and go."""

from playwright.sync_api import expect
from tests.e2e.browser import needs_browser
from tests.e2e.form_pages import (
    group,
    save,
    text,
    written,
)
from tests.e2e.form_server import FormServer, field_markup

pytestmark = needs_browser


def test_two_documents_on_a_page(form_server: FormServer, open_form) -> None:
    fields = "".join(field_markup(name, {}, {"schema": group(title=text())}) for name in ("one", "two"))
    page = open_form(form_server.page_with(fields))
    page.get_by_role("group", name="One").get_by_label("Title:").fill("1")
    page.get_by_role("group", name="Two").get_by_label("Title:").fill("2")
    written(page, {"title": "1"}, "one")
    written(page, {"title": "2"}, "two")


ADD_ROW = """() => {
    const copy = document.querySelector("#pages-empty").cloneNode(true);
    copy.classList.remove("empty-form");
    copy.id = "pages-1";
    copy.innerHTML = copy.innerHTML.replaceAll("__prefix__", "1");
    document.querySelector("#pages-empty").before(copy);
    copy.dispatchEvent(new CustomEvent("formset:added", {bubbles: true}));
}"""


def _inline() -> str:
    schema = group(title=text(), kind=text(default="news"))

    def row(number: str, classes: str = "") -> str:
        return f"""<div class="inline-related {classes}" id="pages-{number if number.isdigit() else "empty"}">
            <input type="hidden" name="pages-{number}-id">
            <label for="id_pages-{number}-name">Name</label>
            <input type="text" name="pages-{number}-name" id="id_pages-{number}-name">
            {field_markup(f"pages-{number}-body", {}, {"schema": schema})}</div>"""

    total = '<input type="hidden" name="pages-TOTAL_FORMS" value="1">'
    return total + row("0") + row("__prefix__", "empty-form")


def test_rows_of_an_inline(form_server: FormServer, open_form) -> None:
    """Those that are added get a form; the empty one that Django copies gets none."""
    page = open_form(form_server.page_with(_inline()))
    expect(page.locator(".safelight-form")).to_have_count(1)
    page.evaluate(ADD_ROW)
    expect(page.locator(".safelight-form")).to_have_count(2)
    page.locator("#pages-1 .safelight-form").get_by_label("Title:").fill("New")
    written(page, {"title": "New", "kind": "news"}, "pages-1-body")
    page.locator("#pages-1").evaluate("(row) => row.remove()")
    save(page)
    assert "pages-1-body" not in form_server.saved[0]


def test_a_row_of_an_inline_that_nobody_touched_is_not_saved(form_server: FormServer, open_form) -> None:
    """Django leaves out empty rows by what has changed in them. A row with a name is saved, with what it shows."""
    page = open_form(form_server.page_with(_inline()))
    page.evaluate(ADD_ROW)
    expect(page.locator(".safelight-form")).to_have_count(2)
    page.locator("[name=pages-1-name]").fill("Second")
    save(page)
    assert form_server.saved[0]["pages-0-body"] == ["{}"]
    assert form_server.saved[0]["pages-1-body"] == ['{"title":"","kind":"news"}']
