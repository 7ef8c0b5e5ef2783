"""The statements of claims in SQL: of all who repeat a request one works on it, and one has answered it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ColumnElement

from safelight.claim import Claim
from safelight.contention import Transactional, repeated

from .expiry import utc
from .tables import Tables
from .where import Where


class Claims(Transactional):
    """What `safelight.protocols.Repeatable` adds to a ledger."""

    tables: Tables
    where: Where

    def claimed(self, id: str, /) -> Claim | None:
        with self.where.joined() as connection:
            return self._read(connection, id)

    def claim(self, claim: Claim, dead: datetime, /) -> Claim | None:
        request = self.tables.request
        abandoned = and_(self._unanswered(claim), request.c.created < dead)
        with self.where.committing() as connection:
            # Whoever inserts the same waits, and then does not.
            if connection.execute(self._insert_unless_there(connection, asdict(claim))).rowcount == 1:
                return claim
        # In a transaction of its own: MySQL has locked the row for all who could not insert it, and each of them would
        # wait for the others.
        with self.where.committing() as connection:
            connection.execute(update(request).where(abandoned).values(token=claim.token, created=claim.created))
            return self._read(connection, claim.id)

    def answer(self, claim: Claim, status: int, answer: str, /) -> bool:
        answered = update(self.tables.request).where(self._unanswered(claim)).values(status=status, answer=answer)
        with self.where.joined() as connection:
            return bool(connection.execute(answered).rowcount)

    def abandon(self, claim: Claim, /) -> None:
        request = self.tables.request
        ours = and_(request.c.id == claim.id, request.c.token == claim.token, request.c.status.is_(None))
        with self.where.committing() as connection:
            connection.execute(delete(request).where(ours))

    @repeated
    def forget_answers(self, before: datetime, /) -> None:
        request = self.tables.request
        with self.where.committing() as connection:
            connection.execute(delete(request).where(request.c.created < before))

    def _unanswered(self, claim: Claim) -> ColumnElement[bool]:
        request = self.tables.request
        same = and_(request.c.id == claim.id, request.c.fingerprint == claim.fingerprint)
        return and_(same, request.c.status.is_(None))

    def _insert_unless_there(self, connection: Connection, values: dict[str, Any]) -> Any:
        request, dialect = self.tables.request, connection.dialect.name
        if dialect in ("mysql", "mariadb"):
            return insert(request).prefix_with("IGNORE").values(values)
        upsert = sqlite.insert if dialect == "sqlite" else postgresql.insert
        return upsert(request).values(values).on_conflict_do_nothing()

    def _read(self, connection: Connection, id: str) -> Claim | None:
        request = self.tables.request
        row = connection.execute(select(request).where(request.c.id == id)).first()
        if row is None:
            return None
        return Claim(row.id, row.fingerprint, row.token, utc(row.created), row.status, row.answer)
