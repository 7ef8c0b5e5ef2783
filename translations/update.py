"""Brings the catalogues up to date with the English in the sources, and says what is still to be translated.

    python3 dev.py messages           new sentences come in, those that nobody says any more go
    python3 dev.py messages fr        and begin a catalogue for another language

Translations are written into the .po files by hand, or with any editor for them. English is filled in by itself.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from translations import build
from translations.english import PACKAGE, Message, english

ROOT = PACKAGE.parent.parent
HEADER = """\
# What Safelight says to people; the msgids are found in its sources by "python3 dev.py messages".
# This file is distributed under the same license as the safelight package."""


def main(*new: str) -> None:
    messages = english()
    for language in new:
        source = build.LOCALES / language.replace("-", "_") / "LC_MESSAGES" / "django.po"
        source.parent.mkdir(parents=True, exist_ok=True)
        if not source.exists():
            write(source, Catalog(locale=source.parent.parent.name, fuzzy=False), messages)
    missing = 0
    for source in build.catalogues():
        catalogue = write(source, read(source), messages)
        lacking = [message for message in catalogue if message.id and not is_translated(message)]
        missing += len(lacking)
        print(f"{source.relative_to(ROOT)}: {len(catalogue)} messages, {len(lacking) or 'none'} to translate")
        for message in lacking:
            print(f"    {message.id}")
    build.build()
    sys.exit(1 if missing else 0)


def read(source: Path) -> Catalog:
    with source.open("rb") as text:
        return read_po(text, locale=source.parent.parent.name)


def write(source: Path, old: Catalog, messages: dict[Message, list[Path]]) -> Catalog:
    """What is translated stays so; what only resembles something older is new: a guess would be wrong."""
    catalogue = Catalog(
        locale=old.locale,
        project="Safelight",
        version="all",
        header_comment=HEADER,
        msgid_bugs_address="the issues of the project",
        creation_date=old.creation_date,
        revision_date=old.creation_date,  # the history has the others
        last_translator="Safelight",
        language_team="Safelight",
        fuzzy=False,
    )
    for message, files in messages.items():
        id = (message.text, message.plural) if message.plural else message.text
        known = old.get(message.text, message.context)
        string = known.string if known is not None and known.pluralizable == bool(message.plural) else ""
        if str(catalogue.locale) == "en":
            string = id
        locations = [(path.relative_to(ROOT).as_posix(), None) for path in files]
        flags = known.flags if known is not None else ()
        comments = known.user_comments if known is not None else ()
        catalogue.add(id, string, locations, flags, user_comments=comments, context=message.context)
    text = io.BytesIO()
    write_po(text, catalogue, width=120)
    if not source.exists() or source.read_bytes() != text.getvalue():
        source.write_bytes(text.getvalue())
    return catalogue


def is_translated(message: object) -> bool:
    string = getattr(message, "string", "")
    return all(string) if isinstance(string, tuple | list) else bool(string)


if __name__ == "__main__":
    settings.configure()  # templates are read with Django's own reader
    main(*sys.argv[1:])
