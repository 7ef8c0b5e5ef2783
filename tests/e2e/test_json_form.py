"""The form of a JSON document in a real browser: what it shows is what it writes, and nothing is lost."""

import re

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.browser import needs_browser
from tests.e2e.form_pages import (
    PICTURE,
    POLICIES,
    button,
    document,
    file,
    group,
    place,
    rows,
    save,
    text,
    written,
)
from tests.e2e.form_server import FormServer, field_markup

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


KINDS = {
    "anyOf": [
        {"title": "Quote", **group(kind={"const": "quote"}, text=text(widget="textarea"))},
        {"title": "Code", **group(kind={"const": "code"}, text=text(widget="textarea"), language=text())},
    ]
}


def test_one_of_several_kinds(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(block=KINDS), {"block": {"kind": "code", "text": "", "language": "js"}}))
    kind = page.get_by_label("Kind:")
    expect(kind.locator("option:checked")).to_have_text("Code")
    page.get_by_label("Text:").fill("x = 1")
    kind.select_option("Quote")
    expect(page.get_by_label("Language:")).to_have_count(0)
    page.wait_for_function("() => JSON.parse(id_body.value).block.kind === 'quote'")
    assert document(page)["block"]["text"] == "x = 1"


def test_a_kind_that_was_chosen_stays(form_server: FormServer, open_form) -> None:
    """Though nothing but its names tells it from the others, and it is not filled in yet; also when it comes again."""
    words = {"title": "Words", **group(heading=text(), words=text())}
    quote = {"title": "Quote", **group(quote=text(minLength=1), source=text()), "required": ["quote"]}
    film = {"title": "Film", **group(file=file(), minutes={"type": "integer"}, silent={"type": "boolean"})}
    schema = group(block={"anyOf": [words, quote, film]})
    page = open_form(form_server.page(schema, {}, policies=POLICIES))
    kind = page.get_by_label("Kind:")
    kind.select_option("Quote")
    written(page, {"block": {"quote": "", "source": ""}})
    page.get_by_label("Source:").press_sequentially("Me")
    written(page, {"block": {"quote": "", "source": "Me"}})
    kind.select_option("Film")
    written(page, {"block": {"file": "", "minutes": None, "silent": False}})
    page.get_by_label("Minutes:").fill("90")
    written(page, {"block": {"file": "", "minutes": 90, "silent": False}})
    expect(kind.locator("option:checked")).to_have_text("Film")
    for body, title in (({"source": "Me"}, "Quote"), ({"file": ""}, "Film"), ({}, "Words")):
        page.goto(form_server.page(schema, {"block": body}, policies=POLICIES))
        expect(page.get_by_label("Kind:").locator("option:checked")).to_have_text(title)


def test_kinds_of_plain_values(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(other={"anyOf": [text(), {"type": "integer"}]}), {}))
    page.get_by_label("Kind:").select_option("Kind 2")
    written(page, {"other": None})
    page.get_by_label("Other:").fill("5")
    written(page, {"other": 5})
    page.get_by_label("Kind:").select_option("Kind 1")
    page.get_by_label("Other:").fill("5")
    written(page, {"other": "5"})
    page.goto(form_server.page(group(other={"anyOf": [text(), {"type": "integer"}]}), {"other": 5}))
    expect(page.get_by_label("Kind:").locator("option:checked")).to_have_text("Kind 2")


def test_kinds_without_titles(form_server: FormServer, open_form) -> None:
    """Are called by what tells them apart, or else by their number."""
    told = {"anyOf": [group(kind={"const": "a"}), group(kind={"const": "b"})]}
    other = {"anyOf": [text(), {"type": "integer"}]}
    page = open_form(form_server.page(group(told=told, other=other), {"other": 3}))
    expect(place(page, "told").locator("option")).to_have_text(["a", "b"])
    expect(place(page, "other").locator("option")).to_have_text(["Kind 1", "Kind 2"])
    expect(place(page, "other").get_by_label("Other:")).to_have_value("3")


def test_a_page_of_blocks(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(blocks=rows({**KINDS, "title": "Block"})), {}))
    for kind, words in (("Quote", "To be"), ("Code", "x = 1")):
        button(page, "Add Block").click()
        row = page.locator(".safelight-card").last
        row.get_by_label("Kind:").select_option(kind)
        row.get_by_label("Text:").fill(words)
    button(page, "Move Block 2 up").click()
    written(
        page,
        {"blocks": [{"kind": "code", "text": "x = 1", "language": ""}, {"kind": "quote", "text": "To be"}]},
    )
    expect(page.locator(".safelight-card-head > button").first).to_have_text("Block 1 x = 1")


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
