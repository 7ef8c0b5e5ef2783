"""``{% load safelight %}``: files of JSON documents in templates, and the file input in the page's language."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django import template
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import router
from django.utils.translation import get_language

if TYPE_CHECKING:
    from safelight.blob import Blob

register = template.Library()


@register.filter
def file_url(value: Any) -> str:
    """``{{ page.body.cover|file_url }}``: the address of the file that a document names; empty if it names none. A name
    from before Safelight is one of the default storage's."""
    from safelight.django.jsonform.validation import is_path
    from safelight.django.storage import Storages
    from safelight.keys import is_ours

    if not isinstance(value, str) or not is_path(value):
        return ""
    if blob := _blob(value):
        return Storages()[blob.storage].url(blob.key)
    return "" if is_ours(value) else default_storage.url(value)


@register.filter
def file_facts(value: Any) -> dict[str, Any] | None:
    """``{% with photo=page.body.cover|file_facts %}``: what the ledger knows of the file that a document names, in one
    query: ``url``, ``thumbnail`` (an address; None without one), ``filename``, ``media_type``, ``size`` in bytes,
    ``width`` and ``height`` in pixels, and in words ``metadata.size`` and ``metadata.type``. None if it names none."""
    from safelight.django.language import ACTIVE
    from safelight.django.storage import Storages
    from safelight.http.library import described

    blob = _blob(value) if isinstance(value, str) else None
    return None if blob is None else described(blob, Storages(), ACTIVE) | {"width": blob.width, "height": blob.height}


@register.simple_tag
def file_input_texts() -> str:
    """``<safelight-file-input texts="{% file_input_texts %}" ...>``: its texts, in the active language."""
    from safelight.django.language import texts

    return json.dumps({"language": get_language() or settings.LANGUAGE_CODE, **texts()})


def _blob(key: str) -> Blob | None:
    from safelight.django.fields import ledger
    from safelight.django.models import Blob as Row

    return ledger(router.db_for_read(Row)).find([key]).get(key)
