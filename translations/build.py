"""Compiles the catalogues (.po), which people write, into those that Django reads (.mo), where these are older.

    python3 translations/build.py

Needs Babel. Called by `dev.py` and, when a wheel is made or a checkout is installed, by `hatch_build.py`.
"""

from __future__ import annotations

from pathlib import Path

LOCALES = Path(__file__).resolve().parent.parent / "src" / "safelight" / "django" / "locale"
BABEL_PACKAGE = "babel>=2.17"


def catalogues() -> list[Path]:
    """One for each language."""
    return sorted(LOCALES.glob("*/LC_MESSAGES/django.po"))


def stale() -> list[Path]:
    return [source for source in catalogues() if _changed(source.with_suffix(".mo")) < _changed(source)]


def build() -> None:
    for source in stale():
        _compile(source, source.with_suffix(".mo"))


def _compile(source: Path, target: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as text:
        catalogue = read_po(text, locale=source.parent.parent.name)
    unfinished = target.with_suffix(".part")
    with unfinished.open("wb") as compiled:
        write_mo(compiled, catalogue)
    unfinished.replace(target)  # a server that starts now reads the old one or the new


def _changed(file: Path) -> float:
    return file.stat().st_mtime if file.exists() else 0


if __name__ == "__main__":
    build()
