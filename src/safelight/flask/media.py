"""The address of stored files: what a browser may do with them is decided in the core, here it is translated."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter

from safelight.http import media as http
from safelight.http.answer import Answer

from .answers import add_address, failure, response
from .current import current


class KeyConverter(BaseConverter):
    """Anything below an address, so that all of it is ours to answer."""

    regex = "(?s:.*)"
    part_isolating = False


def media(key: str) -> Response:
    """Serve a file that the ledger calls ready: with its type from the ledger, and under headers that run nothing."""
    state = current()
    answer = http.media(request.method, request.headers, key, state.ledger, state.storages, state.config.cache_seconds)
    if isinstance(answer, Answer):
        return response(answer)
    return Response(answer.body, answer.status, answer.headers)


def blueprint(url_prefix: str) -> Blueprint:
    """Its name is ``safelight``, and the endpoint ``safelight.media``, with a `key`."""
    made = Blueprint("safelight", __name__, url_prefix=url_prefix)
    made.register_error_handler(500, failure)

    @made.record
    def addresses(setup: BlueprintSetupState) -> None:
        setup.app.url_map.converters["safelight_key"] = KeyConverter
        add_address(setup, "/<safelight_key:key>", "media", media)

    return made
