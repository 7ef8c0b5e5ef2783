"""Whose files these are, in words, for whoever asks because a sweep has refused."""

from __future__ import annotations

from collections.abc import Iterator

from .errors import OtherInstallation
from .ownership import Ownership


def sentences(found: Ownership) -> Iterator[str]:
    if found.installation is None:
        yield f"This database ({found.here}) has no identity yet: the first sweep gives it one."
    else:
        yield f"This is installation {found.installation.identity}, in {found.installation.place}."
    for name, mark in found.marks.items():
        if mark is None:
            yield f"Storage {name!r} is not marked yet: the first sweep that deletes something in it does that."
        elif name not in found.foreign:
            yield f"Storage {name!r} is its own."


def troubles(found: Ownership, command: str) -> Iterator[str]:
    """What keeps a sweep from deleting, and what `command` has to be told. Empty if nothing does."""
    if found.displaced:
        yield with_remedy(found.displaced, command)
    for name, mark in found.foreign.items():
        yield f"Storage {name!r} belongs to {mark}, says its mark: nothing in it is deleted."
        yield f"If it is this installation's as well: {command} --mark {name}"
    for name, reason in found.down.items():
        yield f"Storage {name!r} could not be asked whose it is: {reason}"


def with_remedy(error: OtherInstallation, command: str) -> str:
    """What is wrong, and what `command` has to be told to mend it."""
    return f"{error}\n{error.remedy.replace('{command}', command)}"
