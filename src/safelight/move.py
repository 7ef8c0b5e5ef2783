"""The move: every file of one storage comes to lie in another, and no row points at nothing meanwhile.

::

    each file    record     the ledger commits that bytes may come to lie in the other storage, too
                 copy       create-only, the thumbnail before the picture
                 verify     what is there now is read again: its sha256 is the ledger's
                 switch     the ledger says the other storage; the bytes in the first one stay
    later        delete     those that were left behind, when nobody has their addresses any more

The order is that of a keep and of a sweep: no byte is stored before a row says that it may be, and none is deleted that
a row still says is there. So a move may be killed anywhere and started again, while the app stores, serves, attaches
and deletes: it goes on with what still lies in the first storage, and takes a copy for its own only after it has
verified it. A sweep that deletes a file on the move deletes it in both places.
"""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, cast

from .blob import Blob
from .errors import ConfigurationError, KeyTaken, OtherInstallation, SafelightError, UnknownKey
from .failures import PATIENCE, Failure
from .keys import is_ours, new_key
from .ownership import Guard
from .protocols import Movable, Storage
from .variants import keys_of, thumbnail_key

log = logging.getLogger(__name__)

_CHUNK = 1 << 20


@dataclass(slots=True)
class Moved:
    """What a move did."""

    moved: int = 0
    """Files that are in the other storage now."""
    size: int = 0
    """How many bytes these have, without their thumbnails."""
    gone: int = 0
    """Files that were deleted while they were on the move."""
    deleted: int = 0
    """Files left behind by a move that were deleted."""
    adopted: int = 0
    """Files left behind by a move that are not Safelight's to delete."""
    left: int = 0
    """Files still in the first storage, as the ledger says: failures, those not tried, and what came meanwhile."""
    behind: int = 0
    """Files in the other storage whose bytes lie in the first one, too."""
    failures: list[Failure] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to the next run that should have been done by this one."""
        return not self.failures and not self.left


class CannotMove(SafelightError):
    """A file stays where it is; the message says why."""


def move(
    ledger: Movable,
    storages: Mapping[str, Storage],
    source: str,
    target: str,
    *,
    delete: bool = False,
    batch: int = 100,
    progress: Callable[[int, int], None] | None = None,
) -> Moved:
    """Move what the ledger says is in the storage named `source` to the one named `target`; with `delete`, what was
    left behind is deleted afterwards. Not inside a transaction. `progress` is told how many files are done, and how
    many there are, as far as was known at the beginning. Raises `ConfigurationError` for names that cannot be meant,
    and `OtherInstallation` before a byte of another installation's is copied or deleted."""
    for name in (source, target):
        if name not in storages:
            raise ConfigurationError(f"there is no storage {name!r}; there are: {', '.join(sorted(storages))}")
    if source == target:
        raise ConfigurationError(f"{source!r} is where the files are; name another storage to move them to")
    work = _Move(ledger, Guard.of(ledger), source, storages[source], target, storages[target], progress)
    work.expect(ledger.count_in(source) + (ledger.count_left_in(source) if delete else 0))
    work.each(_pages(ledger.kept_in, source, batch), work.move)
    if delete:
        work.is_same_place = work.finds_its_own_bytes()
        work.each(_pages(ledger.left_in, source, batch), work.tidy)
    work.result.left, work.result.behind = ledger.count_in(source), ledger.count_left_in(source)
    return work.result


def _pages(find: Callable[..., Sequence[Blob]], storage: str, batch: int) -> Iterator[Blob]:
    """By their keys: what fails is not met again."""
    after = ""
    while page := find(storage, limit=batch, after=after):
        yield from page
        after = page[-1].key


