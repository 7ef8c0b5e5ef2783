"""A storage, tried for real: it keeps what it is given, gives it back, overwrites nothing, and deletes.

Each of these can be refused or broken by itself (a bucket's policy that lets write and not delete, a backend that
overwrites), and each would show itself at another user's upload.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

from ..errors import ConfigurationError, KeyTaken, StorageUnavailable
from ..protocols import Dated, Ledger, Remote, Storage
from . import address, clock
from .finding import Finding, error, note, ok, reason, warning
from .trial import NotIntended, fresh_key

_SIZE = 1000
_PATIENCE = 1.0  # seconds that one of two writers waits for the other

_MAY_CREATE = (
    "The app's user must own the folder; credentials of a bucket need s3:PutObject, or what it is called there."
)
_MAY_READ = "The app's user must be able to read there; credentials of a bucket need s3:GetObject and s3:ListBucket."
_MAY_DELETE = (
    "The app's user must own the folder; credentials of a bucket need s3:DeleteObject. Until then no file ever goes."
)
_CREATES_ONLY = (
    "Use one that passes safelight.testing.StorageConformance; a backend of others may want file_overwrite=False."
)


def examine(name: str, storage: Storage, ledger: Ledger, origins: Sequence[str] = ()) -> Iterator[Finding]:
    """`origins` are those whose pages use the app: see `address`."""
    try:
        trouble = storage.trouble() if isinstance(storage, Remote) else None
    except StorageUnavailable as failure:
        yield error(
            f"It does not answer: {reason(failure)}.",
            "Look at its address and at the network between. Until it does, files can neither be stored nor read.",
        )
        return
    if trouble:
        yield error(trouble, "Correct the storage's URL or the environment variables, and restart the app.")
        yield from _skew(storage)
        return
    try:
        with fresh_key(ledger, storage, name) as key:
            is_kept = yield from _kept(storage, key, origins)
    except NotIntended as failure:
        yield error(
            f"It was not tried: the ledger took no intent ({reason(failure.__cause__ or failure)}).",
            "Mend the database first: no byte is stored before the ledger knows its key.",
        )
        return
    if is_kept:
        with fresh_key(ledger, storage, name) as key:
            yield from _created_once(storage, key)


def _kept(storage: Storage, key: str, origins: Sequence[str]) -> Generator[Finding, None, bool]:
    """Returns whether it stores anything."""
    content, before = os.urandom(_SIZE), datetime.now(UTC)
    try:
        storage.save(key, io.BytesIO(content))
    except Exception as failure:
        yield error(f"It stores nothing: {reason(failure)}.", _MAY_CREATE)
        yield from _skew(storage, key)
        return False
    after = datetime.now(UTC)
    yield from _read(storage, key, content)
    yield from _tried(lambda: _overwritten(storage, key), "It could not be asked to overwrite")
    if isinstance(storage, Dated):
        yield from _tried(lambda: _dated(storage, key, before, after), "It could not be asked for the time")
    yield from _addressed(storage, key, content, origins)
    yield from _deleted(storage, key)
    return True


def _tried(examine: Callable[[], Iterator[Finding]], what: str) -> Iterator[Finding]:
    """What else there is to examine does not depend on it."""
    try:
        yield from examine()
    except Exception as failure:
        yield warning(f"{what}: {reason(failure)}.", "Try again, and see what the sentence names.")


def _read(storage: Storage, key: str, content: bytes) -> Iterator[Finding]:
    try:
        with storage.open(key) as file:
            whole = file.read()
        with storage.open(key) as file:
            file.seek(_SIZE // 2)
            rest = file.read()
        is_there = storage.exists(key)
    except io.UnsupportedOperation:
        yield error("It can only be read from the beginning.", "What its open() returns must be able to seek.")
        return
    except Exception as failure:
        yield error(f"It does not give back what it has stored: {reason(failure)}.", _MAY_READ)
        return
    if (whole, rest) != (content, content[_SIZE // 2 :]):
        yield error(
            "It gives back other bytes than it was given.",
            "Look for what changes files on their way: a transformation, a compression, a cache in front of it.",
        )
    elif not is_there:
        yield error("It says that what it has just stored does not exist.", _MAY_READ)
    else:
        yield ok("It stores a file and gives back the same bytes, also from the middle.")


def _overwritten(storage: Storage, key: str) -> Iterator[Finding]:
    with storage.open(key) as file:
        before = file.read()
    with suppress(KeyTaken):
        storage.save(key, io.BytesIO(os.urandom(_SIZE)))
        yield error("It overwrites files: a name that was taken was stored once more.", _CREATES_ONLY)
        return
    with storage.open(key) as file:
        if file.read() != before:
            yield error("It says that a name is taken, and has overwritten the file all the same.", _CREATES_ONLY)
            return
    yield ok("It overwrites nothing.")


class _Meeting(io.BytesIO):
    """Content of which nothing comes before the other's is asked for, too: both writers have found the name free."""

    def __init__(self, content: bytes, both: threading.Barrier) -> None:
        super().__init__(content)
        self._both = both

    def read(self, size: int | None = -1, /) -> bytes:
        with suppress(threading.BrokenBarrierError):  # the other one has given up before, or waits for us
            self._both.wait(_PATIENCE)
        return super().read(size)


