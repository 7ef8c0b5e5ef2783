"""Signals of the life of a file, for observers: they are told what is committed, and change nothing of it.

========  ==================================================  =====================  ==============================
signal    when                                                sender                 arguments
========  ==================================================  =====================  ==============================
stored    a file is there, and no row names it yet            the ledger's table     ``blob``
attached  a row names it, at a place where it did not before  the row's table        ``key``, ``reference``
released  a row does not name it there any more               the row's table        ``key``, ``reference``
swept     its bytes are gone                                  the ledger's table     ``key``, ``storage``, ``size``
========  ==================================================  =====================  ==============================

They are blinker's, as Flask's are, and a sender is the full name of a table: ::

    @attached.connect_via("user")
    def tell_search(sender, key, reference, **_): ...

Receivers are called after the commit, one after the other, in the thread that has committed (with an AsyncSession, on
its event loop: they are plain functions, and wait for nothing). One that raises is logged, and the others are called
all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from blinker import Signal

from safelight.events import Attached, Deleted, Event, Released, Stored, told

log = logging.getLogger(__name__)

stored, attached, released, swept = Signal(), Signal(), Signal(), Signal()

_SIGNALS: dict[type[Event], Signal] = {Stored: stored, Attached: attached, Released: released, Deleted: swept}


def sending(event: Event, ledger: str) -> Callable[[], None] | None:
    """What tells those who listen; None if nobody does, so that nothing waits for a commit. `ledger` is its table."""
    signal = _SIGNALS[type(event)]
    if not signal.receivers:
        return None
    sender = event.reference.holder if isinstance(event, Attached | Released) else ledger
    return partial(_send, signal, sender, event) if signal.has_receivers_for(sender) else None


def _send(signal: Signal, sender: str, event: Event) -> None:
    if signal.is_muted:
        return
    for receiver in signal.receivers_for(sender):
        try:
            receiver(sender, **told(event))
        except Exception:
            log.exception("%r failed to observe %r", receiver, event)