@dataclass
class _Move:
    ledger: Movable
    guard: Guard
    source_name: str
    source: Storage
    target_name: str
    target: Storage
    progress: Callable[[int, int], None] | None
    result: Moved = field(default_factory=Moved)
    is_same_place: bool = False
    _done: int = 0
    _expected: int = 0

    def expect(self, files: int) -> None:
        self._expected = files

    def each(self, blobs: Iterator[Blob], do: Callable[[Blob], None]) -> None:
        strikes = 0
        for blob in blobs:
            try:
                self.require_ours()
                do(blob)
                strikes = 0
            except OtherInstallation:
                raise
            except Exception as error:
                failure = Failure.of(blob.key, self.source_name, error)
                log.warning("%s could not be moved: %s", blob.key, failure.reason)
                self.result.failures.append(failure)
                strikes += 1
            self._done += 1
            if self.progress:
                self.progress(self._done, max(self._done, self._expected))
            if strikes >= PATIENCE:
                return

    def require_ours(self) -> None:
        self.guard.require(self.source, self.source_name)
        self.guard.require(self.target, self.target_name)

    def move(self, blob: Blob) -> None:
        if not self.ledger.copying(blob.key, self.source_name, self.target_name):
            if self._is_still_here(blob):
                raise CannotMove("it was left behind in a third storage: first delete it there")
            return
        found = self._found(blob)  # since the page was read it may have got a thumbnail; from now on it gets none
        if found is None:
            return
        if (thumbnail := thumbnail_key(found)) is not None:
            self._copy(thumbnail, None)
        self._copy(blob.key, blob.sha256)
        if self.ledger.moved(blob.key, self.source_name, self.target_name):
            self.result.moved += 1
            self.result.size += blob.size
        elif self._found(blob) is None:  # a sweep that began before we had recorded a copy
            for name in keys_of(blob.key):
                self.target.delete(name)

    def _found(self, blob: Blob) -> Blob | None:
        """As the ledger has it by now; None if it was deleted meanwhile, which is counted."""
        try:
            return self.ledger.get(blob.key)
        except UnknownKey:
            self.result.gone += 1
            return None

    def _is_still_here(self, blob: Blob) -> bool:
        """Whether it was neither deleted meanwhile nor moved by somebody faster."""
        found = self._found(blob)
        return found is not None and found.storage == self.source_name

    def _copy(self, name: str, sha256: str | None) -> None:
        """`sha256` is the ledger's, which has none of a thumbnail: that may be missing, and must be what it is here."""
        try:
            content = self.source.open(name)
        except FileNotFoundError:
            if sha256 is None:
                return
            raise CannotMove(f"in {self.source_name!r} there is nothing under this key") from None
        with content:
            hashing, is_new = _Hashing(content), True
            try:
                self.target.save(name, cast(IO[bytes], hashing))
            except KeyTaken:  # by a move that was killed
                is_new = False
            found = hashing.finish()
        if found != (sha256 or found):
            self._withdraw(name, is_new)
            raise CannotMove(f"in {self.source_name!r} it is not what was stored")
        with self.target.open(name) as copy:
            if _Hashing(copy).finish() != found:
                self._withdraw(name, is_new)
                raise CannotMove(f"in {self.target_name!r} something else lies under this key")

    def _withdraw(self, name: str, is_new: bool) -> None:
        if is_new:
            self.target.delete(name)

    def finds_its_own_bytes(self) -> bool:
        """Whether both names are of one place, where to delete what was left behind would be to delete everything."""
        self.require_ours()
        key = new_key("safelight-move", "bin", datetime.now(UTC))
        self.ledger.intend(key, self.source_name)
        self.source.save(key, io.BytesIO(b"Is this one storage, or are they two?"))
        found = self.target.exists(key)
        self.source.delete(key)
        self.ledger.forget(key)
        return found

    def tidy(self, blob: Blob) -> None:
        if blob.storage != self.target_name:
            return  # it was left behind by another move, or is not copied yet
        if not self.is_same_place:
            try:
                self.target.open(blob.key).close()
            except FileNotFoundError:
                raise CannotMove(
                    f"in {self.target_name!r} there is nothing under this key: what was left behind is all there is"
                ) from None
            if is_ours(blob.key):  # else it was adopted: what Safelight has not stored it does not delete
                found = self._found(blob)
                if found is None or found.storage != self.target_name:
                    return  # since the page was read it has moved back: the bytes here are those that count
                for name in keys_of(blob.key):
                    self.source.delete(name)
                self.result.deleted += 1
            else:
                self.result.adopted += 1
        self.ledger.tidied(blob.key, self.source_name)


class _Hashing(io.RawIOBase):
    """Reads on, and knows the sha256 of all that was read."""

    def __init__(self, content: IO[bytes]) -> None:
        super().__init__()
        self._content = content
        self._digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, target: memoryview | bytearray, /) -> int:  # type: ignore[override]
        data = self._content.read(len(target))
        target[: len(data)] = data
        self._digest.update(data)
        return len(data)

    def finish(self) -> str:
        """Of the whole, what nobody has read yet included."""
        while self.read(_CHUNK):
            pass
        return self._digest.hexdigest()
