"""How far a long command is: a bar on a terminal; elsewhere, as in a log, a line for each tenth."""

from __future__ import annotations

import shutil
from typing import Self

from django.core.management.base import OutputWrapper


class Progress:
    """Call it with how much is done, and how much there is. What comes after the ``with`` has a line of its own."""

    def __init__(self, output: OutputWrapper, what: str, width: int = 30) -> None:
        self._output = output
        self._what = what
        self._width = width
        self._tenths = 0
        self._open = False

    def __call__(self, done: int, total: int) -> None:
        if self._output.isatty():
            full = self._width * done // total
            bar = "#" * full + "." * (self._width - full)
            line = f"[{bar}] {done:,} of {total:,} {self._what}"
            self._output.write("\r" + line[: shutil.get_terminal_size().columns - 1], ending="")
            self._output.flush()
            self._open = True
        elif (tenths := 10 * done // total) > self._tenths:
            self._tenths = tenths
            self._output.write(f"{done:,} of {total:,} {self._what}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._open:
            self._output.write("")
            self._open = False
