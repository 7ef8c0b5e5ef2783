"""Session authentication that does not read a refused user's body.

DRF's own looks for the CSRF token in the form first, and so parses the whole body before anybody is authenticated.
"""

from __future__ import annotations

from rest_framework import authentication, exceptions
from rest_framework.request import Request

from .. import csrf


class SessionAuthentication(authentication.SessionAuthentication):
    """As DRF's, but the CSRF token comes in the X-CSRFToken header. A form part may carry it instead only in a
    multipart body, which is what an HTML page without a script can send."""

    def enforce_csrf(self, request: Request) -> None:
        in_header = "X-CSRFToken" in request.headers or not request.content_type.startswith("multipart/")
        if reason := csrf.failure(request, headers_only=in_header):
            raise exceptions.PermissionDenied(f"CSRF Failed: {reason}")
