"""Whoever follows a tutorial gets what it says: a real project, served by Django's own server."""

import base64
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.docs.pages import DOCS, ROOT
from tests.docs.reader import Reader
from tests.pictures import SOI, exif_segment, photo, png, tiff

PHONES, FORMS, FLASK = (DOCS / "tutorial" / f"{name}.md" for name in ("phones", "forms", "flask"))


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
    sentences = re.findall("^> (.*)", FORMS.read_text(), re.MULTILINE)
    files = [reader.folder / name for name in ("page.jpg", "stub.png")]
    with reader.client() as browser:
        for file, sentence in zip(files, sentences, strict=True):
            assert sentence in submit(browser, "/1/", {"title": "Soup"}, picture=file).text
        photo = reader.folder / "photo.jpg"
        assert "This is a JPEG" in submit(browser, "/1/", {"title": "Soup"}, leaflet=photo).text
        assert "This field is required." in submit(browser, "/add/", {"title": ""}, picture=photo).text
    assert len([path for path in (reader.folder / "media").rglob("*") if path.is_file()]) == 1


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


@pytest.mark.parametrize("page", [PHONES, FORMS, FLASK], ids=lambda page: page.stem)
def test_the_extras_that_are_installed_exist(page: Path) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    (wanted,) = re.findall(r'pip install "\./safelight\[([\w,]+)\]"', page.read_text())
    assert set(wanted.split(",")) <= set(extras)
