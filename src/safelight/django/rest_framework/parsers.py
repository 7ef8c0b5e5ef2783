"""DRF's parsers, but for bodies that were built to break them: an encoding that is none, or brackets nested until
Python gives up, are the client's error (400) and not the server's (500)."""

from __future__ import annotations

from typing import IO, Any

from rest_framework import parsers
from rest_framework.exceptions import ParseError


class _Guarded(parsers.BaseParser):
    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        # LookupError: a codec that is not for text; RecursionError: 1,000 brackets; ValueError and AssertionError:
        # codecs that cannot read a stream in pieces.
        except (LookupError, ValueError, AssertionError, RecursionError) as error:
            raise ParseError("The body cannot be read. Check its encoding and structure.") from error


class JSONParser(_Guarded, parsers.JSONParser):
    pass


class FormParser(_Guarded, parsers.FormParser):
    pass


class MultiPartParser(_Guarded, parsers.MultiPartParser):
    pass
