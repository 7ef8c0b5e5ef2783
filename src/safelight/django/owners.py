"""Who sent a file, as the ledger remembers it: so that nobody is offered, or takes, what somebody else has sent."""

from __future__ import annotations

from typing import Any


def owner_of(user: Any) -> str:
    """Empty for nobody in particular."""
    return "" if user is None or user.pk is None else str(user.pk)
