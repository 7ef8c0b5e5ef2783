"""The site is built without a warning, needs nothing from elsewhere, and holds all that is public."""

import pkgutil
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from unittest import mock
from urllib.parse import unquote, urlsplit

import dev
import pytest

import safelight
from safelight import django, errors, flask, sqlalchemy
from safelight.django import rest_framework
from safelight.errors import TABLE

PUBLIC = [
    *((module, name) for module in (safelight, django, rest_framework, flask, sqlalchemy) for name in module.__all__),
    *((errors, kind.__name__) for kind in TABLE.values()),
]


class Links(HTMLParser):
    """What a page links to, what it loads, and what can be linked to in it."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(page.read_text())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name == "id":
                self.ids.add(value or "")
            elif name in ("href", "src", "srcset", "action"):
                (self.links if tag in ("a", "form") else self.loaded).append(value or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `dev.py docs` builds it, which ends with an error if there is a single warning."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    with (
        mock.patch.object(dev, "environment", return_value=Path(sys.executable)),
        mock.patch.object(dev, "SITE", folder),
    ):
        dev.docs()
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Links]:
    return {page: Links(page) for page in site.rglob("*.html")}


def test_every_page_of_the_repository_is_in_it(site: Path) -> None:
    sources = {path.relative_to(dev.ROOT / "docs").with_suffix(".html") for path in (dev.ROOT / "docs").rglob("*.md")}
    assert sources
    assert all((site / source).exists() for source in sources)


def test_links_lead_somewhere(pages: dict[Path, Links]) -> None:
    broken = [
        f"{page.name}: {link}" for page, found in pages.items() for link in found.links if not leads(page, link, pages)
    ]
    assert broken == []


def leads(page: Path, link: str, pages: dict[Path, Links]) -> bool:
    parts = urlsplit(link)
    if parts.scheme:
        return parts.scheme in ("https", "http")
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if target not in pages:
        return target.is_file() and not parts.fragment
    return not parts.fragment or unquote(parts.fragment) in pages[target].ids


def test_nothing_is_loaded_from_elsewhere(pages: dict[Path, Links]) -> None:
    for page, found in pages.items():
        for address in found.loaded:
            parts = urlsplit(address)
            if address.startswith("#"):  # a drawing in the page itself
                continue
            assert not parts.scheme, (page.name, address)
            assert not parts.netloc, (page.name, address)
            assert (page.parent / unquote(parts.path)).resolve().is_file(), (page.name, address)


def test_styles_load_nothing_from_elsewhere(site: Path) -> None:
    for style in site.rglob("*.css"):
        assert "url(http" not in style.read_text(), style.name
        assert "@import" not in style.read_text(), style.name


@pytest.mark.parametrize(("module", "name"), PUBLIC, ids=lambda part: getattr(part, "__name__", part))
def test_every_public_name_is_in_the_reference(
    module: ModuleType, name: str, site: Path, pages: dict[Path, Links]
) -> None:
    """Under the name of the module where it is made; a constant has none of its own."""
    home = getattr(getattr(module, name), "__module__", None) or "safelight.policy"
    documented = set().union(*(found.ids for page, found in pages.items() if page.parent == site / "reference"))
    assert f"{home}.{name}" in documented


def test_names_can_be_imported_as_they_are_shown(site: Path) -> None:
    pages = "".join(page.read_text() for page in sorted(site.glob("reference/*.html")))
    signatures = [signature for signature in pages.split('<dt class="sig')[1:] if "sig-prename" in signature]
    assert len(signatures) > 50
    for signature in signatures:
        home = re.search(r' id="([\w.]+)"', signature)[1]
        shown = re.search(r"sig-prename.*?>([\w.]+\.)</span>.*?sig-name.*?>(\w+)</span>", signature)
        assert pkgutil.resolve_name(shown[1] + shown[2]) is pkgutil.resolve_name(home)
        assert home != "safelight.policy.Policy" or shown[1] == "safelight."


def test_every_refusal_is_in_the_table(site: Path) -> None:
    page = (site / "reference" / "errors.html").read_text()
    for code, kind in TABLE.items():
        assert f">{code}</span>" in page, code
        assert kind.title in page, code
