"""Moments: the core's have a time zone; Django's columns have one only with USE_TZ."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import timezone


def as_stored(moment: datetime) -> datetime:
    """As the columns have it: without USE_TZ Django knows local times only."""
    return moment if settings.USE_TZ else timezone.make_naive(moment)


def as_aware(stored: datetime) -> datetime:
    return stored if settings.USE_TZ else timezone.make_aware(stored)
