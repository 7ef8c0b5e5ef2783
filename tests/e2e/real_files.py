"""Hooks for Schemathesis: where the schema wants a file it sends pictures that must be taken, however they come."""

import base64
import re
import uuid
from typing import Any
from urllib.parse import urlencode

import schemathesis
from hypothesis import strategies as st
from schemathesis.openapi import format
from tests.pictures import photo, png

PICTURES = [png(3, 2), png(40, 30), *(photo((9, 7), format=name) for name in ("JPEG", "GIF", "WEBP", "AVIF"))]

in_base64 = st.builds(
    lambda picture, encode: encode(picture).decode(),
    st.sampled_from(PICTURES),
    st.sampled_from(
        [
            base64.b64encode,
            base64.urlsafe_b64encode,
            base64.encodebytes,  # with line breaks
            lambda picture: base64.b64encode(picture).rstrip(b"="),
        ]
    ),
)
headers = st.sampled_from(["data:image/png;base64,", "data:;base64,", "DATA:text/html;name=a.png;base64,"])

format("byte", in_base64)
format("binary", st.sampled_from(PICTURES))
format("data-url", st.builds("{}{}".format, headers, in_base64))


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict) -> None:
    """A key is for one request, which no schema can say: what is a key is made a fresh one."""
    if re.fullmatch("[!#-~][!-~]{0,254}", str((case.headers or {}).get("Idempotency-Key", ""))):
        case.headers["Idempotency-Key"] = str(uuid.uuid4())


@schemathesis.hook
def filter_query(context: Any, query: dict | None) -> bool:
    """A line that is too long never comes to the app: the server answers by itself."""
    return len(urlencode(query or {}, doseq=True)) < 3000
