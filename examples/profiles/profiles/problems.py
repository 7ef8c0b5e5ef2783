"""Whatever goes wrong is a problem document (RFC 9457), as Safelight's own refusals are: no page for an API client."""

import re
from http import HTTPStatus

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from safelight.http import problem


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, as_problem)


def as_problem(error: HTTPException) -> Response:
    if error.response is not None:  # a redirect, which is no error
        return error.response  # type: ignore[return-value]
    status = HTTPStatus(error.code or 500)
    code = re.sub(r"\W+", "_", error.name.lower())  # Python's own phrases are others in each version
    text = problem.document(status, code, error.name, error.description or error.name)
    response = Response(text, status, problem.HEADERS)
    for name, value in error.get_headers():
        if name not in response.headers:
            response.headers.add(name, value)
    return response
