"""The npm package as somebody gets it: packed, installed into a project that knows nothing of ours, checked by its
types, built, and used in a browser with a file handler of Flask's."""

import gzip
import json
import re
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import dev
import pytest
from flask import Response, send_from_directory
from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.axe import violations
from tests.e2e.browser import needs_browser
from tests.flask.site import create_app
from tests.scripts import FIRST_LOAD, UPLOADER, imports
from werkzeug.serving import make_server

PROJECT = Path(__file__).parent / "project"


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packed")
    dev.frontend("package")
    dev.frontend("npm", "pack", "--silent", "--pack-destination", folder)
    (archive,) = folder.glob("*.tgz")
    return archive


@pytest.fixture(scope="module")
def package(packed: Path) -> Path:
    """What is in it."""
    with tarfile.open(packed) as archive:
        archive.extractall(packed.parent, filter="data")
    return packed.parent / "package"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, packed: Path) -> Path:
    """A project outside of the repository, with the package installed."""
    folder = Path(shutil.copytree(PROJECT, tmp_path_factory.mktemp("project") / "theirs"))
    shutil.copy(packed, folder / "safelight-react.tgz")
    npm = ("npm", "--prefix", folder)
    dev.frontend(*npm, "install", "--silent", "--no-audit", "--no-fund", "--prefer-offline")
    return folder


@pytest.fixture(scope="module")
def built(project: Path) -> Path:
    dev.frontend("npm", "--prefix", project, "run", "--silent", "build")
    return project / "dist"


class TestWhatIsPacked:
    def test_what_was_built_and_nothing_to_build_with(self, package: Path) -> None:
        names = {path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()}
        assert {"package.json", "README.md", "LICENSE.md", "dist/index.js", "dist/rjsf.js", "dist/style.css"} <= names
        assert {"dist/types/index.d.ts", "dist/types/rjsf.d.ts", "dist/texts/de.js", "dist/texts/de.d.ts"} <= names
        strangers = [name for name in names if not re.fullmatch(r"[\w.]+|dist/.+\.(js|css|d\.ts)", name)]
        assert strangers == []
        assert not [name for name in names if re.search("admin|jsonform|node_modules", name)]

    def test_licences_of_what_is_bundled(self, package: Path) -> None:
        notices = (package / "LICENSE.md").read_text()
        assert "The Safelight contributors" in notices
        assert {"react-image-crop", "uppy"} <= set(re.findall(r"[\w-]+", notices))
        bundled = set(re.findall(r"^## (\S+) - ", notices, re.M))
        assert bundled.isdisjoint({"react", "react-dom", "@rjsf/utils"})

    def test_react_is_the_users_own(self, package: Path) -> None:
        told = json.loads((package / "package.json").read_text())
        assert "dependencies" not in told
        assert set(told["peerDependencies"]) == {"react", "@rjsf/utils"}
        assert told["peerDependenciesMeta"] == {"@rjsf/utils": {"optional": True}}
        bare = {
            name
            for script in package.rglob("*.js")
            for name in re.findall(r"""(?:\bfrom|\bimport)\s*\(?["']([^."'][^"']*)["']""", script.read_text())
        }
        assert bare == {"react", "react/jsx-runtime"}

    def test_every_export_is_there(self, package: Path) -> None:
        told = json.loads((package / "package.json").read_text())
        for name, where in told["exports"].items():
            for path in where.values() if isinstance(where, dict) else [where]:
                assert list(package.glob(path.removeprefix("./"))), name

    def test_nothing_is_evaluated(self, package: Path) -> None:
        for script in package.rglob("*.js"):
            assert not re.search(r"\beval\(|new Function\(", script.read_text()), script.name

    def test_what_only_some_do_comes_later(self, package: Path) -> None:
        loaded = imports(package / "dist" / "index.js")
        names = {path.name.partition("-")[0] for path in loaded}
        assert names.isdisjoint({"CropDialog", "CameraDialog", "transport"})
        first = "".join(path.read_text() for path in loaded)
        assert "XHRUpload" not in first
        assert "safelight-shelf" not in first  # the library
        assert sum(len(gzip.compress(path.read_bytes())) for path in loaded) <= 12_000
        assert sum(len(gzip.compress(path.read_bytes())) for path in package.rglob("transport-*.js")) <= UPLOADER


def test_types(project: Path) -> None:
    """In both ways in which TypeScript finds modules. `types.tsx` also has what must not compile; and what the docs
    show is as good as anybody's code."""
    blocks = [
        block
        for page in ("reference/react.md", "tutorial/flask.md")
        for block in re.findall(
            r"^```tsx\n(.*?)^```$", (dev.ROOT / "docs" / page).read_text(), re.DOTALL | re.MULTILINE
        )
    ]
    assert len(blocks) > 5
    for number, block in enumerate(blocks):
        (project / "src" / f"docs{number}.tsx").write_text(block)
    dev.frontend("npm", "--prefix", project, "run", "--silent", "check")


