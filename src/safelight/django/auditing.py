"""The audit: the core decides, Django's rows are what it compares with."""

from __future__ import annotations

from collections.abc import Callable

from django.db import DEFAULT_DB_ALIAS

from safelight import audit as core
from safelight.audit import Audited

from .ledger import stepwise
from .rows import DjangoRows
from .storage import Storages


def audit(
    using: str = DEFAULT_DB_ALIAS,
    *,
    repair: bool = False,
    storage: bool = False,
    rotate: int | None = None,
    batch: int = 500,
    progress: Callable[[int, int], None] | None = None,
) -> Audited:
    """See `safelight.audit.audit`.

    Raises RuntimeError in an open transaction: what it rolls back would be what was mended.
    """
    return core.audit(
        stepwise("An audit", using),
        DjangoRows(using),
        Storages(),
        repair=repair,
        storage=storage,
        rotate=rotate,
        batch=batch,
        progress=progress,
    )
