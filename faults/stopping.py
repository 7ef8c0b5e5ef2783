"""Ctrl-C and SIGTERM end us once, so that what tidies up is not interrupted again."""

from __future__ import annotations

import signal

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def stop_once() -> None:
    """From now on, either raises SystemExit, the first time."""
    for number in _SIGNALS:
        signal.signal(number, _stop)


def hold() -> None:
    """Not this moment. (What a signal raises in Python's own hooks around a fork is swallowed.)"""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)


def release() -> None:
    """And what has come meanwhile, now."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


def as_ever() -> None:
    """In a process that was forked: it ends without further ado."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    release()


def _stop(number: int, _: object) -> None:
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(128 + number)
