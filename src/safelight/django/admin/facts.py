"""A stored file as people see it in the admin: the picture, or what kind of file it is, and the ledger's facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from safelight.blob import AS_SENT, Blob
from safelight.formats import FORMATS
from safelight.policy import IMAGES
from safelight.words import megabytes

from .. import models
from ..fields import UploadFieldFile
from ..language import said


def thumbnail(file: UploadFieldFile, alt: str, *, link: bool) -> SafeString:
    """The picture; of any other file its kind, with a link to it if there is not one around it already."""
    if _is_picture(file):
        return small(file.thumbnail_url or file.url, alt)
    blob = file.blob
    name = _name(file, blob)
    kind = ' <span class="safelight-kind">{}, {}</span>'
    return format_html(
        '<span class="safelight-file">{} <span>{}{}</span></span>',
        tile(file.name),
        format_html('<a href="{}">{}</a>', file.url, name) if link else name,
        format_html(kind, kind_of(blob.media_type), said(megabytes(blob.size))) if blob else "",
    )


def small(url: str, alt: str) -> SafeString:
    """A picture as lists show it."""
    picture = '<img class="safelight-thumbnail" src="{}" alt="{}" width="72" height="72" loading="lazy">'
    return format_html(picture, url, alt)


def tile(name: str) -> SafeString:
    """A sheet of paper that says what the name ends in. The kind stands beside it in words."""
    extension = name.rpartition(".")[2] if "." in name else ""
    return format_html('<span class="safelight-tile" aria-hidden="true">{}</span>', extension.upper()[:4])


def kind_of(media_type: str) -> str:
    format = FORMATS.get(media_type)
    return said(format.name) if format else media_type


def moment(stored: datetime) -> str:
    """As the person reads it; without USE_TZ the columns hold local times."""
    return date_format(timezone.localtime(stored) if timezone.is_aware(stored) else stored, "DATETIME_FORMAT")


def listed(file: UploadFieldFile) -> SafeString:
    """The facts as a list; empty for a file from before Safelight, of which there are none."""
    row = models.Blob.objects.using(file.using).filter(key=file.name).first()
    if row is None:
        return SafeString("")
    rows = format_html_join("", "<dt>{}</dt><dd>{}</dd>", _rows(row))
    return format_html('<dl class="safelight-facts">{}</dl>', rows)


@dataclass(frozen=True, slots=True)
class Panel:
    """One file, for the template of the panel."""

    title: str
    url: str
    name: str
    tile: SafeString
    is_picture: bool
    blob: Blob | None
    facts: SafeString

    @classmethod
    def of(cls, file: UploadFieldFile) -> Panel:
        return cls(
            title=str(file.field.verbose_name),
            url=file.url,
            name=_name(file, file.blob),
            tile=tile(file.name),
            is_picture=_is_picture(file),
            blob=file.blob,
            facts=listed(file),
        )


def _rows(row: models.Blob) -> Iterator[tuple[str, str]]:
    code = "<code>{}</code>"
    states = {"intent": _("being stored"), "ready": _("ready"), "deleting": _("being deleted")}
    used = row.references.count()
    yield _("Kind"), _("any file, as it was sent") if row.key.endswith(f".{AS_SENT}") else kind_of(row.media_type)
    yield _("Type"), row.media_type or "-"
    yield _("Dimensions"), f"{row.width} x {row.height}" if row.width else "-"
    yield _("Size"), said(megabytes(row.size or 0))
    yield _("Sent as"), row.filename or "-"
    yield _("Stored"), moment(row.created)
    yield _("Storage"), row.storage
    yield _("State"), states[row.state]
    yield _("Used by"), ngettext("%(count)d row", "%(count)d rows", used) % {"count": used}
    yield _("Key"), format_html(code, row.key)
    yield "SHA-256", format_html(code, row.sha256 or "-")


def _is_picture(file: UploadFieldFile) -> bool:
    """What the ledger says; of a file from before Safelight, what the policy takes."""
    if blob := file.blob:
        return blob.width is not None
    return file.field.policy is not None and file.field.policy.types <= IMAGES


def _name(file: UploadFieldFile, blob: Blob | None) -> str:
    if blob is None:
        return file.name
    return blob.filename or blob.key.rpartition("/")[2]
