"""The move: the core decides in which order, Django's settings say between which storages."""

from __future__ import annotations

from collections.abc import Callable

from django.core.files.storage import storages
from django.db import DEFAULT_DB_ALIAS, connections

from safelight import move as core
from safelight.errors import ConfigurationError
from safelight.move import Moved

from .conf import Settings
from .ledger import DjangoLedger, in_test_case
from .storage import Storages


def move(
    source: str,
    target: str,
    using: str = DEFAULT_DB_ALIAS,
    *,
    delete: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Moved:
    """See `safelight.move.move`. `source` and `target` are aliases in STORAGES.

    Raises `ConfigurationError`; and RuntimeError in an open transaction: what it rolls back would be where files are.
    """
    for alias in (source, target):
        if alias not in storages.backends:
            raise ConfigurationError(f"STORAGES has no {alias!r}; it has {', '.join(sorted(storages.backends))}")
    if source != target and not {source, target} <= set(Settings.load().moving):
        raise ConfigurationError(
            f"First set SAFELIGHT = {{'MOVING': {[source, target]}}} and restart the app, which then asks the ledger "
            "for each file where it is"
        )
    ledger = DjangoLedger(using)
    if ledger.in_transaction() and not in_test_case(connections[using]):
        raise RuntimeError("A move commits each of its steps, and cannot run inside a transaction.")
    return core.move(ledger, Storages(), source, target, delete=delete, progress=progress)
