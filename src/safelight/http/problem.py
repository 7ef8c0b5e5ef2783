"""RFC 9457 problem details: how Safelight's own endpoints say no."""

from __future__ import annotations

import json

from ..errors import BadRange, Refusal
from ..words import ENGLISH, Language

MEDIA_TYPE = "application/problem+json"


def body(refusal: Refusal, language: Language = ENGLISH) -> bytes:
    """The members of section 3.1, `code`, and the numbers that explain the refusal."""
    title, detail = language.text(refusal.title), refusal.detail.said(language)
    details = {"status": refusal.status, "title": title, "detail": detail, "code": refusal.code}
    numbers = {name: value for name, value in refusal.numbers.items() if value is not None}
    return json.dumps(numbers | details, default=str).encode()


def headers(refusal: Refusal) -> dict[str, str]:
    """Content-Type, and what the status asks for: Retry-After (RFC 9110, 10.2.3) or Content-Range (14.4)."""
    answer = {"Content-Type": MEDIA_TYPE, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    if refusal.retry_after is not None:
        answer["Retry-After"] = str(refusal.retry_after)
    if isinstance(refusal, BadRange):
        answer["Content-Range"] = f"bytes */{refusal.numbers['size']}"
    return answer
