"""S3 and what speaks like it: addresses that every process signs alike, and no parts that nobody pays attention to.

``s3://bucket/prefix?endpoint=https://...&region=...&public_url=https://cdn.example/&expires=3600&timeout=30``
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from obstore.exceptions import BaseError
from obstore.store import S3Store

from ..errors import StorageUnavailable
from .names import checked
from .objects import AT_ONCE, EXPIRES, LONGEST, PART, TIMEOUT, ObjectStorage, client_options, container, prefix, retries
from .sigv4 import Credentials, presigned
from .urls import StorageUrl

if TYPE_CHECKING:
    from obstore import Attributes

log = logging.getLogger(__name__)

_UPLOAD = re.compile(r"<Upload>.*?<Key>(.*?)</Key>.*?<UploadId>(.*?)</UploadId>.*?</Upload>", re.DOTALL)


class S3Storage(ObjectStorage):
    """`bucket_url` and `folder` (empty, or with a slash at its end) are where the objects lie."""

    def __init__(self, store: S3Store, bucket_url: str, folder: str, region: str, timeout: int, **options: Any) -> None:
        super().__init__(store, **options)
        self._bucket_url = bucket_url
        self._folder = folder
        self._region = region
        self._timeout = timeout

    def _save_in_parts(self, name: str, chunks: Iterator[bytes], about: Attributes) -> None:
        """And nothing else is left under this name: where the answer to the first request was lost, it was repeated,
        and began a second upload; and a move that was killed has left its copy's."""
        super()._save_in_parts(name, chunks, about)
        try:
            self.discard_parts(name)
        except StorageUnavailable as error:  # the file itself is there
            log.warning("parts that may be left of %s are not discarded: %s", name, error.reason)

    def discard_parts(self, name: str, /) -> None:
        """See `safelight.protocols.InParts`. A process that is killed leaves them: no file, but they are paid for.

        It needs the credentials of the environment. For those of a role, give the bucket a lifecycle rule."""
        for upload in self._uploads(self._folder + checked(name)):
            self._request("DELETE", f"{self._bucket_url}/{self._folder}{name}", uploadId=upload)

    def _uploads(self, key: str) -> Iterator[str]:
        """By their ids."""
        answer = self._request("GET", self._bucket_url, uploads="", prefix=key)
        return (unescape(upload) for found, upload in _UPLOAD.findall(answer) if unescape(found) == key)

    def _signed(self, name: str, window: int) -> str:
        """Signed as of the beginning of its window, so that all processes and machines give out the same address."""
        credentials = Credentials.from_environment()
        if credentials is None:
            return super()._signed(name, window)
        return presigned(
            "GET",
            f"{self._bucket_url}/{self._folder}{name}",
            credentials,
            region=self._region,
            at=datetime.fromtimestamp(window * self._expires, UTC),
            seconds=2 * self._expires,
        )

    def _request(self, method: str, url: str, **query: str) -> str:
        credentials = Credentials.from_environment()
        if credentials is None:
            return ""
        signed = presigned(
            method, url, credentials, region=self._region, at=datetime.now(UTC), seconds=self._timeout, query=query
        )
        try:
            with urlopen(Request(signed, method=method), timeout=self._timeout) as answer:  # noqa: S310  # http(s)
                return str(answer.read().decode())
        except HTTPError as error:
            with error:
                if error.code == 404:  # another sweep was faster
                    return ""
                raise StorageUnavailable(f"{method} of parts: {error}") from error
        except (URLError, OSError) as error:
            raise StorageUnavailable(f"{method} of parts: {error}") from error


def s3(url: StorageUrl, *, at_once: int = AT_ONCE, part: int = PART) -> S3Storage:
    """`part` must be at least 5 MiB at Amazon's."""
    environment = os.environ.get
    timeout = url.take_seconds("timeout", TIMEOUT, 600)
    region = url.take("region") or environment("AWS_REGION") or environment("AWS_DEFAULT_REGION") or "us-east-1"
    endpoint = (
        url.take("endpoint")
        or environment("AWS_ENDPOINT_URL_S3")
        or environment("AWS_ENDPOINT_URL")
        or f"https://s3.{region}.amazonaws.com"
    ).rstrip("/")
    if not re.match(r"https?://[^/?#]+", url.without_user("endpoint", endpoint)):
        raise url.wrong("endpoint is an address as https://s3.example.com")
    bucket, folder = container(url), prefix(url)
    try:
        store = S3Store(
            bucket,
            prefix=folder,
            region=region,
            endpoint=endpoint,
            virtual_hosted_style_request=False,
            disable_bulk_delete=True,  # not every store has it, and files go one by one
            client_options=client_options(timeout, endpoint),
            retry_config=retries(timeout),
        )
    except BaseError as error:
        raise url.wrong(str(error).partition("\n")[0]) from None
    return S3Storage(
        store,
        f"{endpoint}/{bucket}",
        f"{folder}/" if folder else "",
        region,
        timeout,
        place=f"bucket {bucket!r}",
        variables="AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        public_url=url.take_folder("public_url"),
        expires=url.take_seconds("expires", EXPIRES, LONGEST),
        at_once=at_once,
        part=part,
    )
