"""For the tests of those who use or extend Safelight: pictures, a Safelight in memory, and conformance suites.

Every storage and every ledger, ours or yours, must pass its suite (a ledger has several: it is also swept and audited,
its files move, its pictures get their thumbnails later, it knows whose they are, it may know files from before
Safelight, and it remembers answers). Subclass it in a test module; the test runner (pytest or unittest) finds the
``test_`` methods::

    class TestMyStorage(StorageConformance):
        def make_storage(self) -> Storage:
            return MyStorage(...)
"""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

from ..blob import Blob, Reference
from ..errors import IntentExpired, KeyTaken, SafelightError, UnknownKey
from ..ledger import MemoryLedger
from ..pipeline import Safelight
from ..protocols import Ledger, Listable, Measurable, Storage
from ..storage import MemoryStorage
from .adoptions import AdoptConformance
from .audits import AuditConformance
from .claims import ClaimConformance, ClaimRaceConformance
from .expect import fresh_key, raises
from .installations import InstallationConformance
from .meanwhile import Meanwhile
from .moves import MoveConformance
from .pictures import picture
from .sweeps import Sweeps
from .thumbnails import ThumbnailConformance

__all__ = [
    "AuditConformance",
    "AdoptConformance",
    "ClaimConformance",
    "ClaimRaceConformance",
    "InstallationConformance",
    "LedgerConformance",
    "MoveConformance",
    "StorageConformance",
    "SweepConformance",
    "ThumbnailConformance",
    "memory_safelight",
    "picture",
]


def memory_safelight() -> Safelight:
    """A Safelight that keeps everything in memory, with one storage, ``default``."""
    return Safelight(MemoryLedger(), {"default": MemoryStorage()})


class _BrokenReader(io.RawIOBase):
    """A source that fails half-way, as a client that disconnects does."""

    def __init__(self) -> None:
        super().__init__()
        self._left = 200_000

    def readable(self) -> bool:
        return True

    def readinto(self, target: memoryview | bytearray, /) -> int:  # type: ignore[override]
        if not self._left:
            raise ConnectionError("the source failed")
        count = min(self._left, len(target))
        self._left -= count
        return count


class StorageConformance:
    """What Safelight relies on. Override `make_storage`; it may return the same storage each time."""

    def make_storage(self) -> Storage:
        raise NotImplementedError

    def test_returns_what_was_saved(self) -> None:
        storage, key = self.make_storage(), fresh_key()
        data = bytes(range(256)) * 5_000
        assert storage.save(key, io.BytesIO(data)) == key
        assert storage.exists(key)
        with storage.open(key) as content:
            assert content.read() == data
        storage.delete(key)

    def test_reads_from_any_position(self) -> None:
        storage, key = self.make_storage(), fresh_key()
        storage.save(key, io.BytesIO(b"0123456789"))
        with storage.open(key) as content:
            content.seek(4)
            assert content.read(3) == b"456"
            assert content.read() == b"789"
        storage.delete(key)

    def test_never_overwrites(self) -> None:
        storage, key = self.make_storage(), fresh_key()
        storage.save(key, io.BytesIO(b"first"))
        raises(KeyTaken, lambda: storage.save(key, io.BytesIO(b"second")))
        with storage.open(key) as content:
            assert content.read() == b"first"
        storage.delete(key)

    def test_one_of_many_writers_wins(self) -> None:
        storage, key = self.make_storage(), fresh_key()

        def save(number: int) -> int | None:
            try:
                storage.save(key, io.BytesIO(bytes([number]) * 100_000))
            except SafelightError:
                return None
            return number

        with ThreadPoolExecutor(8) as pool:
            winners = [number for number in pool.map(save, range(8)) if number is not None]
        assert len(winners) == 1, f"{len(winners)} writers believe to have created the same key"
        with storage.open(key) as content:
            assert content.read() == bytes(winners) * 100_000
        storage.delete(key)

    def test_keeps_nothing_of_a_save_that_failed(self) -> None:
        storage, key = self.make_storage(), fresh_key()
        raises(Exception, lambda: storage.save(key, io.BufferedReader(_BrokenReader())))
        assert not storage.exists(key)

    def test_missing_files_are_missing(self) -> None:
        storage, key = self.make_storage(), fresh_key()
        assert not storage.exists(key)
        raises(FileNotFoundError, lambda: storage.open(key))

    def test_deleting_twice_is_deleting_once(self) -> None:
        storage, key = self.make_storage(), fresh_key()
        storage.save(key, io.BytesIO(b"data"))
        storage.delete(key)
        assert not storage.exists(key)
        storage.delete(key)

    def test_names_stay_inside(self) -> None:
        storage = self.make_storage()
        for name in ("../outside", "/etc/passwd", "a/../../b", "a//b", "a\0b", "a\\..\\b", "", "."):

            def save(name: str = name) -> None:
                storage.save(name, io.BytesIO(b"x"))

            raises(Exception, save)

    def test_what_can_measure_and_list_does(self) -> None:
        storage, keys = self.make_storage(), sorted(fresh_key() for _ in range(3))
        for length, key in enumerate(keys, 1):
            storage.save(key, io.BytesIO(b"x" * length))
        if isinstance(storage, Measurable):
            assert [storage.size(key) for key in keys] == [1, 2, 3]
            raises(FileNotFoundError, lambda: storage.size(fresh_key()))
        if isinstance(storage, Listable):
            names = list(storage.names())
            assert [name for name in names if name in keys] == keys
            assert list(storage.names(keys[0])) == names[names.index(keys[0]) + 1 :]
            assert list(storage.names(names[-1])) == []
        for key in keys:
            storage.delete(key)

    def test_has_an_address(self) -> None:
        storage, key = self.make_storage(), fresh_key()
        assert key.rpartition("/")[2] in storage.url(key)


