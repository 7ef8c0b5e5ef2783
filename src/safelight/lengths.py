"""What fits into the columns of ledgers: of a text that is too long the beginning and a digest, which mean the same."""

from __future__ import annotations

import hashlib

MAX_HOLDER, MAX_ROW, MAX_PATH, MAX_OWNER = 100, 128, 300, 64
"""Characters in the columns that name a table, a row (its primary key as text), a path and who sent a file. In a
document a path is as long as the names in it, which a client may choose; people are named by whoever signs them in."""


def shortened(text: str, limit: int = MAX_PATH) -> str:
    """`text`; of one that does not fit, the beginning and a digest, which name the same every time."""
    # JSON may hold halves of surrogate pairs, and NUL: databases cannot.
    encoded = text.replace("\0", "?").encode("utf-8", "replace")
    text = encoded.decode()
    return text if len(text) <= limit else f"{text[: limit - 33]}…{hashlib.sha256(encoded).hexdigest()[:32]}"


def kept_of(name: str, limit: int) -> str:
    """What `shortened` has kept of a text that did not fit; empty if it has left out nothing."""
    return name[: limit - 33] if len(name) == limit and name[limit - 33] == "…" else ""