def _created_once(storage: Storage, key: str) -> Iterator[Finding]:
    """Two write the same name at once."""
    both, contents = threading.Barrier(2), [os.urandom(_SIZE), os.urandom(_SIZE)]

    def create(content: bytes) -> bool:
        try:
            storage.save(key, _Meeting(content, both))
        except KeyTaken:
            return False
        finally:
            both.abort()  # nobody waits for us any more
        return True

    try:
        with ThreadPoolExecutor(2) as writers:
            created = list(writers.map(create, contents))
    except Exception as failure:
        yield note(f"Of two that created the same name at once, one failed: {reason(failure)}.")
        return
    if all(created):
        yield warning(
            "Of two that created the same name at once, one has overwritten the other.",
            "Two keys of ours are never the same; what else writes there could still be lost. " + _CREATES_ONLY,
        )
    else:
        yield ok("Of two that create the same name at once, one is told that it is taken.")


def _dated(storage: Dated, key: str, before: datetime, after: datetime) -> Iterator[Finding]:
    if (theirs := storage.modified(key)) is not None:
        yield from clock.examine("The storage's", theirs, before, after)


def _addressed(storage: Storage, key: str, content: bytes, origins: Sequence[str]) -> Iterator[Finding]:
    try:
        url = storage.url(key)
    except ConfigurationError as failure:
        yield note(f"Its files have no addresses: {reason(failure)}.", "Nothing to do if nobody is to get them by one.")
        return
    except Exception as failure:
        yield error(
            f"It has no address for a file: {reason(failure)}.", "Give the storage a public_url, or a base_url."
        )
        return
    if address.is_remote(url):
        yield from address.examine(url, content, origins)


def _deleted(storage: Storage, key: str) -> Iterator[Finding]:
    try:
        storage.delete(key)
        is_there = storage.exists(key)
    except Exception as failure:
        yield error(f"It does not delete: {reason(failure)}.", f"{_MAY_DELETE} A sweep will delete the doctor's own.")
        return
    if is_there:
        yield error(
            "What it has deleted is still there.", f"{_MAY_DELETE} Look for an object lock, or a read-only copy."
        )
        return
    try:
        storage.delete(key)
    except Exception as failure:
        yield error(
            f"It deletes, and fails for what is gone already: {reason(failure)}.",
            "A sweep that was interrupted deletes once more: delete() must not mind.",
        )
        return
    yield ok("It deletes, and does not mind what is gone already.")


def _skew(storage: Storage, key: str = "clock.bin") -> Iterator[Finding]:
    with suppress(Exception):  # it is in trouble already, of which this may be the reason
        url = storage.url(key)
        if address.is_remote(url):
            yield from address.skew(url)
