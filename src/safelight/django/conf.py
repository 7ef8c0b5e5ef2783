"""The settings, typed: one dictionary, ``SAFELIGHT``. Policies are not settings; they stand in code, where they act."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

from django.conf import settings

from safelight.durations import duration
from safelight.sweep import GRACE


@dataclass(frozen=True, slots=True)
class Settings:
    """``SAFELIGHT = {"CACHE_SECONDS": 3600, "GRACE": "48h"}``

    CACHE_SECONDS: how long browsers and proxies may keep a file that our view delivered. A key names the same bytes
    for ever, so that the only reason for less is that deleted files should vanish from caches sooner.

    FILE_HANDLER: where the forms of JSON documents send their files, if neither schema nor field says so: a path, or a
    ``reverse_lazy``.

    DOCUMENT_BYTES: how many bytes a JSON document may have that a form sends, with the files inside of it.

    GRACE: how long a file that nothing refers to is kept before a sweep deletes it: a timedelta, or what
    `safelight_sweep --grace` takes ("24h", "7d"). It is the time people have to save a form into which they have
    uploaded something, and the time in which a deletion can be taken back.

    MOVING: the aliases in STORAGES between which `safelight_move` moves files. While they are named here the ledger is
    asked for each file where it is (otherwise, that is known from the field).
    """

    cache_seconds: int = 31_536_000
    grace: timedelta = GRACE
    file_handler: Any = None
    document_bytes: int = 20_000_000
    moving: tuple[str, ...] = ()

    @classmethod
    def load(cls) -> Settings:
        """Raises ValueError, naming the key that is wrong."""
        given = getattr(settings, "SAFELIGHT", {})
        if not isinstance(given, dict):
            raise ValueError("SAFELIGHT must be a dictionary")
        known = {field.name.upper(): field.name for field in fields(cls)}
        if unknown := set(given) - set(known):
            raise ValueError(f"SAFELIGHT has no setting {', '.join(map(repr, sorted(unknown)))}")
        loaded = cls(**{known[key]: value for key, value in given.items()})
        if type(loaded.cache_seconds) is not int or loaded.cache_seconds < 0:
            raise ValueError("SAFELIGHT['CACHE_SECONDS'] must be a number of seconds")
        if type(loaded.document_bytes) is not int or loaded.document_bytes < 1:
            raise ValueError("SAFELIGHT['DOCUMENT_BYTES'] must be a number of bytes")
        if not isinstance(loaded.moving, list | tuple) or not all(isinstance(alias, str) for alias in loaded.moving):
            raise ValueError("SAFELIGHT['MOVING'] must be a list of aliases in STORAGES")
        try:
            return replace(loaded, grace=duration(loaded.grace))
        except ValueError as error:
            raise ValueError(f"SAFELIGHT['GRACE'] {error}") from None
