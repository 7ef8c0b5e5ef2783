"""Our form with a file handler that somebody has written as django-jsonform's guide says: it answers with little, knows
nothing of our ledger, and has the last word on what its files are called."""

import html
import json
import re
from base64 import b64decode
from collections.abc import Callable

import pytest
from tests.e2e.browser import needs_browser
from tests.faults.editor import HANDLER
from tests.faults.safelight_editor import SafelightEditor
from tests.faults.schema import document
from tests.faults.site import Site
from tests.faults.trial import HTML, picture

pytestmark = needs_browser

SETTINGS = "tests.peer.ours.pages.settings"
PER_PAGE = 10  # the guide's


@pytest.fixture
def editor(site: Site, open_editor: Callable[..., SafelightEditor]) -> SafelightEditor:
    editor = open_editor(SafelightEditor, site)
    editor.add()
    return editor


def upload_all(site: Site, count: int) -> list[str]:
    """Names, in the order in which they were sent."""
    with site.client() as client:
        token = {"X-CSRFToken": client.cookies["csrftoken"]}
        return [
            client.post(HANDLER, files={"file": (f"{number}.png", picture(number)["buffer"])}, headers=token)
            .raise_for_status()
            .json()["value"]
            for number in range(1, count + 1)
        ]


def media_rows(site: Site) -> list[str]:
    script = "from tests.peer.guide.models import MediaModel as M; print(*M.objects.values_list('file', flat=True))"
    return sorted(site.manage("shell", "-v", "0", "-c", script).split())


def is_shown(editor: SafelightEditor, at: str) -> bool:
    """A picture, and not a broken one."""
    image = editor.page.locator(f'[data-path="{at}"] img')
    return editor.wait_for(lambda: image.count() == 1 and image.evaluate("(image) => image.naturalWidth") == 60)


def refusal(site: Site, **values: object) -> str:
    """What the admin's page says of a document that somebody sends without our form; nothing if it is saved."""
    form = {"name": "A page", "body": json.dumps(document(code="", **values))}
    with site.client() as client:
        sent = client.post("/admin/pages/page/add/", data={"csrfmiddlewaretoken": client.cookies["csrftoken"], **form})
    found = re.search(r'<ul class="errorlist"[^>]*>(.*?)</ul>', sent.text, re.DOTALL)
    assert (sent.status_code == 302) == (found is None)
    return html.unescape(found[1]) if found else ""


def test_an_upload_is_saved_and_shown_again(site: Site, editor: SafelightEditor) -> None:
    assert editor.upload("cover", picture()) == "photo-1.png"
    assert is_shown(editor, "cover")
    assert editor.save()
    page = site.last_page()
    assert site.document(page)["cover"] == "photo-1.png"
    assert (site.files(), media_rows(site)) == ({"photo-1.png"}, ["photo-1.png"])
    editor.change(page)
    assert is_shown(editor, "cover")
    link = editor.page.locator('[data-path="cover"] a').first
    assert link.get_attribute("href") == "/media/photo-1.png"
    assert editor.save()
    assert site.document(page)["cover"] == "photo-1.png"


def test_the_name_is_the_handlers(site: Site, editor: SafelightEditor) -> None:
    """Django's storage gives the second file of a name another one."""
    upload_all(site, 1)
    renamed = editor.upload("attachment", {**picture(2), "name": "1.png"})
    assert (renamed == "1.png", renamed in site.files()) == (False, True)
    assert editor.save()
    assert site.document(site.last_page())["attachment"] == renamed


def test_the_library_is_scrolled_to_its_end_and_a_file_is_chosen(site: Site, editor: SafelightEditor) -> None:
    """Nothing says that there is more but the next page, and nothing that there is none but an empty one."""
    names = upload_all(site, 2 * PER_PAGE + 3)
    editor.open_library("cover")
    shelf = editor.page.locator(".safelight-shelf")

    def at_the_end() -> bool:
        shelf.evaluate("(element) => element.scrollTo(0, element.scrollHeight)")
        return "These are all files." in shelf.inner_text()

    assert editor.wait_for(at_the_end)
    assert editor.page.locator("[data-tile] bdi").all_inner_texts() == names
    assert [request.query["page"] for request in editor.asked("GET", 4)] == [["1"], ["2"], ["3"], ["4"]]
    tile = editor.tile(names[-1])
    assert editor.wait_for(lambda: tile.locator("img").evaluate("(image) => image.naturalWidth") == 60)
    assert " KB" in editor.page.locator("li.safelight-tile").last.inner_text()  # what the view tells of its files
    tile.click()
    assert editor.wait_for(lambda: editor.value("cover") == names[-1])
    assert is_shown(editor, "cover")
    assert editor.save()
    assert site.document(site.last_page())["cover"] == names[-1]


