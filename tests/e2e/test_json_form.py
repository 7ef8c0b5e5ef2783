"""The form of a JSON document in a real browser: what it shows is what it writes, and nothing is lost."""

import re

from playwright.sync_api import Page, expect
from tests.e2e.browser import needs_browser
from tests.e2e.form_pages import (
    KINDS,
    PICTURE,
    POLICIES,
    button,
    file,
    group,
    place,
    rows,
    save,
    text,
    written,
)
from tests.e2e.form_server import FormServer

pytestmark = needs_browser


def test_what_is_typed_is_saved(form_server: FormServer, open_form) -> None:
    """Also what the schema does not know, and what it says nothing of."""
    schema = group(title=text(), address=group(city=text()))
    before = {
        "title": "Old",
        "address": {"city": "Graz", "zip": 8010},
        "__proto__": {"odd": True},
        "unknown": [1, None],
    }
    page = open_form(form_server.page(schema, before))
    page.get_by_label("Title").nth(1).fill("New")
    page.get_by_label("City").fill("Wien")
    save(page)
    assert form_server.document == {**before, "title": "New", "address": {"city": "Wien", "zip": 8010}}


def test_an_untouched_document_stays_as_it_is(form_server: FormServer, open_form) -> None:
    """To the letter, where nothing is missing in it."""
    before = '{"title":   "Old", "count": 1.50}'
    page = open_form(form_server.page(group(title=text(), count={"type": "number"}), before))
    expect(place(page, "count").get_by_role("textbox")).to_have_value("1.5")
    save(page)
    assert form_server.saved[0]["body"] == [before]


def test_what_is_seen_is_written(form_server: FormServer, open_form) -> None:
    """An empty text box, a box without a tick, a list without rows, a default; but no day that nobody chose."""
    schema = group(
        title=text(),
        kind=text(default="news"),
        published={"type": "boolean"},
        tags=rows(text()),
        inner=group(note=text()),
        day=text(format="date"),
        count={"type": "integer"},
        cover=file(),
    )
    page = open_form(form_server.page(schema, None))
    everything = {"title": "", "kind": "news", "published": False, "tags": [], "inner": {"note": ""}}
    written(page, everything)
    save(page)
    assert form_server.document == everything


def test_documents_of_django_jsonform(form_server: FormServer, open_form) -> None:
    """It fills in every key with something, and checks nothing that is empty."""
    schema = group(
        title=text(), mail=text(format="email"), count={"type": "integer", "minimum": 1}, on={"type": "boolean"}
    )
    before = {"title": "", "mail": "", "count": None, "on": None}
    page = open_form(form_server.page(schema, before))
    save(page)
    assert form_server.document == before


def test_rows_that_are_nothing_stay_so(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(tags=rows(text()), title=text()), {"tags": [None, "a"], "title": ""}))
    page.locator(".safelight-form").get_by_label("Title:").fill("t")
    save(page)
    assert form_server.document == {"tags": [None, "a"], "title": "t"}


def test_no_field_of_the_form_is_sent_by_itself(form_server: FormServer, open_form) -> None:
    schema = group(
        title=text(),
        size=text(widget="radio", enum=["s", "l"]),
        cover=file(),
        picks=rows(text(enum=["a"]), uniqueItems=True),
    )
    page = open_form(form_server.page(schema, {}))
    expect(page.get_by_role("radiogroup")).to_be_visible()
    assert page.locator(".safelight-form [name]").count() == 0
    save(page)
    assert set(form_server.saved[0]) == {"csrfmiddlewaretoken", "title", "body", "_save"}


def test_what_is_no_json_is_left_to_whoever_wrote_it(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(title=text()), '{"title": '))
    expect(page.get_by_label("Body")).to_have_value('{"title": ')
    expect(page.locator(".safelight-form")).to_have_count(0)


def test_without_javascript(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(title=text()), {"title": "x"}), java_script_enabled=False)
    page.get_by_label("Body").fill('{"title": "y"}')
    save(page)
    assert form_server.document == {"title": "y"}


def test_the_label_leads_into_the_form(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(first=text()), {}))
    page.get_by_text("Body:").click()
    expect(page.get_by_label("First")).to_be_focused()


def test_numbers_as_they_are_written_elsewhere(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(value={"type": "number"}), {"value": 1.5}), locale="de-DE")
    expect(page.get_by_label("Value:")).to_have_value("1,5")
    page.get_by_label("Value:").fill("2,75")
    written(page, {"value": 2.75})


