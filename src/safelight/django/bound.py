"""A file field as a page shows it. When the page is shown again, a file that was fine is kept, and the page says so:
nobody has to choose it again, with JavaScript or without."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.apps import apps
from django.db import router
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from safelight.errors import Refusal, reason_of
from safelight.variants import THUMBNAIL, thumbnail_key
from safelight.words import megabytes

from . import attempt
from .files import CheckedFile
from .kept import Claim, Keeper, KeptFile
from .language import said
from .storage import address, alias_of

if TYPE_CHECKING:
    from .forms import UploadFormField

log = logging.getLogger(__name__)


class UploadBoundField(forms.BoundField):
    """Django's, with a checkbox for a file that is kept. It stands for the file: whoever unchecks it sends none."""

    field: UploadFormField
    is_lost = False
    """Whether the file was fine, but could not be kept."""

    def __init__(self, form: forms.BaseForm, field: UploadFormField, name: str) -> None:
        super().__init__(form, field, name)
        self._attempt = attempt.current()  # templates may be rendered when it is over

    @property
    def data(self) -> Any:
        """A file that was chosen comes before one that is kept, and so does "Clear"."""
        data = super().data
        token = self.form.data.get(self.kept_name) if data is None and self._keeps() else None
        return Claim(token, self._keeper()) if token and isinstance(token, str) else data

    @property
    def kept_name(self) -> str:
        """Under which the token of a kept file is sent."""
        return f"{self.html_name}-kept"

    @cached_property
    def kept(self) -> KeptFile | None:
        """The file that passed its checks, when a form is shown that was sent. If it is not stored yet, it is now."""
        file = self._file()
        if file is None or isinstance(file, KeptFile):
            return file
        if self._attempt is not None and self._attempt.refusals:  # a storage has just failed, and need not fail twice
            file.close()
            self.is_lost = True
        elif not file.checked.spool.closed:  # or else the form was saved, and is shown all the same
            try:
                return self._keeper().keep(file.checked)
            except Exception as error:  # whatever it is, the page can do without
                log.warning("%s: %s is not kept: %s", self.html_name, file.name, reason_of(error))
                if self._attempt is not None and isinstance(error, Refusal):
                    self._attempt.refusals[file.checked.sha256] = error
                file.close()
                self.is_lost = True
        return None

    def as_widget(
        self, widget: forms.Widget | None = None, attrs: dict[str, Any] | None = None, only_initial: bool = False
    ) -> SafeString:
        html = super().as_widget(widget, attrs, only_initial)
        if only_initial or (widget or self.field.widget).is_hidden:
            return html
        return format_html("{}{}", html, self._said())

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        attrs = super().build_widget_attrs(attrs, widget)
        if self.kept:
            attrs.pop("required", None)  # the browser does not know that there is a file already
        if self.auto_id and (self.kept or self.is_lost):
            # At the input itself, whatever of Django's stands at a fieldset around it.
            described = attrs.get("aria-describedby") or (widget or self.field.widget).attrs.get("aria-describedby", "")
            attrs["aria-describedby"] = f"{described} {self.auto_id}_kept".strip()
        return attrs

    def _file(self) -> CheckedFile | None:
        if not self.form.is_bound or not self._keeps() or self.errors:
            return None
        value = self.form.cleaned_data.get(self.name)
        return value if isinstance(value, CheckedFile) else None

    def _keeps(self) -> bool:
        """Not where there is no ledger, which would know when to delete it."""
        return self.field.keep and apps.is_installed("safelight.django")

    def _keeper(self) -> Keeper:
        from .models import Blob  # models cannot be imported before the apps are loaded

        column, policy = self.field.column, self.field.policy
        owner = self._attempt.owner if self._attempt else ""
        if column is None:
            form = type(self.form)
            field = f"{form.__module__}.{form.__qualname__}.{self.name}"
            return Keeper(policy, field, router.db_for_write(Blob), policy.storage, owner=owner)
        return Keeper(
            policy,
            field=f"{column.model._meta.label_lower}.{column.name}",
            using=router.db_for_write(column.model, instance=getattr(self.form, "instance", None)),
            storage=alias_of(column.storage),
            prefix=None if callable(column.upload_to) else str(column.upload_to) or None,
            owner=owner,
        )

    def _said(self) -> SafeString:
        id_ = format_html(' id="{}_kept"', self.auto_id) if self.auto_id else ""
        if self.kept:
            sentence = _("%(name)s (%(size)s) is kept, and will be saved with this form.") % _facts(self.kept)
            return format_html(
                '<label class="safelight-kept-file"{}><input type="checkbox" name="{}" value="{}" checked> {}'
                " <span>{}</span></label>",
                *(id_, self.kept_name, self.kept.token, _preview(self.kept), sentence),
            )
        if self.is_lost and (file := self._file()):
            sentence = _("%(name)s could not be kept. Choose it again.") % {"name": file.checked.filename or file.name}
            return format_html('<span class="safelight-lost-file"{}>{}</span>', id_, sentence)
        return SafeString("")


def kept_in(form: forms.BaseForm) -> dict[str, KeptFile]:
    """The files of a form that is going to be shown again, by the names that their fields have in the page."""
    fields = (bound for bound in form if isinstance(bound, UploadBoundField))
    return {bound.html_name: bound.kept for bound in fields if bound.kept is not None}


def _facts(file: KeptFile) -> dict[str, str]:
    return {"name": file.blob.filename or str(file.name), "size": said(megabytes(file.blob.size))}


def _preview(file: KeptFile) -> SafeString:
    """The thumbnail, or the picture itself if it has none."""
    blob = file.blob
    if blob.width is None or blob.height is None:
        return SafeString("")
    url = address(blob.storage, thumbnail_key(blob) or blob.key)
    width, height = (max(1, side // 4) for side in THUMBNAIL.fitted(blob.width, blob.height))
    return format_html('<img src="{}" alt="" width="{}" height="{}">', url, width, height) if url else SafeString("")