def test_a_file_is_deleted_from_the_library(site: Site, editor: SafelightEditor) -> None:
    unwanted, wanted = upload_all(site, 2)
    editor.open_library("cover")
    editor.delete_from_library(unwanted)
    editor.tile(unwanted).wait_for(state="detached")
    assert editor.tile(wanted).count() == 1
    assert (site.files(), media_rows(site)) == ({wanted}, [wanted])
    (request,) = editor.asked("DELETE")
    assert (request.status, request.query["trigger"], request.query["value"]) == (200, ["delete_button"], [unwanted])


def test_what_the_form_itself_names_is_not_deleted(site: Site, editor: SafelightEditor) -> None:
    """This view would, and what is saved then would name nothing."""
    (name,) = upload_all(site, 1)
    editor.open_library("cover")
    editor.tile(name).click()
    editor.open_library("cover")
    editor.page.get_by_role("button", name=f"Delete {name}", exact=True).click()
    question = editor.page.get_by_role("dialog").last
    question.get_by_role("button", name="Delete", exact=True).click()
    assert editor.wait_for(lambda: f"{name} is in use and cannot be deleted:" in question.inner_text())
    assert question.get_by_role("listitem").all_inner_texts() == ["body: cover"]
    question.get_by_role("button", name="Close", exact=True).click()
    editor.page.get_by_role("dialog").get_by_role("button", name="Close", exact=True).last.click()
    assert editor.save()
    assert (site.files(), site.requests("DELETE", HANDLER)) == ({name}, [])


def test_a_refusal_is_told_in_its_words_and_the_old_file_stays(site: Site, editor: SafelightEditor) -> None:
    old = editor.upload("cover", picture())
    editor.choose("cover", HTML)
    assert editor.wait_for(lambda: "File extension “html” is not allowed." in editor.words())
    assert (editor.value("cover"), site.files()) == (old, {old})
    assert editor.save()


def test_uploads_of_a_page_that_is_left_are_named_one_by_one(site: Site, editor: SafelightEditor) -> None:
    """This view deletes them at once; those that a saved page has are not among them."""
    (kept,) = upload_all(site, 1)
    editor.open_library("cover")
    editor.tile(kept).click()
    assert editor.save()
    editor.change(site.last_page())
    given_up = [editor.upload("cover", picture(21)), editor.upload("attachment", picture(22))]
    editor.leave()
    assert editor.wait_for(lambda: site.files() == {kept})
    (request,) = editor.asked("DELETE")
    assert (request.query["trigger"], request.query["value"]) == (["unsaved_form_page_exit"], given_up)


def test_a_file_in_the_document_is_verified_all_the_same(site: Site, editor: SafelightEditor) -> None:
    """No handler has to do with it."""
    sent = picture()
    editor.upload("logo", {**sent, "buffer": sent["buffer"] + b"<script>alert(1)</script>"})
    assert editor.save()
    head, content = site.document(site.last_page())["logo"].split(",")
    assert head == "data:image/png;name=photo-1.png;base64"
    assert b64decode(content).endswith(sent["buffer"][-12:])
    editor.change(site.last_page())
    assert is_shown(editor, "logo")
    assert (site.files(), site.requests("POST", HANDLER)) == (set(), [])


@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", "../../etc/passwd", "uploads/%2e%2e/settings.py", "//evil.example/x.png"]
)
def test_what_no_handler_would_answer_is_refused(value: str, site: Site) -> None:
    """Whether a file is there, its handler alone knows; that it is none, we do."""
    assert "There is no such file." in refusal(site, cover=value)
    assert site.last_page() == 0


def test_what_may_be_a_file_is_not(site: Site) -> None:
    for value in ("uploads/2019/a b.png", "https://cdn.example.com/x.png?v=1", "/media/x.png"):
        assert refusal(site, cover=value) == "", value
    assert site.last_page() == 3


def test_its_setting_is_heeded_and_said_to_have_another_name(site: Site) -> None:
    with pytest.raises(AssertionError, match=r"safelight\.W014"):
        site.manage("check", "--fail-level", "WARNING")
