"""Our serializer fields and our authentication, for drf-spectacular: what they really take and give."""

from __future__ import annotations

from typing import Any

from drf_spectacular import authentication
from drf_spectacular.drainage import set_override
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.plumbing import is_jsonschema_compliant
from drf_spectacular.settings import spectacular_settings

from safelight.policy import FILES, IMAGES, Policy

from ..authentication import SessionAuthentication
from ..fields import Base64FileField
from ..samples import sample

MULTIPART = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"

_TEXT = "A file as base64 (standard or URL-safe alphabet) or as a data URL."
_PART = "A file; or, in a part without a file name, its base64 or a data URL."


class FileExtension(OpenApiSerializerFieldExtension):
    """A file is base64 in a JSON or form body, bytes in a multipart form, and in answers its address or base64."""

    target_class = "safelight.django.rest_framework.fields.Base64FileField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        field: Base64FileField = self.target
        policy = field.policy
        if policy is None or not goes_in(field, direction):
            if field.represent_in_base64:
                return _in_base64(None) | {"description": "The file in base64; empty if there is none."}
            schema: dict[str, Any] = auto_schema._map_serializer_field(field, direction, bypass_extensions=True)
            return schema
        media_type = getattr(auto_schema, "media_type", "")
        if media_type == MULTIPART:
            return _in_bytes(policy) | {"description": _sentences(_PART, field)}
        text = _in_base64(policy) | ({} if field.allow_null else {"minLength": 1})
        if media_type == URLENCODED:
            # Not base64 alone, or Swagger UI asks for a file, which it cannot send in such a form.
            text = {"anyOf": [text, {"type": "string", "format": "data-url", "pattern": "^data:"}]}
        elif not spectacular_settings.COMPONENT_SPLIT_REQUEST and not field.represent_in_base64:
            # One schema for both directions can only say what is true of both.
            return {"type": "string", "description": f"{_sentences(_TEXT, field)} In an answer, its address."}
        found = sample(policy.types)
        example = {"example": found[1]} if found else {}
        return text | example | {"description": _sentences(_TEXT, field)}


def goes_in(field: Base64FileField, direction: Any) -> bool:
    """Whether it is a file that is sent which has to be described, and not what an answer has in its place."""
    answer = direction == "response" and spectacular_settings.COMPONENT_SPLIT_REQUEST
    return field.policy is not None and not field.read_only and not answer


class SessionScheme(authentication.SessionScheme):
    target_class = "safelight.django.rest_framework.authentication.SessionAuthentication"
    priority = 0

    def get_security_definition(self, auto_schema: Any) -> Any:
        description = "What changes something also needs the CSRF token, in the header X-CSRFToken."
        definition: dict[str, Any] = super().get_security_definition(auto_schema)  # type: ignore[no-untyped-call]
        return definition | {"description": description}


# In a project that has DRF's own besides, both go by one name: it is one cookie.
set_override(SessionAuthentication, "suppress_collision_warning", True)


def _in_base64(policy: Policy | None) -> dict[str, Any]:
    if not is_jsonschema_compliant():
        return {"type": "string", "format": "byte"}
    return {"type": "string", "contentEncoding": "base64"} | _only_type(policy)


def _in_bytes(policy: Policy) -> dict[str, Any]:
    if not is_jsonschema_compliant():
        return {"type": "string", "format": "binary"}
    return {"type": "string", "contentMediaType": "application/octet-stream"} | _only_type(policy)


def _only_type(policy: Policy | None) -> dict[str, Any]:
    """OpenAPI 3.1 has room for one media type."""
    if policy is None or len(policy.types) > 1 or not FILES.isdisjoint(policy.types):
        return {}
    return {"contentMediaType": min(policy.types)}


def _sentences(first: str, field: Base64FileField) -> str:
    assert field.policy is not None  # noqa: S101
    pixels = f" and {field.policy.max_pixels / 1_000_000:g} million pixels" if field.policy.types & IMAGES else ""
    sentences = [
        str(field.help_text or ""),
        first,
        f"Its bytes decide whether it is accepted, not its name or a claimed type: {field.accepted}{pixels}.",
        "On an update, the address that was given out keeps the file as it is.",
        "null or an empty string is no file." if field.allow_null else "",
    ]
    return " ".join(filter(None, sentences))
