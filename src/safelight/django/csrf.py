"""Django's CSRF check, by what stands in the headers alone: nobody's body is read before it is known who he is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.middleware.csrf import CsrfViewMiddleware


def failure(request: Any, *, headers_only: bool = True) -> str | None:
    """Why `request` may have been made by another site's page; None if it was not. With `headers_only` the token is
    looked for in the X-CSRFToken header, and not in the form too."""
    view = _HeadersOnly(request) if headers_only else request
    check = _Check(lambda request: HttpResponse())
    check.process_request(view)  # type: ignore[arg-type]
    reason = check.process_view(view, None, (), {})  # type: ignore[arg-type]
    return None if reason is None else str(reason)


class _Check(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


class _HeadersOnly:
    """A request whose form is empty."""

    def __init__(self, request: Any) -> None:
        self._wrapped = request
        self.POST = QueryDict()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wrapped, name)
