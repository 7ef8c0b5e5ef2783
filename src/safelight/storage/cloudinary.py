"""Cloudinary: nothing is overwritten, and what was stored is found again by its key alone, to be shown or deleted.

``cloudinary://key:secret@cloud?prefix=media&timeout=30``, or ``cloudinary:`` alone for the one in CLOUDINARY_URL. Of
that variable's own options these are understood: ``upload_prefix`` (another API address), ``cname``,
``secure_distribution``, ``private_cdn`` and ``signature_algorithm``.

A picture ``2026/11/k3v5...x2.jpg`` is the image ``2026/11/k3v5...x2``, which is delivered as the ``.jpg`` that it was
sent as; what is no picture is a raw file of the whole name. Its version (Cloudinary's time of the upload) is no part of
a key, which is made before: addresses say ``v1``, which names what is there, and under a key there is never anything
else. `CloudinaryStorage.version` asks for it. Everybody who has the address gets the file.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from shutil import copyfileobj
from typing import IO, Any, cast

import urllib3
from cloudinary import api, uploader
from cloudinary.exceptions import AlreadyExists, AuthorizationRequired, Error, NotAllowed, NotFound
from cloudinary.utils import cloudinary_url

from ..errors import KeyTaken, StorageUnavailable
from ..policy import IMAGES
from .headers import media_type
from .names import checked
from .reading import ranged, read_up_to
from .urls import StorageUrl

AT_ONCE = 16_000_000
"""Bytes up to which a file is sent by one request, which holds it in memory."""
_CHUNK = 8_000_000  # each but the last must have more than 5 MB
_TIMEOUT = 30
_FORBIDDEN = frozenset("?&#\\%<>+")  # in public ids


@dataclass(frozen=True, slots=True)
class Asset:
    """What a name is at Cloudinary: all that its API asks for."""

    public_id: str
    resource_type: str
    format: str | None

    @classmethod
    def named(cls, name: str) -> Asset:
        """Raises ValueError."""
        if not _FORBIDDEN.isdisjoint(checked(name)) or name != name.strip():
            raise ValueError(f"{name!r} is no name at Cloudinary")
        stem, _, extension = name.rpartition(".")
        if media_type(name) in IMAGES and stem:
            return cls(stem, "image", extension)
        return cls(name, "raw", None)


class CloudinaryStorage:
    """`account` are options of the SDK for each call: nothing is set for the whole process, so that there can be
    several accounts, and the app's own use of the SDK stays what it is. `delivery` are those of addresses."""

    def __init__(self, account: dict[str, Any], delivery: dict[str, Any], prefix: str, timeout: int) -> None:
        # What is not said here the SDK takes from variables and settings of its own.
        self._account = account | {"oauth_token": None, "signature_version": 2, "timeout": timeout}
        self._delivery = delivery | {"cloud_name": account["cloud_name"], "sign_url": False, "auth_token": False}
        self._prefix = prefix
        self._http = urllib3.PoolManager(timeout=timeout, retries=2)

    def save(self, name: str, content: IO[bytes], /) -> str:
        asset = self._asset(name)
        beginning = read_up_to(content, AT_ONCE + 1)
        with _failures():
            try:
                if len(beginning) <= AT_ONCE:
                    size, answer = len(beginning), self._upload(asset, beginning)
                else:
                    size, answer = self._upload_in_chunks(asset, beginning, content)
            except AlreadyExists:
                raise KeyTaken(name) from None
        if answer.get("existing"):  # an upload that did not overwrite is answered as if it had been one
            raise KeyTaken(name)
        self._verify(asset, answer, size)
        return name

    def _verify(self, asset: Asset, answer: dict[str, Any], size: int) -> None:
        """An account can be set up to name or to change what comes in: then the ledger's facts would be of another
        file."""
        stored = Asset(answer.get("public_id", asset.public_id), asset.resource_type, None)
        if stored.public_id == asset.public_id and answer.get("bytes", size) == size:
            return
        self._destroy(stored)
        raise StorageUnavailable(
            "Cloudinary has renamed or changed the file: the account's default upload preset for the API must neither "
            "transform what comes in nor choose public ids"
        )

    def _upload(self, asset: Asset, data: bytes) -> dict[str, Any]:
        answer: dict[str, Any] = uploader.upload(("file", data), **self._options(asset))
        return answer

    def _upload_in_chunks(self, asset: Asset, beginning: bytes, content: IO[bytes]) -> tuple[int, dict[str, Any]]:
        """Each chunk says how many bytes there will be in all. (The SDK's `upload_large` closes what it is given, and
        names later chunks as the answer to the first one does.)"""
        with _sized(beginning, content) as (size, source):
            upload, start, answer = secrets.token_hex(16), 0, {}
            while chunk := read_up_to(source, _CHUNK):
                headers = {
                    "X-Unique-Upload-Id": upload,
                    "Content-Range": f"bytes {start}-{start + len(chunk) - 1}/{size}",
                }
                start += len(chunk)
                answer = uploader.upload_large_part(("file", chunk), http_headers=headers, **self._options(asset))
        return size, answer

    def _options(self, asset: Asset) -> dict[str, Any]:
        return self._account | {
            "public_id": asset.public_id,
            "resource_type": asset.resource_type,
            "type": "upload",
            "overwrite": False,
            "use_filename": False,
            "unique_filename": False,
        }

    def open(self, name: str, /) -> IO[bytes]:
        url = self.url(name)
        with _failures():
            head = self._http.request("HEAD", url, headers={"Accept-Encoding": "identity"})
        if head.status == 404:
            raise FileNotFoundError(name)
        if head.status != 200:
            raise StorageUnavailable(f"{url}: {head.status} {head.headers.get('X-Cld-Error', '')}")

        def fetch(start: int, end: int) -> bytes:
            headers = {"Accept-Encoding": "identity", "Range": f"bytes={start}-{end - 1}"}
            with _failures():
                answer = self._http.request("GET", url, headers=headers, preload_content=False)
                try:
                    if answer.status not in (200, 206):
                        raise StorageUnavailable(f"{url}: {answer.status}")
                    skipped = start if answer.status == 200 else 0  # who may send more than was asked for
                    while skipped:
                        skipped -= len(read_up_to(cast(IO[bytes], answer), min(skipped, 1 << 20)))
                    return read_up_to(cast(IO[bytes], answer), end - start)
                finally:
                    answer.close()

        return ranged(int(head.headers["Content-Length"]), fetch)

    def exists(self, name: str, /) -> bool:
        return self.version(name) is not None

    def version(self, name: str) -> int | None:
        """Cloudinary's version of a file; None if there is none. By the Admin API, of which an account has so many
        calls an hour: nothing that happens for each upload or delivery asks for it."""
        asset = self._asset(name)
        with _failures():
            try:
                found = api.resource(asset.public_id, resource_type=asset.resource_type, type="upload", **self._account)
            except NotFound:
                return None
        return int(found["version"])

    def delete(self, name: str, /) -> None:
        self._destroy(self._asset(name))

    def _destroy(self, asset: Asset) -> None:
        """With the copies that its network keeps."""
        with _failures():
            uploader.destroy(
                asset.public_id, resource_type=asset.resource_type, type="upload", invalidate=True, **self._account
            )

    def url(self, name: str, /) -> str:
        asset = self._asset(name)
        url, _ = cloudinary_url(
            asset.public_id,
            resource_type=asset.resource_type,
            type="upload",
            version=1,
            format=asset.format,
            **self._delivery,
        )
        return str(url)

    def trouble(self) -> str | None:
        """See `safelight.protocols.Remote`."""
        with _failures():
            try:
                api.ping(**self._account)
            except (AuthorizationRequired, NotAllowed, NotFound) as error:
                return f"Cloudinary refuses key, secret or cloud name ({error}): see the storage URL or CLOUDINARY_URL."
        return None

    def _asset(self, name: str) -> Asset:
        asset = Asset.named(name)
        return Asset(self._prefix + asset.public_id, asset.resource_type, asset.format)


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except (Error, urllib3.exceptions.HTTPError) as error:
        raise StorageUnavailable(str(error)) from error


