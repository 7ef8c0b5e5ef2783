"""The core's answers as Flask's: a refusal is a problem document wherever it is raised, and so is every failure of an
address of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import InternalServerError
from werkzeug.routing import Rule

from safelight.errors import Refusal
from safelight.http import problem
from safelight.http.answer import Answer, refused


def response(answer: Answer) -> Response:
    made = Response(answer.body, answer.status, answer.headers)
    if not answer.body:
        del made.headers["Content-Type"]  # which would be HTML
    return made


def refusal(error: Refusal) -> Response:
    """For ``app.register_error_handler(Refusal, refusal)``."""
    return response(refused(error))


def failure(error: InternalServerError) -> Response:
    """Flask has logged what went wrong; nobody else is told."""
    text = problem.document(500, "error", "The server failed", "The server failed. Try again in a moment.")
    return Response(text, 500, problem.HEADERS)


def add_address(state: BlueprintSetupState, path: str, endpoint: str, view: Callable[..., Any]) -> None:
    """An address of a blueprint that takes every method. A method that only the router knows to be wrong is answered
    outside of the blueprint, with a page."""
    name = ".".join(filter(None, (state.name_prefix, state.name, endpoint)))
    rule = f"{(state.url_prefix or '').rstrip('/')}{path}"
    state.app.url_map.add(Rule(rule, endpoint=name, merge_slashes=False, strict_slashes=False))
    state.app.view_functions[name] = view
