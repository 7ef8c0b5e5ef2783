"""What the suites need of a test runner, so that they run under any."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from ..keys import new_key
from ..ownership import MARKER
from ..storage import MemoryStorage


def raises(kind: type[BaseException], call: Callable[[], object]) -> None:
    try:
        call()
    except kind:
        return
    raise AssertionError(f"{kind.__name__} was not raised")


def fresh_key() -> str:
    return new_key("conformance", "bin", datetime.now(UTC))


def files(storage: MemoryStorage) -> dict[str, bytes]:
    """What lies in it, besides the mark that says whose it is."""
    return {name: content for name, content in storage.files.items() if name != MARKER}
