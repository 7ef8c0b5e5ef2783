"""What django-cors-headers allows to pages of other origins, and whether it gets to say so."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from django.apps import apps
from django.conf import settings

from safelight.doctor import Finding, warning
from safelight.doctor.cors import Cors

_MIDDLEWARE = "corsheaders.middleware.CorsMiddleware"
_ANSWERS = ("django.middleware.common.CommonMiddleware", "whitenoise.middleware.WhiteNoiseMiddleware")


def allowed() -> Cors | None:
    if _MIDDLEWARE not in settings.MIDDLEWARE:
        return None
    conf = import_module("corsheaders.conf").conf  # with its defaults, which it alone knows
    return Cors(
        origins=tuple(conf.CORS_ALLOWED_ORIGINS),
        patterns=tuple(getattr(pattern, "pattern", pattern) for pattern in conf.CORS_ALLOWED_ORIGIN_REGEXES),
        everybody=bool(conf.CORS_ALLOW_ALL_ORIGINS),
        credentials=bool(conf.CORS_ALLOW_CREDENTIALS),
        headers=frozenset(header.lower() for header in conf.CORS_ALLOW_HEADERS),
    )


def wiring() -> Iterator[Finding]:
    order = list(settings.MIDDLEWARE)
    if _MIDDLEWARE not in order:
        if apps.is_installed("corsheaders"):
            yield warning(
                "django-cors-headers is installed, and says nothing: its middleware is not in MIDDLEWARE.",
                f'Put "{_MIDDLEWARE}" first.',
            )
        return
    for other in _ANSWERS:
        if other in order and order.index(other) < order.index(_MIDDLEWARE):
            yield warning(
                f"{other.rpartition('.')[2]} answers before CorsMiddleware, and those answers no other page can read.",
                f'Put "{_MIDDLEWARE}" first in MIDDLEWARE.',
            )