class LedgerConformance:
    """The rules of the life of a blob. Override `make_ledger`."""

    def make_ledger(self) -> Ledger:
        raise NotImplementedError

    def blob(self, key: str) -> Blob:
        name = "holiday \N{SUN BEHIND CLOUD}.png"
        return Blob(key, "default", "image/png", 123, "ab" * 32, 3, 4, name, "any", "7", thumbnail_size=45)

    def stored(self, ledger: Ledger) -> str:
        """The key of a blob that is ready."""
        key = fresh_key()
        ledger.intend(key, "default")
        ledger.ready(self.blob(key))
        return key

    def test_facts_come_back(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        assert ledger.get(key) == self.blob(key)

    def test_facts_that_are_not_there_do_not_come(self) -> None:
        ledger, key = self.make_ledger(), fresh_key()
        bare = Blob(key, "default", "application/pdf", 123, "ab" * 32)
        ledger.intend(key, "default")
        ledger.ready(bare)
        assert ledger.get(key) == bare

    def test_an_intent_is_not_a_blob(self) -> None:
        ledger, key = self.make_ledger(), fresh_key()
        ledger.intend(key, "default")
        raises(UnknownKey, lambda: ledger.get(key))
        raises(UnknownKey, lambda: ledger.attach(key, Reference("a.b", "1", "c")))

    def test_a_key_is_intended_once(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        raises(Exception, lambda: ledger.intend(key, "default"))

    def test_ready_needs_its_intent(self) -> None:
        ledger, key = self.make_ledger(), fresh_key()
        raises(IntentExpired, lambda: ledger.ready(self.blob(key)))
        ledger.intend(key, "default")
        ledger.forget(key)
        raises(IntentExpired, lambda: ledger.ready(self.blob(key)))
        raises(UnknownKey, lambda: ledger.get(key))

    def test_ready_is_said_once(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        raises(IntentExpired, lambda: ledger.ready(self.blob(key)))

    def test_forgetting_spares_what_is_ready(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        ledger.forget(key)
        assert ledger.get(key).key == key

    def test_attach_and_release(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        first, second = Reference("a.b", "1", "c"), Reference("a.b", "1", "c", "gallery§0§picture")
        ledger.attach(key, first)
        ledger.attach(key, first)
        ledger.attach(key, second)
        assert sorted(ledger.references(key)) == [first, second]
        assert sorted(ledger.held("a.b", "1")) == [(key, first), (key, second)]
        assert list(ledger.held("a.b", "2")) == []
        ledger.release(key, first)
        ledger.release(key, first)
        assert list(ledger.references(key)) == [second]

    def test_unknown_keys_cannot_be_attached(self) -> None:
        ledger = self.make_ledger()
        raises(UnknownKey, lambda: ledger.attach("no/such/key.png", Reference("a.b", "1", "c")))
        ledger.release("no/such/key.png", Reference("a.b", "1", "c"))


class SweepConformance(Sweeps, Meanwhile):
    """What a ledger that is swept keeps to (`safelight.protocols.Sweepable`), in the face of whoever comes at the same
    time. Override `make_ledger`."""
