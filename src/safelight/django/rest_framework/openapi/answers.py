"""The errors an operation can answer with: made by the very classes that refuse, in the one shape of our handler."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from math import isqrt
from typing import Any, NamedTuple

import uritemplate
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework import authentication, exceptions, permissions, serializers
from rest_framework.settings import api_settings

from safelight import decode, errors
from safelight.errors import Refusal
from safelight.http import problem
from safelight.pipeline import check
from safelight.policy import DOCUMENTS, IMAGES, Policy
from safelight.receive import from_text
from safelight.receive.scanner import INDEX, Path

from ..exceptions import as_refusal, nested, one_shape
from ..parsers import FormParser, JSONParser, MultiPartParser
from ..policies import policies_of
from ..samples import sample
from . import repeating

_LENGTH_CHECK = "safelight.django.middleware.require_content_length"
_HTML = base64.b64encode(b"<html>").decode()
_OF_BODIES = {400, 413, 415, 422, 503}
_COMPOSITE = (serializers.BaseSerializer, serializers.ListField, serializers.DictField)
_STRING = {"type": "string"}
_SENTENCES = {"type": "array", "items": _STRING}
_FOR_PROGRAMS_AND_PEOPLE = {
    "code": {"type": "string", "description": "For programs; a code never changes."},
    "detail": {"type": "string", "description": "For people."},
}


class Answer(NamedTuple):
    status: int
    body: dict[str, Any]
    summary: str


def error_answers(schema: Any) -> dict[str, Any]:
    """The responses of the operation that `schema` describes, by status, with an example for each code."""
    has_body = schema.method in ("POST", "PUT", "PATCH")
    serializer = schema.body_serializer() if has_body else None
    found: dict[int, dict[str, Answer]] = {}
    about_bodies = _about_bodies(schema, serializer) if has_body else ()
    about_repeating = map(_of_ours, repeating.refusals(schema))
    for answer in (*about_bodies, *_about_access(schema), *about_repeating):
        found.setdefault(answer.status, {}).setdefault(answer.body["code"], answer)
    responses = {}
    for status, answers in found.items():
        shape = _shape(schema, serializer if status in _OF_BODIES else None)
        responses[str(status)] = _response(shape, answers, schema.map_renderers("media_type"))
        if status in (409, 429, 503):
            responses[str(status)]["headers"] = {
                "Retry-After": {"description": "Seconds; trying again may help then.", "schema": {"type": "integer"}}
            }
    if has_body and _LENGTH_CHECK in settings.MIDDLEWARE:
        responses["411"] = _length_required(schema)
    return responses


def _about_access(schema: Any) -> Iterator[Answer]:
    view = schema.view
    guarded = any(type(permission) is not permissions.AllowAny for permission in view.get_permissions())
    authenticators = view.get_authenticators()
    if authenticators:
        status = 401 if view.get_authenticate_header(view.request) else 403
        yield _of_drf(exceptions.AuthenticationFailed(), status)
        if guarded:
            yield _of_drf(exceptions.NotAuthenticated(), status)
    by_session = any(isinstance(one, authentication.SessionAuthentication) for one in authenticators)
    if guarded or (by_session and schema.method not in permissions.SAFE_METHODS):  # the CSRF check
        yield _of_drf(exceptions.PermissionDenied())
    if uritemplate.variables(schema.path) or (schema._is_list_view() and schema._get_paginator()):
        yield _of_drf(exceptions.NotFound())
    if any(getattr(throttle, "rate", "unknown") for throttle in view.get_throttles()):
        yield _of_drf(exceptions.Throttled(wait=60))


def _about_bodies(schema: Any, serializer: Any) -> Iterator[Answer]:
    for path, policy in policies_of(serializer):
        for refusal in _refusals(policy):
            yield _of_ours(refusal, () if isinstance(refusal, errors.StorageUnavailable) else path)
    parsers = schema.view.get_parsers()
    if any(isinstance(parser, JSONParser | FormParser | MultiPartParser) for parser in parsers):
        yield _of_ours(errors.Malformed())
    else:
        yield _of_drf(exceptions.ParseError())
    if settings.DATA_UPLOAD_MAX_MEMORY_SIZE is not None and (too_big := as_refusal(RequestDataTooBig())):
        yield _of_ours(too_big)
    yield _of_drf(exceptions.UnsupportedMediaType("text/plain"))
    if isinstance(serializer, serializers.Serializer) and schema.method != "PATCH":
        for name, field in serializer.fields.items():
            if field.required and not field.read_only:
                missing = exceptions.ErrorDetail(str(field.error_messages["required"]), "required")
                yield Answer(*one_shape({name: [missing]}, 400, by_field=True), missing)


def _refusals(policy: Policy) -> Iterator[Refusal]:
    """What the policy says to files that it does not take: where that costs nothing, by trying."""
    harmless = replace(policy, scanners=(), decode="structure", orient="keep")
    found = sample(policy.types)
    for text in (
        "",
        "!!!!",
        "https://example.org/picture.jpg",
        _HTML,
        found[1][: len(found[1]) // 8 * 4] if found else "",
    ):
        try:
            check(from_text(text), harmless).close()
        except Refusal as refusal:
            yield refusal
    yield errors.BadType("a number")
    yield errors.TooLarge(policy.max_bytes)
    if policy.types & IMAGES:
        side = isqrt(policy.max_pixels) + 1
        yield errors.TooManyPixels(side, side, 1, policy.max_pixels)
    if policy.types & (IMAGES | DOCUMENTS):
        yield errors.TooComplex("it has more parts than any file that people make")
    if policy.scanners:
        yield errors.ScannerRefused("")
    if decode.needed(policy):
        yield errors.DecoderUnavailable()
    yield errors.StorageUnavailable()


def _of_ours(refusal: Refusal, path: Path = ()) -> Answer:
    if not path:
        return Answer(refusal.status, {"code": refusal.code, "detail": refusal.detail}, refusal.title)
    place = tuple(0 if step == INDEX else step for step in path)
    sentence = exceptions.ErrorDetail(refusal.detail, refusal.code)
    return Answer(*one_shape(nested(place, [sentence]), refusal.status, by_field=True), refusal.title)


def _of_drf(error: exceptions.APIException, status: int | None = None) -> Answer:
    _, body = one_shape({"detail": error.detail}, error.status_code, by_field=False)
    return Answer(status or error.status_code, body, body["detail"])


def _response(shape: dict[str, Any], answers: dict[str, Answer], media_types: list[str]) -> dict[str, Any]:
    summaries = dict.fromkeys(answer.summary.rstrip(".") for answer in answers.values())
    examples = {code: {"summary": answer.summary, "value": answer.body} for code, answer in answers.items()}
    return {
        "description": "; ".join(summaries),
        "content": {media_type: {"schema": shape, "examples": examples} for media_type in media_types},
    }


def _shape(schema: Any, serializer: Any) -> dict[str, Any]:
    """The schema of an error; that of a body has the fields which were wrong, each with its sentences."""
    name, fields = "Refusal", {}
    if isinstance(serializer, serializers.Serializer):
        name = f"{schema._get_serializer_name(serializer, 'request').removesuffix('Request')}Refusal"
        fields = {
            field_name: {} if isinstance(field, _COMPOSITE) else _SENTENCES
            for field_name, field in serializer.fields.items()
            if not field.read_only
        }
        fields[api_settings.NON_FIELD_ERRORS_KEY] = _SENTENCES
    return _component(schema, name, type(serializer), fields | _FOR_PROGRAMS_AND_PEOPLE)


def _length_required(schema: Any) -> dict[str, Any]:
    """It is no view's answer, but our middleware's: RFC 9457."""
    refusal = errors.LengthRequired()
    properties = _FOR_PROGRAMS_AND_PEOPLE | {"title": _STRING, "status": {"type": "integer"}}
    shape = _component(schema, "Problem", Refusal, properties)
    answer = Answer(refusal.status, json.loads(problem.body(refusal)), refusal.title)
    return _response(shape, {refusal.code: answer}, [problem.MEDIA_TYPE])


def _component(schema: Any, name: str, identity: type, properties: dict[str, Any]) -> dict[str, Any]:
    shape = {"type": "object", "required": ["code", "detail"], "properties": properties}
    component = ResolvedComponent(name=name, type=ResolvedComponent.SCHEMA, schema=shape, object=identity)
    schema.registry.register_on_missing(component)
    reference: dict[str, Any] = component.ref
    return reference
