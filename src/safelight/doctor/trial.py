"""A key to try a storage with: nothing of it is left, and if we are killed meanwhile the ledger knows where to look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from ..blob import AS_SENT
from ..keys import new_key
from ..protocols import Ledger, Storage


class NotIntended(Exception):
    """The ledger could not take an intent, so that nothing may be stored."""


@contextmanager
def fresh_key(ledger: Ledger, storage: Storage, name: str) -> Iterator[str]:
    """A key that is an intent, as every upload's is. Afterwards what lies under it is deleted; if that fails, or if it
    is there all the same, it stays an intent, and a sweep tries again. Raises `NotIntended`."""
    key = new_key("", AS_SENT, datetime.now(UTC))
    try:
        ledger.intend(key, name)
    except Exception as failure:
        raise NotIntended from failure
    try:
        yield key
    finally:
        with suppress(Exception):  # a storage that does not delete has been told of where deleting was tried
            storage.delete(key)
            if not storage.exists(key):
                ledger.forget(key)
