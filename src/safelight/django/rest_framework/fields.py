"""Serializer fields that take a file as base64, as a data URL, as a form part, or as the URL they gave out before.

By name they are drop-ins for drf-extra-fields; unlike those they verify what they take, and an UploadField of a
ModelSerializer gets one by itself.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlsplit
from uuid import uuid4

from django.apps import apps
from django.core.files.base import File
from django.db.models import Model
from rest_framework import serializers
from rest_framework.fields import SkipField
from rest_framework.utils.html import is_html_input

from safelight.errors import BadType, ConfigurationError, Empty, Refusal
from safelight.formats import names
from safelight.pipeline import check
from safelight.policy import AVIF, EXTENSIONS, FILES, GIF, IMAGES, JPEG, MAX_NAME, PNG, WEBP, Policy
from safelight.receive import from_text
from safelight.words import Words, listed, megabytes

from ..fields import UploadField
from ..files import CheckedFile, check_file
from ..forms import chooser_types
from ..language import said
from .exceptions import as_api_exception

_PICTURES = {"jpeg": JPEG, "jpg": JPEG, "png": PNG, "gif": GIF, "webp": WEBP, "avif": AVIF}
_MEDIA_TYPES = _PICTURES | {extension: media_type for media_type, extension in EXTENSIONS.items()}
_TEMPLATE = "safelight/rest_framework/file_or_base64.html"
_OWN_INPUT = {"template", "base_template", "input_type"}  # in a field's style: its developer has chosen


class Base64FileField(serializers.FileField):
    """Accepts a file and gives it, verified and sanitised, to the model's FileField, ImageField or UploadField.

    policy:                      what is accepted; by default that of the model's UploadField, else `ALLOWED_TYPES`
    max_length, use_url, allow_null: as for DRF's FileField
    represent_in_base64:         give the file out as base64 instead of its URL
    trust_provided_content_type: accepted for drf-extra-fields' sake and without effect: a client's word for what a
                                 file is decides nothing, the bytes do

    `ALLOWED_TYPES` (extensions) narrows the policy; `get_file_name(decoded_file)` names files of plain FileFields.
    The browsable API's form has an input for a file and one for text, unless `style` names a template or an input type.
    """

    ALLOWED_TYPES: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        *,
        policy: Policy | None = None,
        represent_in_base64: bool = False,
        trust_provided_content_type: bool = False,
        **kwargs: Any,
    ) -> None:
        if unknown := [extension for extension in self.ALLOWED_TYPES if extension.lower() not in _MEDIA_TYPES]:
            raise ConfigurationError(f"ALLOWED_TYPES of {type(self).__name__}: cannot verify {', '.join(unknown)}")
        self.policy = policy
        self.represent_in_base64 = represent_in_base64
        super().__init__(**kwargs)

    def bind(self, field_name: str, parent: Any) -> None:
        super().bind(field_name, parent)
        column = self._column()
        if column is not None and column.policy is None and self.policy is None and not self.ALLOWED_TYPES:
            return  # a FileField in every respect
        if column is not None:
            self.policy = self.policy or column.policy
            # A FileField is cleared to the empty string, whatever its null: blank is what says that it may be empty.
            self.allow_null = self.allow_null or column.blank
        allowed = frozenset(_MEDIA_TYPES[extension.lower()] for extension in self.ALLOWED_TYPES)
        self.policy = self.policy or Policy(type(self).__name__[:MAX_NAME], types=allowed or IMAGES)
        if allowed:
            self.policy = replace(self.policy, types=self._narrowed(self.policy, allowed))
        if apps.is_installed("safelight.django") and self.style.keys().isdisjoint(_OWN_INPUT):
            self.style = {**self.style, "template": _TEMPLATE}

    def get_value(self, dictionary: Any) -> Any:
        value = super().get_value(dictionary)
        if not is_html_input(dictionary):
            return value
        # A form may have two inputs of this name, for a file and for text. The file wins; what is empty says nothing.
        if sent := [one for one in dictionary.getlist(self.field_name) if one != ""]:
            value = next((one for one in reversed(sent) if isinstance(one, File)), sent[-1])
        # Only a form's decoder makes spaces out of plus signs.
        return _FormText(value) if isinstance(value, str) else value

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        if self.policy is not None and (data is None or data == ""):
            if not self.allow_null and not self.read_only:
                raise _validation_error(Empty("No file was sent. Send one as base64 or as a form file."))
            data = None
        return super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> Any:
        if self.policy is None:
            return super().to_internal_value(data)
        if isinstance(data, str) and self._is_unchanged(data):
            raise SkipField
        try:
            checked = self._check(data)
        except Refusal as refusal:
            if refusal.retry_after is not None:  # our own trouble: nothing that a client could correct in the field
                raise as_api_exception(refusal) from refusal
            raise _validation_error(refusal) from refusal
        # The length of the name. Not super(): DRF's ImageField would have Pillow decode what is verified already.
        serializers.FileField.to_internal_value(self, checked)
        return checked

    def to_representation(self, value: Any) -> Any:
        if not self.represent_in_base64:
            return super().to_representation(value)
        if not value:
            return ""
        try:
            with value.open("rb") as content:
                return base64.b64encode(content.read()).decode()
        except FileNotFoundError:  # a list of a hundred rows does not fail for one
            return ""

    def get_file_name(self, decoded_file: bytes) -> str:
        """The name, without extension, for a plain FileField. Overriding it costs the whole file in memory."""
        return str(uuid4())

    @property
    def accepted(self) -> str:
        """What is accepted, as a person writes it: ``JPEG and PNG, at most 20 MB``."""
        assert self.policy is not None, "set by bind"  # noqa: S101
        kinds = listed(names(self.policy.types)) if FILES.isdisjoint(self.policy.types) else Words("any file")
        return said(Words("{kinds}, at most {limit}", kinds=kinds, limit=megabytes(self.policy.max_bytes)))

    @property
    def chooser_types(self) -> str:
        return chooser_types(self.policy) if self.policy else ""

    @property
    def address(self) -> str:
        """Of the file in the row that is being updated; the browsable API's form holds it. Sent back it keeps the file,
        where nothing might clear it."""
        instance = getattr(self.parent, "instance", None)
        creates = getattr(self.context.get("request"), "method", "") == "POST"
        if creates or self.represent_in_base64 or not isinstance(instance, Model):
            return ""
        return self.to_representation(getattr(instance, self.source or "", None)) or ""

    @property
    def was_refused(self) -> bool:
        """Whether what was sent has errors, here or in another field: then the form shows it again."""
        return hasattr(self.root, "initial_data") and bool(self.root.errors)

    @property
    def unread(self) -> Any:
        """Why the body was not read to its end, if that was this file's fault: no serializer knows of it then, but the
        form of the browsable API says it beside the field."""
        response = getattr(self.context.get("view"), "response", None) if self.parent is self.root else None
        answer = response.data if response is not None and response.exception else None
        return answer.get(self.field_name, ()) if isinstance(answer, dict) else ()

    def _check(self, data: Any) -> CheckedFile:
        assert self.policy is not None, "set by bind"  # noqa: S101
        if isinstance(data, str):
            upload = from_text(data, plus_as_space=isinstance(data, _FormText))
            checked = CheckedFile(check(upload, self.policy))
        elif isinstance(data, File):
            checked = check_file(data, self.policy)
        else:
            raise BadType({list: "a list", dict: "an object", bool: "true or false"}.get(type(data), "a number"))
        if type(self).get_file_name is not Base64FileField.get_file_name:
            with checked.checked.open() as content:
                checked = CheckedFile(checked.checked, self.get_file_name(content.read()))
        return checked

    def _narrowed(self, policy: Policy, allowed: frozenset[str]) -> frozenset[str]:
        types = policy.types & allowed if FILES.isdisjoint(policy.types) else allowed
        if not types:
            raise ConfigurationError(f"{type(self).__name__} takes nothing of what policy {policy.name!r} does.")
        return types

    def _column(self) -> UploadField | None:
        """The UploadField that this field fills, if it is one of a ModelSerializer."""
        model = getattr(getattr(self.parent, "Meta", None), "model", None)
        if model is None or not self.source or "." in self.source:
            return None
        column = next((field for field in model._meta.concrete_fields if field.name == self.source), None)
        return column if isinstance(column, UploadField) else None

    def _is_unchanged(self, data: str) -> bool:
        """Whether `data` is what this field gave out for the row that is being updated. A client that edits another
        field of what it got sends all of it back."""
        instance = getattr(self.parent, "instance", None)
        current = getattr(instance, self.source or "", None) if isinstance(instance, Model) else None
        if not current or len(data) > 4096:
            return False
        # The host may differ (a proxy, http and https); the path names the file.
        try:
            return bool(data == current.name) or urlsplit(data).path == urlsplit(current.url).path
        except ValueError:  # no URL
            return False


class Base64ImageField(Base64FileField, serializers.ImageField):
    """A `Base64FileField` for pictures: every kind that Safelight can verify, or those in `ALLOWED_TYPES`."""

    ALLOWED_TYPES = tuple(_PICTURES)


class _FormText(str):
    """A string out of a form body, in which a space may have been a plus sign."""

    __slots__ = ()


def _validation_error(refusal: Refusal) -> serializers.ValidationError:
    return serializers.ValidationError(said(refusal.detail), code=refusal.code)
