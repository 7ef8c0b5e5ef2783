"""Bytes back out: with the type the ledger knows, and headers under which a browser runs nothing of them.

Even a verified picture is a stranger's file. `nosniff` keeps a browser from finding HTML in it, the sandboxing
policy keeps anything from running should it be opened as a page, and what is not a verified picture is a download.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import IO
from urllib.parse import quote

from . import variants
from .blob import Blob
from .errors import BadRange, UnknownKey
from .policy import CSV, EXTENSIONS, IMAGES, TEXT, WEBP
from .protocols import Ledger, Storage

CONTENT_SECURITY_POLICY = "default-src 'none'; sandbox"
_CHUNK = 1 << 18
_ALSO_NAMED = {TEXT: (".text", ".log", ".md", ".csv", ".tsv"), CSV: (".tsv", ".txt")}
_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})\Z")


class Body:
    """`length` bytes of `content` from where it stands, as an iterator that a server can close at any time, even
    before the first byte (a generator that was never started would keep its file open)."""

    def __init__(self, content: IO[bytes] | None = None, length: int = 0) -> None:
        self._content = content
        self._left = length

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._content is None or not self._left:
            raise StopIteration
        chunk = self._content.read(min(_CHUNK, self._left))
        if not chunk:
            raise StopIteration
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        if self._content is not None:
            self._content.close()


@dataclass(frozen=True, slots=True)
class Delivery:
    """A response for one blob. `body` yields a few hundred kilobytes at a time; who sends it closes it."""

    status: int
    headers: dict[str, str]
    body: Body


def headers(blob: Blob, tag: str, max_age: int) -> dict[str, str]:
    """The headers of every answer about `blob`, whose bytes `tag` tells from all others. A key names the same bytes for
    ever, so `max_age` (in seconds) may be as long as the file may stay in caches after it was deleted."""
    return {
        "Content-Type": blob.media_type,
        "Content-Disposition": disposition(blob),
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Cache-Control": f"public, max-age={max_age}, immutable",
        "ETag": f'"{tag}"',
        "Accept-Ranges": "bytes",
    }


def disposition(blob: Blob) -> str:
    """Content-Disposition (RFC 6266), with the client's name percent-encoded (RFC 8187): no character of it can end
    the header or the quotes. Pictures show, everything else is saved; also a picture that was taken as any bytes at
    all, since nothing was left out of it."""
    kind = "inline" if blob.media_type in IMAGES and not blob.as_sent else "attachment"
    if not blob.filename:
        return kind
    return f"{kind}; filename*=UTF-8''{quote(_saved_as(blob), safe='')}"


def _saved_as(blob: Blob) -> str:
    """The client's name; for a verified document one that says what it is, whatever the client said. A text is
    harmless, until it is saved as run.bat and opened."""
    if blob.media_type not in EXTENSIONS or blob.as_sent:
        return blob.filename
    extension = "." + EXTENSIONS[blob.media_type]
    fits = blob.filename.lower().endswith((extension, *_ALSO_NAMED.get(blob.media_type, ())))
    return blob.filename if fits else blob.filename + extension


def deliver(
    key: str,
    ledger: Ledger,
    storages: Mapping[str, Storage],
    *,
    head: bool = False,
    wanted: str = "",
    etags: str = "",
    max_age: int = 31_536_000,
) -> Delivery:
    """Answer a GET (or HEAD) for `key`, a blob's or its thumbnail's. `wanted` is the Range header (RFC 9110, section
    14), `etags` If-None-Match.

    Raises `UnknownKey` for a key that the ledger does not call ready, whatever the storage may hold under it, and
    `BadRange`.
    """
    blob, tag = _find(key, ledger)
    answer = headers(blob, tag, max_age)
    if etags.strip() == "*" or answer["ETag"] in re.findall(r'"[^"]*"', etags):
        return Delivery(304, answer, Body())
    start, end = _range("" if head else wanted, blob.size)
    status = 200
    if (start, end) != (0, blob.size):
        status = 206
        answer["Content-Range"] = f"bytes {start}-{end - 1}/{blob.size}"
    answer["Content-Length"] = str(end - start)
    if head:
        return Delivery(status, answer, Body())
    try:
        content = storages[blob.storage].open(key)
    except FileNotFoundError:
        raise UnknownKey(key) from None
    if start:
        content.seek(start)
    return Delivery(status, answer, Body(content, end - start))


def _find(key: str, ledger: Ledger) -> tuple[Blob, str]:
    """The facts of what lies under `key`, and its entity tag. A thumbnail's follows from its picture's: nobody has to
    hash it, and like any key its own names the same bytes for ever."""
    base = variants.base_of(key)
    if base is None:
        blob = ledger.get(key)
        return blob, blob.sha256
    blob = ledger.get(base)
    if blob.thumbnail_size is None:
        raise UnknownKey(key)
    filename = blob.filename and f"{PurePath(blob.filename).stem}.webp"
    thumbnail = replace(blob, key=key, media_type=WEBP, size=blob.thumbnail_size, filename=filename)
    return thumbnail, f"{blob.sha256}.{variants.THUMBNAIL.name}"


def _range(wanted: str, size: int) -> tuple[int, int]:
    """The one range asked for, as start and end (exclusive). Several ranges, or none that can be read, are answered
    with the whole file, as RFC 9110 section 14.2 allows."""
    match = _RANGE.match(wanted.strip())
    if match is None or match[0] == "bytes=-":
        return 0, size
    first, last = match.groups()
    if not first:  # the last so many bytes
        if not int(last):
            raise BadRange(size)
        return max(0, size - int(last)), size
    start, end = int(first), min(int(last) + 1, size) if last else size
    if start >= size or (last and int(last) < start):
        raise BadRange(size)
    return start, end
