"""Signals of the life of a file, for observers: they are told what is committed, and change nothing of it.

========  ==================================================  ========================  ===========================
signal    when                                                sender                    arguments
========  ==================================================  ========================  ===========================
stored    a file is there, and no row names it yet            the ledger's Blob model   ``blob``
attached  a row names it, at a place where it did not before  the row's model           ``key``, ``reference``
released  a row does not name it there any more               the row's model           ``key``, ``reference``
swept     its bytes are gone                                  the ledger's Blob model   ``key``, ``storage``, ``size``
========  ==================================================  ========================  ===========================

Each also has ``using``, the database whose transaction was committed. ::

    @receiver(attached, sender=Image)
    def tell_search(sender, key, reference, using, **kwargs): ...

Receivers run after the commit, one after the other, in the thread that has committed. One that raises is logged, and
the others are called all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.dispatch import Signal

from safelight.events import Attached, Deleted, Event, Released, Stored, told

stored, attached, released, swept = Signal(), Signal(), Signal(), Signal()

_SIGNALS: dict[type[Event], Signal] = {Stored: stored, Attached: attached, Released: released, Deleted: swept}


def sending(event: Event, using: str) -> Callable[[], Any] | None:
    """What tells those who listen; None if nobody does, so that nothing waits for a commit."""
    signal = _SIGNALS[type(event)]
    if not signal.receivers:
        return None
    sender = _sender(event)
    return partial(signal.send_robust, sender, using=using, **told(event)) if signal.has_listeners(sender) else None


def _sender(event: Event) -> type[Model]:
    from .models import Blob  # receivers may be connected before the apps are loaded

    if isinstance(event, Attached | Released):
        try:
            return apps.get_model(event.reference.holder)
        except LookupError:  # a model of another registry
            pass
    return Blob
