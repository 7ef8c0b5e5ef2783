"""django-jsonform's own form, its script as it comes, with our file handler where the view of its guide was: moving may
begin with the view, and nothing that the form does is missed."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Request, expect
from tests.e2e.browser import needs_browser
from tests.faults.editor import HANDLER, json_of
from tests.faults.peer_editor import PeerEditor
from tests.faults.site import Site
from tests.faults.trial import HTML, picture

pytestmark = needs_browser

SETTINGS = "tests.peer.theirs.pages.settings"
PER_PAGE = 30  # ours, if nothing else is said
PDF = {"name": "menu.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}


@pytest.fixture
def editor(site: Site, open_editor: Callable[..., PeerEditor]) -> PeerEditor:
    editor = open_editor(PeerEditor, site)
    editor.add()
    return editor


def upload_all(site: Site, count: int) -> list[str]:
    """Keys, in the order in which they were sent."""
    place = {"field_name": "body", "model_name": "Page", "coords": "cover"}
    keys = []
    with site.client() as client:
        for number in range(1, count + 1):
            file = {"file": (f"{number}.png", picture(number)["buffer"])}
            answer = client.post(HANDLER, data=place, files=file, headers={"X-CSRFToken": client.cookies["csrftoken"]})
            keys.append(answer.raise_for_status().json()["value"])
    return keys


def sweep(site: Site, grace: str = "0s") -> None:
    site.manage("safelight_sweep", "--grace", grace)


def pictures(files: set[str]) -> set[str]:
    return {file for file in files if not file.endswith(".thumbnail.webp")}


@pytest.mark.parametrize("place", ["cover", "attachment", "gallery§0§picture"])
def test_an_upload_is_saved_and_shown_again(place: str, site: Site, editor: PeerEditor) -> None:
    if place.startswith("gallery"):
        editor.page.locator(".rjf-form-group", has_text="Gallery").last.get_by_role("button", name="Add item").click()
    with editor.page.expect_request(lambda request: request.method == "POST") as sent:
        key = editor.upload(place, picture())
    answer = json_of(sent.value)
    assert (sent.value.response().status, answer["value"], answer["filename"]) == (201, key, "photo-1.png")
    assert editor.save()
    document = site.document(site.last_page())
    found = document["gallery"][0]["picture"] if place.startswith("gallery") else document[place]
    assert found == key
    sweep(site)
    with site.client() as client:
        assert client.get(f"/media/{key}").headers["Content-Type"] == "image/png"
    editor.change(site.last_page())
    assert editor.value(place) == key
    assert editor.save()


def test_what_is_replaced_or_given_up_goes(site: Site, editor: PeerEditor) -> None:
    first = editor.upload("cover", picture(1))
    assert editor.save()
    editor.change(site.last_page())
    second = editor.upload("cover", picture(2))
    assert editor.save()
    assert pictures(site.files()) == {first, second}
    sweep(site)
    assert pictures(site.files()) == {second}


def test_in_an_inline(site: Site, open_editor: Callable[..., PeerEditor]) -> None:
    editor = open_editor(PeerEditor, site)
    editor.open("book/add/")
    editor.page.locator("#id_name").fill("A book")
    with editor.page.expect_request_finished(lambda request: request.method == "POST") as sent:
        editor.choose("cover", picture())
    key = json_of(sent.value)["value"]
    editor.wait_until_idle()
    assert editor.save()
    sweep(site)
    assert pictures(site.files()) == {key}
    with site.client() as client:
        client.get("/admin/pages/book/1/change/").raise_for_status()


@pytest.mark.parametrize("file", [HTML, PDF], ids=["a page", "a PDF"])
def test_a_refusal_leaves_nothing(file: dict, site: Site, editor: PeerEditor) -> None:
    """It carries no value: the script looks at nothing else."""
    with editor.page.expect_request_finished(lambda request: request.method == "POST") as refused:
        editor.choose("cover", file)
    editor.wait_until_idle()
    assert refused.value.response().status == 415
    assert "value" not in json_of(refused.value)
    assert (editor.value("cover"), site.files()) == (None, set())


def test_the_library_lists_to_its_end_and_a_file_is_chosen(site: Site, editor: PeerEditor) -> None:
    keys = upload_all(site, PER_PAGE + 2)
    editor.open_library("cover")
    tiles = editor.page.locator(".rjf-upload-modal__media-tile")
    assert tiles.count() == PER_PAGE
    newest = tiles.first
    assert [f"{PER_PAGE + 2}.png", "PNG", "60 x 40"] == [
        word for word in newest.inner_text().splitlines() if word.endswith((".png", "PNG", "40"))
    ]
    assert editor.wait_for(lambda: newest.locator("img").evaluate("(image) => image.naturalWidth") == 60)
    editor.tile(keys[0]).click()  # the oldest is on the second page
    assert editor.wait_for(lambda: editor.value("cover") == keys[0])
    assert [request.query["page"] for request in editor.asked("GET", 2)][:2] == [["1"], ["2"]]
    assert {request.status for request in editor.asked("GET", 2)} == {200}
    assert editor.save()
    sweep(site)
    assert pictures(site.files()) == {keys[0]}


def test_an_unused_file_is_deleted_from_the_library(site: Site, editor: PeerEditor) -> None:
    unwanted, wanted = upload_all(site, 2)
    editor.open_library("cover")
    editor.delete_from_library(unwanted)
    expect(editor.page.locator(".rjf-upload-modal__media-tile")).to_have_count(1)  # the list begins again
    assert editor.tile(wanted).count() == 1
    assert pictures(site.files()) == {wanted}
    assert editor.said == ["Do you want to delete this file?"]
    (request,) = editor.asked("DELETE")
    assert (request.status, request.query["trigger"], request.query["value"]) == (204, ["delete_button"], [unwanted])


def test_a_file_in_use_is_not(site: Site, editor: PeerEditor) -> None:
    key = editor.upload("cover", picture())
    assert editor.save()
    editor.add()
    editor.open_library("cover")
    editor.delete_from_library(key)
    assert editor.wait_for(lambda: len(editor.said) == 2)
    assert editor.said[1] == "Something went wrong while deleting file"  # it has no better words for 409
    (request,) = editor.asked("DELETE")
    assert (request.status, pictures(site.files())) == (409, {key})


def test_uploads_of_a_page_that_is_left_expire_sooner(site: Site, editor: PeerEditor) -> None:
    """Their values come joined by a comma. Of a `fileinput` it says nothing: that waits for the whole grace period."""
    given_up = {editor.upload("cover", picture(1)), editor.upload("cover", picture(2))}
    unsaid = editor.upload("attachment", picture(3))
    editor.leave()
    (request,) = editor.asked("DELETE")
    assert (request.status, request.query["trigger"]) == (204, ["unsaved_form_page_exit"])
    assert set(request.query["value"][0].split(",")) == given_up
    assert pictures(site.files()) == {*given_up, unsaid}  # the page may come back
    sweep(site, "22h")  # of the 24 hours one is left to them
    assert pictures(site.files()) == {unsaid}
    sweep(site)
    assert site.files() == set()


def test_a_page_that_is_saved_gives_nothing_up(site: Site, editor: PeerEditor) -> None:
    key = editor.upload("cover", picture())
    assert editor.save()
    editor.change(site.last_page())
    editor.leave()
    sweep(site)
    assert (site.requests("DELETE", HANDLER), pictures(site.files())) == ([], {key})


def test_a_file_in_the_document_asks_no_handler(site: Site, editor: PeerEditor) -> None:
    sent: list[Request] = []
    editor.page.on("request", lambda request: sent.append(request))
    value = editor.upload("logo", picture())
    assert value.startswith("data:image/png;name=photo-1.png;base64,")
    assert not any(HANDLER in request.url for request in sent)
    assert editor.save()
    assert site.document(site.last_page())["logo"] == value


def test_a_document_whose_file_is_gone_can_be_saved(site: Site, editor: PeerEditor) -> None:
    """Its form asks nobody whether a file is there: who saves must not lose the page to an error."""
    editor.upload("cover", picture())
    sweep(site)
    assert site.files() == set()
    assert editor.save()
