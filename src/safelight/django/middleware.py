"""Requests that cannot be served are refused in words: bodies without a length, which Django would take for empty ones;
and what a view could not store."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.encoding import escape_uri_path

from safelight.errors import LengthRequired, Refusal
from safelight.http import problem

from .language import ACTIVE, said

log = logging.getLogger(__name__)


def require_content_length(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """``"safelight.django.middleware.require_content_length"``, first in MIDDLEWARE: 411 for chunked bodies, which WSGI
    servers hand on without a length (RFC 9110, section 15.5.12)."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if "Transfer-Encoding" in request.headers and not request.META.get("CONTENT_LENGTH"):
            return _problem(LengthRequired())
        return get_response(request)

    return middleware


def answer_refusals(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """``"safelight.django.middleware.answer_refusals"``, last in MIDDLEWARE: a `Refusal` that a view lets through (the
    storage is down, a file was deleted in the meantime) is answered with its own status and sentence. Programs get
    problem details, browsers the template ``safelight/refusal.html``."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return get_response(request)

    middleware.process_exception = _answer  # type: ignore[attr-defined]
    return middleware


def _answer(request: HttpRequest, error: Exception) -> HttpResponse | None:
    if not isinstance(error, Refusal):
        return None
    reason = getattr(error, "reason", "") or error.detail
    log.warning("%s: %s", escape_uri_path(request.path), reason)  # a path may hold lines of the client's own
    if request.get_preferred_type(["application/json", "text/html"]) != "text/html":
        return _problem(error)
    told = {"title": said(error.title), "detail": said(error.detail)}
    page = render(request, "safelight/refusal.html", told, status=error.status)
    for name, value in problem.headers(error).items():
        page.headers.setdefault(name, value)
    return page


def _problem(refusal: Refusal) -> HttpResponse:
    return HttpResponse(problem.body(refusal, ACTIVE), status=refusal.status, headers=problem.headers(refusal))
