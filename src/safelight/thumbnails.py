"""Thumbnails for pictures that were stored before their policy asked for them: made as `safelight.pipeline` makes them,
of what is in the storage, which is believed no more than an upload.

::

    each picture    make      from what lies there, checked as an upload is
                    store     beside the picture, under the key that follows from its own
                    record    in the ledger, if the picture is ready still and rests where it was

The row of the picture speaks for a thumbnail of which nobody has told it: whoever deletes the picture deletes both. So
it may be killed anywhere and started again: what was stored and not recorded is made once more.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from . import decode
from .blob import Blob
from .errors import ConfigurationError, OtherInstallation, SafelightError, StorageUnavailable, UnknownKey, reason_of
from .failures import PATIENCE, Failure
from .keys import is_ours
from .ownership import Guard
from .pipeline import check, store
from .policy import Policy
from .protocols import Storage, Thumbnailing
from .upload import Upload
from .variants import THUMBNAIL

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Made:
    """What became of the pictures without a thumbnail."""

    policies: Sequence[str]
    """The names of those whose pictures they are."""
    missing: int = 0
    """Pictures without a thumbnail, as far as was known at the beginning."""
    made: int = 0
    """Those of them that have one now."""
    without: int = 0
    """Those of which none can be made, and those that were deleted, began to move or got one meanwhile."""
    failures: list[Failure] = field(default_factory=list)
    stopped: bool = False
    """Whether it has ended early, after several failures of storages in a row."""

    @property
    def complete(self) -> bool:
        """Whether nothing is left to the next run that should have been done by this one."""
        return not self.failures


def asking(policies: Iterable[Policy]) -> list[str]:
    """The names of those that ask for thumbnails. Raises `ConfigurationError` if none does."""
    names = sorted({policy.name for policy in policies if policy.thumbnail})
    if not names:
        raise ConfigurationError("No policy has thumbnail=True. Set it, or say whose pictures you mean by its name.")
    return names


def make_thumbnails(
    ledger: Thumbnailing,
    storages: Mapping[str, Storage],
    policies: Sequence[str],
    known: Iterable[Policy] = (),
    *,
    dry_run: bool = False,
    batch: int = 100,
    progress: Callable[[int, int], None] | None = None,
) -> Made:
    """Make the thumbnails of pictures that the policies of these names have accepted, and that have none; without
    names, those of the policies that are `known` and ask for them. Not inside a transaction. `progress` is told how
    many pictures were looked at, and how many there are, as far as was known at the beginning. Raises
    `ConfigurationError` if there are any, and no decoder, and `OtherInstallation` for pictures whose storage is
    another's, or in a copy of the database. What the ledger raises ends it, and the next run goes on from there."""
    policies = policies or asking(known)
    made = Made(policies, ledger.count_without_thumbnail(policies))
    if dry_run or not made.missing:
        return made
    if reason := decode.thumbnail_trouble(Policy(policies[0], thumbnail=True)):
        raise ConfigurationError(reason)
    guard, strikes = Guard.of(ledger, marks=False), 0
    for done, blob in enumerate(_each(ledger, policies, batch), 1):
        try:
            storage = _storage(storages, blob.storage)
            guard.require(storage, blob.storage)
            is_made = add_thumbnail(ledger, blob, storage)
            made.made += is_made
            made.without += not is_made
            strikes = 0
        except OtherInstallation:
            raise
        except (SafelightError, OSError) as error:
            failure = Failure.of(blob.key, blob.storage, error)
            log.warning("%s gets no thumbnail: %s", blob.key, failure.reason)
            made.failures.append(failure)
            strikes = strikes + 1 if isinstance(error, StorageUnavailable) else 0
        if progress:
            progress(done, max(done, made.missing))
        if strikes >= PATIENCE:
            made.stopped = True
            break
    return made


def _each(ledger: Thumbnailing, policies: Collection[str], batch: int) -> Iterator[Blob]:
    """By their keys: each is met once, whatever becomes of it."""
    after = ""
    while page := ledger.without_thumbnail(policies, limit=batch, after=after):
        yield from page
        after = page[-1].key


def _storage(storages: Mapping[str, Storage], name: str) -> Storage:
    """Raises `ConfigurationError` for one that there is not any more, or that cannot be made."""
    try:
        return storages[name]
    except Exception as error:
        raise ConfigurationError(reason_of(error)) from error


def add_thumbnail(ledger: Thumbnailing, blob: Blob, storage: Storage) -> bool:
    """Make, store and record the thumbnail of a *ready* blob that has none; False if none can be made, or it has one by
    now, or is not ready any more, or does not rest where it was. Raises a `Refusal`, and FileNotFoundError if the
    picture is lost."""
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
        if (found := _found(ledger, blob)) is None or found.thumbnail_size is not None:
            return False  # another was faster: whoever is killed now, or has a storage that fails, spoils nothing
        name = THUMBNAIL.key(blob.key)
        storage.delete(name)  # left by a run that was killed
        store(storage, name, checked.thumbnail.open())
        if not ledger.note_thumbnail(blob.key, blob.storage, checked.thumbnail.size):
            found = _found(ledger, blob)
            if found is None or found.thumbnail_size is None:  # else another run has recorded it, and then it moved
                storage.delete(name)  # condemned meanwhile: who deletes the blob may have been here already
            return False
    return True


def _found(ledger: Thumbnailing, blob: Blob) -> Blob | None:
    """As the ledger has it by now; None if it is not ready any more, or kept in another storage."""
    try:
        found = ledger.get(blob.key)
    except UnknownKey:
        return None
    return found if found.storage == blob.storage else None
