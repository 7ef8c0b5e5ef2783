"""A browser, and people who use the two editors in it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.e2e.browser import CHROMIUM, FLAGS
from tests.faults.editor import Editor
from tests.faults.site import Site


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def prepared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a site of the module's SETTINGS, to copy: migrating takes seconds."""
    site = Site(tmp_path_factory.mktemp("prepared") / "site", request.module.SETTINGS)
    site.prepare()
    return site.folder


@pytest.fixture
def site(request: pytest.FixtureRequest, prepared: Path, tmp_path: Path) -> Iterator[Site]:
    with Site(shutil.copytree(prepared, tmp_path / "site"), request.module.SETTINGS) as site:
        yield site
        assert not site.troubles(), site.troubles()


@pytest.fixture
def open_editor(browser: Browser) -> Iterator[Callable[..., Any]]:
    """Editors, each in a fresh browser that is logged in to the admin; in the end no page had an error of a script."""
    editors: list[Editor] = []

    def make(kind: type[Editor], site: Site, **options: Any) -> Editor:
        editors.append(kind(site, browser, **options))
        return editors[-1]

    yield make
    for editor in editors:
        editor.context.close()
    assert [editor.errors for editor in editors if editor.errors] == []
