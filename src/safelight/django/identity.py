"""The one row by which a ledger knows its installation, in SQL: made once, however many sweeps are the first."""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.models import QuerySet

from safelight.installation import Installation, place_of

from . import models


class Identity:
    """What `safelight.protocols.Identified` adds to a ledger."""

    using: str

    def here(self) -> str:
        connection = connections[self.using]
        if self.in_test():
            return ""
        with connection.cursor() as cursor:

            def ask(statement: str) -> list[tuple[Any, ...]]:
                cursor.execute(statement)
                return list(cursor.fetchall())

            return place_of(connection.vendor, ask)

    def installation(self) -> Installation | None:
        row = self._row().first()
        return Installation(row.identity, row.place) if row else None

    def install(self, new: Installation, instead_of: Installation | None = None, /) -> Installation:
        if instead_of is None:
            row = models.Installation(identity=new.identity, place=new.place)
            models.Installation.objects.using(self.using).bulk_create([row], ignore_conflicts=True)
        else:
            same = self._row().filter(identity=instead_of.identity, place=instead_of.place)
            same.update(identity=new.identity, place=new.place)
        row = self._row().get()
        return Installation(row.identity, row.place)

    def stored_in(self) -> set[str]:
        blobs = models.Blob.objects.using(self.using)
        names = blobs.values_list("storage", flat=True).union(blobs.values_list("also_in", flat=True))
        return set(names) - {""}

    def in_test(self) -> bool:
        """Whether nothing that is written will outlive the test."""
        raise NotImplementedError

    def _row(self) -> QuerySet[models.Installation]:
        return models.Installation.objects.using(self.using).filter(pk=1)
