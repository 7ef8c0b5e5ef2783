"""How the form of a page looks and reads in the example's admin: in the dark, on a phone, to who may only look."""

import re
from base64 import b64encode

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.axe import violations
from tests.e2e.browser import expect_fits, luminance, needs_browser
from tests.e2e.form_pages import PHONE, WIDE, button, choose, picture, place, said
from tests.e2e.pages.editing import ADD, name, save, uploaded
from tests.pictures import photo, png

pytestmark = needs_browser

DARK = {"color_scheme": "dark"}
LOOKS = [WIDE, {**WIDE, **DARK}, PHONE, {**PHONE, **DARK}]
DJANGOS_OWN = (".breadcrumbs",)  # Django 5: links that only their colour tells from the text
LOGO = f"data:image/png;name=dot.png;base64,{b64encode(png(3, 2)).decode()}"


@pytest.fixture
def whole(send, make, report: dict) -> str:
    """Where a page is changed that has everything."""
    cover = send("lighthouse.jpg", photo((400, 300)))
    body = {
        "title": "A lighthouse",
        "cover": cover,
        "logo": LOGO,
        "block": {"quote": "Light!", "source": "The keeper"},
        "gallery": [{"picture": cover, "caption": "By day"}, {"picture": cover, "caption": "By night"}],
        "attachment": send("report.pdf", report["buffer"], "attachment"),
        "contact": {"name": "The keeper", "email": "keeper@example.com"},
    }
    return make(body, title="Lighthouse").admin


@pytest.mark.parametrize("options", LOOKS, ids=["light", "dark", "phone", "dark phone"])
def test_axe_finds_nothing(edit, whole: str, html: dict, options: dict) -> None:
    """With files, with a refusal, and with what is wrong marked."""
    page = edit(whole, **options, bypass_csp=True)  # axe writes styles
    expect(place(page, "gallery§1§caption")).to_be_visible()
    assert violations(page, exclude=DJANGOS_OWN) == []
    expect_fits(page)
    choose(page, "cover", html)
    expect(said(page, "cover")).to_contain_text("This is an HTML page")
    place(page, "contact§email").get_by_role("textbox").fill("nobody")
    button(place(page, "gallery§0§picture"), "Remove").click()
    button(page, "Save").click()
    expect(page.locator(".safelight-form .errorlist")).to_have_count(2)
    assert violations(page, exclude=DJANGOS_OWN) == []
    expect_fits(page)


def test_dark(edit, whole: str) -> None:
    page = edit(whole, **WIDE, **DARK)
    for part in (".safelight-form .vTextField", ".safelight-form .safelight-input", ".safelight-form select"):
        assert luminance(page, part, "backgroundColor") < 0.1, part
        assert luminance(page, part, "color") > 0.5, part


def test_a_page_is_made_on_a_phone(edit) -> None:
    page = edit(ADD, **PHONE)
    name(page, "From a phone")
    camera = page.locator("input[capture=environment]")
    with page.expect_file_chooser() as chosen:
        place(page, "cover").locator(".safelight-button", has=camera).tap()
    chosen.value.set_files({"name": "phone.jpg", "mimeType": "image/jpeg", "buffer": photo((400, 300))})
    uploaded(page, "cover", "phone.jpg")
    expect_fits(page)
    button(place(page, "cover"), "Choose from the library").tap()
    expect(page.locator("[data-tile]").first).to_be_visible()
    expect_fits(page)
    page.keyboard.press("Escape")
    save(page)
    page.goto("/pages/from-a-phone/")
    expect(page.locator("img.cover")).to_have_js_property("naturalWidth", 400)
    expect_fits(page)


@pytest.mark.parametrize("options", [WIDE, PHONE], ids=["wide", "phone"])
def test_who_may_only_look_sees_pictures(look, whole: str, options: dict) -> None:
    """And neither JSON nor base64, nor anything that could be changed."""
    page: Page = look(whole, **options, bypass_csp=True)
    shown = page.locator(".field-body")
    expect(shown.get_by_role("img", name="Preview of lighthouse.jpg").first).to_have_js_property("naturalWidth", 320)
    expect(shown.get_by_role("img", name="Preview of dot.png")).to_have_js_property("naturalWidth", 3)
    for words in ("A lighthouse", "Light!", "The keeper", "By night", "report.pdf", "keeper@example.com"):
        expect(shown).to_contain_text(words)
    expect(shown).not_to_contain_text(re.compile("base64|§|[{}]"), use_inner_text=True)
    expect(shown.locator("input:visible, select:visible, textarea:visible, button:visible")).to_have_count(0)
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    assert violations(page, exclude=DJANGOS_OWN) == []
    expect_fits(page)


def test_who_may_only_look_cannot_send_anything(look, whole: str) -> None:
    """By hand, with his own session."""
    page: Page = look(whole)
    answer = page.evaluate(
        """async () => {
            const form = new FormData();
            for (const [name, value] of [["field_name", "body"], ["model_name", "Page"], ["coords", "cover"]])
                form.append(name, value);
            form.append("file", new File(["x"], "x.png"));
            const token = document.cookie.match(/csrftoken=([^;]+)/)[1];
            const response = await fetch("/json-file-handler/",
                { method: "POST", headers: { "X-CSRFToken": token }, body: form });
            return [response.status, (await response.json()).detail];
        }"""
    )
    assert answer == [403, "You may not send files for this."]


def test_what_is_left_out_can_be_filled_in_later(edit, make) -> None:
    """A document from before the schema had so much in it."""
    page = edit(make({"title": "Old"}).admin)
    expect(place(page, "title").get_by_role("textbox")).to_have_value("Old")
    choose(page, "cover", picture())
    uploaded(page, "cover", "sunset.png")
    save(page)
