"""A library of 100,000 files in the form: it opens, is scrolled, searched and chosen from as one of ten is."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.e2e.browser import needs_browser
from tests.e2e.conftest import session_of
from tests.e2e.form_pages import button, place
from tests.e2e.pages.editing import ADD, key_at, name, save
from tests.e2e.server import Server
from tests.pictures import photo

from safelight.keys import new_key

pytestmark = needs_browser

FILES = 100_000
PER_PAGE = 30
PAGES = 20
"""More than anybody scrolls through before he searches."""

INSERT = """
INSERT INTO safelight_blob (key, storage, state, created, media_type, size, sha256, width, height, filename, policy,
                            owner, also_in)
VALUES (?, 'default', 'ready', datetime('2020-01-01', ? || ' seconds'), 'image/jpeg', 250000, '', 400, 300, ?,
        'page pictures', '', '')
"""
"""One a second. None has bytes until they are needed, and none a thumbnail: a sheet of paper is shown."""


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("library")
    data = shutil.copytree(prepared, folder / "data")
    day = datetime(2020, 1, 1, tzinfo=UTC)
    rows = ((new_key("pages/%Y/%m/%d", "jpg", day), n, f"holiday {n:06}.jpg") for n in range(1, FILES + 1))
    with closing(sqlite3.connect(data / "db.sqlite3")) as connection, connection:
        connection.executemany(INSERT, rows)
    with Server(folder, data, SAFELIGHT_UPLOAD_RATE="off") as server:
        yield server


@pytest.fixture(scope="session")
def staff_cookies(shared_server: Server) -> dict[str, str]:
    return session_of(shared_server, "admin")


@pytest.fixture
def page(edit) -> Page:
    return edit(ADD)


def key_of(server: Server, filename: str) -> str:
    """Of a file that from now on has bytes."""
    ((key,),) = server.rows("SELECT key FROM safelight_blob WHERE filename = ?", filename)
    (server.media / key).parent.mkdir(parents=True, exist_ok=True)
    (server.media / key).write_bytes(photo((400, 300)))
    return key


def open_library(page: Page) -> Locator:
    button(place(page, "cover"), "Choose from the library").click()
    shelf = page.get_by_role("dialog", name="Choose from the library")
    expect(tiles(shelf).first).to_be_visible()
    return shelf


def tiles(shelf: Locator) -> Locator:
    return shelf.locator("[data-tile]")


def names(shelf: Locator) -> list[str]:
    return shelf.locator("[data-tile] bdi").all_text_contents()


def scroll(shelf: Locator, count: int) -> None:
    """Until so many are there."""
    shelf.page.wait_for_function(
        """(count) => {
            const shelf = document.querySelector(".safelight-shelf");
            if (shelf.querySelectorAll("[data-tile]").length >= count) return true;
            shelf.scrollTo(0, shelf.scrollHeight);
        }""",
        arg=count,
    )


def test_the_newest_come_first_and_with_pictures(page: Page, send) -> None:
    for number in range(3):
        send(f"new {number}.jpg", photo((400, 300)))
    shelf = open_library(page)
    assert names(shelf)[:4] == ["new 2.jpg", "new 1.jpg", "new 0.jpg", f"holiday {FILES}.jpg"]
    for number in range(3):
        expect(tiles(shelf).nth(number).locator("img")).to_have_js_property("naturalWidth", 320)


def test_scrolling_far_down(server: Server, page: Page) -> None:
    """Nothing comes twice, nothing is left out; what is out of sight is not drawn; what is in sight can be chosen."""
    shelf = open_library(page)
    scroll(shelf, PAGES * PER_PAGE)
    shown = [name for name in names(shelf) if name.startswith("holiday")]
    assert shown == [f"holiday {FILES - number:06}.jpg" for number in range(len(shown))]
    assert len(shown) > (PAGES - 1) * PER_PAGE
    drawn = tiles(shelf).evaluate_all(
        "(all) => all.filter((tile) => tile.checkVisibility({contentVisibilityAuto: true})).length"
    )
    assert 0 < drawn <= 4 * PER_PAGE
    tiles(shelf).nth(0).focus()
    page.keyboard.press("End")
    expect(page.locator("[data-tile]:focus")).to_be_in_viewport()
    focused = page.locator("[data-tile]:focus bdi").text_content()
    key = key_of(server, focused)
    page.keyboard.press("Enter")
    expect(shelf).to_have_count(0)
    assert key_at(page, "cover") == key
    expect(page.get_by_role("img", name="Preview of")).to_have_js_property("naturalWidth", 400)


def test_searching(server: Server, page: Page) -> None:
    """One of them, by its name; then saved, and told of where it is used."""
    name(page, "Found again")
    key = key_of(server, "holiday 000007.jpg")
    shelf = open_library(page)
    search = shelf.get_by_label("Search")
    search.press_sequentially("holiday 000007")
    expect(tiles(shelf)).to_have_count(1)
    button(shelf, "Choose holiday 000007.jpg").click()
    assert key_at(page, "cover") == key
    save(page)
    page.goto(ADD)
    shelf = open_library(page)
    shelf.get_by_label("Search").fill("holiday 000007")
    expect(tiles(shelf)).to_have_count(1)
    expect(shelf.get_by_role("listitem")).to_contain_text("Found again")
    shelf.get_by_label("Search").fill("holiday")
    expect(tiles(shelf)).to_have_count(PER_PAGE)
    shelf.get_by_label("Search").fill("there is none")
    expect(shelf).to_contain_text("Nothing was found for “there is none”.")
