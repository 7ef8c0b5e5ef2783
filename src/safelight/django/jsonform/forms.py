"""The form field of a JSON document: what comes is held against the schema and the ledger before anything is saved, and
what is wrong is said at its place, with everything else as it was typed."""

from __future__ import annotations

import json
import math
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.forms.fields import InvalidJSONInput
from django.utils.translation import gettext as _

from safelight.documents import DocumentError, Schema, join
from safelight.documents.paths import in_words
from safelight.documents.values import gist
from safelight.errors import ConfigurationError
from safelight.words import megabytes

from ..conf import Settings
from ..language import said
from .fields import JSONField
from .validation import UNSTORABLE, CheckedText, Inspection, unstorable
from .widgets import JSONFormWidget

_MOST_SENTENCES = 20
_TOO_MUCH = ("too_many", "too_deep")  # to look at every file in it


class JSONFormField(forms.JSONField):
    """Made by `JSONField.formfield`. It has to know who is asking to tell whose files he may use: set `user` for each
    request, as `JSONFormAdminMixin` does."""

    widget = JSONFormWidget
    user: Any = None
    readonly_if_saved = False
    """Whether the document of a row that is there already is only shown."""

    def __init__(self, *, model_field: JSONField, **kwargs: Any) -> None:
        self.model_field = model_field
        self.instance: models.Model | None = None
        self.model: type[models.Model] = model_field.model
        self.stored: Any = None
        self.errors_by_path: dict[str, list[str]] = {}
        self.document: Any = None
        self._again: str | None = None
        super().__init__(**kwargs)

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        """A form has a copy of this field for itself: now it is known which row it is for."""
        bound = super().get_bound_field(form, field_name)
        instance = getattr(form, "instance", None)
        if isinstance(instance, self.model_field.model):
            self.instance, self.model = instance, type(instance)  # maybe a proxy, with permissions of its own
        is_saved = self.instance is not None and not self.instance._state.adding
        # Not the form's initial data, which a view may take from a request.
        self.stored = None if self.instance is None else getattr(self.instance, self.model_field.attname)
        self.document = self.stored if is_saved else bound.initial
        if isinstance(self.widget, JSONFormWidget):
            self.widget.document_field = self
            self.widget.read_only = self.widget.read_only or (self.readonly_if_saved and is_saved)
            if self.widget.read_only and is_saved:
                form.initial.setdefault(field_name, self.stored)  # a ModelForm has none of what it does not change
        return bound

    def schema(self) -> Schema:
        """Raises `ConfigurationError`."""
        needs_row = self.instance is None and callable(self.model_field.schema)
        return self.model_field.schema_of(self.model() if needs_row else self.instance)

    def to_python(self, value: Any) -> Any:
        if self.disabled:
            return value
        if self._is_too_large(value):
            limit = said(megabytes(Settings.load().document_bytes))
            raise ValidationError(_("The document is too large: at most %(limit)s are accepted.") % {"limit": limit})
        text = self._text(value).strip()
        if text in self.empty_values:
            return None
        try:
            document = json.loads(text, cls=self.decoder, parse_constant=_refuse, parse_float=_finite)
        except (ValueError, RecursionError) as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": ""}) from error
        if "\\u" in text and (wrong := next(unstorable(document), None)):
            raise self._invalid({join(wrong[0]): [_("This text has characters in it that cannot be stored.")]})
        self.document = document
        return document

    def clean(self, value: Any) -> Any:
        if self.disabled:
            return value
        self.errors_by_path, self._again = {}, None
        document = super().clean(value)
        if document is None:
            return None
        try:
            schema = self.schema()
            found = [*schema.errors(document), *schema.readonly_changes(self.stored, document)]
        except ConfigurationError as error:
            raise ValidationError(_("This cannot be saved: %(reason)s"), params={"reason": error}) from error
        if any(problem.code in _TOO_MUCH for problem in found):
            raise self._invalid({problem.path: [sentence(problem)] for problem in found})
        clean, errors = Inspection(self.model_field, self.model, schema, self.stored, self.user).files(document)
        for problem in found:
            errors.setdefault(problem.path, []).append(sentence(problem))
        if errors:
            self._again = self._with_readonly(schema, document, found)
            for text in clean.values():
                if isinstance(text, CheckedText):
                    text.checked.close()
            raise self._invalid(errors)
        return schema.replaced(document, clean) if clean else document

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was typed, letter by letter; but what cannot be changed is as it was, or nobody could get further."""
        if self.disabled or self._is_too_large(data):
            return initial
        return None if data is None else InvalidJSONInput(self._again or self._text(data))

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, InvalidJSONInput):
            return value
        text = json.dumps(value, ensure_ascii=False, indent=2, cls=self.encoder)
        return UNSTORABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)  # no page can hold them either

    def has_changed(self, initial: Any, data: Any) -> bool:
        """A form fills in the empty fields of a document that is not there yet: that alone makes no new row."""
        if self.disabled:
            return False
        try:
            document = self.to_python(data)
        except ValidationError:
            return True
        is_new = self.instance is None or self.instance._state.adding
        return bool(gist(document) != gist(initial)) if is_new else bool(document != initial)

    def _with_readonly(self, schema: Schema, document: Any, errors: list[DocumentError]) -> str | None:
        was = {
            error.path: error.numbers["was"] for error in errors if error.code == "read_only" and "was" in error.numbers
        }
        try:
            return str(self.prepare_value(schema.replaced(document, was))) if was else None
        except KeyError:  # it was taken out as a whole
            return None

    def _is_too_large(self, value: Any) -> bool:
        return isinstance(value, UploadedFile) and (value.size or 0) > Settings.load().document_bytes

    def _text(self, value: Any) -> str:
        """A large document comes as a file."""
        if not isinstance(value, UploadedFile):
            return "" if value is None else str(value)
        value.seek(0)
        return bytes(value.read()).decode("utf-8", "replace")

    def _invalid(self, errors: dict[str, list[str]]) -> ValidationError:
        self.errors_by_path = errors
        told = [
            f"{label}: {text}" if (label := in_words(path)) else text for path, all in errors.items() for text in all
        ]
        if len(told) > _MOST_SENTENCES:
            more = _("and %(count)s more.") % {"count": len(told) - _MOST_SENTENCES}
            told = [*told[:_MOST_SENTENCES], more]
        return ValidationError([ValidationError(text, code="document") for text in told])


def sentence(error: DocumentError) -> str:
    return said(error.message)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("the number is too large")
    return number
