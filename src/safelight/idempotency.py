"""Retrying is safe: a request that is repeated with its Idempotency-Key is carried out once, and answered alike.

::

    receive   the body, as always: nothing is claimed while it comes
    claim     committed: this attempt works on it      KeyReused if the key came with another request, InProgress
    work      in one transaction, as always            what is refused or fails lets go of the claim
    answer    recorded in the same transaction: it must find the claim without an answer, or all is rolled back

So there is exactly one row, with one file, and one answer for each key, wherever an attempt is killed: before its
commit there is nothing but a claim, which others take over when it is `LEASE` old; after it there is the answer, which
whoever comes again gets. An attempt that takes longer than its lease is not disturbed. If two work on one request, the
first that commits has answered it; the other is rolled back, its file stays free and expires, and it gives the same
answer.

Only what succeeded is kept (a status below 400). A refusal leaves the key as it was, so that the same request may come
again, or a corrected one.

Sources: draft-ietf-httpapi-idempotency-key-header-07; Stripe's API, "Idempotent requests", which also takes keys
without the quotes that RFC 8941 wants around a string.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, Any, Final, TypeVar, cast

from .claim import Claim
from .errors import AnswerNotKept, IdempotencyInProgress, IdempotencyKeyInvalid, IdempotencyKeyReused
from .http.answer import Answer
from .http.cross_site import SAFE_METHODS
from .protocols import Repeatable
from .upload import Upload

log = logging.getLogger(__name__)

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
"""The header of an answer that was given before."""
LEASE = timedelta(seconds=60)
"""After this an attempt that has not answered may be dead, and another one begins."""
PATIENCE = timedelta(seconds=5)
"""How long whoever repeats a request waits for the attempt that works on it."""
MAX_ANSWER = 64_000
"""Characters of an answer that is kept, with its headers, in JSON."""

REFUSALS = (IdempotencyKeyInvalid, IdempotencyKeyReused, IdempotencyInProgress, AnswerNotKept)
"""What is said here of a request with a key, before and instead of what it asks for."""

_PAUSE = 0.05  # seconds between two looks
_MOST_RETRY_AFTER = 10  # seconds: the attempt may be as good as done
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])+)"')
_BARE = re.compile(r"[!#-~][!-~]*")
_MAX_KEY = 255
_KEPT_HEADERS = frozenset(
    {
        *("cache-control", "content-disposition", "content-encoding", "content-language", "content-location"),
        *("content-security-policy", "content-type", "etag", "last-modified", "location", "x-content-type-options"),
    }
)
"""What says how to read an answer, and what may not be done with it. Whatever else it has, a cookie for one, was for
who came first, or is added again by whoever added it."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that may be repeated: `id` says by whom, where and under which key; `fingerprint`, for what."""

    id: str
    fingerprint: str


def key_of(method: str, value: str | None) -> str | None:
    """The key in the header `value`; None if there is no such header, or if `method` changes nothing anyway. Raises
    `IdempotencyKeyInvalid`."""
    if value is None or method in SAFE_METHODS:
        return None
    text = value.strip(" \t")
    if quoted := _QUOTED.fullmatch(text):
        key = re.sub(r"\\(.)", r"\1", quoted[1])
    elif _BARE.fullmatch(text):
        key = text
    else:
        raise IdempotencyKeyInvalid
    if len(key) > _MAX_KEY:
        raise IdempotencyKeyInvalid
    return key


def asked(key: str, who: str | None, method: str, path: str, *meaning: object) -> Asked:
    """`who` is the primary key of who is signed in, or None: nobody gets somebody else's answer. `meaning` is what the
    request says, its query and what was parsed from its body; see `fingerprint`."""
    place = json.dumps([who, method, path, key])
    return Asked(hashlib.sha256(place.encode()).hexdigest(), fingerprint(*meaning))


def fingerprint(*meaning: object) -> str:
    """The same for what means the same. Parts may be dictionaries, whose names have no order, lists, text, numbers,
    None, and files. Of a file its bytes count, and not its name, which some phones make up for each attempt. Nor do the
    bytes of a body, in which a form has another boundary each time."""
    digest = hashlib.sha256()
    pending = [*reversed(meaning)]  # no recursion: how deep it goes is the client's to say
    while pending:
        part = pending.pop()
        if isinstance(part, Upload):
            part = part.content
        if isinstance(part, Mapping):
            names = sorted(part, key=str, reverse=True)
            pending += [each for name in names for each in (part[name], str(name))]
            token = f"object {len(names)}"
        elif isinstance(part, list | tuple):
            pending += reversed(part)
            token = f"list {len(part)}"
        elif hasattr(part, "read") and hasattr(part, "seek"):
            token = f"file {_sha256(cast(IO[bytes], part))}"
        else:
            token = json.dumps(part, default=str)
        digest.update(token.encode() + b"\n")
    return digest.hexdigest()


