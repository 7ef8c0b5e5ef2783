"""For the ModelAdmin of a model with an UploadField: the list shows pictures, the form shows what was chosen and how
far it has been sent, and beside it stands what the ledger knows of the stored file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.admin.views.main import ChangeList
from django.db import models
from django.forms import BaseForm
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..attempt import refusals_in_form
from ..bound import kept_in
from ..fields import UploadFieldFile, remember, upload_fields
from ..files import CheckedFile
from . import answers, facts
from .words import words

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = object

TEMPLATE = "admin/safelight/change_form.html"


class UploadAdminMixin(_ModelAdmin):
    """``class ImageAdmin(UploadAdminMixin, admin.ModelAdmin)``

    Put ``"thumbnail"`` into `list_display`; it shows the model's first UploadField, or the one that `upload_field`
    names. The change page has a panel with the facts of all files; ``"facts"`` in `readonly_fields` shows those of
    the one file among the fields, where a `change_form_template` of one's own has no panel.
    """

    upload_field = ""

    @property
    def media(self) -> forms.Media:
        """Not by ``class Media``, which a subclass's own would replace."""
        return super().media + forms.Media(css={"all": ["safelight/admin.css"]})

    @admin.display(description=_("file"))
    def thumbnail(self, instance: models.Model) -> SafeString | str:
        file = self._file(instance)
        return facts.thumbnail(file, str(instance), link=not self._thumbnail_is_a_link()) if file else "-"

    @admin.display(description=_("facts"))
    def facts(self, instance: models.Model) -> SafeString | str:
        file = self._file(instance)
        return (facts.listed(file) if file else "") or "-"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        view = refusals_in_form(super().changeform_view)
        if not answers.asked_for(request):
            return view(request, object_id, form_url, extra_context)
        if not answers.is_whole(request):
            return answers.cut_short()
        response: HttpResponseBase = view(request, object_id, form_url, extra_context)
        return answers.translated(response)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: models.Model | None = None,
    ) -> HttpResponse:
        script = Script("safelight/admin.js", type="module", **{"data-safelight": json.dumps(words())})
        context["media"] += forms.Media(js=[script])  # type: ignore[list-item]  # the stubs know strings alone
        if obj is not None and not context["is_popup"]:
            # A form with errors may have put a new file, which is not saved, in the place of the row's own.
            initial = context["adminform"].form.initial
            # Not what a ModelAdmin leaves out of its form, perhaps for this user alone.
            shown = flatten_fieldsets(self.get_fieldsets(request, obj))
            fields = [field for field in upload_fields(type(obj)) if field.name in shown]
            files = [initial.get(field.name) or getattr(obj, field.name) for field in fields]
            context["safelight_files"] = [facts.Panel.of(file) for file in files if _is_stored(file)]
        for form in answers.forms(context):
            kept_in(form)  # now: the answer to the script renders nothing
            _let_go(form)
        response = super().render_change_form(request, context, add, change, form_url, obj)
        _offer_panel(response)
        return response

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """All facts of a page of the list by one query, not by one for each row."""
        changelist = super().get_changelist_instance(request)
        if "thumbnail" in changelist.list_display:
            files = map(self._file, changelist.result_list)
            remember(file for file in files if file)
        return changelist

    def _file(self, instance: models.Model) -> UploadFieldFile | None:
        names = [self.upload_field] if self.upload_field else [field.name for field in upload_fields(type(instance))]
        file = getattr(instance, names[0]) if names else None
        return file if _is_stored(file) else None

    def _thumbnail_is_a_link(self) -> bool:
        """Whether the list makes a link to the change page of it, in which no other link may stand."""
        links = getattr(self, "list_display_links", None)  # an inline has none
        return links is not None and "thumbnail" in (links or self.list_display[:1])


def _let_go(form: BaseForm) -> None:
    """Close what has been checked and is not kept: its temporary file would stay until Python gets round to the
    form."""
    for value in getattr(form, "cleaned_data", {}).values():
        if isinstance(value, CheckedFile):
            value.close()


def _is_stored(file: object) -> bool:
    return isinstance(file, UploadFieldFile) and bool(file) and file._committed


def _offer_panel(response: HttpResponse) -> None:
    """Let our template take the place of Django's own, which it extends, and of nothing else: neither of a
    `change_form_template` nor of a template that a project has for the app or the model."""
    if isinstance(response, TemplateResponse) and isinstance(names := response.template_name, (list, tuple)):
        response.template_name = [*names[:-1], TEMPLATE, *names[-1:]]
