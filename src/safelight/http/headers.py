"""The headers of a request, as every framework has them."""

from __future__ import annotations

from typing import Protocol


class Headers(Protocol):
    """By their names in any case."""

    def get(self, name: str, default: str, /) -> str: ...
