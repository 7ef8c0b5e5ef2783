"""Files and their bytes: what nothing refers to ages, and what the ledger calls ready lies in its storage."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from ..blob import Kept
from ..errors import UnknownKey
from ..failures import PATIENCE, Failure
from ..keys import is_ours
from ..protocols import Auditable, Measurable, Storage
from .findings import Audited, Difference, Kind
from .rows import Rows

log = logging.getLogger(__name__)

_AT_ONCE = 8
"""Questions to a storage at a time: each waits for a network."""


class FilesAudit:
    """
    storages: which are asked whether they have the bytes; none if that is not wanted
    """

    def __init__(
        self, ledger: Auditable, rows: Rows, result: Audited, *, repair: bool, storages: Mapping[str, Storage] | None
    ) -> None:
        self._ledger = ledger
        self._rows = rows
        self._result = result
        self._repair = repair
        self._storages = storages
        self._strikes: Counter[str] = Counter()

    def files(self, limit: int, after: str) -> tuple[int, str | None]:
        """One page of the ready blobs: how many there were, and the last."""
        page = self._ledger.kept(limit=limit, after=after)
        self._let_age([file.key for file in page if is_ours(file.key) and not file.ages and not file.held])
        if self._storages is not None:
            self._ask_for_bytes(page)
        return len(page), page[-1].key if page else None

    def _let_age(self, keys: Collection[str]) -> None:
        ageless = set(keys).difference(self._rows.named(keys) if keys else ())  # those lack a reference, and no age
        aging = self._ledger.age(ageless, datetime.now(UTC)) if self._repair and ageless else ()
        for key in sorted(ageless):
            self._result.add(Difference(Kind.AGELESS, key, mended=key in aging))

    def _ask_for_bytes(self, page: Sequence[Kept]) -> None:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for at in range(0, len(page), _AT_ONCE):
                few = [file for file in page[at : at + _AT_ONCE] if self._strikes[file.storage] < PATIENCE]
                for file, answer in zip(few, pool.map(self._size, few), strict=True):
                    self._judge(file, answer)

    def _size(self, file: Kept) -> int | Exception | None:
        """Of what its storage has; None if nothing. What cannot be told is what the file should have."""
        try:
            storage = (self._storages or {})[file.storage]
            if isinstance(storage, Measurable):
                return storage.size(file.key)
            return file.size if storage.exists(file.key) else None
        except FileNotFoundError:
            return None
        except Exception as error:
            return error

    def _judge(self, file: Kept, answer: int | Exception | None) -> None:
        if isinstance(answer, Exception):
            failure = Failure.of(file.key, file.storage, answer)
            log.warning("%s could not be asked for %s: %s", file.storage, file.key, failure.reason)
            self._result.failures.append(failure)
            self._strikes[file.storage] += 1
            return
        self._strikes[file.storage] = 0
        if answer != file.size and self._is_still(file):
            kind = Kind.GONE if answer is None else Kind.DAMAGED
            place = min(self._ledger.references(file.key), default=None)
            self._result.add(Difference(kind, file.key, place, file.storage))

    def _is_still(self, file: Kept) -> bool:
        """Whether it has neither been deleted nor moved since the page was read."""
        try:
            return self._ledger.get(file.key).storage == file.storage
        except UnknownKey:
            return False
