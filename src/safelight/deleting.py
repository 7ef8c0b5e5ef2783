"""Deleting by request: what nothing refers to goes at once, by the steps of a sweep and without the age; and what was
uploaded into a page that was left goes in an hour.

A request is somebody's who waits, and who may be anybody: it marks no storage, and fails for none that is down.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from .blob import Aged
from .errors import InUse, NotAllowed, OtherInstallation, UnknownKey
from .keys import is_findable, is_ours
from .lengths import owner_name
from .ownership import Guard
from .protocols import Storage, Sweepable
from .sweep import GRACE, Look, Work

log = logging.getLogger(__name__)

HURRIED = timedelta(hours=1)
"""What is left to an upload whose page was left: it may be shown again by the back button, or be saved this moment."""


def delete_unused(
    ledger: Sweepable,
    storages: Mapping[str, Storage],
    keys: Collection[str],
    *,
    look: Look,
    after_commit: Callable[[Callable[[], None]], None] = lambda call: call(),
) -> set[str]:
    """Delete blobs because somebody says so, whatever their age, unless they are in use; in the same order as a sweep.
    Returns which; the others are in use, not there, or not ours.

    In an open transaction the ledger condemns with the transaction, and the bytes may only be deleted when it is
    committed: `after_commit` sees to that. If they cannot be deleted, or we are killed before, the next sweep does it.

    Raises `NotAllowed` for files of another installation.
    """
    now, rows = datetime.now(UTC), []
    for key in filter(is_ours, keys):
        with suppress(UnknownKey):
            blob = ledger.get(key)
            rows.append(Aged(key, blob.storage, blob.size, now))
    named = set(look([row.key for row in rows]))
    guard = _guard(ledger, storages, {row.storage for row in rows})
    condemned = ledger.condemn([row for row in rows if row.key not in named])
    if condemned:
        work = Work(ledger, storages, guard, now)
        after_commit(lambda: work.delete([row for row in condemned if not _is_ready(ledger, row.key)]))
    return {row.key for row in condemned}


def delete_now(
    ledger: Sweepable,
    storages: Mapping[str, Storage],
    key: str,
    *,
    look: Look,
    after_commit: Callable[[Callable[[], None]], None] = lambda call: call(),
) -> None:
    """`delete_unused` for one key. Raises `UnknownKey` (also for what is not ours) and `InUse`."""
    ledger.get(key)
    if not is_ours(key):
        raise UnknownKey(key)
    if not delete_unused(ledger, storages, [key], look=look, after_commit=after_commit):
        raise InUse("The file is in use, and was not deleted.")


def hurry(ledger: Sweepable, keys: Collection[str], owner: str, grace: timedelta = GRACE) -> None:
    """The page into which `owner` has uploaded `keys` was left without saving: let those that nothing refers to expire
    in an hour instead of at the end of the grace period.

    Nothing is deleted here: a save that is under way attaches the file or has attached it, which ends its ageing, and a
    page that comes back has an hour. Files of others, and of nobody, are left as they are.
    """
    ours = [key for key in keys if is_ours(key) and is_findable(key)]
    if owner and ours:
        ledger.hurry(ours, owner_name(owner), datetime.now(UTC) - grace + min(grace, HURRIED))


def _is_ready(ledger: Sweepable, key: str) -> bool:
    """Whether the condemnation was taken back, by a savepoint whose end nobody was told of (one of Django's
    `connection`, or of the connection below a session of SQLAlchemy): a row may have named the file since."""
    try:
        ledger.get(key)
    except UnknownKey:
        return False
    return True


def _guard(ledger: Sweepable, storages: Mapping[str, Storage], names: Collection[str]) -> Guard:
    """Nothing is marked by a request: the next sweep does that. Nor does one fail because a storage is down, from which
    the next sweep deletes."""
    try:
        guard = Guard.of(ledger, marks=False)
        for name in names:
            try:
                guard.require(storages[name], name)
            except OtherInstallation:
                raise
            except Exception as error:
                log.warning("storage %r could not be asked whose it is: %s", name, error)
    except OtherInstallation as error:
        log.error("files are not deleted by request: %s", error)
        raise NotAllowed("Files are not deleted from here.") from error
    return guard
