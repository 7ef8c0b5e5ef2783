"""Whoever follows a tutorial gets what it says: a real project, served by Django's own server."""

import base64
import json
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.docs.pages import DOCS, ROOT
from tests.docs.reader import Reader
from tests.document_files import pdf
from tests.pictures import SOI, exif_segment, photo, png, tiff

PHONES, FORMS, PAGES, FLASK = (DOCS / "tutorial" / f"{name}.md" for name in ("phones", "forms", "pages", "flask"))


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    camera = photo((800, 600), quality=80)
    (tmp_path / "photo.jpg").write_bytes(SOI + exif_segment(tiff(orientation=1)) + camera[2:])
    with Reader(tmp_path) as reader:
        yield reader


def log_in(browser: httpx.Client) -> None:
    browser.get("/admin/login/")
    form = {"username": "staff", "password": "darkroom", "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    assert "Log out" in browser.post("/admin/login/?next=/admin/", data=form).text


def submit(browser: httpx.Client, path: str, data: dict[str, str], **files: Path) -> httpx.Response:
    """Fill in the form at `path` and press Save."""
    browser.get(path).raise_for_status()
    data = data | {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    answer = browser.post(path, data=data, files={name: (file.name, file.read_bytes()) for name, file in files.items()})
    assert answer.status_code == 200, answer.text
    return answer


def test_pictures_from_phones(reader: Reader) -> None:
    for section in reader.follow(PHONES):
        if section == "Review it":
            review(reader)
    assert section == "Before the phones are let in"


def review(reader: Reader) -> None:
    (stored,) = (reader.folder / "media").rglob("*.jpg")
    assert b"Exif" not in stored.read_bytes()
    address = f"/media/{stored.relative_to(reader.folder / 'media').as_posix()}"
    with reader.client() as browser:
        assert browser.get(address).content == stored.read_bytes()
        log_in(browser)
        rows = browser.get("/admin/photos/photo/").text
        assert f'<img class="safelight-thumbnail" src="{address}"' in rows
        assert 'name="form-0-reviewed"' in rows
        assert "<dt>SHA-256</dt>" in browser.get("/admin/photos/photo/1/change/").text
        answer = submit(browser, "/admin/photos/photo/1/change/", {}, image=reader.folder / "page.jpg")
        assert "This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP." in answer.text
        assert [stored] == list((reader.folder / "media").rglob("*.jpg"))
    with reader.client() as phone:
        picture = "data:image/jpeg;base64," + base64.b64encode(photo()).decode()
        assert phone.post("/api/photos/", json={"image": picture}).status_code == 201
        assert phone.post("/api/photos/", files={"image": photo()}).status_code == 201


def test_a_form_and_the_admin(reader: Reader) -> None:
    for section in reader.follow(FORMS):
        if section == "Add a recipe":
            add(reader)
        if section == "Replace the picture":  # and so after the files that are refused have been made
            be_refused(reader)
            replace_the_picture(reader)
        if section == "The admin":
            look_into_the_admin(reader)
    assert section == "Go on"


def add(reader: Reader) -> None:
    with reader.client() as browser:
        answer = submit(browser, "/add/", {"title": "Soup"}, picture=reader.folder / "photo.jpg")
        assert answer.url.path == "/"
        assert "800 x 600 pixels" in answer.text
        assert "sent as photo.jpg" in answer.text


def be_refused(reader: Reader) -> None:
    *sentences, kept = re.findall("^> (.*)", FORMS.read_text(), re.MULTILINE)
    files = [reader.folder / name for name in ("page.jpg", "stub.png")]
    with reader.client() as browser:
        for file, sentence in zip(files, sentences, strict=True):
            assert sentence in submit(browser, "/1/", {"title": "Soup"}, picture=file).text
        photo = reader.folder / "photo.jpg"
        assert "This is a JPEG" in submit(browser, "/1/", {"title": "Soup"}, leaflet=photo).text
        page = submit(browser, "/add/", {"title": "Bread"}, picture=photo, leaflet=files[1]).text
        assert re.search(re.escape(kept).replace("…", "[0-9.]+"), page)
        token = re.findall('name="picture-kept" value="([^"]+)" checked', page)
        assert submit(browser, "/add/", {"title": "Bread", "picture-kept": token[0]}).url.path == "/"
    assert len([path for path in (reader.folder / "media").rglob("*") if path.is_file()]) == 2


def replace_the_picture(reader: Reader) -> None:
    other = reader.folder / "other.png"
    other.write_bytes(png(40, 30))
    with reader.client() as browser:
        assert "sent as other.png" in submit(browser, "/1/", {"title": "Soup"}, picture=other).text


def look_into_the_admin(reader: Reader) -> None:
    with reader.client() as browser:
        log_in(browser)
        assert "safelight-thumbnail" in browser.get("/admin/recipes/recipe/").text
        assert "<dt>SHA-256</dt>" in browser.get("/admin/recipes/recipe/1/change/").text


def test_fill_a_page(reader: Reader) -> None:
    """What its form sends is sent here by hand; the form itself is tested in a browser, in tests/e2e/pages."""
    for section in reader.follow(PAGES):
        if section == "Fill it in":
            fill_in(reader)
        if section == "Change your mind":  # and so after the file that is refused has been made
            be_refused_by_the_handler(reader)
            change_ones_mind(reader)
        if section == "Go on":
            use_what_is_left(reader)
    assert section == "Go on"


def send(browser: httpx.Client, coords: str, name: str, content: bytes) -> httpx.Response:
    place = {"field_name": "body", "model_name": "Page", "app_label": "pages", "coords": coords}
    headers = {"X-CSRFToken": browser.cookies["csrftoken"]}
    return browser.post("/json-file-handler/", data=place, files={"file": (name, content)}, headers=headers)


def fill_in(reader: Reader) -> None:
    picture = (reader.folder / "photo.jpg").read_bytes()
    sent = [("cover", "cover.jpg", picture), ("gallery§0§picture", "a.jpg", picture), ("timetable", "ferry.pdf", pdf())]
    with reader.client() as browser:
        log_in(browser)
        cover, first, paper = (send(browser, *each).json()["value"] for each in sent)
        body = {
            "lead": "By the sea.",
            "cover": cover,
            "gallery": [{"picture": first, "caption": "Boats"}],
            "timetable": paper,
        }
        form = {"title": "The harbour", "slug": "the-harbour", "body": json.dumps(body)}
        added = submit(browser, "/admin/pages/page/add/", form)
        assert "was added successfully" in added.text
        assert "data-safelight-jsonform" in browser.get("/admin/pages/page/1/change/").text
    with reader.client() as anyone:
        page = anyone.get("/the-harbour/").text
        assert f'<img src="/media/{cover}" alt="">' in page
        assert f'<a href="/media/{first}"><img src="/media/{first}.thumbnail.webp" alt="Boats"></a>' in page
        assert re.search(rf'<a href="/media/{paper}">ferry.pdf</a> \d+ bytes', page)
        assert anyone.get(f"/media/{first}.thumbnail.webp").headers["Content-Type"] == "image/webp"


def be_refused_by_the_handler(reader: Reader) -> None:
    (sentence,) = re.findall("^> (.*)", PAGES.read_text(), re.MULTILINE)
    with reader.client() as browser:
        log_in(browser)
        answer = send(browser, "cover", "page.jpg", (reader.folder / "page.jpg").read_bytes())
        assert (answer.status_code, answer.json()["detail"]) == (415, sentence)


def change_ones_mind(reader: Reader) -> None:
    with reader.client() as browser:
        log_in(browser)
        assert send(browser, "cover", "other.png", png(40, 30)).status_code == 201


def use_what_is_left(reader: Reader) -> None:
    with reader.client() as browser:
        log_in(browser)
        (cover,) = re.findall(r'<img src="/media/([^"]+)" alt="">', browser.get("/the-harbour/").text)
        values = {
            "field_name": "body",
            "model_name": "Page",
            "coords": "cover",
            "trigger": "delete_button",
            "value": cover,
        }
        headers = {"X-CSRFToken": browser.cookies["csrftoken"]}
        answer = browser.delete("/json-file-handler/", params=values, headers=headers)
        assert answer.status_code == 409
        assert "The harbour" in answer.text
        assert browser.get(f"/media/{cover}").status_code == 200


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is missing: apt install curl")
def test_profile_pictures_with_flask(reader: Reader) -> None:
    for section in reader.follow(FLASK):
        if section == "What was replaced":
            assert len(list((reader.folder / "media").rglob("*.jpg"))) == 3
    assert section == "Go on"
    (stored,) = (reader.folder / "media").rglob("*.jpg")
    with reader.client() as anyone:
        served = anyone.get(f"/media/{stored.relative_to(reader.folder / 'media').as_posix()}")
    assert served.content == stored.read_bytes()


@pytest.mark.parametrize("page", [PHONES, FORMS, PAGES, FLASK], ids=lambda page: page.stem)
def test_the_extras_that_are_installed_exist(page: Path) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    (wanted,) = re.findall(r'pip install "\./safelight\[([\w,]+)\]"', page.read_text())
    assert set(wanted.split(",")) <= set(extras)
