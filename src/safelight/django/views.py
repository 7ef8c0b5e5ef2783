"""Delivery and error pages: what a browser may do with a stored file is decided in the core, here it is translated."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import router
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views import csrf, defaults
from django.views.decorators.csrf import csrf_exempt

from safelight.http import media as http
from safelight.http.answer import Answer

from .conf import Settings
from .fields import ledger
from .language import ACTIVE
from .models import Blob
from .storage import Storages


@csrf_exempt  # it changes nothing, and its answers are for programs
def media(request: HttpRequest, key: str) -> HttpResponseBase:
    """Serve a file that the ledger calls ready: with its type from the ledger, and under headers that run nothing."""
    using = partial(ledger, router.db_for_read(Blob))
    max_age = Settings.load().cache_seconds
    delivery = http.media(request.method, request.headers, key, using, Storages(), max_age, ACTIVE)
    if isinstance(delivery, Answer):
        return HttpResponse(delivery.body, status=delivery.status, headers=delivery.headers)
    # An ASGI server would have Django read a plain iterator into memory as a whole.
    body = _in_threads(delivery.body) if isinstance(request, ASGIRequest) else delivery.body
    response = StreamingHttpResponse(body, status=delivery.status, headers=delivery.headers)
    response._resource_closers.append(delivery.body.close)  # type: ignore[attr-defined]  # even if nobody reads it
    return response


async def _in_threads(body: Iterator[bytes]) -> AsyncIterator[bytes]:
    read = sync_to_async(lambda: next(body, b""), thread_sensitive=False)
    while chunk := await read():
        yield chunk


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return _plain(request, 400, _("The request cannot be read.")) or defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return _plain(request, 403, _("You may not do this.")) or defaults.permission_denied(request, exception)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """``CSRF_FAILURE_VIEW = "safelight.django.views.csrf_failure"``"""
    return _plain(request, 403, _("The CSRF check failed: %(reason)s") % {"reason": reason}) or csrf.csrf_failure(
        request, reason
    )


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return _plain(request, 404, _("There is nothing at this address.")) or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    return _plain(request, 500, _("The server failed. Try again in a moment.")) or defaults.server_error(request)


def _plain(request: HttpRequest, status: int, sentence: str) -> JsonResponse | None:
    """An answer for programs; None for a browser, which asks for HTML by name and gets Django's page.

    Set in the root URLconf: ``handler404 = "safelight.django.views.page_not_found"`` and so on.
    """
    if request.get_preferred_type(["application/json", "text/html"]) == "text/html":
        return None
    codes: dict[int, Any] = {400: "malformed", 403: "permission_denied", 404: "not_found", 500: "error"}
    return JsonResponse({"code": codes[status], "detail": sentence}, status=status)
