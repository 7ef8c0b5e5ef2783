"""The statements of claims in SQL: of all who repeat a request one works on it, and one has answered it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime

from django.db.models import QuerySet

from safelight.claim import Claim
from safelight.contention import Transactional, repeated

from . import models
from .moments import as_aware, as_stored


class Claims(Transactional):
    """What `safelight.protocols.Repeatable` adds to a ledger."""

    using: str

    def claimed(self, id: str, /) -> Claim | None:
        return _read(self._requests(self.using), id)

    def claim(self, claim: Claim, dead: datetime, /) -> Claim | None:
        row = models.Request(
            id=claim.id, fingerprint=claim.fingerprint, token=claim.token, created=as_stored(claim.created)
        )
        with self.committing() as alias:
            requests = self._requests(alias)
            requests.bulk_create([row], ignore_conflicts=True)  # whoever inserts the same waits, and then does not
            abandoned = requests.filter(id=claim.id, fingerprint=claim.fingerprint, status=None)
            abandoned.filter(created__lt=as_stored(dead)).update(token=row.token, created=row.created)
            return _read(requests, claim.id)

    def answer(self, claim: Claim, status: int, answer: str, /) -> bool:
        unanswered = self._requests(self.using).filter(id=claim.id, fingerprint=claim.fingerprint, status=None)
        return bool(unanswered.update(status=status, answer=answer))

    def abandon(self, claim: Claim, /) -> None:
        with self.committing() as alias:
            # One statement: delete() would look first and then delete by key alone.
            self._requests(alias).filter(id=claim.id, token=claim.token, status=None)._raw_delete(alias)

    @repeated
    def forget_answers(self, before: datetime, /) -> None:
        with self.committing() as alias:
            self._requests(alias).filter(created__lt=as_stored(before))._raw_delete(alias)

    def committing(self) -> AbstractContextManager[str]:
        """A database alias on which a statement commits by itself."""
        raise NotImplementedError

    def _requests(self, alias: str) -> QuerySet[models.Request]:
        return models.Request.objects.using(alias)


def _read(requests: QuerySet[models.Request], id: str) -> Claim | None:
    row = requests.filter(id=id).first()
    if row is None:
        return None
    return Claim(row.id, row.fingerprint, row.token, as_aware(row.created), row.status, row.answer)
