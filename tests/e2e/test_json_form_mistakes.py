"""What is wrong with a document is said at the field, in the server's words, and leads there."""

import pytest
from playwright.sync_api import expect
from tests.e2e.browser import needs_browser
from tests.e2e.form_pages import PICTURE, button, file, group, place, rows, save, text
from tests.e2e.form_server import FormServer

pytestmark = needs_browser

FEW = {"type": "array", "minItems": 2, "maxItems": 3, "uniqueItems": True, "items": text()}
CASES = [
    (text(minLength=3), "ab", "Too short: 2 characters, at least 3 are needed."),
    (text(maxLength=2), "äöü", "Too long: 3 characters, at most 2 are allowed."),
    (text(pattern="^[a-z]+$"), "A1", "This does not have the form that is asked for: ^[a-z]+$"),
    (text(enum=["a", "b"]), "c", "Choose one of these: a, b."),
    (text(oneOf=[{"const": "a", "title": "First"}]), "c", "Choose one of these: First."),
    (text(format="email"), "nobody", "Write an email address, such as name@example.com."),
    (text(format="email"), "a@b.at\n", "Write an email address, such as name@example.com."),
    (text(format="date"), "2026-02-30", "Write a date, such as 2026-11-20."),
    (text(format="time"), "25:00", "Write a time, such as 16:30."),
    (text(format="date-time"), "2026-11-20", "Write a date and time, such as 2026-11-20T16:30:00Z."),
    (text(format="uri"), "javascript:alert(1)", "Write a whole address, such as https://example.com/."),
    (text(format="uri"), "/about/", "Write a whole address, such as https://example.com/."),
    (text(format="color"), "red", "Choose a colour, such as #8a2be2."),
    ({"type": "number"}, "1e", "This must be a number."),
    ({"type": "integer"}, 1.5, "This must be a whole number."),
    ({"type": "integer", "minimum": 3}, 2, "This must be 3 or more."),
    ({"type": "number", "exclusiveMaximum": 3}, 3, "This must be less than 3."),
    ({"type": "number", "multipleOf": 0.1}, 0.25, "This must be a multiple of 0.1."),
    (FEW, ["a"], "Too few entries: 1, at least 2 are needed."),
    (FEW, ["a", "b", "c", "d"], "Too many entries: 4, at most 3 are allowed."),
    (FEW, ["a", "a"], "The same entry stands above already."),
]


@pytest.mark.parametrize(("schema", "value", "sentence"), CASES, ids=str)
def test_mistakes_are_said_in_words(
    form_server: FormServer, open_form, schema: dict, value: object, sentence: str
) -> None:
    page = open_form(form_server.page(group(value=schema), {"value": value}))
    button(page, "Save").click()
    expect(place(page, "value").locator("> .errorlist")).to_have_text(sentence)
    expect(page.locator(".safelight-form").get_by_role("alert")).to_have_text(
        "Not saved yet: please correct what is marked below."
    )
    assert form_server.saved == []


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (text(format="time"), "16:30"),
        (text(format="time"), "16:30:00"),
        (text(format="date-time"), "2026-11-20T16:30:00.000Z"),
        (text(format="date-time"), "2026-11-20 16:30"),
        (text(format="color"), "#fff"),
        ({"type": "number", "multipleOf": 0.1}, 0.3),
        (text(pattern="(?P<python>.)"), "x"),  # which only the server can read
        (text(format="email", minLength=5), ""),  # nothing is asked of what is not there
        ({"type": "integer"}, None),
    ],
    ids=str,
)
def test_nothing_is_wrong(form_server: FormServer, open_form, schema: dict, value: object) -> None:
    page = open_form(form_server.page(group(value=schema), {"value": value}))
    save(page)
    assert form_server.document == {"value": value}


def test_required(form_server: FormServer, open_form) -> None:
    """In a row that is closed, too: it opens. What is corrected loses its mark, and can be saved."""
    schema = group(gallery=rows({**PICTURE, "required": ["caption"]}))
    gallery = [{"picture": "", "caption": f"Caption {number}"} for number in range(5)]
    gallery[3]["caption"] = "  "
    page = open_form(form_server.page(schema, {"gallery": gallery}))
    button(page, "Save").click()
    caption = page.get_by_label("Caption:")
    expect(caption).to_be_focused()
    expect(caption).to_have_attribute("aria-invalid", "true")
    expect(caption).to_have_accessible_description("This field is required.")
    page.keyboard.type("Here")
    expect(page.get_by_text("This field is required.")).to_have_count(0)
    expect(page.locator(".safelight-form").get_by_role("alert")).to_have_text("")
    save(page)
    assert form_server.document["gallery"][3]["caption"] == "  Here"


def test_a_row_for_a_file_has_to_have_one(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(files=rows(file())), {"files": [""]}))
    button(page, "Save").click()
    expect(place(page, "files§0")).to_contain_text("This field is required.")


def test_kinds_are_checked_as_what_they_are(form_server: FormServer, open_form) -> None:
    """Not as each of the others."""
    one = group(kind={"const": "one"}, a=text(minLength=3))
    two = group(kind={"const": "two"}, b={"type": "integer", "minimum": 3})
    page = open_form(form_server.page(group(block={"anyOf": [one, two]}), {"block": {"kind": "two", "b": 1}}))
    button(page, "Save").click()
    expect(page.locator(".errorlist")).to_have_text(["This must be 3 or more."])
    expect(page.get_by_label("B:")).to_be_focused()


def test_checking_can_be_left_to_the_server(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(value=text(minLength=3)), {"value": "x"}, validateOnSubmit=False))
    save(page)
    assert form_server.document == {"value": "x"}


def test_the_servers_words(form_server: FormServer, open_form) -> None:
    """At the fields they are about, and those about the whole above it; the first of them has the focus."""
    gallery = [{"picture": "", "caption": f"Caption {number}"} for number in range(5)]
    errors = {"count": ["No."], "gallery§2§caption": ["Not this one.", "Really not."], "": ["Something is wrong."]}
    schema = group(gallery=rows(PICTURE), count={"type": "integer"})
    page = open_form(form_server.page(schema, {"gallery": gallery}, errors=errors))
    caption = page.get_by_label("Caption:")
    expect(caption).to_be_focused()
    expect(caption).to_have_accessible_description("Not this one. Really not.")
    expect(page.locator(".safelight-form").get_by_role("alert")).to_contain_text("Something is wrong.")
    expect(place(page, "count")).to_contain_text("No.")


def test_errors_go_along_with_their_rows(form_server: FormServer, open_form) -> None:
    errors = {"tags§0": ["Not this one."]}
    page = open_form(form_server.page(group(tags=rows(text())), {"tags": ["a", "b", "c"]}, errors=errors))
    button(page, "Move Entry 1 down").click()
    expect(place(page, "tags§1")).to_contain_text("Not this one.")
    button(page, "Remove Entry 1").click()
    expect(place(page, "tags§0")).to_contain_text("Not this one.")
    expect(page.locator(".errorlist")).to_have_count(1)
