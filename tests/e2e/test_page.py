"""The page in a real browser: it tells step by step what becomes of a picture, in whichever way it is sent."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect
from tests.cameras import TAKEN, pictures
from tests.e2e.browser import expect_fits, log_in, needs_browser
from tests.e2e.checks import nothing_left, one_more
from tests.e2e.server import Server
from tests.e2e.test_file_input import PHONE, button, said, send

from resolver.samples import SAMPLES, STORED
from safelight.errors import TABLE

pytestmark = needs_browser

STEPS = ["receive", "inspect", "sanitise", "store"]
ENCODINGS = {
    "multipart": ("a form with a file", "came as a form file."),
    "json": ("base64 in JSON", "came as base64 in JSON."),
    "form": ("base64 in a form field", "came as base64 in a form field."),
}


@pytest.fixture
def camera_photo() -> dict:
    """With a position, a camera, an owner, a comment-like tail."""
    data = pictures()["JPEG"] + b"<?php phpinfo();"
    return {"name": "it's on the way; really.jpg", "mimeType": "image/jpeg", "buffer": data}


def found(page: Page, step: str) -> Locator:
    return page.locator(f"#{step} .found")


def outcomes(page: Page) -> list[str | None]:
    return [page.locator(f"#{step}").get_attribute("data-outcome") for step in STEPS]


def expect_stored(page: Page) -> dict:
    """The picture and the API's answer show."""
    picture = page.get_by_role("img", name="The stored picture")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("complete", True)
    answer = json.loads(page.locator("#answer").inner_text())
    assert set(answer) == {"pk", "image", "timestamp"}
    assert picture.get_attribute("src") == answer["image"]
    assert outcomes(page) == ["done"] * 4
    return answer


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_became_of_it(server: Server, visit, encoding: str, camera_photo: dict) -> None:
    page = visit()
    switch, sent_as = ENCODINGS[encoding]
    page.get_by_label(switch).first.check()
    with one_more(server), page.expect_request("**/api/images/create/*") as sent:
        send(page, camera_photo)
        answer = expect_stored(page)
    media_type = {"json": "application/json", "form": "application/x-www-form-urlencoded"}.get(encoding, "multipart/")
    assert sent.value.headers["content-type"].startswith(media_type)
    expect(found(page, "receive")).to_have_text(re.compile(rf"^[\d.]+ (bytes|kB) {re.escape(sent_as)}$"))
    expect(found(page, "inspect")).to_have_text(re.compile(r"^JPEG, 64 . 64 pixels, whole up to its end\.$"))
    taken_out = found(page, "sanitise")
    for words in ("EXIF", "data after the end16 bytes", "48.2166° N, 16.3958° E", "Pentacon six", "0815", "A. Person"):
        expect(taken_out).to_contain_text(words)
    expect(taken_out).to_contain_text(TAKEN.replace(":", "-", 2))
    expect(taken_out.get_by_role("img", name="The position on a map")).to_be_visible()
    ((key, size, sha256),) = server.rows("SELECT key, size, sha256 FROM safelight_blob ORDER BY created DESC LIMIT 1")
    assert answer["image"].endswith(key)
    for fact in (key, "default", f"{size} bytes" if size < 1000 else f"{size / 1000:.3g} kB", sha256):
        expect(found(page, "store")).to_contain_text(fact)
    expect_fits(page)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_curl_line_does_the_same(server: Server, visit, encoding: str, camera_photo: dict, tmp_path: Path) -> None:
    """In a shell, with a name that needs quoting."""
    if not shutil.which("curl"):
        pytest.skip("curl is missing")
    (tmp_path / camera_photo["name"]).write_bytes(camera_photo["buffer"])
    page = visit()
    page.get_by_label(ENCODINGS[encoding][0]).first.check()
    send(page, camera_photo)
    first = expect_stored(page)
    with one_more(server):
        line = page.locator("#curl").inner_text()
        done = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True)
        second = json.loads(done.stdout)
    assert second["pk"] == first["pk"] + 1
    assert httpx.get(second["image"], trust_env=False).content == httpx.get(first["image"], trust_env=False).content


