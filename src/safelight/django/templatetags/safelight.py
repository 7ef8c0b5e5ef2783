"""``{% load safelight %}``: files of JSON documents in templates."""

from __future__ import annotations

from typing import Any

from django import template
from django.core.files.storage import default_storage
from django.db import router

register = template.Library()


@register.filter
def file_url(value: Any) -> str:
    """``{{ page.body.cover|file_url }}``: the address of the file that a document names; empty if it names none. A name
    from before Safelight is one of the default storage's."""
    from safelight.django.fields import ledger
    from safelight.django.jsonform.validation import is_path
    from safelight.django.models import Blob
    from safelight.django.storage import Storages
    from safelight.errors import UnknownKey
    from safelight.keys import is_ours

    if not isinstance(value, str) or not is_path(value):
        return ""
    try:
        blob = ledger(router.db_for_read(Blob)).get(value)
    except UnknownKey:
        return "" if is_ours(value) else default_storage.url(value)
    return Storages()[blob.storage].url(blob.key)
