"""How far a long command is: a bar on a terminal, which a log does not get to see."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def bar(label: str, *, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """To be told how much is done, and how much there is; None where nobody sees it, so that nothing is counted."""
    if quiet or not sys.stdout.isatty():
        yield None
        return
    with click.progressbar(length=0, label=label, show_pos=True) as shown:

        def progress(done: int, total: int) -> None:
            shown.length = total
            shown.update(done - shown.pos)

        yield progress
