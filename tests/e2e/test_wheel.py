"""The wheel holds the front end: installed where there is no Node, it serves the page, whole."""

import os
import re
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import dev
import pytest
from playwright.sync_api import Browser, expect
from tests.e2e.browser import needs_browser
from tests.e2e.server import Server

MODULE = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'`]([^"'`]+\.(?:js|css))["'`]|["'`](\./[\w./-]+\.css)["'`]""")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    uv("build", "--wheel", "--quiet", "--out-dir", str(folder), str(dev.ROOT))
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Iterator[Server]:
    """The example on the wheel alone, started where there is nothing but Python."""
    folder = tmp_path_factory.mktemp("installed")
    python = folder / "env" / "bin" / "python"
    needs = ("sync", "--frozen", "--quiet", "--no-python-downloads", "--no-install-project", *dev.EXAMPLE_NEEDS)
    uv(*needs, UV_PROJECT_ENVIRONMENT=str(folder / "env"))
    uv("pip", "install", "--quiet", "--no-deps", "--python", str(python), str(wheel))
    with Server(folder / "site", python=python, PATH=str(python.parent)) as server:
        yield server


def uv(*arguments: str, **environment: str) -> None:
    environ = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"} | environment
    subprocess.run([str(dev.uv()), *arguments], cwd=dev.ROOT, env=environ, check=True)


def test_holds_what_was_built_and_nothing_to_build_with(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    static = [name for name in names if name.startswith("safelight/django/static/safelight/")]
    assert {Path(name).name for name in static} >= {"file-input.js", "file-input.css", "admin.js", "admin.css"}
    with zipfile.ZipFile(wheel) as archive:
        notices = archive.read("safelight/django/static/safelight/LICENSES.md").decode()
    assert {"react", "react-dom", "react-image-crop"} <= set(re.findall(r"[\w-]+", notices))
    assert "Permission is hereby granted" in notices
    assert not [name for name in names if name.endswith((".ts", ".tsx", "package.json")) or "node_modules" in name]


def test_speaks_german_without_what_the_catalogues_are_compiled_with(wheel: Path, installed: Server) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "safelight/django/locale/de/LC_MESSAGES/django.mo" in names
    assert not [name for name in names if name.startswith("translations/")]
    with installed.client(headers={"Accept-Language": "de"}) as client:
        answer = client.post("/api/images/create/", json={"image": "PGh0bWw+"}).json()
    assert answer["detail"] == "Das ist eine HTML-Seite; erlaubt: AVIF, GIF, JPEG, PNG und WebP."


def test_serves_the_page_whole(installed: Server) -> None:
    """Every script and style sheet that the page asks for, and those ask for, is there."""
    with installed.client() as client:
        page = client.get("/")
        wanted = {urljoin(str(page.url), path) for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)}
        assert any("file-input" in url for url in wanted)
        seen: set[str] = set()
        while wanted - seen:
            url = (wanted - seen).pop()
            seen.add(url)
            response = client.get(url)
            assert response.status_code == 200, url
            if url.endswith(".js"):
                found = (match[0] or match[1] for match in MODULE.findall(response.text))
                wanted |= {urljoin(url, path) for path in found}
    assert any("CropDialog" in url for url in seen)


def test_the_wheel_is_what_runs(installed: Server) -> None:
    python = installed.environment["PATH"] + "/python"
    ask = "import safelight, shutil; print(safelight.__file__, shutil.which('node'), shutil.which('npm'))"
    answer = subprocess.run([python, "-c", ask], env=installed.environment, capture_output=True, text=True).stdout
    where, *node = answer.split()
    assert "site-packages" in where
    assert node == ["None", "None"]


@needs_browser
def test_takes_a_picture_in_a_browser(installed: Server, browser: Browser, jpeg: dict) -> None:
    context = browser.new_context(base_url=installed.url)
    page = context.new_page()
    page.goto("/")
    page.locator(".safelight-input input[type=file]").first.set_input_files(jpeg)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("img", name="The stored picture")).to_be_visible()
    context.close()
