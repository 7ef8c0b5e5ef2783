"""RFC 9457 problem details: how Safelight's own endpoints say no."""

from __future__ import annotations

import json
from typing import cast

from ..errors import BadRange, MethodNotAllowed, Refusal
from ..words import ENGLISH, Language

MEDIA_TYPE = "application/problem+json"
HEADERS = {"Content-Type": MEDIA_TYPE, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
"""Of every answer that says no."""


def document(status: int, code: str, title: str, detail: str, **numbers: object) -> bytes:
    """The members of section 3.1, `code`, and the numbers that explain it."""
    told = {name: value for name, value in numbers.items() if value is not None}
    members = {"status": status, "title": title, "detail": detail, "code": code}
    return json.dumps(told | members, default=str).encode()


def body(refusal: Refusal, language: Language = ENGLISH) -> bytes:
    """The document of a refusal."""
    title, detail = language.text(refusal.title), refusal.detail.said(language)
    return document(refusal.status, refusal.code, title, detail, **refusal.numbers)


def headers(refusal: Refusal) -> dict[str, str]:
    """`HEADERS`, and what the status asks for: Retry-After, Allow, Content-Range (RFC 9110, 10.2.3, 10.2.1, 14.4)."""
    answer = dict(HEADERS)
    if refusal.retry_after is not None:
        answer["Retry-After"] = str(refusal.retry_after)
    if isinstance(refusal, BadRange):
        answer["Content-Range"] = f"bytes */{refusal.numbers['size']}"
    if isinstance(refusal, MethodNotAllowed):
        answer["Allow"] = ", ".join(cast("list[str]", refusal.numbers["allowed"]))
    return answer
