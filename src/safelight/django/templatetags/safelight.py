"""``{% load safelight %}``: files of JSON documents in templates, and the file input in the page's language."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import router
from django.utils.translation import get_language

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


@register.simple_tag
def file_input_texts() -> str:
    """``<safelight-file-input texts="{% file_input_texts %}" ...>``: its texts, in the active language."""
    from safelight.django.language import texts

    return json.dumps({"language": get_language() or settings.LANGUAGE_CODE, **texts()})
