"""What an endpoint of Safelight's says, before a framework says it: every refusal a problem document, never a page."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..errors import MethodNotAllowed, Refusal
from ..words import ENGLISH, Language
from . import problem


class Answer(NamedTuple):
    """`body` are all bytes of it."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


def in_json(data: Any, status: int = 200) -> Answer:
    """What only the person who asked may keep."""
    return Answer(
        status,
        {"Content-Type": "application/json", "Cache-Control": "no-store"},
        json.dumps(data, default=str).encode(),
    )


def nothing(status: int = 204) -> Answer:
    return Answer(status, {"Cache-Control": "no-store"})


def refused(refusal: Refusal, language: Language = ENGLISH) -> Answer:
    return Answer(refusal.status, problem.headers(refusal), problem.body(refusal, language))


def answered(
    method: str | None,
    allowed: Sequence[str],
    purpose: str,
    answer: Callable[[], Answer],
    language: Language = ENGLISH,
) -> Answer:
    """`answer()` to a request by one of the `allowed` methods; what is refused, and other methods, as a problem.
    `purpose` says in a sentence what the address is for."""
    try:
        if method not in allowed:
            raise MethodNotAllowed(purpose, allowed)
        if method == "OPTIONS":
            return Answer(204, {"Allow": ", ".join(allowed)})
        return answer()
    except Refusal as refusal:
        return refused(refusal, language)
