"""What the suites about sweeps have in common: files to sweep, and sweeps that run later than now."""

from __future__ import annotations

import io
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from ..blob import Blob, Reference, State
from ..errors import StorageUnavailable
from ..protocols import Sweepable
from ..storage import MemoryStorage
from ..sweep import Swept, sweep
from .expect import files, fresh_key

ROW = Reference("a.b", "1", "c")
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


class Sweeping:
    """Override `make_ledger`. Time is not waited for: a sweep is told that it is later than it is."""

    def make_ledger(self) -> Sweepable:
        raise NotImplementedError

    def setup_method(self) -> None:
        self.storage = MemoryStorage()
        self.named: Collection[str] = ()
        """The keys that rows name, of which the ledger may know nothing."""

    setUp = setup_method  # as unittest calls it

    def sweep(self, ledger: Sweepable, later: timedelta, grace: timedelta = DAY, **options: object) -> Swept:
        """A sweep that runs `later`."""
        given: dict[str, object] = {"look": self.named_among, "now": datetime.now(UTC) + later, **options}
        return sweep(ledger, {"default": self.storage}, grace=grace, **given)  # type: ignore[arg-type]

    @property
    def files(self) -> dict[str, bytes]:
        return files(self.storage)

    def named_among(self, keys: Collection[str]) -> set[str]:
        return {key for key in keys if key in self.named}

    def intended(self, ledger: Sweepable, key: str | None = None) -> str:
        """The key of an upload whose bytes are there."""
        key = key or fresh_key()
        ledger.intend(key, "default")
        self.storage.save(key, io.BytesIO(b"content"))
        return key

    def stored(self, ledger: Sweepable, key: str | None = None, owner: str = "7") -> str:
        """The key of a blob that is ready, and free."""
        key = self.intended(ledger, key)
        ledger.ready(Blob(key, "default", "text/plain", 7, "ab" * 32, owner=owner))
        return key

    def states(self, ledger: Sweepable) -> dict[str, State]:
        """Of everything that may have to do with a sweep."""
        end = datetime.now(UTC) + 365 * DAY
        return {row.key: state for state in State for row in ledger.aged(state, end, limit=100)}


class Down(MemoryStorage):
    """A storage that is down, until it is told otherwise."""

    down = True

    def delete(self, name: str, /) -> None:
        if self.down:
            raise StorageUnavailable("no route to host")
        super().delete(name)
