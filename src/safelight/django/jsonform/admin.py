"""For a ModelAdmin, or an inline, of a model with a `JSONField`: the form learns who is asking, and who may only look
sees the document as it is meant to be seen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.db import models
from django.http import HttpRequest

from ..attempt import refusals_in_form
from .fields import JSONField, json_fields
from .forms import JSONFormField

if TYPE_CHECKING:
    from django.contrib.admin.options import BaseModelAdmin

    _Base = BaseModelAdmin[Any]
else:
    _Base = object


class JSONFormAdminMixin(_Base):
    """``class PageAdmin(JSONFormAdminMixin, admin.ModelAdmin)``"""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, JSONFormField):
            field.user = request.user
        return field

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)  # type: ignore[misc]
        names = set(self.get_readonly_fields(request, obj))
        if change and not self.has_change_permission(request, obj):
            from django.contrib.admin.utils import flatten_fieldsets  # the admin may not be installed

            names = set(flatten_fieldsets(self.get_fieldsets(request, obj)))
        self._show(form, names, request)
        return form

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)  # type: ignore[misc]
        self._show(formset.form, set(self.get_readonly_fields(request, obj)), request)
        if not self.has_change_permission(request, obj):
            for field in formset.form.base_fields.values():
                if isinstance(field, JSONFormField):
                    field.readonly_if_saved = True
        return formset

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return refusals_in_form(super().changeform_view)(request, *args, **kwargs)  # type: ignore[misc]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        page = context["adminform"]
        page.readonly_fields = _ShownAsText(page.readonly_fields, _documents(page.form.fields))
        for inline in context["inline_admin_formsets"]:
            if isinstance(inline.opts, JSONFormAdminMixin):
                documents = _documents(inline.formset.form.base_fields)
                inline.readonly_fields = _ShownAsText(inline.readonly_fields, documents)
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def _show(self, form: Any, names: set[Any], request: HttpRequest) -> None:
        """The admin leaves out of a form what is only to be read. What is disabled is never taken from a request."""
        for column in json_fields(self.model):
            if column.name in names and column.schema is not None:
                field = self.formfield_for_dbfield(column, request)
                field.disabled, field.widget.read_only = True, True
                form.base_fields[column.name] = field


class _ShownAsText(list[Any]):
    """The fields that the admin shows as text, for they are only to be read; but for documents, whose widget shows them
    as they are meant to be seen."""

    def __init__(self, names: Iterable[Any], documents: Collection[str]) -> None:
        super().__init__(name for name in names if name not in documents)
        self._documents = documents

    def __add__(self, more: Iterable[Any]) -> _ShownAsText:
        """With all fields of an inline whose rows may not be changed."""
        return _ShownAsText([*self, *more], self._documents)


def _documents(fields: Mapping[str, Any]) -> set[str]:
    return {name for name, field in fields.items() if isinstance(field, JSONFormField)}


def shown_without_mixin(page: Any) -> list[JSONField]:
    """The documents that a ModelAdmin or an inline shows without knowing for whom."""
    known = issubclass(page if isinstance(page, type) else type(page), JSONFormAdminMixin)
    model: type[models.Model] = page.model
    hidden = set(getattr(page, "exclude", None) or ())
    return (
        []
        if known
        else [field for field in json_fields(model) if field.schema is not None and field.name not in hidden]
    )
