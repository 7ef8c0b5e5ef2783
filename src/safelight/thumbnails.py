"""Thumbnails for pictures that were stored before their policy asked for them: made as `safelight.pipeline` makes them,
of what is in the storage, which is believed no more than an upload."""

from __future__ import annotations

import sys
from collections.abc import Callable

from .blob import Blob
from .keys import is_ours
from .pipeline import check, store
from .policy import Policy
from .protocols import Storage
from .upload import Upload
from .variants import THUMBNAIL


def add_thumbnail(blob: Blob, storage: Storage, record: Callable[[int], bool]) -> bool:
    """Make and store the thumbnail of a *ready* blob that has none; False if none can be made.

    `record` tells the ledger how many bytes it has, and returns whether the blob is ready still, and rests where it
    was. The row of the blob
    speaks for a thumbnail of which nobody has told it: whoever deletes the blob deletes both. Raises a `Refusal`, and
    FileNotFoundError if the picture is lost.
    """
    if not is_ours(blob.key):  # it was adopted, and its neighbours are somebody else's
        return False
    # It has passed the limits of its own policy.
    policy = Policy(
        "thumbnails",
        types=frozenset({blob.media_type}),
        max_bytes=max(blob.size, 1),
        max_pixels=sys.maxsize,
        thumbnail=True,
    )
    with storage.open(blob.key) as content:
        checked = check(Upload(content, size=blob.size), policy)
    with checked:
        if checked.thumbnail is None:
            return False
        name = THUMBNAIL.key(blob.key)
        storage.delete(name)  # left by a run that was killed
        store(storage, name, checked.thumbnail.open())
        if not record(checked.thumbnail.size):
            storage.delete(name)  # condemned meanwhile: who deletes the blob may have been here already
            return False
    return True
