"""A storage that breaks one promise is told of that one, in words; and nothing of the doctor's is left in any."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import IO

import pytest
from tests.doctor.found import at, errors, notes, troubles, warnings

from safelight.doctor import Level
from safelight.doctor.storage import examine
from safelight.errors import ConfigurationError, KeyTaken, StorageUnavailable
from safelight.ledger import MemoryLedger
from safelight.storage import DiskStorage, MemoryStorage
from safelight.sweep import sweep


class Overwriting(MemoryStorage):
    def save(self, name: str, content: IO[bytes], /) -> str:
        self.files[name] = content.read()
        return name


class OverwritingAndSilent(Overwriting):
    """It says that the name was taken, when it is too late."""

    def save(self, name: str, content: IO[bytes], /) -> str:
        was_there = name in self.files
        super().save(name, content)
        if was_there:
            raise KeyTaken(name)
        return name


class LookingFirst(Overwriting):
    """Two who look at once both find the name free."""

    def save(self, name: str, content: IO[bytes], /) -> str:
        if name in self.files:
            raise KeyTaken(name)
        return super().save(name, content)


class KeepingAll(MemoryStorage):
    def delete(self, name: str, /) -> None:
        raise StorageUnavailable("403 AccessDenied")


class PretendingToDelete(MemoryStorage):
    def delete(self, name: str, /) -> None:
        pass


class DeletingOnce(MemoryStorage):
    def delete(self, name: str, /) -> None:
        del self.files[name]


class Changing(MemoryStorage):
    def open(self, name: str, /) -> IO[bytes]:
        return io.BytesIO(super().open(name).read() + b"\n")


class Forgetful(MemoryStorage):
    def exists(self, name: str, /) -> bool:
        return False


class Streaming(MemoryStorage):
    def open(self, name: str, /) -> IO[bytes]:
        content = super().open(name)

        class Stream(io.RawIOBase):
            def readable(self) -> bool:
                return True

            def readinto(self, target) -> int:
                return content.readinto(target)

        return io.BufferedReader(Stream())


class Hiding(MemoryStorage):
    def open(self, name: str, /) -> IO[bytes]:
        raise PermissionError("not for you")


class Full(MemoryStorage):
    def save(self, name: str, content: IO[bytes], /) -> str:
        raise StorageUnavailable("507 Insufficient Storage")


class Nowhere(MemoryStorage):
    def url(self, name: str, /) -> str:
        raise LookupError("no such setting")


class Homeless(MemoryStorage):
    def url(self, name: str, /) -> str:
        raise ConfigurationError("it has no base_url")


class Elsewhere(MemoryStorage):
    """`trouble` is what it says of itself."""

    def __init__(self, trouble: str | Exception) -> None:
        super().__init__()
        self._trouble = trouble

    def trouble(self) -> str | None:
        if isinstance(self._trouble, Exception):
            raise self._trouble
        return self._trouble


class InAnotherTime(MemoryStorage):
    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._ahead = timedelta(seconds=seconds)

    def modified(self, name: str, /) -> datetime | None:
        return datetime.now(UTC) + self._ahead


class Timeless(MemoryStorage):
    def modified(self, name: str, /) -> datetime | None:
        return None


@pytest.fixture
def ledger() -> Iterator[MemoryLedger]:
    """Of whose intents none is left."""
    ledger = MemoryLedger()
    yield ledger
    assert not ledger.intents


@pytest.mark.parametrize("make", [MemoryStorage, Timeless, lambda: InAnotherTime(-30), lambda: InAnotherTime(0)])
def test_all_is_well(make, ledger):
    storage = make()
    found = list(examine("default", storage, ledger))
    assert {each.level for each in found} == {Level.OK}
    assert not storage.files


def test_a_disk_is_well(tmp_path, ledger):
    found = list(examine("default", DiskStorage(tmp_path, "/media/"), ledger))
    assert {each.level for each in found} == {Level.OK}
    assert "The storage's clock and this machine's agree." in at(Level.OK, found)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("storage", "said"),
    [
        (Overwriting(), ["It overwrites files: a name that was taken was stored once more."]),
        (OverwritingAndSilent(), ["It says that a name is taken, and has overwritten the file all the same."]),
        (Changing(), ["It gives back other bytes than it was given."]),
        (Forgetful(), ["It says that what it has just stored does not exist."]),
        (Streaming(), ["It can only be read from the beginning."]),
        (Hiding(), ["It does not give back what it has stored: PermissionError: not for you."]),
        (Full(), ["It stores nothing: 507 Insufficient Storage."]),
        (DeletingOnce(), ["It deletes, and fails for what is gone already: KeyError: "]),
        (Nowhere(), ["It has no address for a file: LookupError: no such setting."]),
        (Elsewhere("There is no bucket 'x'."), ["There is no bucket 'x'."]),
        (Elsewhere(StorageUnavailable("timed out")), ["It does not answer: timed out."]),
        (InAnotherTime(630), ["The storage's clock is 10 minutes ahead of this machine's."]),
        (InAnotherTime(-330), ["The storage's clock is 5 minutes behind this machine's."]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_promise_that_is_broken(storage, said):
    ledger = MemoryLedger()
    found = list(examine("default", storage, ledger))
    # (What it says of one is not always whole: a key is in it.)
    assert [sentence[: len(begin)] for sentence, begin in zip(errors(found), said, strict=True)] == said
    assert troubles(found)
    assert not storage.files


def test_two_at_once(ledger):
    storage = LookingFirst()
    found = list(examine("default", storage, ledger))
    assert warnings(found) == ["Of two that created the same name at once, one has overwritten the other."]
    assert not errors(found)
    assert not storage.files


def test_a_clock_that_goes_astray(ledger):
    (sentence,) = warnings(examine("default", InAnotherTime(90), ledger))
    assert "seconds ahead" in sentence


def test_files_without_addresses(ledger):
    assert notes(examine("default", Homeless(), ledger)) == ["Its files have no addresses: it has no base_url."]


@pytest.mark.parametrize("storage", [KeepingAll(), PretendingToDelete()], ids=lambda storage: type(storage).__name__)
def test_what_is_not_deleted_is_found_by_a_sweep(storage):
    ledger = MemoryLedger()
    found = list(examine("default", storage, ledger))
    assert len(errors(found)) == 1
    assert "delete" in errors(found)[0]
    assert storage.files.keys() == ledger.intents.keys() != set()

    mended = MemoryStorage()
    mended.files = storage.files
    later = datetime.now(UTC) + timedelta(days=2)
    sweep(ledger, {"default": mended}, look=lambda keys: (), now=later)
    assert not mended.files


def test_nothing_is_stored_that_the_ledger_does_not_know():
    ledger, storage = MemoryLedger(), MemoryStorage()
    seen = 0
    for _ in examine("default", storage, ledger):  # a kill may come at any of these
        assert storage.files.keys() <= ledger.intents.keys()
        seen += len(storage.files)
    assert seen


def test_who_is_interrupted_leaves_nothing(ledger):
    storage = MemoryStorage()
    findings = examine("default", storage, ledger)
    next(findings)
    assert storage.files
    with pytest.raises(KeyboardInterrupt):
        findings.throw(KeyboardInterrupt())
    assert not storage.files


def test_a_ledger_that_fails():
    class Failing(MemoryLedger):
        def intend(self, key: str, storage: str, /) -> None:
            raise RuntimeError("no such table")

    storage = MemoryStorage()
    found = list(examine("default", storage, Failing()))
    assert errors(found) == ["It was not tried: the ledger took no intent (RuntimeError: no such table)."]
    assert not storage.files
