"""What must not happen before the caller's transaction is committed, and never if it is rolled back: bytes that are
deleted, intents that are forgotten. A savepoint that is rolled back takes what was said inside it along.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

log = logging.getLogger(__name__)


class AfterCommit:
    """The calls that wait for the end of one session's transaction. Outside of one they are made at once."""

    def __init__(self) -> None:
        self._waiting: list[tuple[SessionTransaction, Callable[[], object]]] = []
        self._due: list[Callable[[], object]] = []

    @classmethod
    def of(cls, session: Session) -> AfterCommit:
        if cls not in session.info:
            found = session.info[cls] = cls()
            event.listen(session, "after_commit", found._committed)
            event.listen(session, "after_transaction_end", found._ended)
        return session.info[cls]  # type: ignore[no-any-return]

    def call(self, session: Session, call: Callable[[], object]) -> None:
        transaction = session.get_nested_transaction() or session.get_transaction()
        if transaction is None:
            call()
        else:
            self._waiting.append((transaction, call))

    def _committed(self, session: Session) -> None:
        """Of a savepoint, too: then the transaction around it decides."""
        transaction = session.get_nested_transaction() or session.get_transaction()
        parent = transaction.parent if transaction else None
        if parent is None:
            self._due, self._waiting = [call for _, call in self._waiting], []
        else:
            self._waiting = [(parent if of is transaction else of, call) for of, call in self._waiting]

    def _ended(self, session: Session, transaction: SessionTransaction) -> None:
        # What was committed has a place of its own by now.
        self._waiting = [(of, call) for of, call in self._waiting if of is not transaction]
        if transaction.parent is None:
            due, self._due = self._due, []
            for call in due:
                try:
                    call()
                except Exception as error:  # the commit is done, and what is left undone a sweep finds
                    log.warning("left to the next sweep: %r", error)
