"""The active language: what the core and the scripts say, by Django's catalogues, at the moment when it is shown.

English is the msgid, with its names in braces; what a catalogue lacks is said in English.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.formats import number_format
from django.utils.functional import lazy
from django.utils.translation import gettext, pgettext

from safelight.documents import SENTENCES
from safelight.http.texts import TEXTS
from safelight.words import Language, worded

SCRIPTS = "scripts"
"""The context of what Safelight's scripts say: many are single words, which mean something else in another app."""


class _Active:
    def text(self, english: str, /) -> str:
        return gettext(english)

    def number(self, english: str, /) -> str:
        return number_format(english)


ACTIVE: Language = _Active()


def said(english: str) -> str:
    """Words of the core, such as a refusal's `detail`, in the active language."""
    return worded(english).said(ACTIVE)


said_later = lazy(said, str)
"""The same, in the language that is active when it is shown."""


def texts() -> Mapping[str, str]:
    """What the scripts say: those texts that are not English."""
    found = {name: pgettext(SCRIPTS, english) for name, english in TEXTS.items()}
    return {name: text for name, text in found.items() if text != TEXTS[name]}


def sentences() -> Mapping[str, str]:
    """What the form says is wrong with a document, likewise."""
    found = {code: gettext(english) for code, english in SENTENCES.items()}
    return {code: text for code, text in found.items() if text != SENTENCES[code]}
