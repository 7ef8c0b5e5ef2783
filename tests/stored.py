"""What a storage on disk holds, besides the mark that says whose it is."""

from pathlib import Path

from safelight.ownership import MARKER


def stored_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if not path.is_dir() and path.name != MARKER)


def names_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in stored_in(folder)}
