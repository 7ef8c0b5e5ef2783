"""Many blobs at once: a library's pages out of the ledger's table, of which each costs the same however far away it is.

A page is found in an index alone, by position or by offset; only the rows that are shown are read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.db.models import Q, QuerySet

from safelight.blob import Blob, State
from safelight.http.library import Entry, Position

from . import models
from .ledger import DjangoLedger
from .moments import as_aware, as_stored


class DjangoCatalogue:
    """The `safelight.http.library.Catalogue` of one database alias."""

    def __init__(self, using: str) -> None:
        self.using = using

    def newest(
        self,
        policies: Collection[str],
        *,
        owner: str | None,
        search: str,
        limit: int,
        offset: int = 0,
        after: Position | None = None,
    ) -> Sequence[Entry]:
        rows = self._ready().filter(policy__in=policies)
        if owner is not None:
            rows = rows.filter(owner=owner)
        if search:
            rows = rows.filter(Q(filename__icontains=search) | Q(key__icontains=search))
        if after is not None:
            moment = as_stored(after.created)
            rows = rows.filter(Q(created__lt=moment) | Q(created=moment, key__lt=after.key), created__lte=moment)
        keys = list(rows.order_by("-created", "-key").values_list("key", flat=True)[offset : offset + limit])
        found = self._ready().in_bulk(keys)
        # One may have been deleted in between.
        shown = [found[key] for key in keys if key in found]
        return [Entry(Position(as_aware(row.created), row.key), row.facts()) for row in shown]

    def find(self, keys: Collection[str], /) -> Mapping[str, Blob]:
        return DjangoLedger(self.using).find(keys)

    def _ready(self) -> QuerySet[models.Blob]:
        return models.Blob.objects.using(self.using).filter(state=State.READY)