def grouped(pairs: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    """The fields of a form by their names; what has the same name keeps its order."""
    fields: dict[str, list[Any]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def once(
    ledger: Repeatable,
    asked: Asked,
    work: Callable[[], T],
    *,
    transaction: Callable[[], AbstractContextManager[object]],
    told: Callable[[T], Answer | None],
    again: Callable[[Answer], T],
    lease: timedelta = LEASE,
    patience: timedelta = PATIENCE,
) -> T:
    """The answer of `work()`, which is done in `transaction()`; or, if the request was answered before, that answer.

    told:  what is to be kept of an answer; None for one that cannot be given again, a stream
    again: an answer that was kept, as the caller gives answers

    Not in an open transaction, where that can be helped: whoever waits would keep it open. Raises
    `IdempotencyKeyReused`, `IdempotencyInProgress`, `AnswerNotKept`, and whatever `work` does.
    """
    claim = _claim(ledger, asked, lease, patience)
    if claim.status is not None:
        return again(_kept(claim))
    refused = overtaken = False
    try:
        with transaction():
            response = work()
            answer = told(response)
            refused = answer is not None and answer.status >= 400
            overtaken = not refused and not ledger.answer(claim, *_to_keep(answer))
            if refused or overtaken:
                raise _RolledBack
    except BaseException as error:
        _let_go(ledger, claim)
        if not isinstance(error, _RolledBack):
            raise
    if not overtaken:
        return response
    found = ledger.claimed(asked.id)
    if found is None or found.status is None or found.fingerprint != asked.fingerprint:
        raise IdempotencyInProgress(retry_after=1)
    return again(_kept(found))


def answer_once(
    ledger: Repeatable,
    asked: Asked,
    work: Callable[[], Answer],
    transaction: Callable[[], AbstractContextManager[object]],
) -> Answer:
    """`once` for an endpoint of Safelight's own."""
    return once(ledger, asked, work, transaction=transaction, told=lambda answer: answer, again=lambda answer: answer)


class _RolledBack(Exception):
    """Ends a transaction of which nothing may stay."""


def _claim(ledger: Repeatable, asked: Asked, lease: timedelta, patience: timedelta) -> Claim:
    """Ours, without an answer; or another's, with one."""
    deadline = time.monotonic() + patience.total_seconds()
    while True:
        now = datetime.now(UTC)
        found = ledger.claimed(asked.id)
        if found is None or found.is_dead(asked.fingerprint, now - lease):
            ours = Claim(asked.id, asked.fingerprint, secrets.token_hex(16), now)
            found = ledger.claim(ours, now - lease)
            if found is not None and found.token == ours.token:
                return ours
        if found is not None and found.fingerprint != asked.fingerprint:
            raise IdempotencyKeyReused
        if found is not None and found.status is not None:
            return found
        if time.monotonic() >= deadline:
            left = math.ceil((found.created + lease - now).total_seconds()) if found else 1
            raise IdempotencyInProgress(max(1, min(left, _MOST_RETRY_AFTER)))
        time.sleep(_PAUSE)


def _let_go(ledger: Repeatable, claim: Claim) -> None:
    """So that the request may be repeated at once. What went wrong before is what the caller has to know."""
    try:
        ledger.abandon(claim)
    except Exception as error:
        log.warning("a request can be repeated only when its lease is over: %r", error)


def _to_keep(answer: Answer | None) -> tuple[int, str]:
    """The status, and the rest as text; which is empty if it cannot be kept."""
    if answer is None:
        return 200, ""
    if len(answer.body) > MAX_ANSWER:  # as text it would be larger still
        return answer.status, ""
    headers = {name: value for name, value in answer.headers.items() if name.lower() in _KEPT_HEADERS}
    # In Latin-1 any bytes are text; and in ASCII it has as many bytes in a database as characters here.
    text = json.dumps({"headers": headers, "body": answer.body.decode("latin-1")})
    return answer.status, text if len(text) <= MAX_ANSWER else ""


def _kept(claim: Claim) -> Answer:
    """Raises `AnswerNotKept`."""
    if claim.status is None or not claim.answer:
        raise AnswerNotKept
    kept = json.loads(claim.answer)
    return Answer(claim.status, kept["headers"] | {REPLAYED: "true"}, kept["body"].encode("latin-1"))


def _sha256(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