def test_the_curl_line_can_be_copied(server: Server, visit, jpeg: dict) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    send(page, jpeg)
    expect_stored(page)
    button(page, "Copy").click()
    expect(page.locator("#copy")).to_have_text("Copied")
    line = f"curl -F image=@digit.jpg {server.url}/api/images/create/"
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#curl").inner_text() == line


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_samples(server: Server, visit, sample) -> None:
    """One click each; what becomes of it is what its sentence says."""
    page = visit()
    before = server.baseline()
    button(page, sample.title).click()
    if sample.outcome == STORED:
        expect_stored(page)
        assert server.settled(before.plus(1)) == before.plus(1)
        return
    expect(page.locator("[data-outcome=refused]")).to_be_visible()
    assert server.settled(before) == before
    assert outcomes(page) == ["done", "refused", "skipped", "skipped"]
    answer = json.loads(page.locator("#answer").inner_text())
    assert answer["code"] == sample.outcome
    expect(page.locator("#status")).to_have_text(str(TABLE[sample.outcome].status))
    expect(said(page)).to_have_text(answer["detail"])
    expect(found(page, "inspect")).to_contain_text(answer["detail"])
    expect(found(page, "inspect")).to_contain_text("Nothing was stored")


def test_a_refusal_after_a_success(server: Server, visit, jpeg: dict, html: dict) -> None:
    """Nothing of the last picture is left on the page."""
    page = visit()
    send(page, jpeg)
    expect_stored(page)
    with nothing_left(server):
        send(page, html)
        expect(page.locator("[data-outcome=refused]")).to_be_visible()
    expect(page.get_by_role("img", name="The stored picture")).to_have_count(0)
    send(page, jpeg)
    expect_stored(page)
    expect(page.locator("[data-outcome=refused]")).to_have_count(0)


def test_a_broken_line_after_a_success(visit, jpeg: dict) -> None:
    """Nobody knows whether anything was stored, and there is no answer to show."""
    page = visit()
    send(page, jpeg)
    expect_stored(page)
    page.route("**/api/images/create/*", lambda route: route.abort())
    send(page, jpeg)
    expect(page.locator("[data-outcome=refused]")).to_contain_text("The connection broke")
    expect(page.locator("#wire")).to_be_hidden()
    expect(page.get_by_text("Nothing was stored")).to_have_count(0)


def test_hostile_words_stay_words(visit, server: Server) -> None:
    """A file's name and its EXIF are a stranger's words."""
    page = visit()
    hostile = pictures()["JPEG"].replace(b"Pentacon six", b"<img src=x>!")
    send(page, {"name": "<img src=x onerror=alert(1)>.jpg", "mimeType": "image/jpeg", "buffer": hostile})
    expect_stored(page)
    expect(found(page, "sanitise")).to_contain_text("<img src=x>!")
    expect(page.locator("img[src=x]")).to_have_count(0)


def test_links(server: Server, visit) -> None:
    page = visit()
    for name in ("Admin", "API", "API docs"):
        path = page.get_by_role("navigation").get_by_role("link", name=name, exact=True).get_attribute("href")
        assert httpx.get(f"{server.url}{path}", trust_env=False, follow_redirects=True).status_code in (200, 401)


def test_phone_sees_the_story(visit, jpeg: dict) -> None:
    """What became of it comes into view by itself."""
    page = visit(**PHONE, reduced_motion="reduce")
    send(page, jpeg)
    expect_stored(page)
    expect(page.get_by_role("heading", name="What happens to it")).to_be_in_viewport()
    expect_fits(page)


def test_logged_in(server: Server, visit, jpeg: dict) -> None:
    """Somebody who is logged in to the admin may send as well: the page passes its CSRF token on."""
    page = visit("/admin/login/?next=/")
    log_in(page)
    with one_more(server):
        send(page, jpeg)
        expect_stored(page)


def test_admin(server: Server, visit, jpeg: dict, html: dict) -> None:
    """Log in, add, see the thumbnail and the facts: under the strict policy, without a word in the console."""
    page = visit("/admin/resolver/image/add/")
    log_in(page)
    page.locator("#id_image").set_input_files(html)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".errorlist").last).to_contain_text("This is an HTML page")
    page.locator("#id_image").set_input_files(jpeg)
    page.get_by_role("button", name="Save", exact=True).click()
    thumbnail = page.locator("img.safelight-thumbnail").first
    expect(thumbnail).to_be_visible()
    expect(thumbnail).to_have_js_property("naturalWidth", 320)  # not the picture itself, of 400 x 300
    assert thumbnail.bounding_box()["height"] <= 100
    thumbnail.click()
    expect(page.locator(".safelight-facts")).to_contain_text("400 x 300")
    expect(page.locator(".safelight-facts")).to_contain_text("digit.jpg")


def test_browsable_api(visit) -> None:
    page = visit("/admin/login/?next=/api/images.html")
    log_in(page)
    expect(page.get_by_role("heading", name="Image List")).to_be_visible()
