"""Real servers of the profiles example: one that most tests share, and others for one test alone."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.e2e.profiles.site import Person, Site
from tests.pictures import photo

_numbers = itertools.count()


@pytest.fixture(scope="session")
def prepared_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = Site(tmp_path_factory.mktemp("prepared"))
    site.prepare()
    return site.data


@pytest.fixture(scope="session")
def shared_site(tmp_path_factory: pytest.TempPathFactory, prepared_site: Path) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with Site(folder, shutil.copytree(prepared_site, folder / "data"), SAFELIGHT_LOGIN_RATE="off") as site:
        yield site


@pytest.fixture
def site(shared_site: Site) -> Iterator[Site]:
    """A test that brings a stack trace into its log fails."""
    yield shared_site
    shared_site.assert_clean_log()


@pytest.fixture
def new_site(tmp_path: Path, prepared_site: Path) -> Iterator[Callable[..., Site]]:
    """``new_site(SAFELIGHT_MAX_BYTES="1000")``"""
    with ExitStack() as stack:

        def make(**environment: str) -> Site:
            folder = tmp_path / f"site{len(list(tmp_path.iterdir()))}"
            data = shutil.copytree(prepared_site, folder / "data")
            return stack.enter_context(Site(folder, data, **{"SAFELIGHT_LOGIN_RATE": "off"} | environment))

        yield make


def somebody(site: Site) -> Person:
    return Person(site, f"person{next(_numbers)}@example.org")


@pytest.fixture
def ada(site: Site) -> Person:
    return somebody(site)


@pytest.fixture
def bob(site: Site) -> Person:
    return somebody(site)


@pytest.fixture
def sign_up() -> Callable[[Site], Person]:
    return somebody


@pytest.fixture(scope="session")
def portrait() -> bytes:
    return photo((320, 240))
