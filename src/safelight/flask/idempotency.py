"""Views that may be asked again: with an Idempotency-Key what a request asks for is done once, and answered alike."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from flask import Response, current_app, request

from safelight import idempotency
from safelight.errors import ConfigurationError
from safelight.http.answer import Answer
from safelight.idempotency import HEADER, grouped
from safelight.protocols import Repeatable

from .answers import response
from .current import current
from .request import Sent


def once(work: Callable[[], Any], sent: Sent | None, owner: str) -> Response:
    """See `Safelight.once`."""
    state = current()

    def answer() -> Response:
        return current_app.make_response(work())

    key = idempotency.key_of(request.method, request.headers.get(HEADER))
    if key is None:
        with state.records.transaction():
            return answer()
    ledger = state.ledger()
    if not isinstance(ledger, Repeatable):
        raise ConfigurationError("the ledger of this app is no safelight.protocols.Repeatable: it forgets answers")
    meaning = _meaning() if sent is None else sent.meaning()
    query = grouped(request.args.items(multi=True))
    asked = idempotency.asked(key, owner or None, request.method, request.path, query, *meaning)
    return idempotency.once(ledger, asked, answer, transaction=state.records.transaction, told=_told, again=response)


def _meaning() -> tuple[object, ...]:
    form, files = grouped(request.form.items(multi=True)), grouped(request.files.items(multi=True))
    return form, files, hashlib.sha256(request.get_data()).hexdigest()


def _told(answer: Response) -> Answer | None:
    if answer.is_streamed or answer.direct_passthrough:
        return None if answer.status_code < 400 else Answer(answer.status_code, {})
    return Answer(answer.status_code, dict(answer.headers.items()), answer.get_data())
