"""The JSON form for everyone: by keyboard alone, with a screen reader, on a phone, in the dark."""

import re

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.axe import violations
from tests.e2e.browser import expect_fits, luminance, needs_browser
from tests.e2e.form_pages import (
    PHONE,
    PICTURE,
    POLICIES,
    WIDE,
    button,
    choose,
    file,
    group,
    picture,
    place,
    rows,
    said,
    save,
    text,
    written,
)
from tests.e2e.form_server import FormServer

pytestmark = needs_browser

EVERYTHING = {
    **group(
        title=text(minLength=1, helpText="Stands at the top of the page.", placeholder="Welcome"),
        cover=file(title="Cover picture"),
        logo=text(format="data-url"),
        gallery=rows(PICTURE),
        attachment=file(widget="fileinput", policy="attachments"),
        address=group(street=text(), geo=group(lat={"type": "number"})),
        block={
            "anyOf": [
                {"title": "Quote", **group(kind={"const": "quote"}, text=text(widget="textarea"))},
                {"title": "Code", **group(kind={"const": "code"}, source=text(widget="textarea"))},
            ]
        },
        tags=rows(text(title="Tag")),
        published={"type": "boolean"},
        rating={"type": "integer", "widget": "range", "maximum": 5},
        colour=text(format="color"),
        day=text(format="date"),
        at=text(format="date-time"),
        time=text(format="time"),
        size=text(widget="radio", oneOf=[{"const": "s", "title": "Small"}, {"const": "l", "title": "Large"}]),
        toppings=rows(text(enum=["ham", "cheese"]), widget="multiselect"),
        country=text(widget="autocomplete", handler="/handler/"),
        countries=rows(text(), widget="multiselect-autocomplete", handler="/handler/"),
        mail=text(format="email"),
        count={"type": "integer"},
        extra={"type": "object", "additionalProperties": {"type": "string"}},
        anything={"title": "Anything"},
        number=text(readOnly=True),
    ),
    "required": ["title"],
}


@pytest.fixture
def everything(form_server: FormServer) -> str:
    """A page with every kind of value, and a file in most places."""
    sunset = form_server.store("sunset.png", picture()["buffer"])
    report = form_server.store("report.pdf", b"%PDF", "application/pdf")
    body = {
        "title": "",
        "cover": sunset,
        "gallery": [{"picture": sunset, "caption": "Sunset"}, {"picture": "", "caption": ""}],
        "attachment": report,
        "tags": ["one", "two"],
        "countries": ["AT"],
        "extra": {"weight": "3 kg"},
        "number": "2026-1",
    }
    files = {
        sunset: {"url": f"/media/{sunset}", "thumbnail": f"/media/{sunset}", "filename": "sunset.png", "size": 96},
        report: {"url": f"/media/{report}", "filename": "report.pdf", "media_type": "application/pdf", "size": 4},
    }
    return form_server.page(EVERYTHING, body, files=files, policies=POLICIES)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing(form_server: FormServer, open_form, everything: str, scheme: str, device: dict) -> None:
    """In any state that its parts have."""
    page = open_form(everything, color_scheme=scheme, bypass_csp=True, **device)  # axe writes styles
    expect(page.locator(".safelight-form")).to_be_visible()
    assert violations(page) == []
    expect_fits(page)
    choose(page, "logo", {"name": "page.png", "mimeType": "image/png", "buffer": b"x"})
    choose(page, "cover", {"name": "page.png", "mimeType": "image/png", "buffer": b"<html>"})
    expect(said(page, "cover")).to_contain_text("HTML")
    button(page, "Save").click()
    expect(page.locator(".errorlist").first).to_be_visible()
    assert violations(page) == []
    with form_server.held():
        choose(page, "cover", picture())
        expect(button(page, "Cancel")).to_be_visible()
        button(page, "Save").click()
        expect(page.locator(".safelight-waiting")).to_be_visible()
        assert violations(page) == []
        expect_fits(page)
        button(page, "Do not save").click()


def test_the_theme_of_the_admin_counts(form_server: FormServer, open_form, everything: str) -> None:
    """Whatever the system prefers."""
    page = open_form(everything, color_scheme="light")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    for part in (".safelight-form .vTextField", ".safelight-form .safelight-input"):
        assert luminance(page, part, "backgroundColor") < 0.1
        assert luminance(page, part, "color") > 0.5
        assert page.locator(part).first.evaluate("(element) => getComputedStyle(element).colorScheme") == "dark"


def test_everything_can_be_said_by_a_screen_reader(form_server: FormServer, open_form, everything: str) -> None:
    """Each control has a name, and what helps is said with it."""
    page = open_form(everything)
    title = page.locator(".safelight-form").get_by_label("Title:")
    expect(title).to_have_accessible_description("Stands at the top of the page.")
    expect(title).to_have_attribute("aria-required", "true")
    expect(page.get_by_role("group", name="Cover picture:")).to_be_visible()
    expect(page.get_by_role("group", name="Address")).to_be_visible()
    expect(page.get_by_role("radiogroup", name="Size:")).to_be_visible()
    expect(page.get_by_role("combobox", name="Country:")).to_be_visible()
    expect(page.get_by_role("slider", name="Rating:")).to_be_visible()
    expect(page.get_by_role("textbox", name="Tag 2:")).to_have_value("two")
    for control in page.locator(".safelight-form :is(input, select, textarea, button)").all():
        expect(control).to_have_accessible_name(re.compile("."))


