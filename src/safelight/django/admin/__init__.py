"""Safelight in Django's admin: ``from safelight.django.admin import UploadAdminMixin``."""

from __future__ import annotations

from .mixin import UploadAdminMixin

__all__ = ["UploadAdminMixin"]
