"""Safelight for Django REST framework: ``from safelight.django.rest_framework import Base64ImageField``.

A ModelSerializer gives an UploadField its serializer field by itself. For answers with the refusal's own status set
``REST_FRAMEWORK = {"EXCEPTION_HANDLER": "safelight.django.rest_framework.exception_handler"}``.
"""

from __future__ import annotations

from .authentication import SessionAuthentication
from .exceptions import exception_handler
from .fields import Base64FileField, Base64ImageField
from .idempotency import Idempotent
from .parsers import FormParser, JSONParser, MultiPartParser

__all__ = [
    "Base64FileField",
    "Base64ImageField",
    "FormParser",
    "Idempotent",
    "JSONParser",
    "MultiPartParser",
    "SessionAuthentication",
    "exception_handler",
]
