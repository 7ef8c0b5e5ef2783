"""The operations of an API: request bodies that are true for each media type, and the errors that can come back."""

from __future__ import annotations

from typing import Any

from drf_spectacular import openapi
from drf_spectacular.plumbing import force_instance, is_serializer
from drf_spectacular.utils import OpenApiRequest
from rest_framework import serializers

from safelight.policy import FILES, Policy

from ..exceptions import exception_handler
from ..fields import Base64FileField
from ..policies import policies_of
from ..samples import sample
from . import repeating
from .answers import error_answers
from .extensions import MULTIPART, URLENCODED, goes_in

# Components for the bodies in which a file is something else than in JSON are named by them.
_SUFFIXES = {MULTIPART: "Form", URLENCODED: "Urlencoded"}


class AutoSchema(openapi.AutoSchema):
    """drf-spectacular's, for views whose serializers take files; for all others it adds the errors alone, and those
    only where our exception handler answers."""

    media_type = ""
    """Of the body that is being described, where it matters to our fields: a form's."""

    def body_serializer(self, media_type: str = "") -> Any:
        """An instance of the serializer that reads a body of this type; None if it is no serializer."""
        serializer: Any = self.get_request_serializer()
        if isinstance(serializer, dict):
            serializer = serializer.get(media_type) or next(iter(serializer.values()), None)
        if isinstance(serializer, OpenApiRequest):
            serializer = serializer.request
        return force_instance(serializer) if is_serializer(serializer) else None

    def _get_parameters(self) -> Any:
        return [*super()._get_parameters(), *repeating.parameters(self)]

    def _get_request_body(self, direction: Any = "request") -> Any:
        body = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        for media_type, content in body["content"].items() if body else ():
            serializer = self.body_serializer(media_type)
            files = {path[0]: policy for path, policy in policies_of(serializer) if len(path) == 1}
            if media_type in _SUFFIXES and any(policies_of(serializer)):
                content["schema"] = self._described(serializer, media_type, direction)
            if media_type == MULTIPART:
                if encoding := _encoding(files) | content.get("encoding", {}):
                    content["encoding"] = encoding
            elif examples := _examples(serializer, files):
                content.setdefault("examples", examples)
        return body

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        responses = super()._get_response_bodies(direction)
        if self.view.get_exception_handler() is exception_handler:
            responses = error_answers(self) | responses
        return dict(sorted(responses.items()))

    def _get_serializer_name(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> str:
        name: str = super()._get_serializer_name(serializer, direction, bypass_extensions)
        if self.media_type and any(policies_of(serializer)):
            return name.removesuffix("Request") + _SUFFIXES[self.media_type]
        return name

    def _get_serializer_field_meta(self, field: Any, direction: Any) -> dict[str, Any]:
        meta: dict[str, Any] = super()._get_serializer_field_meta(field, direction)  # type: ignore[no-untyped-call]
        if isinstance(field, Base64FileField) and goes_in(field, direction):
            meta.pop("description", None)  # the extension's has it among its sentences
        return meta

    def _described(self, serializer: Any, media_type: str, direction: Any) -> Any:
        self.media_type = media_type
        try:
            return self._get_request_for_media_type(serializer, direction)[0]  # type: ignore[no-untyped-call]
        finally:
            self.media_type = ""


def _encoding(files: dict[Any, Policy]) -> dict[str, Any]:
    return {
        name: {"contentType": ", ".join(sorted(policy.types))}
        for name, policy in files.items()
        if FILES.isdisjoint(policy.types)
    }


def _examples(serializer: Any, files: dict[Any, Policy]) -> dict[str, Any]:
    """Whole bodies that would be accepted, if all they need is a file; else the examples of the fields must do."""
    fields = serializer.fields if isinstance(serializer, serializers.Serializer) else {}
    if not files or any(field.required and not field.read_only and name not in files for name, field in fields.items()):
        return {}
    found = {name: sample(policy.types) for name, policy in files.items()}
    if not all(found.values()):
        return {}
    samples = {name: one for name, one in found.items() if one}
    return {
        "base64": {"summary": "Base64", "value": {name: text for name, (_, text) in samples.items()}},
        "data_url": {
            "summary": "A data URL",
            "value": {name: f"data:{kind};base64,{text}" for name, (kind, text) in samples.items()},
        },
    }
