"""The addresses that a storage gives out: who asks there gets the very bytes, and pages of the app may read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from . import clock
from .finding import Finding, Level, note, ok, reason, warning

_TIMEOUT = 10  # seconds; a browser's user does not wait for longer either


class _Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def examine(url: str, content: bytes, origins: Sequence[str]) -> Iterator[Finding]:
    """`content` is what lies there. `origins` are those whose pages use the app."""
    host = urlsplit(url).netloc
    try:
        answer = _get(url, len(content) + 1, {"Origin": origins[0]} if origins else {})
    except (OSError, ValueError) as failure:
        yield note(
            f"Its addresses at {host} cannot be reached from here: {reason(failure)}.",
            "Browsers must reach them. If they can, and this machine need not, all is well.",
        )
        return
    if answer.status != 200:
        yield warning(
            f"Its addresses at {host} answer {answer.status}, and not with the file.",
            "Signed addresses need credentials that may read; where public_url is set, everybody must be allowed to.",
        )
        return
    if answer.body != content:
        yield warning(
            f"Its addresses at {host} answer with other bytes than were stored.",
            "Look at where public_url leads: nothing on the way may change files.",
        )
        return
    yield ok(f"Its addresses at {host} answer with the file.")
    if origins:
        yield _readable(answer.headers.get("Access-Control-Allow-Origin"), origins[0])


def skew(url: str) -> Iterator[Finding]:
    """What the clock of whoever answers at `url` says, if it is wrong: some refuse everything then, and few say why."""
    before = datetime.now(UTC)
    try:
        told = _get(url, 0, {}).headers.get("Date")
        theirs = parsedate_to_datetime(told) if told else None
    except (OSError, ValueError):
        return
    if theirs is not None and theirs.tzinfo:
        yield from (found for found in clock.examine("The storage's", theirs, before) if found.level is not Level.OK)


def is_remote(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https")


def _readable(allowed: str | None, origin: str) -> Finding:
    if allowed in ("*", origin):
        return ok(f"Scripts of {origin} may read its files (CORS).")
    return note(
        f"Scripts of {origin} may not read its files (CORS); showing and downloading them needs no leave.",
        "If scripts do read them (fetch, a canvas), allow GET from that origin in the bucket's CORS rules.",
    )


def _get(url: str, size: int, headers: dict[str, str]) -> _Answer:
    request = Request(url, headers={"Accept-Encoding": "identity"} | headers)  # noqa: S310  # see is_remote
    try:
        with urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
            return _Answer(answer.status, dict(answer.headers), answer.read(size))
    except HTTPError as refused:
        with refused:
            return _Answer(refused.code, dict(refused.headers), b"")
