"""Numbers on the command line: a mistake is told where it was made."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable


def up_to(most: int) -> Callable[[str], int]:
    """What argparse's `type` takes for a number from 1 to `most`."""

    def number(text: str) -> int:
        if not (text.isascii() and text.isdecimal()) or len(text) > len(str(most)) or not 1 <= int(text) <= most:
            raise ArgumentTypeError(f"must be a number from 1 to {most}")
        return int(text)

    return number
