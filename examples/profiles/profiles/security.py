"""What browsers may do with our answers: nothing of a stranger's runs in the page, no other site's page acts for
somebody who is signed in, and those origins that a deployment names use the API by token."""

import re
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from flask_cors import CORS

from safelight.errors import NotAllowed, StorageUnavailable

from . import who
from .settings import Settings


def init_app(app: Flask, settings: Settings) -> None:
    CORS(
        app,
        # As patterns: of plain strings some pass for one.
        origins=[re.compile(rf"{re.escape(origin)}\Z") for origin in settings.origins],
        methods=["GET", "HEAD", "POST", "PUT"],
        allow_headers=["Accept", "Authorization", "Content-Type", "Idempotency-Key"],
        expose_headers=["Idempotency-Replayed", "Retry-After"],
        supports_credentials=False,  # no cookies: whoever has to be known sends a token
        max_age=600,
    )
    policy = content_security_policy(app, settings)

    @app.before_request
    def refuse_strangers() -> None:
        if who.is_from_elsewhere() and request.headers.get("Origin") not in settings.origins:
            raise NotAllowed("The request may not be yours: another site's page has sent it.")

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", policy)  # stored files have a stricter one
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        if response.mimetype in ("application/json", "application/problem+json"):
            response.headers["Cache-Control"] = "no-store"
        return response


def content_security_policy(app: Flask, settings: Settings) -> str:
    elsewhere = [settings.backend] if settings.backend else []
    with app.app_context():
        storages = current_app.extensions["safelight"].storages.values()
        try:
            pictures = [_origin(storage.url("x")) for storage in storages]
        except StorageUnavailable as error:  # no credentials to sign an address with
            raise SystemExit(f"SAFELIGHT_STORAGE: it has no addresses yet: {error.reason}") from None
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            " ".join(["img-src 'self' blob: data:", *dict.fromkeys([*elsewhere, *filter(None, pictures)])]),
            " ".join(["connect-src 'self'", *elsewhere]),
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
