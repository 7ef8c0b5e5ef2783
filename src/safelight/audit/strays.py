"""Strays: bytes under a key of ours of which no ledger knows, as a backup restored without its storage leaves them.

They are not deleted here. An intent is recorded for their key, and after the grace period sweeps delete them, as they
do with an upload that was never finished. An upload under way has its intent before it has bytes: whatever is listed,
and unknown when the ledger is asked afterwards, and still there after that, is no upload of this app. Nor is it
another's: where several installations keep their files in one storage, nobody looks for strays.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from itertools import islice

from ..keys import MAX_LENGTH, is_ours
from ..ownership import Guard
from ..protocols import Auditable, Listable, Storage
from ..variants import base_of
from .findings import Audited, Difference, Kind
from .rows import Rows

log = logging.getLogger(__name__)


class StraysAudit:
    """What lies in one storage, listed once from `after` on."""

    def __init__(
        self,
        ledger: Auditable,
        rows: Rows,
        guard: Guard,
        result: Audited,
        name: str,
        storage: Storage,
        *,
        repair: bool,
    ) -> None:
        self._ledger = ledger
        self._rows = rows
        self._guard = guard
        self._result = result
        self._name = name
        self._storage = storage
        self._repair = repair
        self._listing: Iterator[str] | None = None

    def names(self, limit: int, after: str) -> tuple[int, str | None]:
        """Some of the names: how many there were, and the last."""
        if self._listing is None:
            self._guard.require(self._storage, self._name)
            if not isinstance(self._storage, Listable):
                self._result.unlistable.append(self._name)
                return 0, None
            if self._guard.shares(self._storage):
                self._result.shared.append(self._name)
                return 0, None
            self._listing = self._storage.names(after)
        page = list(islice(self._listing, limit))
        by_key = {base_of(name) or name: name for name in page if is_ours(base_of(name) or name)}
        for key in sorted(self._unknown(by_key.keys())):
            if self._storage.exists(by_key[key]):
                self._result.add(Difference(Kind.STRAY, key, storage=self._name, mended=self._record(key)))
        return len(page), page[-1] if page else None

    def _unknown(self, keys: Collection[str]) -> set[str]:
        """Those that are neither known nor copies of what is: somebody may keep a backup in a folder of the storage."""
        ours = {key: _endings(key) for key in keys if len(key) <= MAX_LENGTH and key.isprintable()}
        known = set(self._ledger.known({ending for endings in ours.values() for ending in endings}))
        unknown = {key for key, endings in ours.items() if known.isdisjoint(endings)}
        # What a row names is no stray, even if it is lost to the ledger.
        return unknown - set(self._rows.named(unknown))

    def _record(self, key: str) -> bool:
        if not self._repair:
            return False
        try:
            self._ledger.intend(key, self._name)
        except Exception:
            if key not in self._ledger.known([key]):  # else another audit was faster
                raise
        return True


def _endings(key: str) -> list[str]:
    """``a/b/c``, ``b/c``, ``c``"""
    steps = key.split("/")
    return ["/".join(steps[at:]) for at in range(len(steps))]
