"""What the core tells of the life of a file: each thing once, in order, and after it has happened."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from tests.pictures import photo

from safelight import Policy, Reference, Upload
from safelight.deleting import delete_now
from safelight.errors import Refusal, StorageUnavailable
from safelight.events import Attached, Deleted, Event, Released, Stored, Telling
from safelight.ledger import MemoryLedger, settle
from safelight.pipeline import Safelight
from safelight.storage import MemoryStorage
from safelight.sweep import sweep

PICTURES = Policy("pictures")
FIRST, SECOND = Reference("a.b", "1", "c"), Reference("a.b", "2", "c")
DAY = timedelta(days=1)


class ToldLedger(MemoryLedger):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[Event] = []

    def tell(self, event: Event, /) -> None:
        self.told.append(event)


class World:
    def __init__(self) -> None:
        self.ledger, self.storage = ToldLedger(), MemoryStorage()
        self.safelight = Safelight(self.ledger, {"default": self.storage})

    def accept(self, data: bytes | None = None):
        return self.safelight.accept(Upload(io.BytesIO(photo() if data is None else data)), PICTURES)

    def sweep(self, later: timedelta, **options):
        given = {"look": lambda keys: (), "now": datetime.now(UTC) + later, **options}
        return sweep(self.ledger, self.safelight.storages, **given)


@pytest.fixture
def world() -> World:
    return World()


def test_a_whole_life_is_told_in_its_order(world):
    blob = world.accept()
    settle(world.ledger, set(), {(blob.key, FIRST), (blob.key, SECOND)})
    settle(world.ledger, {(blob.key, FIRST), (blob.key, SECOND)}, set())
    world.sweep(2 * DAY)
    world.sweep(4 * DAY)  # the second deletion, with which the tombstone goes
    assert world.ledger.told == [
        Stored(blob),
        Attached(blob.key, FIRST),
        Attached(blob.key, SECOND),
        Released(blob.key, FIRST),
        Released(blob.key, SECOND),
        Deleted(blob.key, "default", blob.size),
    ]


def test_what_stays_is_not_told(world):
    blob = world.accept()
    settle(world.ledger, set(), {(blob.key, FIRST)})
    del world.ledger.told[:]
    settle(world.ledger, {(blob.key, FIRST)}, {(blob.key, FIRST)})
    world.sweep(2 * DAY)
    assert world.ledger.told == []


def test_what_moves_is_told_as_one_that_goes_and_one_that_comes(world):
    blob = world.accept()
    settle(world.ledger, {(blob.key, FIRST)}, {(blob.key, SECOND)})
    assert world.ledger.told[1:] == [Released(blob.key, FIRST), Attached(blob.key, SECOND)]


def test_what_is_refused_or_not_stored_is_not_told(world):
    with pytest.raises(Refusal):
        world.accept(b"<html>")
    world.storage.save = lambda name, content: (_ for _ in ()).throw(StorageUnavailable("down"))
    with pytest.raises(StorageUnavailable):
        world.accept()
    world.sweep(2 * DAY)
    assert world.ledger.told == [], "an intent that is swept was no file"


def test_a_deletion_is_told_when_the_bytes_are_gone(world):
    blob, seen = world.accept(), []
    world.ledger.tell = lambda event: seen.append((event, set(world.storage.files), list(world.ledger.deleted)))
    delete_now(world.ledger, world.safelight.storages, blob.key, look=lambda keys: ())
    assert seen == [(Deleted(blob.key, "default", blob.size), set(), [blob.key])]


def test_what_could_not_be_deleted_is_told_by_the_sweep_that_could(world):
    blob, delete = world.accept(), world.storage.delete
    world.storage.delete = lambda name: (_ for _ in ()).throw(StorageUnavailable("down"))
    world.sweep(2 * DAY)
    assert world.ledger.told == [Stored(blob)]
    world.storage.delete = delete
    world.sweep(2 * DAY)
    assert world.ledger.told[1:] == [Deleted(blob.key, "default", blob.size)]


def test_two_sweeps_that_delete_the_same_tell_it_once(world):
    blob, delete = world.accept(), world.storage.delete

    def meanwhile(name: str) -> None:
        world.storage.delete = delete
        world.sweep(2 * DAY)
        delete(name)

    world.storage.delete = meanwhile
    assert world.sweep(2 * DAY).deleted == 1
    assert world.ledger.told[1:] == [Deleted(blob.key, "default", blob.size)]


def test_a_dry_run_tells_nothing(world):
    world.accept()
    assert world.sweep(2 * DAY, dry_run=True).deleted == 1
    assert len(world.ledger.told) == 1


def test_a_ledger_without_observers_is_one_all_the_same():
    assert not isinstance(MemoryLedger(), Telling)
    world = World()
    world.safelight = Safelight(MemoryLedger(), world.safelight.storages)
    assert world.accept().key in world.storage.files
