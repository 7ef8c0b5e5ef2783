"""The one rule for names in a storage: whoever asks, nothing outside of it is read, written, listed or deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator


def checked(name: str) -> str:
    """`name`, if it is a relative path with ``/``, without hidden steps or anything special in it; else ValueError."""
    steps = name.split("/")
    if any(not step or step.startswith(".") for step in steps) or not name.isprintable() or "\\" in name:
        raise ValueError(f"{name!r} is no name in a storage")
    return name


def is_name(name: str) -> bool:
    """Whether it is `checked`."""
    try:
        return bool(checked(name))
    except ValueError:
        return False


def walk(listed: Callable[[str], tuple[list[str], list[str]]], after: str = "") -> Iterator[str]:
    """Every name below a root, those that follow `after`, folder by folder. `listed` tells the folders and the files
    in a folder, of which the root is called ``""``. What is no name in a storage is passed by."""
    return _walk(listed, "", after.split("/") if after else [])


def _walk(listed: Callable[[str], tuple[list[str], list[str]]], folder: str, after: list[str]) -> Iterator[str]:
    folders, files = listed(folder)
    first, *rest = after or [""]
    for step, is_folder in sorted([*((step, True) for step in folders), *((step, False) for step in files)]):
        name = f"{folder}/{step}" if folder else step
        if step < first or not is_name(name):
            continue
        if is_folder:
            yield from _walk(listed, name, rest if step == first else [])
        elif step > first:
            yield name
