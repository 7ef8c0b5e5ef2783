"""Safelight for Django: the adapter translates between Django's words and the core's, and decides nothing itself.

Add ``"safelight.django"`` to INSTALLED_APPS and declare columns with `UploadField`.
"""

from __future__ import annotations

from .fields import UploadField

__all__ = ["UploadField"]
