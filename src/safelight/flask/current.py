"""What an app knows of its uploads: it hangs at the app, so that several may run in one process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from flask import current_app

from safelight.errors import ConfigurationError
from safelight.pipeline import Safelight
from safelight.protocols import Storage, Sweepable

from .config import Config
from .records import Records

NAME = "safelight"


@dataclass(frozen=True, slots=True)
class Current:
    """In ``app.extensions``."""

    config: Config
    storages: Mapping[str, Storage]
    records: Records

    def ledger(self) -> Sweepable:
        return self.records.ledger()

    def core(self) -> Safelight:
        return Safelight(self.ledger(), self.storages)


def current() -> Current:
    """Of the app that answers this request. Raises `ConfigurationError` if it has none."""
    try:
        return cast(Current, current_app.extensions[NAME])
    except KeyError:
        raise ConfigurationError("this app has no Safelight yet: call init_app(app)") from None


class CurrentStorages(Mapping[str, Storage]):
    """The storages of whichever app asks: models, and what listens to their sessions, may be shared by several."""

    def __getitem__(self, name: str) -> Storage:
        return current().storages[name]

    def __iter__(self) -> Iterator[str]:
        return iter(current().storages)

    def __len__(self) -> int:
        return len(current().storages)