def test_by_keyboard_alone(form_server: FormServer, open_form) -> None:
    """A page is filled in and saved with a file in it, and nothing but keys is pressed."""
    schema = group(title=text(), gallery=rows(PICTURE), published={"type": "boolean"})
    page: Page = open_form(form_server.page(schema, {}, policies=POLICIES))
    page.locator("#id_title").focus()
    keys = page.keyboard
    keys.press("Tab")
    keys.type("Hello")
    keys.press("Tab")  # Add Picture
    keys.press("Enter")
    file_input = place(page, "gallery§0§picture").locator("input[type=file]").first
    expect(file_input).to_be_focused()
    assert file_input.evaluate("(input) => getComputedStyle(input.closest('label')).outlineStyle") == "solid"
    with page.expect_file_chooser() as chosen:
        keys.press("Space")
    chosen.value.set_files(picture())
    expect(said(page, "gallery§0§picture")).to_have_text("sunset.png is uploaded. Save the form to keep it.")
    expect(file_input).to_be_focused()
    for _ in range(50):
        keys.press("Tab")
        if page.evaluate("document.activeElement.matches('.vTextField')"):
            break
    keys.type("At sea")
    for _ in range(50):
        keys.press("Tab")
        if page.evaluate("document.activeElement.type") == "checkbox":
            break
    keys.press("Space")
    keys.press("Tab")
    keys.press("Enter")
    page.wait_for_url("**/save/")
    (value,) = form_server.files
    assert form_server.document == {
        "title": "Hello",
        "gallery": [{"picture": value, "caption": "At sea"}],
        "published": True,
    }


def test_phone(form_server: FormServer, open_form, everything: str) -> None:
    """What is pressed is as large as a finger; nothing has to be scrolled sideways; the camera is the phone's own."""
    page = open_form(everything, **PHONE)
    expect_fits(page)
    pressed = ".safelight-form :is(.safelight-button, .safelight-icon, .safelight-add, .safelight-input button)"
    for target in page.locator(pressed).all():
        if target.is_visible():
            box = target.bounding_box()
            assert box["height"] >= 44, target.text_content()
            assert box["width"] >= 44, target.text_content()
    camera = page.locator("input[capture=environment]").first
    with page.expect_file_chooser() as chosen:
        page.locator(".safelight-button", has=camera).first.tap()
    chosen.value.set_files(picture("phone.png"))
    expect(said(page, "cover")).to_have_text("phone.png is uploaded. Save the form to keep it.")
    expect_fits(page)


ASKED = text(widget="autocomplete", handler="/handler/")


def test_one_choice_that_is_asked_for(form_server: FormServer, open_form) -> None:
    """By keyboard. The handler is told for which field, and of which model."""
    page = open_form(form_server.page(group(inner=group(country=ASKED)), {}))
    box = page.get_by_role("combobox", name="Country:")
    box.press_sequentially("austr")
    options = page.get_by_role("option")
    expect(options).to_have_text(["Austria", "Australia"])
    sent = form_server.sent[-1].fields
    assert sent == {
        "field_name": ["body"],
        "model_name": ["Page"],
        "app_label": ["site"],
        "coords": ["inner§country"],
        "query": ["austr"],
    }
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == options.nth(1).get_attribute("id")
    page.keyboard.press("Enter")
    written(page, {"inner": {"country": "AU"}})
    expect(box).to_have_value("Australia")
    box.fill("zz")
    expect(page.get_by_text("Nothing was found.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(box).to_have_value("Australia")  # what was not chosen is no value
    box.fill("")
    written(page, {"inner": {"country": ""}})


def test_several_choices_that_are_asked_for(form_server: FormServer, open_form) -> None:
    countries = rows(text(), widget="multiselect-autocomplete", handler="/handler/")
    page = open_form(form_server.page(group(countries=countries), {"countries": ["AT"]}))
    box = page.get_by_role("combobox", name="Countries:")
    box.press_sequentially("chi")
    page.get_by_role("option", name="Chile").click()
    written(page, {"countries": ["AT", "CL"]})
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    button(page, "Remove AT").click()
    written(page, {"countries": ["CL"]})
    save(page)
    assert form_server.document == {"countries": ["CL"]}


def test_choices_that_cannot_be_asked_for(form_server: FormServer, open_form) -> None:
    """If the line is down it is said; and where nobody is to be asked, any words will do."""
    page = open_form(form_server.page(group(country=ASKED, any=text(widget="autocomplete")), {}))
    page.route("**/handler/?*", lambda route: route.abort())
    page.get_by_role("combobox", name="Country:").press_sequentially("a")
    expect(place(page, "country")).to_contain_text("The connection broke. Check it and try again.")
    page.get_by_role("combobox", name="Any:").fill("thing")
    page.keyboard.press("Tab")
    written(page, {"any": "thing"})
