"""The exception handler: refusals with their own status, and one shape for every error: ``code`` for programs,
``detail`` for people, and the fields with their sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.utils.serializer_helpers import ReturnDict

from safelight.errors import NOT_FILES, TABLE, Malformed, Refusal, TooLarge
from safelight.receive.scanner import Path

from ..language import said


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """``REST_FRAMEWORK = {"EXCEPTION_HANDLER": "safelight.django.rest_framework.exception_handler"}``"""
    from rest_framework import views  # when imported it reads the settings, which name the parsers of this package

    if refusal := as_refusal(exc):
        views.set_rollback()
        headers = None if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
        return Response({"code": refusal.code, "detail": said(refusal.detail)}, status=refusal.status, headers=headers)
    response = views.exception_handler(exc, context)
    if response is None:
        return None
    answer = one_shape(response.data, response.status_code, isinstance(exc, exceptions.ValidationError))
    response.status_code, response.data = answer
    return response


def one_shape(data: Any, status: int, by_field: bool) -> tuple[int, dict[str, Any]]:
    """The status and the answer for an error that DRF would answer with `data`; `by_field` if it says which fields."""
    first = next(_details(data), exceptions.ErrorDetail("", "error"))
    answer: dict[str, Any] = {"code": first.code, "detail": str(first)}
    if by_field:
        if first.code in TABLE:
            status = TABLE[first.code].status
        fields = data if isinstance(data, dict) else {"errors": data}
        answer |= {name: sentences for name, sentences in _encodable(fields).items() if name not in answer}
        if isinstance(data, ReturnDict):  # whose serializer the form of the browsable API shows again
            answer = ReturnDict(answer, serializer=data.serializer)
    return status, answer


def as_refusal(exc: Exception) -> Refusal | None:
    """What Django raises while it reads a body, in our words; outside of DRF's own errors these would be HTML."""
    if isinstance(exc, Refusal):
        return exc
    if isinstance(exc, RequestDataTooBig):
        return TooLarge(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0, what=NOT_FILES)
    if isinstance(exc, SuspiciousOperation):
        return Malformed("The request is not acceptable: it has too many fields or files, or a forged part.")
    if isinstance(exc, UnreadablePostError):
        return Malformed("The connection broke before the whole request had come. Send it again.")
    return None


def as_api_exception(refusal: Refusal) -> exceptions.APIException:
    """As DRF's own exceptions, so that the status is right even without our exception handler."""
    if refusal.path:
        exception: exceptions.APIException = exceptions.ValidationError(
            nested(refusal.path, [said(refusal.detail)]), code=refusal.code
        )
    else:
        exception = exceptions.APIException(said(refusal.detail), code=refusal.code)
    exception.status_code = refusal.status
    if refusal.retry_after is not None:
        exception.wait = refusal.retry_after  # type: ignore[attr-defined]  # becomes the Retry-After header
    return exception


def nested(path: Path, sentence: list[str]) -> Any:
    """``("gallery", 1, "picture")`` -> ``{"gallery": [{}, {"picture": [sentence]}]}``, as serializers put it; but no
    list as long as a client likes."""
    errors: Any = sentence
    for step in reversed(path):
        errors = [{}] * step + [errors] if isinstance(step, int) and step < 100 else {str(step): errors}
    return errors


def _encodable(data: Any) -> Any:
    """The same without halves of surrogate pairs, which JSON may name a field by and no answer can repeat."""
    if isinstance(data, dict):
        return {str(name).encode("utf-8", "replace").decode(): _encodable(value) for name, value in data.items()}
    return [_encodable(item) for item in data] if isinstance(data, list) else data


def _details(data: Any) -> Iterator[exceptions.ErrorDetail]:
    """All sentences of an error, refusals of the table first: they carry a status."""
    found = list(_walk(data))
    yield from sorted(found, key=lambda detail: detail.code not in TABLE)


def _walk(data: Any) -> Iterator[exceptions.ErrorDetail]:
    if isinstance(data, exceptions.ErrorDetail):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _walk(value)
    elif isinstance(data, list):
        for value in data:
            yield from _walk(value)
