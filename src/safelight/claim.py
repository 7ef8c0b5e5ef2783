"""Claims: a request with an Idempotency-Key is one attempt's to answer, so that it is carried out once.

`MemoryClaims` is the rules in their plainest form; the ledgers of the frameworks keep the same in SQL.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """Who works on a request, or how it was answered. `id` and `fingerprint` say which request (`safelight.idempotency`
    makes them); `token` is the attempt's, which began when the claim was `created`. `status` is None until there is an
    `answer`."""

    id: str
    fingerprint: str
    token: str
    created: datetime
    status: int | None = None
    answer: str = ""

    def is_dead(self, fingerprint: str, before: datetime) -> bool:
        """Whether whoever has the same request may take it over: it was made before `before`, and never answered."""
        return self.status is None and self.fingerprint == fingerprint and self.created < before


class MemoryClaims:
    """What `safelight.protocols.Repeatable` adds to a ledger, without a database."""

    def __init__(self) -> None:
        self.claims: dict[str, Claim] = {}
        self._claiming = threading.Lock()

    def claimed(self, id: str, /) -> Claim | None:
        return self.claims.get(id)

    def claim(self, claim: Claim, dead: datetime, /) -> Claim | None:
        with self._claiming:
            found = self.claims.get(claim.id)
            if found is None or found.is_dead(claim.fingerprint, dead):
                self.claims[claim.id] = claim
            return self.claims[claim.id]

    def answer(self, claim: Claim, status: int, answer: str, /) -> bool:
        with self._claiming:
            found = self.claims.get(claim.id)
            if found is None or found.status is not None or found.fingerprint != claim.fingerprint:
                return False
            self.claims[claim.id] = replace(found, status=status, answer=answer)
            return True

    def abandon(self, claim: Claim, /) -> None:
        with self._claiming:
            found = self.claims.get(claim.id)
            if found is not None and found.status is None and found.token == claim.token:
                del self.claims[claim.id]

    def forget_answers(self, before: datetime, /) -> None:
        with self._claiming:
            self.claims = {id: claim for id, claim in self.claims.items() if claim.created >= before}
