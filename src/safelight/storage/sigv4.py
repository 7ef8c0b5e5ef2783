"""Signed requests to S3 (AWS Signature Version 4, in the query): for what obstore does not do.

It signs with the time of the call, so that no two of its URLs are the same and no browser finds in its cache what it
has; and it knows no requests about uploads that were never finished.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the usual environment variables hold."""

    key_id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls) -> Credentials | None:
        """None where the machine's role gives them: those change by the hour, and obstore fetches them itself."""
        key_id, secret = os.environ.get("AWS_ACCESS_KEY_ID", ""), os.environ.get("AWS_SECRET_ACCESS_KEY", "")
        if not key_id or not secret:
            return None
        return cls(key_id, secret, os.environ.get("AWS_SESSION_TOKEN", ""))


def presigned(
    method: str,
    url: str,
    credentials: Credentials,
    *,
    region: str,
    at: datetime,
    seconds: int,
    query: Mapping[str, str] | None = None,
) -> str:
    """`url`, whose path is not quoted yet, with a signature that is good for `seconds` from `at` (UTC)."""
    parts = urlsplit(url)
    # As clients send it: they leave out the port that goes without saying.
    host = parts.netloc.lower().removesuffix(_DEFAULT_PORTS.get(parts.scheme, ""))
    stamp, day = f"{at:%Y%m%dT%H%M%SZ}", f"{at:%Y%m%d}"
    scope = f"{day}/{region}/s3/aws4_request"
    signed = dict(query or {}) | {
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Credential": f"{credentials.key_id}/{scope}",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": "host",
    }
    if credentials.token:
        signed["X-Amz-Security-Token"] = credentials.token
    path = quote(parts.path or "/", safe="/~")
    parameters = "&".join(f"{quote(name, safe='~')}={quote(signed[name], safe='~')}" for name in sorted(signed))
    request = "\n".join([method, path, parameters, f"host:{host}", "", "host", "UNSIGNED-PAYLOAD"])
    to_sign = "\n".join([_ALGORITHM, stamp, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = f"AWS4{credentials.secret}".encode()
    for step in (day, region, "s3", "aws4_request", to_sign):
        key = hmac.digest(key, step.encode(), "sha256")
    return f"{parts.scheme}://{host}{path}?{parameters}&X-Amz-Signature={key.hex()}"
