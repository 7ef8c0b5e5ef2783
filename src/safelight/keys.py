"""Keys: short, unguessable, and recognisably ours, so that nothing that is not ours is ever touched.

``images/2026/11/20/k3v5…x2.jpg``: a prefix and a date for people, 120 random bits nobody can guess, a check code
by which Safelight knows its own, and the extension that follows from the bytes. A key is never made from the
client's file name: a name that chooses its own path could overwrite or execute.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import unicodedata
from datetime import datetime

_RANDOM_BYTES = 15  # 120 bits: 24 characters of base32
_CHECK_LENGTH = 5  # 25 bits: one in 33 million foreign names passes for ours
_STEM = re.compile(r"([a-z2-7]{24})([a-z2-7]{5})(?:\.[a-z0-9]{1,5})?\Z")

STEM = f"[a-z2-7]{{{24 + _CHECK_LENGTH}}}"
"""A regular expression for the part of a key that no other key has: by it a key is found in any text."""

MAX_LENGTH = 100
"""Characters in the longest key: what Django's FileField column holds by default."""
MAX_PREFIX = MAX_LENGTH - 24 - _CHECK_LENGTH - 7

MARK = "safelight-installation"
"""What storages are marked with (`safelight.ownership`) is called so, and goes on."""


def new_key(prefix: str, extension: str, now: datetime) -> str:
    """Return a fresh key below `prefix`, in which strftime directives (``%Y/%m/%d``) take the date of `now`.

    Raises ValueError for a prefix that would leave the storage or not fit.
    """
    folder = now.strftime(prefix).strip("/")
    if len(folder) > MAX_PREFIX or not re.fullmatch(r"(?:[\w-][\w.-]*(?:/[\w-][\w.-]*)*)?", folder, re.ASCII):
        raise ValueError(f"{prefix!r} is no prefix for keys: use letters, digits, '-', '_', '/', {MAX_PREFIX} at most")
    random = _base32(secrets.token_bytes(_RANDOM_BYTES))
    name = f"{random}{_check_code(random)}.{extension}"
    return f"{folder}/{name}" if folder else name


def as_prefix(folder: str) -> str:
    """The nearest to `folder` that may stand before a key: a callable ``upload_to`` may put a user's name in it, and a
    user may call himself as a storage's mark is called. On a disk his folder would be in its place."""
    plain = unicodedata.normalize("NFKD", folder).encode("ascii", "ignore").decode()
    steps = (re.sub(r"[^\w.-]+", "-", step).lstrip(".") for step in plain.replace("\\", "/").split("/"))
    prefix = "/".join(filter(None, steps))
    return (f"_{prefix}" if prefix.lower().startswith(MARK) else prefix)[:MAX_PREFIX].strip("/")


def is_ours(key: str) -> bool:
    """Whether `key` carries the check code that only keys made here carry."""
    match = _STEM.match(key.rpartition("/")[2])
    return match is not None and _check_code(match[1]) == match[2]


def is_findable(name: str) -> bool:
    """Whether `name` can be a key at all, ours or not: what cannot be printed is none, and databases choke on it."""
    return len(name) <= MAX_LENGTH and name.isprintable()


def stem(key: str) -> str:
    """What `STEM` finds of a key of ours."""
    return key.rpartition("/")[2].partition(".")[0]


def _check_code(random: str) -> str:
    return _base32(hashlib.sha256(b"safelight:" + random.encode()).digest())[:_CHECK_LENGTH]


def _base32(data: bytes) -> str:
    """Lower case, because some file systems cannot tell the cases apart."""
    return base64.b32encode(data).decode().lower().rstrip("=")
