"""How a project reads bodies: straight into temporary files, or into memory first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.conf import settings

from safelight.doctor import Finding, note, ok, warning
from safelight.doctor.bodies import largest
from safelight.doctor.room import size
from safelight.policy import Policy

_HANDLER = "safelight.django.uploadhandler.SpoolUploadHandler"
_OURS = "safelight.django.rest_framework"


def examine(policies: Sequence[Policy]) -> Iterator[Finding]:
    if _HANDLER in settings.FILE_UPLOAD_HANDLERS:
        yield ok("Files of forms go straight into temporary files without a name.")
    else:
        yield note(
            "Files of forms go through Django's upload handlers, and are copied once more.",
            f'FILE_UPLOAD_HANDLERS = ["{_HANDLER}"]',
        )
    if apps.is_installed("rest_framework"):
        yield _parsers(largest(policies))


def _parsers(policy: Policy | None) -> Finding:
    from rest_framework.settings import api_settings

    parsers: Any = api_settings.DEFAULT_PARSER_CLASSES  # classes, which the settings name
    whole = [parser.__name__ for parser in parsers if _is_theirs(parser)]
    if not whole:
        return ok("Bodies that come to DRF go straight into temporary files, base64 too.")
    each = f", {size(policy.max_bytes)} and more each" if policy else ""
    return warning(
        f"DRF's own {' and '.join(whole)} read bodies into memory{each}, whatever their size.",
        f"Name JSONParser, FormParser and MultiPartParser of {_OURS} in DEFAULT_PARSER_CLASSES.",
    )


def _is_theirs(parser: type) -> bool:
    """Those that read all of a body into memory. What views name for themselves is theirs."""
    return parser.__module__ == "rest_framework.parsers" and parser.__name__ in {"JSONParser", "FormParser"}
