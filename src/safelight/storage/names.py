"""The one rule for names in a storage: whoever asks, nothing outside of it is read, written or deleted."""

from __future__ import annotations


def checked(name: str) -> str:
    """`name`, if it is a relative path with ``/``, without hidden steps or anything special in it; else ValueError."""
    steps = name.split("/")
    if any(not step or step.startswith(".") for step in steps) or not name.isprintable() or "\\" in name:
        raise ValueError(f"{name!r} is no name in a storage")
    return name
