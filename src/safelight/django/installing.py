"""Whose files are these? The core compares, Django's settings say in which storages."""

from __future__ import annotations

from collections.abc import Collection

from django.db import DEFAULT_DB_ALIAS

from safelight import ownership as core
from safelight.ownership import Ownership

from .ledger import stepwise
from .storage import Storages


def installation(
    using: str = DEFAULT_DB_ALIAS, *, moved: bool = False, copy: bool = False, mark: Collection[str] = ()
) -> Ownership:
    """See `safelight.ownership.ownership`. `mark` are aliases in STORAGES.

    Raises RuntimeError in an open transaction: what it rolls back would be whose the marked storages are.
    """
    ledger = stepwise("A change of whose files these are", using)
    return core.ownership(ledger, Storages(), moved=moved, copy=copy, mark=mark)
