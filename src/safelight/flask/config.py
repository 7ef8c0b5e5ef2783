"""What an app says of its uploads, typed: ``SAFELIGHT_*`` in its config. Policies are not settings; they stand in code,
where they act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from typing import Any, TypeAlias

from safelight.durations import duration
from safelight.errors import ConfigurationError
from safelight.protocols import Storage
from safelight.storage import from_url
from safelight.sweep import GRACE

_PREFIX = "SAFELIGHT_"

StorageOption: TypeAlias = str | Storage | Mapping[str, str | Storage]


@dataclass(frozen=True, slots=True)
class Config:
    """What the constructor of the extension was told takes the place of what the app's config says.

    SAFELIGHT_STORAGE: where files are kept: a URL, a storage, or several of them by the names that policies use.

    SAFELIGHT_URL_PREFIX: where stored files have their addresses; None if something else serves them.

    SAFELIGHT_CACHE_SECONDS: how long browsers and proxies may keep a file. A key names the same bytes for ever, so that
    the only reason for less is that deleted files should vanish from caches sooner.

    SAFELIGHT_GRACE: how long a file that nothing refers to is kept before a sweep deletes it: a timedelta, or "48h".
    """

    storage: StorageOption = field(default="", repr=False)  # a URL may have a password in it
    url_prefix: str | None = "/media"
    cache_seconds: int = 31_536_000
    grace: timedelta = GRACE

    @classmethod
    def load(cls, given: Mapping[str, Any], told: Mapping[str, Any]) -> Config:
        """Raises `ConfigurationError`, naming the setting that is wrong."""
        known = {_PREFIX + field.name.upper(): field.name for field in fields(cls)}
        if unknown := {name for name in given if name.startswith(_PREFIX)} - set(known):
            raise ConfigurationError(f"there is no setting {', '.join(sorted(unknown))}")
        loaded = cls(**{field: given[name] for name, field in known.items() if name in given} | dict(told))
        if not loaded.storage:
            raise ConfigurationError("SAFELIGHT_STORAGE says where files are kept, for example file:///var/media")
        prefix = loaded.url_prefix
        if prefix is not None and not (isinstance(prefix, str) and prefix.startswith("/") and prefix.strip("/")):
            raise ConfigurationError("SAFELIGHT_URL_PREFIX must be a path that begins with /, for example /media")
        if type(loaded.cache_seconds) is not int or loaded.cache_seconds < 0:
            raise ConfigurationError("SAFELIGHT_CACHE_SECONDS must be a number of seconds")
        try:
            return replace(loaded, url_prefix=prefix and prefix.rstrip("/"), grace=duration(loaded.grace))
        except ValueError as error:
            raise ConfigurationError(f"SAFELIGHT_GRACE {error}") from None

    def storages(self) -> dict[str, Storage]:
        """Raises `ConfigurationError`, which says what is wrong with a URL."""
        named = self.storage if isinstance(self.storage, Mapping) else {"default": self.storage}
        base_url = None if self.url_prefix is None else f"{self.url_prefix}/"
        return {name: from_url(each, base_url) if isinstance(each, str) else each for name, each in named.items()}
