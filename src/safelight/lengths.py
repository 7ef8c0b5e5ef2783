"""What fits into the columns of ledgers: of a text that is too long the beginning and a digest, which mean the same."""

from __future__ import annotations

import hashlib
import re

MAX_HOLDER, MAX_ROW, MAX_PATH, MAX_OWNER = 100, 128, 300, 64
"""Characters in the columns that name a table, a row (its primary key as text), a path and who sent a file. In a
document a path is as long as the names in it, which a client may choose; people are named by whoever signs them in."""

_STANDS_FOR_ANOTHER = re.compile(r"…[0-9a-f]{32}\Z")


def shortened(text: str, limit: int = MAX_PATH) -> str:
    """`text`; of one that does not fit, the beginning and a digest, which name the same every time."""
    text = _storable(text)
    return text if len(text) <= limit else _beginning(text, text, limit)


def kept_of(name: str, limit: int) -> str:
    """What `shortened` has kept of a text that did not fit; empty if it has left out nothing."""
    return name[: limit - 33] if len(name) == limit and name[limit - 33] == "…" else ""


def owner_name(owner: str) -> str:
    """What the ledger calls `owner`. Two people are never called the same: whose name looks like that of another one
    who is called by a digest is called by one himself, or who may choose a name would choose somebody's files."""
    storable = _storable(owner)
    if storable == owner and len(owner) <= MAX_OWNER and not _STANDS_FOR_ANOTHER.search(owner):
        return owner
    return _beginning(storable, owner, MAX_OWNER)


def _storable(text: str) -> str:
    """JSON may hold halves of surrogate pairs, and NUL: databases cannot."""
    return text.replace("\0", "?").encode("utf-8", "replace").decode()


def _beginning(storable: str, text: str, limit: int) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{storable[: limit - 33]}…{digest[:32]}"