def test_names_for_the_editor_to_say(form_server: FormServer, open_form) -> None:
    schema = {**group(known=text()), "additionalProperties": {"type": "string"}}
    page = open_form(form_server.page(schema, {"known": "k", "weight": "3 kg"}))
    button(page, "Add a name and a value").click()
    names = page.get_by_label("Name", exact=True)
    names.nth(1).fill("weight")
    expect(names.nth(1)).to_have_attribute("aria-invalid", "true")
    names.nth(1).fill("height")
    page.keyboard.press("Tab")
    page.keyboard.type("2 m")
    written(page, {"known": "k", "weight": "3 kg", "height": "2 m"})
    button(page, "Remove weight").click()
    written(page, {"known": "k", "height": "2 m"})


def test_what_the_form_cannot_draw_is_json(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(anything={"title": "Anything"}), {"anything": [1]}))
    page.get_by_label("Anything:").fill('{"a": ')
    expect(place(page, "anything")).to_contain_text("This is not JSON yet")
    written(page, {"anything": [1]})
    page.get_by_label("Anything:").fill('{"a": 1}')
    written(page, {"anything": {"a": 1}})


def test_schemas_that_refer_to_themselves(form_server: FormServer, open_form) -> None:
    node = {"type": "object", "properties": {"name": text(), "child": {"$ref": "#/$defs/node"}}}
    page = open_form(form_server.page({"$ref": "#/$defs/node", "$defs": {"node": node}}, {"name": "a"}))
    page.get_by_label("Name:").fill("b")
    button(page, "Add Child").click()
    page.get_by_label("Name:").nth(1).fill("c")
    page.wait_for_function("() => JSON.parse(id_body.value).child?.name === 'c'")


def test_read_only_values_are_shown(form_server: FormServer, open_form) -> None:
    schema = group(
        number=text(readOnly=True),
        rows_={**rows(text()), "readOnly": True, "title": "Rows"},
        title=text(),
        cover=file(readOnly=True),
    )
    before = {"number": "2026-1", "rows_": ["a", "b"], "title": "", "cover": "pages/x.pdf"}
    page = open_form(form_server.page(schema, before))
    expect(place(page, "number")).to_have_text("Number:2026-1")
    expect(place(page, "rows_").get_by_role("listitem")).to_have_text(["a", "b"])
    expect(place(page, "cover")).to_contain_text("x.pdf")
    expect(page.locator(".safelight-form").get_by_role("textbox")).to_have_count(1)
    expect(page.locator(".safelight-form").get_by_role("button")).to_have_count(0)
    page.locator(".safelight-form").get_by_label("Title:").fill("t")
    written(page, {**before, "title": "t"})


def test_whoever_may_only_look_sees_words_and_pictures(form_server: FormServer, open_form) -> None:
    value = form_server.store("sunset.png", b"")
    logo = "data:image/png;name=logo.png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # noqa: E501
    schema = group(
        title=text(), logo=text(format="data-url"), gallery=rows(PICTURE), on={"type": "boolean"}, block=KINDS
    )
    body = {
        "title": "Hello",
        "logo": logo,
        "gallery": [{"picture": value, "caption": "At sea"}],
        "on": True,
        "block": {"kind": "code", "text": "x", "language": "js"},
    }
    files = {value: {"url": f"/media/{value}", "thumbnail": f"/media/{value}", "filename": "sunset.png"}}
    page = open_form(form_server.page(schema, body, readonly=True, files=files, policies=POLICIES))
    form = page.locator(".safelight-form")
    for words in ("Hello", "At sea", "Yes", "js", "sunset.png", "logo.png"):
        expect(form).to_contain_text(words)
    expect(form.get_by_role("img", name="Preview of logo.png")).to_have_js_property("naturalWidth", 1)
    expect(form).not_to_contain_text("base64")
    expect(form.locator("input, button, textarea, select")).to_have_count(0)
    expect(page.locator("#id_body")).to_be_hidden()


def test_a_script_that_sends_the_form_gets_the_document(form_server: FormServer, open_form) -> None:
    """At once, however fast it is."""
    page = open_form(form_server.page(group(title=text()), {"title": ""}))
    page.locator(".safelight-form").get_by_label("Title:").fill("x")
    assert page.evaluate("new FormData(page_form).get('body')") == '{"title":"x"}'


def test_words_of_another_language(form_server: FormServer, open_form) -> None:
    texts = {"addItem": "{item} hinzufügen", "row": "Eintrag"}
    page: Page = open_form(form_server.page(group(tags=rows(text())), {}, texts=texts, language="de"))
    expect(button(page, "Eintrag hinzufügen")).to_be_visible()
    expect(page.get_by_text(re.compile("Add "))).to_have_count(0)
