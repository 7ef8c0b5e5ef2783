"""What a scenario gets, and what it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from playwright.sync_api import Browser
from tests.faults.editor import Editor
from tests.faults.site import Site
from tests.pictures import photo

HTML: dict[str, Any] = {
    "name": "page.html",
    "mimeType": "text/html",
    "buffer": b"<!DOCTYPE html><script>alert(1)</script>",
}


class Outcome(NamedTuple):
    passed: bool
    evidence: str
    """One sentence, of what was seen."""


@dataclass
class Trial:
    """One editor, on its site."""

    kind: type[Editor]
    site: Site
    browser: Browser
    _editors: list[Editor] = field(default_factory=list)

    def editor(self, user: str = "admin", **options: Any) -> Editor:
        """A fresh browser, logged in to the admin. Options are Playwright's, of a context."""
        editor = self.kind(self.site, self.browser, user, **options)
        self._editors.append(editor)
        return editor

    def close(self) -> None:
        for editor in self._editors:
            editor.context.close()


Scenario = Callable[[Trial], Outcome]


@dataclass(frozen=True)
class Fault:
    name: str
    """Its number; a letter tells cases apart."""
    promise: str
    """What should happen."""
    scenario: Scenario
    is_strict: bool = False
    """Whether the site sends a strict Content-Security-Policy."""


def picture(seed: int = 1, size: tuple[int, int] = (60, 40)) -> dict[str, Any]:
    """Each with bytes of its own."""
    return {"name": f"photo-{seed}.png", "mimeType": "image/png", "buffer": photo(size, format="PNG", seed=seed)}


def photograph(megabytes: float) -> dict[str, Any]:
    """A JPEG of about that size."""
    side = int((megabytes * 1_000_000 / 0.67) ** 0.5)
    return {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": photo((side, side), quality=80)}


def listed(words: list[str]) -> str:
    return ", ".join(words) or "nothing"


def sentence(words: list[str]) -> str:
    text = listed(words)
    return f"{text[0].upper()}{text[1:]}."
