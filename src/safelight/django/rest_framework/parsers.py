"""Parsers that read a body once, in pieces: files in it go straight into temporary files, whatever their size.

In the parsed data an uploaded file stands in the place of each long string that the view's serializer takes for a file.
Only what is not a file counts against DATA_UPLOAD_MAX_MEMORY_SIZE; a file counts against its policy.

They are no subclasses of DRF's own: for those, DRF reads the whole body into memory first.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadhandler import UploadFileException
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from rest_framework import parsers
from rest_framework.request import Request

from safelight.errors import Malformed, Refusal
from safelight.receive.body import read_document, read_form
from safelight.receive.encoding import in_utf8, text_encoding
from safelight.receive.form import FormScanner
from safelight.receive.json import JsonScanner
from safelight.receive.multipart import MultipartScanner, boundary_of
from safelight.receive.request import pieces

from ..files import SpooledFile
from ..uploadhandler import HandledFile
from .exceptions import as_api_exception
from .policies import policies_for
from .renderers import RawDataRenderer


class JSONParser(parsers.BaseParser):
    """``application/json``."""

    media_type = "application/json"
    renderer_class = RawDataRenderer

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        request, encoding = parser_context["request"], parser_context.get("encoding") or settings.DEFAULT_CHARSET
        policies = policies_for(parser_context["view"], request)
        scanner = JsonScanner(policies, settings.DATA_UPLOAD_MAX_MEMORY_SIZE, settings.DATA_UPLOAD_MAX_NUMBER_FILES)
        try:
            document, uploads = read_document(
                in_utf8(_chunks(stream, request), encoding), scanner, policies, SpooledFile
            )
        except Refusal as refusal:
            raise as_api_exception(refusal) from refusal
        # Django closes the files of a request at the end of its response, whatever becomes of it.
        request._request._post = QueryDict()
        request._request._files = MultiValueDict({"": uploads})
        return document


class FormParser(parsers.BaseParser):
    """``application/x-www-form-urlencoded``."""

    media_type = "application/x-www-form-urlencoded"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        request, encoding = parser_context["request"], parser_context.get("encoding") or settings.DEFAULT_CHARSET
        policies = policies_for(parser_context["view"], request)
        scanner = FormScanner(
            policies,
            settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
            settings.DATA_UPLOAD_MAX_NUMBER_FILES,
            settings.DATA_UPLOAD_MAX_NUMBER_FIELDS,
        )
        try:
            encoding = text_encoding(encoding)
            fields, _ = read_document(_chunks(stream, request), scanner, policies, SpooledFile, encoding)
        except Refusal as refusal:
            raise as_api_exception(refusal) from refusal
        data, files = QueryDict(mutable=True, encoding=encoding), MultiValueDict[str, Any]()
        for name, value in fields:
            (files if isinstance(value, SpooledFile) else data).appendlist(name, value)
        return parsers.DataAndFiles(data, files)


class MultiPartParser(parsers.MultiPartParser):
    """``multipart/form-data``. Files that the serializer takes go where all others go, the rest through the upload
    handlers of the request."""

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        request, encoding = parser_context["request"], parser_context.get("encoding") or settings.DEFAULT_CHARSET
        policies = policies_for(parser_context["view"], request)
        handlers = request.upload_handlers
        try:
            boundary = boundary_of(media_type or "")
            length = int(request.META.get("CONTENT_LENGTH") or 0)
            for handler in handlers:
                taken = handler.handle_raw_input(stream, request.META, length, boundary, encoding)
                if taken is not None:
                    return parsers.DataAndFiles(*taken)
            scanner = MultipartScanner(
                boundary,
                settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
                settings.DATA_UPLOAD_MAX_NUMBER_FILES,
                settings.DATA_UPLOAD_MAX_NUMBER_FIELDS,
            )
            others = partial(HandledFile, handlers)
            form = read_form(_chunks(stream, request), scanner, policies, SpooledFile, others, encoding)
        except Refusal as refusal:
            raise as_api_exception(refusal) from refusal
        except UploadFileException as stop:  # Django would go on with half of the form
            raise as_api_exception(Malformed("The server has stopped the upload.")) from stop
        any(handler.upload_complete() for handler in handlers)
        data, files = QueryDict(mutable=True, encoding=encoding), MultiValueDict[str, Any]()
        for name, value in form.fields:
            data.appendlist(name, value)
        for name, file in form.files:
            files.appendlist(name, file)
        data._mutable = False
        return parsers.DataAndFiles(data, files)


def _chunks(stream: IO[bytes], request: Request) -> Iterator[bytes]:
    return pieces(stream.read, expected=int(request.META.get("CONTENT_LENGTH") or 0))
