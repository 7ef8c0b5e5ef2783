"""The statements that thumbnails need in SQL: a picture has one that was made later by one conditional update, or has
none."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from safelight.blob import Blob, State
from safelight.contention import Transactional, repeated

from . import models


class Thumbnails(Transactional):
    """What `safelight.protocols.Thumbnailing` adds to a ledger."""

    using: str

    def without_thumbnail(self, policies: Collection[str], /, *, limit: int, after: str = "") -> list[Blob]:
        rows = self._without_thumbnail(policies).filter(key__gt=after)
        return [row.facts() for row in rows.order_by("key")[:limit]]

    def count_without_thumbnail(self, policies: Collection[str], /) -> int:
        return self._without_thumbnail(policies).count()

    @repeated
    def note_thumbnail(self, key: str, storage: str, size: int, /) -> bool:
        return bool(self._resting().filter(key=key, storage=storage).update(thumbnail_size=size))

    def _without_thumbnail(self, policies: Collection[str]) -> QuerySet[models.Blob]:
        return self._resting().filter(policy__in=policies, width__isnull=False, thumbnail_size__isnull=True)

    def _resting(self) -> QuerySet[models.Blob]:
        """Ready, and neither on the move nor left behind by one."""
        return models.Blob.objects.using(self.using).filter(state=State.READY, also_in="")
