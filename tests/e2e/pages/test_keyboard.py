"""An editor who has read nothing fills in a whole page and saves it, by nothing but keys, and finds it on the site."""

from playwright.sync_api import Locator, Page, expect
from tests.e2e.browser import needs_browser
from tests.e2e.form_pages import picture, place
from tests.e2e.pages.editing import ADD, uploaded
from tests.pictures import photo

pytestmark = needs_browser

MOST_KEYS = 60


def go_to(page: Page, target: Locator) -> None:
    """By Tab alone, forwards. What is reached can be seen to be."""
    for _ in range(MOST_KEYS):
        page.keyboard.press("Tab")
        if target.evaluate("(element) => element === document.activeElement"):
            expect(target).to_be_in_viewport()
            assert is_marked(target), "the focus cannot be seen"
            return
    raise AssertionError(f"{target} is not reached by Tab")


def is_marked(target: Locator) -> bool:
    """By an outline, its own or that of the label around it, or by another colour of its border."""
    return target.evaluate(
        """(element) => {
            const shown = [element, element.closest("label") ?? element];
            return shown.some((each) => {
                const {outlineStyle, outlineWidth, borderColor, boxShadow} = getComputedStyle(each);
                const before = borderColor;
                element.blur();
                const after = getComputedStyle(each).borderColor;
                element.focus({focusVisible: true});
                return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none" || before !== after;
            });
        }"""
    )


def choose(page: Page, file: dict) -> None:
    """In the browser's own dialogue, which Space opens."""
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Space")
    chosen.value.set_files(file)


def test_a_whole_page(edit, send, report: dict) -> None:
    send("headland.jpg", photo((400, 300)))
    page = edit(ADD)
    page.on("filechooser", lambda _: None)  # so that the browser knows in good time
    keys = page.keyboard
    expect(page.locator("#id_title")).to_be_focused()  # Django's admin begins there
    keys.type("By keyboard")

    def field(coords: str, role: str = "textbox") -> Locator:
        return place(page, coords).get_by_role(role)

    def file_input(coords: str) -> Locator:
        return place(page, coords).locator("input[type=file]").first

    go_to(page, field("title"))
    keys.type("Nothing but keys")

    go_to(page, place(page, "cover").get_by_role("button", name="Choose from the library"))
    keys.press("Enter")
    shelf = page.get_by_role("dialog", name="Choose from the library")
    expect(shelf).to_be_visible()
    go_to(page, shelf.get_by_label("Search"))
    keys.type("headland")
    expect(shelf.locator("[data-tile]")).to_have_count(1)
    go_to(page, shelf.get_by_role("button", name="Choose headland.jpg"))
    keys.press("Enter")
    expect(shelf).to_have_count(0)
    expect(page.get_by_role("img", name="Preview of headland.jpg")).to_be_visible()

    go_to(page, file_input("logo"))
    choose(page, picture("logo.png"))
    expect(place(page, "logo").locator(".safelight-message")).to_have_text(
        "logo.png is in the form. Save it to keep the file."
    )

    go_to(page, page.get_by_label("Kind"))
    keys.type("Quote")
    go_to(page, field("block§quote"))
    keys.type("The keys are the tools.")
    go_to(page, field("block§source"))
    keys.type("Somebody")

    for number, caption in enumerate(("One", "Two")):
        go_to(page, page.get_by_role("button", name="Add Picture"))
        keys.press("Enter")
        expect(file_input(f"gallery§{number}§picture")).to_be_focused()
        choose(page, picture(f"{caption}.png", 50 + number))
        uploaded(page, f"gallery§{number}§picture", f"{caption}.png")
        go_to(page, field(f"gallery§{number}§caption"))
        keys.type(caption)
    keys.press("Shift+Tab")  # back, over what the row's file can be done with, to its head
    up = page.get_by_role("button", name="Move Picture 2 up")
    for _ in range(MOST_KEYS):
        if up.evaluate("(element) => element === document.activeElement"):
            break
        keys.press("Shift+Tab")
    keys.press("Enter")
    expect(field("gallery§0§caption")).to_have_value("Two")

    go_to(page, file_input("attachment"))
    choose(page, report)
    uploaded(page, "attachment", "report.pdf")
    go_to(page, field("contact§name"))
    keys.type("The desk")
    go_to(page, field("contact§email"))
    keys.type("desk@example.com")
    go_to(page, page.get_by_role("button", name="Save", exact=True))
    keys.press("Enter")
    expect(page.locator(".messagelist .success")).to_contain_text("By keyboard")

    page.goto("/pages/by-keyboard/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing but keys")
    expect(page.locator("img.cover")).to_have_js_property("naturalWidth", 400)
    expect(page.locator(".heading img")).to_have_js_property("naturalWidth", 40)
    expect(page.locator("blockquote")).to_have_text("The keys are the tools.")
    expect(page.locator(".gallery figcaption")).to_have_text(["Two", "One"])
    expect(page.get_by_role("img", name="Two")).to_have_js_property("naturalWidth", 51)
    expect(page.get_by_role("link", name="report.pdf")).to_be_visible()
    expect(page.get_by_role("link", name="desk@example.com")).to_be_visible()
