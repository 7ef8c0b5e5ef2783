"""What an operation says of the Idempotency-Key: the header, and the refusals that come with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from safelight import errors
from safelight.errors import Refusal
from safelight.http.cross_site import SAFE_METHODS
from safelight.idempotency import HEADER

from ..idempotency import Idempotent


def is_repeatable(schema: Any) -> bool:
    """Whether the operation that `schema` describes may be repeated with a key."""
    return isinstance(schema.view, Idempotent) and schema.method not in SAFE_METHODS


def parameters(schema: Any) -> list[Any]:
    if not is_repeatable(schema):
        return []
    header = {
        "name": HEADER,
        "in": "header",
        "description": "A random UUID, for one, in quotes or not. Whoever gets no answer sends the same request with "
        "the same key once more: it is carried out once, and what was answered is answered again.",
        "schema": {"type": "string", "pattern": "^[!#-~][!-~]*$", "minLength": 1, "maxLength": 255},
    }
    return [header]


def refusals(schema: Any) -> Iterator[Refusal]:
    if is_repeatable(schema):
        yield errors.IdempotencyKeyInvalid()
        yield errors.IdempotencyKeyReused()
        yield errors.IdempotencyInProgress(10)
        yield errors.AnswerNotKept()
