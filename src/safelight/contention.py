"""Whoever loses a deadlock goes on, a sweep or an upload: what a database has undone for another one is done once more.

A transaction that is undone is undone as a whole, and has changed nothing; so it is repeated as a whole, and finds what
the others have left. That can only be done by whoever began it: within a transaction of the app nothing is repeated.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

log = logging.getLogger(__name__)

_ATTEMPTS = 5
_PAUSE = 0.05  # seconds at most: whose turn it is, chance decides

# PostgreSQL's deadlock_detected; the serialization_failure of the standard, as which MySQL counts its deadlocks.
_UNDONE = {"40P01", "40001"}
_DEADLOCK = 1213  # MySQL's own number, all that its usual drivers tell

L = TypeVar("L", bound="Transactional")
P = ParamSpec("P")
R = TypeVar("R")


class Transactional:
    """A ledger each of whose steps is a transaction, or a part of the caller's if he has one open."""

    def in_transaction(self) -> bool:
        raise NotImplementedError


def repeated(step: Callable[Concatenate[L, P], R]) -> Callable[Concatenate[L, P], R]:
    """For the steps of a ledger: those that are a transaction of their own are repeated as `repeat` does."""

    @wraps(step)
    def again(ledger: L, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if ledger.in_transaction():
            return step(ledger, *args, **kwargs)
        return repeat(lambda: step(ledger, *args, **kwargs))

    return again


def repeat(transaction: Callable[[], R]) -> R:
    """What `transaction` returns, which is called once more when its database has undone it; a few times at most. It
    must be no part of another one."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return transaction()
        except Exception as error:
            if not was_undone(error):
                raise
            log.info("done once more, since the database has undone it: %s", error)
        time.sleep(random.uniform(0, _PAUSE))  # noqa: S311  # nobody has to be surprised
    return transaction()


def was_undone(error: BaseException) -> bool:
    """Whether `error` says that the database has ended a transaction for the sake of another one. The frameworks raise
    their own from the driver's, which says it."""
    driver = error.__cause__ or error
    state = getattr(driver, "sqlstate", None) or getattr(driver, "pgcode", None)
    return state in _UNDONE or driver.args[:1] == (_DEADLOCK,)
