"""Words: what people are told is English text that remembers its template and what was put into it, so that an adapter
can say the same in another language.

The core owns the English and the numbers; it knows no language but this one. Whatever people read is made by `Words`,
or given to a `Refusal`, which does that itself: `python3 dev.py messages` finds it there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

_PLACE = re.compile(r"\{(\w+)\}")


class Language(Protocol):
    """What an adapter brings: its framework's translations."""

    def text(self, english: str, /) -> str:
        """An English template in this language, with the same names in braces."""

    def number(self, english: str, /) -> str:
        """``2.5`` as this language writes it: ``2,5``."""


class _English:
    def text(self, english: str, /) -> str:
        return english

    def number(self, english: str, /) -> str:
        return english


ENGLISH: Language = _English()


class Words(str):
    """``Words("at most {limit} are accepted", limit=megabytes(5_000_000))`` is "at most 5 MB are accepted".

    What stands in braces is put in by name. A value may be `Words` itself, a tuple of them (which becomes a list with
    commas), a number, or any text, which is nobody's to translate.
    """

    template: str
    values: dict[str, object]

    __slots__ = ("template", "values")

    def __new__(cls, template: str, /, **values: object) -> Words:
        words = super().__new__(cls, _filled(template, values, ENGLISH))
        words.template, words.values = template, values
        return words

    def said(self, language: Language) -> str:
        """The same in another language."""
        return _filled(language.text(self.template), self.values, language)


def worded(text: str) -> Words:
    """A template as `Words`; what is so already stays as it is."""
    return text if isinstance(text, Words) else Words(text)


def listed(names: Sequence[str]) -> Words:
    """As a person writes them: ``AVIF, GIF and JPEG``."""
    *others, last = map(worded, names or [Words("nothing")])
    return Words("{names} and {last}", names=tuple(others), last=last) if others else last


def megabytes(count: int) -> Words:
    """A number of bytes as a person reads it: ``20 MB``, ``2.5 MB``, ``640 kB`` (1 MB = 1,000,000 bytes)."""
    if count >= 1_000_000:
        return Words("{count} MB", count=_rounded(count / 1_000_000))
    if count >= 1_000:
        return Words("{count} kB", count=_rounded(count / 1_000))
    return Words("{count} bytes", count=count)


def printable(text: str) -> str:
    """As it may be shown in a terminal: a stranger's name may hold what commands it."""
    return text if text.isprintable() else ascii(text)


def _rounded(number: float) -> float:
    return float(f"{number:.3g}")


def _filled(template: str, values: dict[str, object], language: Language) -> str:
    """Names without a value stay: neither a translation nor a brace in somebody's sentence is an error."""
    return _PLACE.sub(lambda place: _said(values.get(place[1], place[0]), language), template)


def _said(value: object, language: Language) -> str:
    if isinstance(value, Words):
        return value.said(language)
    if isinstance(value, tuple):
        return ", ".join(_said(each, language) for each in value)
    return language.number(f"{value:.15g}") if isinstance(value, float) else str(value)