def test_their_page_is_small(built: Path) -> None:
    """Most of it is react-jsonschema-form with its validator."""
    (entry,) = built.glob("assets/index-*.js")
    assert sum(len(gzip.compress(path.read_bytes())) for path in imports(entry)) <= FIRST_LOAD + 50_000
    assert "XHRUpload" not in entry.read_text()
    assert "ReactCrop__" not in entry.read_text()


# --- react-jsonschema-form ------------------------------------------------------------------------------------------


@pytest.fixture
def address(built: Path, tmp_path: Path) -> Iterator[str]:
    """Their page, on the server of their file handler."""
    app = create_app(tmp_path)

    @app.get("/<path:name>")
    def page(name: str) -> Response:
        return send_from_directory(built, name)

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def page(address: str, browser: Browser) -> Iterator[Page]:
    """Somebody is signed in there. No error reaches the console."""
    troubles: list[str] = []
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    assert page.request.post("/sign-in/ada").status == 204
    page.goto("/index.html")
    yield page
    context.close()
    expected = "Failed to load resource|Form validation failed"  # what is refused by the server, and by rjsf
    assert [trouble for trouble in troubles if not re.match(expected, trouble)] == []


def portrait(page: Page) -> Locator:
    return page.get_by_role("group", name="Portrait")


def saved(page: Page) -> dict:
    page.get_by_role("button", name="Submit").click()
    return json.loads(page.locator("output").text_content() or "{}")


def send(page: Page, file: dict) -> None:
    page.get_by_label("Portrait").and_(page.locator("input[type=file]")).set_input_files(file)
    expect(portrait(page).get_by_role("status")).to_have_text(f"{file['name']} is uploaded. Save the form to keep it.")


@needs_browser
def test_a_file_in_a_form(page: Page, address: str, jpeg: dict) -> None:
    page.get_by_label("Name").fill("Ada")
    send(page, jpeg)
    expect(portrait(page).get_by_role("img", name="Preview of digit.jpg")).to_be_visible()
    document = saved(page)
    assert document["name"] == "Ada"
    assert re.fullmatch(r"avatars/[a-z2-7]{29}\.jpg", document["picture"])
    link = portrait(page).get_by_role("link", name="digit.jpg")
    assert page.request.get(link.get_attribute("href") or "", max_retries=1).status == 200
    assert violations(page, include=(".safelight-input",)) == []


@needs_browser
def test_refused_in_words(page: Page, html: dict) -> None:
    page.get_by_label("Portrait").and_(page.locator("input[type=file]")).set_input_files(html)
    expect(portrait(page).get_by_role("status")).to_have_text(
        "This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP."
    )
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("must have required property 'Portrait'").first).to_be_visible()


@needs_browser
def test_nobody_signed_in(page: Page, jpeg: dict) -> None:
    page.context.clear_cookies()
    page.get_by_label("Portrait").and_(page.locator("input[type=file]")).set_input_files(jpeg)
    expect(portrait(page).get_by_role("status")).to_contain_text("You are no longer logged in.")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


@needs_browser
def test_chosen_from_the_library_and_deleted_there(page: Page, jpeg: dict) -> None:
    send(page, jpeg)
    first = saved(page)["picture"]
    send(page, {**jpeg, "name": "second.jpg"})
    assert saved(page)["picture"] != first
    page.get_by_role("button", name="Choose from the library").click()
    library = page.get_by_role("dialog", name="Choose from the library")
    expect(library.locator("[data-tile]")).to_have_count(2)
    assert violations(page, include=("dialog",)) == []
    library.get_by_role("button", name="Choose digit.jpg").click()
    expect(library).to_have_count(0)
    assert saved(page)["picture"] == first

    page.get_by_role("button", name="Choose from the library").click()
    library.get_by_role("button", name="Delete second.jpg").click()
    page.get_by_role("dialog", name="Delete second.jpg").get_by_role("button", name="Delete", exact=True).click()
    expect(library.locator("[data-tile]")).to_have_count(1)


@needs_browser
def test_taken_out_again(page: Page, jpeg: dict) -> None:
    send(page, jpeg)
    portrait(page).get_by_role("button", name="Remove").click()
    expect(portrait(page).get_by_role("status")).to_have_text("Removed.")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("must have required property 'Portrait'").first).to_be_visible()


@needs_browser
def test_to_be_looked_at_only(page: Page) -> None:
    """What is known of the file was told; there is nothing to choose, and nothing to take away."""
    page.goto("/index.html#readonly")
    page.reload()
    link = page.get_by_role("link", name="ada.jpg")
    expect(link).to_have_attribute("href", "/media/avatars/known.jpg")
    expect(page.locator("figure")).to_have_text("ada.jpg 640 kB")
    expect(page.locator("input[type=file]")).to_have_count(0)
    expect(page.get_by_role("button")).to_have_count(1)  # Submit, which is rjsf's


@needs_browser
def test_in_german(page: Page, address: str, jpeg: dict) -> None:
    page.goto("/index.html#de")
    page.reload()
    page.get_by_label("Portrait").and_(page.locator("input[type=file]")).set_input_files(jpeg)
    expect(portrait(page).get_by_role("status")).to_contain_text("ist hochgeladen")
    page.get_by_role("button", name="Aus der Mediathek auswählen").click()
    expect(page.get_by_role("dialog")).to_be_visible()
