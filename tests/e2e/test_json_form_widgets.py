"""The widgets of the JSON form in a real browser: what is typed or chosen in each is what is written."""

import pytest
from playwright.sync_api import expect
from tests.e2e.browser import needs_browser
from tests.e2e.form_pages import (
    group,
    place,
    rows,
    text,
    written,
)
from tests.e2e.form_server import FormServer

pytestmark = needs_browser


@pytest.mark.parametrize(
    ("schema", "typed", "value"),
    [
        (text(), "a b", "a b"),
        (text(widget="textarea"), "a\nb", "a\nb"),
        (text(widget="password"), "secret", "secret"),
        (text(format="email"), "a@b.at", "a@b.at"),
        (text(format="uri"), "https://b.at/", "https://b.at/"),
        (text(format="date"), "2026-11-20", "2026-11-20"),
        (text(format="time"), "16:30", "16:30:00"),
        (text(format="color"), "#8a2be2", "#8a2be2"),
        (text(format="slug"), "any", "any"),
        ({"type": "integer"}, "12", 12),
        ({"type": "number"}, "-1.50", -1.5),
        ({"type": "number"}, "1e", "1e"),  # as seen; and it is said that this is no number
        ({"type": ["string", "null"]}, "x", "x"),
    ],
    ids=str,
)
def test_what_is_typed_in_each_widget(
    form_server: FormServer, open_form, schema: dict, typed: str, value: object
) -> None:
    page = open_form(form_server.page(group(value=schema), {}))
    control = page.get_by_label("Value:")
    control.fill(typed)
    written(page, {"value": value})
    control.fill("")
    written(page, {} if schema["type"] in ("integer", "number") else {"value": ""})


def test_date_and_time_are_the_editors_own(form_server: FormServer, open_form) -> None:
    """And UTC in the document. What the browser's picker could not show stays as it is."""
    schema = group(at=text(format="date-time"), odd=text(format="date-time"))
    before = {"at": "2026-11-20T15:30:00.000Z", "odd": "in spring"}
    page = open_form(form_server.page(schema, before), timezone_id="Europe/Vienna")
    expect(page.get_by_label("At:")).to_have_value("2026-11-20T16:30")
    expect(page.get_by_label("Odd:")).to_have_value("in spring")
    page.get_by_label("At:").fill("2026-07-01T12:00")
    written(page, {**before, "at": "2026-07-01T10:00:00.000Z"})


def test_choices(form_server: FormServer, open_form) -> None:
    titled = [{"const": 1, "title": "One"}, {"const": 2, "title": "Two"}]
    schema = group(number={"oneOf": titled, "type": "integer"}, letter=text(enum=["a", "b"], widget="radio"))
    page = open_form(form_server.page(schema, {"number": 2}))
    select = page.get_by_label("Number:")
    expect(select).to_have_value("1")  # the second one
    select.select_option("One")
    radios = page.get_by_role("radiogroup", name="Letter:")
    radios.get_by_label("Not set").focus()
    page.keyboard.press("ArrowDown")
    expect(radios.get_by_label("a")).to_be_focused()
    written(page, {"number": 1, "letter": "a"})
    page.keyboard.press("ArrowUp")
    select.select_option("---------")
    written(page, {})


def test_several_of_a_few(form_server: FormServer, open_form) -> None:
    """What was chosen when there were other choices stays until somebody takes it away."""
    schema = group(picks=rows(text(enum=["a", "b", "c"]), widget="multiselect"))
    page = open_form(form_server.page(schema, {"picks": ["c", "old"]}))
    page.get_by_label("a", exact=True).check()
    written(page, {"picks": ["a", "c", "old"]})
    page.get_by_label("old").click()
    written(page, {"picks": ["a", "c"]})
    expect(page.get_by_label("old")).to_have_count(0)


def test_scales_and_colours_show_that_nothing_is_set(form_server: FormServer, open_form) -> None:
    schema = group(rating={"type": "integer", "widget": "range", "maximum": 5}, colour=text(format="color"))
    page = open_form(form_server.page(schema, {}))
    expect(place(page, "rating")).to_contain_text("Not set")
    page.get_by_label("Rating:").fill("4")
    page.get_by_label("Pick a colour").fill("#ff0000")
    expect(page.get_by_label("Colour:")).to_have_value("#ff0000")
    written(page, {"rating": 4, "colour": "#ff0000"})


def test_hidden_values_are_kept(form_server: FormServer, open_form) -> None:
    schema = group(secret=text(widget="hidden"), kind={"const": "x"}, title=text())
    page = open_form(form_server.page(schema, {"secret": "s", "title": ""}))
    page.locator(".safelight-form").get_by_label("Title:").fill("t")
    written(page, {"secret": "s", "title": "t", "kind": "x"})
    expect(page.locator(".safelight-form")).not_to_contain_text("Secret")


def test_an_unknown_widget_is_noted_once(form_server: FormServer, open_form) -> None:
    path = form_server.page(group(a=text(widget="sparkles"), b=text(widget="sparkles")), {})
    page = open_form("/elsewhere/")
    notes: list[str] = []
    page.on("console", lambda message: notes.append(message.text))
    page.goto(path)
    page.get_by_label("A:").fill("x")
    written(page, {"a": "x", "b": ""})
    assert notes == ['Safelight: there is no widget "sparkles"; the default is used.']