@contextmanager
def _sized(beginning: bytes, content: IO[bytes]) -> Iterator[tuple[int, IO[bytes]]]:
    """How many bytes there are, and all of them from the first: those that were read already, and the rest. What
    cannot be asked for its end goes through a temporary file."""
    if content.seekable():
        here = content.tell()
        end = content.seek(0, os.SEEK_END)
        content.seek(here - len(beginning))
        yield end - here + len(beginning), content
        return
    with tempfile.TemporaryFile() as spooled:
        spooled.write(beginning)
        copyfileobj(content, spooled, 1 << 18)
        size = spooled.tell()
        spooled.seek(0)
        yield size, cast(IO[bytes], spooled)


def cloudinary(url: StorageUrl) -> CloudinaryStorage:
    account_url = url
    if not url.netloc:
        variable = os.environ.get("CLOUDINARY_URL", "")
        if not variable:
            raise url.wrong("write cloudinary://key:secret@cloud, or set CLOUDINARY_URL")
        account_url = StorageUrl(variable)
    if account_url.scheme != "cloudinary" or not (account_url.user and account_url.password and account_url.host):
        raise account_url.wrong("write cloudinary://key:secret@cloud")

    def take(option: str) -> str | None:
        """What the storage URL says counts before what CLOUDINARY_URL does."""
        values = [one.take(option) for one in dict.fromkeys((url, account_url))]
        return next((value for value in values if value is not None), None)

    account: dict[str, Any] = {
        "cloud_name": account_url.host,
        "api_key": account_url.user,
        "api_secret": account_url.password,
        "upload_prefix": (take("upload_prefix") or "https://api.cloudinary.com").rstrip("/"),
        "signature_algorithm": take("signature_algorithm") or "sha1",
    }
    if account["signature_algorithm"] not in ("sha1", "sha256"):
        raise url.wrong("signature_algorithm is sha1 or sha256")
    cname = take("cname")
    distribution = take("secure_distribution") or account_url.path.strip("/") or None
    delivery = {
        # A local server that stands in for Cloudinary has no certificate.
        "secure": account["upload_prefix"].startswith("https:"),
        "cname": cname,
        "secure_distribution": distribution or cname,
        "private_cdn": (take("private_cdn") or "").lower() == "true" or account_url.path.strip("/") != "",
        "cdn_subdomain": False,
        "secure_cdn_subdomain": False,
        "force_version": True,
        "shorten": False,
        "use_root_path": False,
        "url_suffix": None,
    }
    prefix = (take("prefix") or "").strip("/")
    try:
        prefix = checked(prefix) + "/" if prefix else ""
    except ValueError:
        raise url.wrong("prefix is no prefix for names") from None
    return CloudinaryStorage(account, delivery, prefix, url.take_seconds("timeout", _TIMEOUT, 600))
