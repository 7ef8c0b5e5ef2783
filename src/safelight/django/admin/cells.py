"""A row of the ledger as the media library shows it: its picture, its name, its facts in words."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from safelight.blob import State
from safelight.variants import THUMBNAIL
from safelight.words import megabytes

from ..language import said
from ..models import Blob
from ..storage import address
from .facts import kind_of, moment, small, tile
from .usage import Usage


def picture(row: Blob) -> SafeString:
    """The thumbnail that was stored with it, and never the picture itself: here may be many, and large ones."""
    url = "" if row.thumbnail_size is None or row.state != State.READY else address(row.storage, THUMBNAIL.key(row.key))
    if url:
        return small(url, str(row))
    return format_html('<span class="visually-hidden">{}</span>{}', row, tile(row.key))  # a link has to say where to


def name(row: Blob) -> SafeString:
    facts = ", ".join(filter(None, (kind_of(row.media_type), dimensions(row))))
    return format_html('<span class="safelight-name">{}</span> <span class="safelight-kind">{}</span>', row, facts)


def preview(row: Blob) -> SafeString:
    """The file itself: a picture, or a link to what is none."""
    url = address(row.storage, row.key) if row.state == State.READY else ""
    if url and row.width is not None:
        template = (
            '<a class="safelight-picture" href="{}" target="_blank" rel="noopener">'
            '<img src="{}" alt="{}" width="{}" height="{}"></a>'
        )
        words = _("%(name)s (opens in a new tab)") % {"name": row}
        return format_html(template, url, url, words, row.width, row.height)
    link = format_html('<a href="{}">{}</a>', url, row) if url else str(row)
    return format_html('<span class="safelight-file">{} <span>{}</span></span>', tile(row.key), link)


def dimensions(row: Blob) -> str:
    return f"{row.width} x {row.height}" if row.width is not None else ""


def size(row: Blob) -> str:
    return "-" if row.size is None else said(megabytes(row.size))


def stored(row: Blob) -> str:
    return moment(row.created)


def sender(usage: Usage) -> SafeString | str:
    return format_html('<a href="{}">{}</a>', usage.sender_url, usage.sender) if usage.sender_url else usage.sender


def state(row: Blob, usage: Usage) -> str:
    if row.state == State.DELETING:
        return _("Being deleted")
    if row.free_since is None or usage.number:
        return _("In use")
    return _("Unused since %(moment)s") % {"moment": moment(row.free_since)}
