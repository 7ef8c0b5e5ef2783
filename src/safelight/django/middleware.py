"""A body without a length is refused in words: Django would take it for an empty one."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from safelight.errors import LengthRequired
from safelight.http import problem

from .language import ACTIVE


def require_content_length(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """``"safelight.django.middleware.require_content_length"``, first in MIDDLEWARE: 411 for chunked bodies, which WSGI
    servers hand on without a length (RFC 9110, section 15.5.12)."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if "Transfer-Encoding" in request.headers and not request.META.get("CONTENT_LENGTH"):
            refusal = LengthRequired()
            return HttpResponse(problem.body(refusal, ACTIVE), status=refusal.status, headers=problem.headers(refusal))
        return get_response(request)

    return middleware
