"""The address of stored files, without a framework: a request in, an answer out, and nothing raised that is a client's
fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..deliver import Delivery, deliver
from ..errors import MethodNotAllowed, Refusal
from ..protocols import Ledger, Storage
from ..words import ENGLISH, Language
from .answer import Answer, refused
from .headers import Headers

METHODS = ("GET", "HEAD")


def media(
    method: str | None,
    headers: Headers,
    key: str,
    ledger: Callable[[], Ledger],
    storages: Mapping[str, Storage],
    max_age: int,
    language: Language = ENGLISH,
) -> Delivery | Answer:
    """Serve a file that the ledger calls ready: with its type from the ledger, and under headers that run nothing.
    `max_age` is how many seconds caches may keep it. Whoever sends a `Delivery` closes its body, read or not."""
    try:
        if method not in METHODS:
            raise MethodNotAllowed("Files can only be read here.", METHODS)
        return deliver(
            key,
            ledger(),
            storages,
            head=method == "HEAD",
            wanted=headers.get("Range", ""),
            etags=headers.get("If-None-Match", ""),
            max_age=max_age,
        )
    except Refusal as refusal:
        return refused(refusal, language)
