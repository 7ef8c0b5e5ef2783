"""A stored, immutable file and its facts; who refers to it, and where in its life it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .lengths import owner_name

AS_SENT = "bin"
"""What the keys of files end in that were taken as they are. No server runs it and no browser shows it, so that even
where a web server serves the storage by extension these files are downloads."""


@dataclass(frozen=True, slots=True)
class Blob:
    """The facts of a stored file, taken from the bytes that were stored and never from what the client said.

    ``size`` is in bytes; ``width`` and ``height`` are in pixels as the picture is meant to be seen (a photo taken
    upright with a turned sensor is taller than wide) and None for what is not a picture; ``filename`` is the
    client's name for the file, cleaned, for display alone. ``policy`` is the name of the policy that accepted it, and
    ``owner`` who sent it, as the app names people (a primary key as text), in 64 characters: ask `sent_by`; empty
    where the app does not say.
    ``thumbnail_size`` is how many bytes its thumbnail has (`safelight.variants`), and None if it has none.
    """

    key: str
    storage: str
    media_type: str
    size: int
    sha256: str
    width: int | None = None
    height: int | None = None
    filename: str = ""
    policy: str = ""
    owner: str = ""
    thumbnail_size: int | None = None

    @property
    def as_sent(self) -> bool:
        """Whether a policy took it as any bytes at all: its media type is what it looks like, and proves nothing."""
        return self.key.endswith("." + AS_SENT)

    def sent_by(self, owner: str) -> bool:
        """Whether it was kept for `owner`; never for nobody, which is what an empty name means."""
        return owner != "" and self.owner == owner_name(owner)


class State(StrEnum):
    """The life of a key, as its row in the ledger tells it: in this order, and never back."""

    INTENT = "intent"
    """Bytes may come to lie under it."""
    READY = "ready"
    """They are stored, and served. From here on it is free, and ages, whenever nothing refers to it."""
    DELETING = "deleting"
    """A sweep has condemned it: nobody can attach it any more, and its bytes are being deleted."""
    DELETED = "deleted"
    """The tombstone: its bytes are gone, and are deleted once more before the row goes, should any have come late."""


@dataclass(frozen=True, slots=True)
class Aged:
    """A row of the ledger as a sweep sees it. `since` is when the intent was made, the blob became free, or its bytes
    were deleted; `size` is None for what was never ready. `settled` says that nothing has to happen, whatever its age:
    something refers to it. `also_in` is another storage in which bytes of it may lie, because it was on the move."""

    key: str
    storage: str
    size: int | None
    since: datetime
    settled: bool = False
    also_in: str = ""


def age(row: Aged) -> tuple[datetime, str]:
    """The order in which a sweep meets rows."""
    return row.since, row.key


@dataclass(frozen=True, slots=True)
class Kept:
    """A ready row of the ledger as an audit sees it. `ages` says that it counts as free, `held` that something refers
    to it: one of the two, if all is in order."""

    key: str
    storage: str
    size: int
    ages: bool
    held: bool


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """One place that names a blob: a column of a row, or a path inside a JSON document in that column.

    ``holder`` names the kind of row (``"resolver.image"``), ``row`` its primary key as text, ``field`` the column,
    and ``path`` where in a document the key stands (``"gallery§0§picture"``; empty for a plain column).
    """

    holder: str
    row: str
    field: str
    path: str = ""
