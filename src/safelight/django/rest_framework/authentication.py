"""Session authentication that does not read a refused user's body.

DRF's own looks for the CSRF token in the form first, and so parses the whole body before anybody is authenticated.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from rest_framework import authentication, exceptions
from rest_framework.request import Request


class SessionAuthentication(authentication.SessionAuthentication):
    """As DRF's, but the CSRF token comes in the X-CSRFToken header. A form part may carry it instead only in a
    multipart body, which is what an HTML page without a script can send."""

    def enforce_csrf(self, request: Request) -> None:
        in_header = "X-CSRFToken" in request.headers or not request.content_type.startswith("multipart/")
        view = _HeadersOnly(request) if in_header else request
        check = authentication.CSRFCheck(lambda request: HttpResponse())
        check.process_request(view)  # type: ignore[arg-type]
        if reason := check.process_view(view, None, (), {}):  # type: ignore[arg-type]
            raise exceptions.PermissionDenied(f"CSRF Failed: {reason}")


class _HeadersOnly:
    """A request whose form is empty."""

    def __init__(self, request: Request) -> None:
        self._wrapped = request
        self.POST = QueryDict()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wrapped, name)
