"""The statements of a move in SQL: which storage keeps a blob changes by one conditional update, or not at all."""

from __future__ import annotations

from django.db.models import QuerySet

from safelight.blob import Blob, State
from safelight.contention import Transactional, repeated

from . import models


class Relocation(Transactional):
    """What `safelight.protocols.Movable` adds to a ledger."""

    using: str

    def kept_in(self, storage: str, /, *, limit: int, after: str = "") -> list[Blob]:
        return self._page(self._ready(storage=storage), limit, after)

    def count_in(self, storage: str, /) -> int:
        return self._ready(storage=storage).count()

    def left_in(self, storage: str, /, *, limit: int, after: str = "") -> list[Blob]:
        return self._page(self._ready(also_in=storage), limit, after)

    def count_left_in(self, storage: str, /) -> int:
        return self._ready(also_in=storage).count()

    @repeated
    def copying(self, key: str, source: str, target: str, /) -> bool:
        row = self._ready(key=key, storage=source, also_in__in=("", target))
        return bool(row.update(also_in=target))

    @repeated
    def moved(self, key: str, source: str, target: str, /) -> bool:
        row = self._ready(key=key, storage=source, also_in=target)
        return bool(row.update(storage=target, also_in=source))

    @repeated
    def tidied(self, key: str, storage: str, /) -> None:
        self._ready(key=key, also_in=storage).update(also_in="")

    def _ready(self, **conditions: object) -> QuerySet[models.Blob]:
        return models.Blob.objects.using(self.using).filter(state=State.READY, **conditions)

    def _page(self, rows: QuerySet[models.Blob], limit: int, after: str) -> list[Blob]:
        return [row.facts() for row in rows.filter(key__gt=after).order_by("key")[:limit]]
