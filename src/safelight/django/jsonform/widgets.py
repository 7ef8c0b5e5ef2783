"""The widget: a textarea that works by itself, and beside it all that the form needs to take its place.

The form (``safelight/json-form.js``) finds both without an inline script, and writes the document into the textarea.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import router
from django.forms.widgets import Script
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString
from django.utils.text import get_text_list
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from safelight.documents import Schema
from safelight.errors import ConfigurationError
from safelight.formats import names
from safelight.http.library import described
from safelight.policy import FILES, Policy
from safelight.words import megabytes

from ..forms import chooser_types
from ..language import said, sentences, texts
from ..storage import Storages
from .fields import JSONField
from .handler import handler_at
from .validation import INLINE, is_path

if TYPE_CHECKING:
    from .forms import JSONFormField


class JSONFormWidget(forms.Textarea):
    needs_multipart_form = True
    """What a form posts as text counts against DATA_UPLOAD_MAX_MEMORY_SIZE, so a large document comes as a file."""

    document_field: JSONFormField | None = None
    read_only = False
    """What the admin asks of a widget before it shows a value in its own way."""

    def __init__(self, attrs: dict[str, Any] | None = None, *, validate_on_submit: bool = True) -> None:
        self.validate_on_submit = validate_on_submit
        super().__init__({"class": "vLargeTextField", "spellcheck": "false", **(attrs or {})})

    @property
    def media(self) -> forms.Media:
        return forms.Media(
            css={"all": ["safelight/json-form.css"]},
            js=[Script("safelight/json-form.js", type="module")],  # type: ignore[list-item]  # newer than the stubs
        )

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files[name] if name in files else super().value_from_datadict(data, files, name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and name not in files

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        field = self.document_field
        attrs = {"id": f"id_{name}", **(attrs or {})}
        if field is not None and self.read_only:
            attrs |= {"disabled": True, "readonly": True}
        textarea = super().render(name, value, attrs, renderer)
        if field is None or (config := self._config(field, name)) is None:
            return textarea
        script = json_script(config, f"{attrs['id']}_config")
        return format_html('<div class="safelight-jsonform" data-safelight-jsonform>{}{}</div>', textarea, script)

    def _config(self, field: JSONFormField, name: str) -> dict[str, Any] | None:
        """None for a schema that cannot work: then the textarea has to do."""
        try:
            schema = field.schema()
        except ConfigurationError:
            return None
        options, column = field.model._meta, field.model_field
        return {
            "schema": schema.standard,
            "handler": column.handler_url(),
            "handlerArgs": {
                "field_name": name,
                "model_name": options.object_name,
                "app_label": options.app_label,
            },
            "readonly": self.read_only,
            "validateOnSubmit": self.validate_on_submit,
            "errors": field.errors_by_path,
            "policies": _policies(column, schema),
            "files": _files(schema, field.document),
            "language": get_language() or settings.LANGUAGE_CODE,
            "texts": texts(),
            "sentences": sentences(),
            "postAsFileAbove": (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) // 4 or None,
        }


def _policies(column: JSONField, schema: Schema) -> dict[str, dict[str, Any]]:
    """What is accepted, for people and their browsers, by the names that the schema knows. Of a file handler that is
    not ours nothing is known."""
    places = [node.file for node in schema.nodes if node.file]
    if not places:
        return {}
    url = column.handler_url()
    if url is None:
        return {"": _facts(INLINE)}
    found: dict[str, dict[str, Any]] = {}
    urls = dict.fromkeys([url, *(column.handler_url(place) or url for place in places)])
    for handler in filter(None, map(handler_at, urls)):
        for name, policy in {"": handler.policies[0], **{each.name: each for each in handler.policies}}.items():
            found.setdefault(name, _facts(policy))
    return found


def _facts(policy: Policy) -> dict[str, Any]:
    kinds = (
        get_text_list(list(map(said, names(policy.types))), _("or"))
        if FILES.isdisjoint(policy.types)
        else _("Any file")
    )
    hint = _("%(kinds)s, up to %(limit)s") % {"kinds": kinds, "limit": said(megabytes(policy.max_bytes))}
    return {"accept": chooser_types(policy), "max_bytes": policy.max_bytes, "hint": hint}


def _files(schema: Schema, document: Any) -> dict[str, dict[str, Any]]:
    """How the files that a document names are shown, by key."""
    from ..catalogue import DjangoCatalogue
    from ..models import Blob

    keys = set(schema.keys(document).values())
    blobs = DjangoCatalogue(router.db_for_read(Blob)).find(keys) if keys else {}
    shown = {key: described(blob, Storages()) for key, blob in blobs.items()}
    facts = ("url", "thumbnail", "filename", "media_type", "size")
    return {key: {fact: file[fact] for fact in facts} for key, file in shown.items()} | {
        key: {"url": default_storage.url(key)} for key in keys - blobs.keys() if is_path(key)
    }
