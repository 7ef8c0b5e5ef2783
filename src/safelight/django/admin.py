"""For a ModelAdmin of a model with an UploadField: a thumbnail in the list (or a link, if the file is no picture), and
the file's facts from the ledger."""

from __future__ import annotations

from django.contrib import admin
from django.db import models
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from safelight.errors import megabytes
from safelight.formats import FORMATS
from safelight.policy import IMAGES

from .fields import UploadFieldFile, upload_fields


class UploadAdminMixin:
    """Put ``"thumbnail"`` into `list_display` and ``"facts"`` into `readonly_fields`. They show the model's first
    UploadField, or the one that `upload_field` names."""

    upload_field = ""

    class Media:
        css = {"all": ["safelight/admin.css"]}  # noqa: RUF012

    @admin.display(description=_("file"))
    def thumbnail(self, instance: models.Model) -> SafeString | str:
        file = self._file(instance)
        if not file:
            return "-"
        if not _is_picture(file):
            return _link(file)
        url = file.thumbnail_url or file.url
        return format_html('<img class="safelight-thumbnail" src="{}" alt="{}" loading="lazy">', url, instance)

    @admin.display(description=_("facts"))
    def facts(self, instance: models.Model) -> SafeString | str:
        file = self._file(instance)
        blob = file.blob if file else None
        if blob is None:
            return "-"
        rows = [
            (_("type"), blob.media_type),
            (_("size"), megabytes(blob.size)),
            (_("dimensions"), f"{blob.width} x {blob.height}" if blob.width else "-"),
            (_("sent as"), blob.filename or "-"),
            (_("key"), blob.key),
            ("SHA-256", blob.sha256),
        ]
        return format_html('<dl class="safelight-facts">{}</dl>', format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows))

    def _file(self, instance: models.Model) -> UploadFieldFile | None:
        name = self.upload_field or upload_fields(type(instance))[0].name
        file = getattr(instance, name)
        return file if isinstance(file, UploadFieldFile) and file else None


def _is_picture(file: UploadFieldFile) -> bool:
    """What the ledger says; of a file from before Safelight, what the policy takes."""
    if blob := file.blob:
        return blob.width is not None
    return file.field.policy is not None and file.field.policy.types <= IMAGES


def _link(file: UploadFieldFile) -> SafeString:
    blob = file.blob
    if blob is None:
        return format_html('<a href="{}">{}</a>', file.url, file.name)
    format = FORMATS.get(blob.media_type)
    return format_html(
        '<a href="{}">{}</a> <span class="safelight-kind">{}, {}</span>',
        file.url,
        blob.filename or blob.key.rpartition("/")[2],
        format.name if format else blob.media_type,
        megabytes(blob.size),
    )
