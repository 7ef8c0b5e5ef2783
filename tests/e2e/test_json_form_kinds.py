"""Values of several kinds in the JSON form: one is chosen, told from the others, and stays chosen."""

from playwright.sync_api import expect
from tests.e2e.browser import needs_browser
from tests.e2e.form_pages import (
    KINDS,
    POLICIES,
    button,
    document,
    file,
    group,
    place,
    rows,
    text,
    written,
)
from tests.e2e.form_server import FormServer

pytestmark = needs_browser


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
