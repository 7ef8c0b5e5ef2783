"""How far a long command is: a bar on a terminal, and nothing elsewhere, as in a log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def bar(label: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """To be told how much is done, and how much there is. In a log it is not seen."""
    with click.progressbar(length=0, label=label, show_pos=True, hidden=quiet or not sys.stdout.isatty()) as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield progress
