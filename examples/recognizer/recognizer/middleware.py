"""A strict Content Security Policy for every page that has none of its own: nothing inline, and nothing from elsewhere
but the pictures, where the storage serves them by itself."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponseBase


def policy() -> str:
    address = urlsplit(default_storage.url("any.png"))
    pictures = f" {address.scheme}://{address.netloc}" if address.netloc else ""
    return (
        f"default-src 'self'; img-src 'self' data: blob:{pictures}; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    strict = policy()

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", strict)
        # No page of another port may take ours for a script: that of the API's docs holds a CSRF token.
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware
