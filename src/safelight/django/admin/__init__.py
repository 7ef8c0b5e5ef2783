"""Safelight in Django's admin: ``from safelight.django.admin import UploadAdminMixin``; and the media library, which is
there by itself."""

from __future__ import annotations

from django.apps import apps
from django.contrib import admin

from ..models import Blob
from .library import BlobAdmin
from .mixin import UploadAdminMixin

__all__ = ["BlobAdmin", "UploadAdminMixin"]

if apps.is_installed("django.contrib.admin"):
    admin.site.register(Blob, BlobAdmin)
