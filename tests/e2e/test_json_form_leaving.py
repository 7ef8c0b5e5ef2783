"""Saving and leaving the JSON form while files are under way: none is left out, and none is left behind."""

import time

from playwright.sync_api import expect
from tests.e2e.browser import needs_browser
from tests.e2e.form_pages import (
    HTML,
    POLICIES,
    button,
    choose,
    file,
    group,
    picture,
    place,
    said,
    save,
)
from tests.e2e.form_server import FormServer

pytestmark = needs_browser


def test_saving_waits_for_uploads(form_server: FormServer, open_form) -> None:
    page = open_form(form_server.page(group(a=file(), b=file()), {}, policies=POLICIES))
    with form_server.held():
        choose(page, "a", picture("a.png"))
        choose(page, "b", picture("b.png"))
        expect(button(page, "Cancel")).to_have_count(2)
        button(page, "Save").click()
        waiting = page.locator(".safelight-waiting")
        expect(waiting).to_contain_text("Uploads still running: 2. The form is saved as soon as they are done.")
        button(page, "Save").click()  # again, as people do
        assert form_server.saved == []
    page.wait_for_url("**/save/")
    assert sorted(form_server.document.values()) == sorted(form_server.files)
    assert form_server.saved[0]["_save"] == ["Save"]
    assert len(form_server.saved) == 1


def test_saving_does_not_go_on_without_a_file_that_was_refused(form_server: FormServer, open_cover) -> None:
    page = open_cover()
    with form_server.held():
        choose(page, "cover", HTML)
        expect(button(page, "Cancel")).to_be_visible()
        button(page, "Save").click()
        expect(page.locator(".safelight-waiting")).to_be_visible()
    expect(page.locator(".safelight-waiting")).to_contain_text("Not saved: a file was not accepted.")
    expect(place(page, "cover").locator("input[type=file]").first).to_be_focused()
    assert form_server.saved == []
    button(page, "Close").click()
    expect(page.locator(".safelight-waiting")).to_have_count(0)
    save(page)  # knowing it
    assert len(form_server.saved) == 1


def test_whoever_will_not_wait_need_not_save(form_server: FormServer, open_cover) -> None:
    page = open_cover()
    with form_server.held():
        choose(page, "cover", picture())
        expect(button(page, "Cancel")).to_be_visible()
        button(page, "Save").click()
        button(page, "Do not save").click()
        expect(button(page, "Save")).to_be_focused()
    expect(said(page, "cover")).to_have_text("sunset.png is uploaded. Save the form to keep it.")
    assert form_server.saved == []


def test_leaving_without_saving(form_server: FormServer, open_form) -> None:
    """One request tells of all that was sent, also of what was replaced; and of nothing else."""
    value = form_server.store("old.png", b"")
    page = open_form(form_server.page(group(a=file(), b=file(), c=file()), {"c": value}, policies=POLICIES))
    for coords, name in [("a", "1.png"), ("a", "2.png"), ("b", "3, really.png")]:
        choose(page, coords, picture(name))
        expect(said(page, coords)).to_have_text(f"{name} is uploaded. Save the form to keep it.")
    sent = [each for each in form_server.files if each != value]
    page.get_by_role("link", name="Elsewhere").click()
    expect(page.get_by_role("heading", name="Elsewhere")).to_be_visible()
    (deletion,) = _eventually(form_server)
    assert deletion.fields == {
        "field_name": ["body"],
        "model_name": ["Page"],
        "app_label": ["site"],
        "trigger": ["unsaved_form_page_exit"],
        "value": sent,
    }


def _eventually(form_server: FormServer) -> list:
    """It is sent as the page goes, and may come after the next page has."""
    for _ in range(200):
        if deletions := form_server.deletions():
            return deletions
        time.sleep(0.02)
    return []
