"""The thumbnails that are missing are made, also after a run that was killed, and nothing is left of pictures that go
meanwhile."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import IO

import pytest
from PIL import Image
from tests.document_files import pdf
from tests.pictures import photo

from safelight import DOCUMENTS, IMAGES, ConfigurationError, Policy, Upload, decode
from safelight.errors import StorageUnavailable
from safelight.ledger import MemoryLedger
from safelight.pipeline import Safelight
from safelight.storage import MemoryStorage
from safelight.sweep import sweep
from safelight.testing import ThumbnailConformance
from safelight.testing.expect import files
from safelight.thumbnails import Made, add_thumbnail, asking, make_thumbnails
from safelight.thumbnails_report import sentences, troubles
from safelight.variants import THUMBNAIL

PICTURES = Policy("pictures", types=IMAGES)


class TestMemoryLedger(ThumbnailConformance):
    def make_ledger(self) -> MemoryLedger:
        return MemoryLedger()


class Watched(MemoryStorage):
    """Calls `late` before a thumbnail is stored, once; and fails if it is `down`."""

    def __init__(self) -> None:
        super().__init__()
        self.late: Callable[[], object] | None = None
        self.down = False
        self.asked: list[str] = []

    def open(self, name: str, /) -> IO[bytes]:
        self.asked.append(name)
        if self.down:
            raise StorageUnavailable("no route to host")
        return super().open(name)

    def save(self, name: str, content: IO[bytes], /) -> str:
        late, self.late = self.late, None
        if late and name.endswith(THUMBNAIL.suffix):
            late()
        return super().save(name, content)


class Shelf:
    """Pictures that were stored before their policy asked for thumbnails."""

    def __init__(self) -> None:
        self.ledger, self.storage = MemoryLedger(), Watched()
        self.storages = {"default": self.storage}

    def keep(self, data: bytes = photo((400, 300)), policy: Policy = PICTURES, name: str = "photo.jpg") -> str:
        return Safelight(self.ledger, self.storages).accept(Upload(io.BytesIO(data), name), policy).key

    def make(self, **options: object) -> Made:
        return make_thumbnails(self.ledger, self.storages, ["pictures"], batch=2, **options)

    def assert_has_one(self, key: str) -> None:
        content = self.storage.files[THUMBNAIL.key(key)]
        assert self.ledger.get(key).thumbnail_size == len(content)
        assert max(Image.open(io.BytesIO(content)).size) <= 320


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def test_what_is_missing_is_made(shelf: Shelf):
    keys = [shelf.keep(photo((400, 300 + number))) for number in range(3)]
    shelf.keep(policy=replace(PICTURES, name="others"))
    shelf.keep(pdf(), replace(PICTURES, types=DOCUMENTS), "report.pdf")
    seen: list[tuple[int, int]] = []
    dry = shelf.make(dry_run=True)
    assert list(sentences(dry, dry_run=True)) == ["3 pictures of pictures without a thumbnail."]
    made = shelf.make(progress=lambda *done: seen.append(done))
    assert (made.missing, made.made, made.without, made.complete) == (3, 3, 0, True)
    assert list(sentences(made, dry_run=False)) == ["Made 3."]
    assert seen == [(1, 3), (2, 3), (3, 3)]
    for key in keys:
        shelf.assert_has_one(key)
    assert len(files(shelf.storage)) == 5 + 3
    assert list(sentences(shelf.make(), dry_run=False)) == ["0 pictures of pictures without a thumbnail."]


def test_who_asks_for_them():
    policies = [Policy("b", thumbnail=True), Policy("c"), Policy("a", thumbnail=True), Policy("b", thumbnail=True)]
    assert asking(policies) == ["a", "b"]
    with pytest.raises(ConfigurationError, match="No policy has thumbnail=True"):
        asking([Policy("c")])


def test_without_a_decoder_nothing_is_read(shelf: Shelf, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(decode, "_trouble", lambda package: f"{package} is not installed")
    assert shelf.make().missing == 0
    shelf.keep()
    with pytest.raises(ConfigurationError, match="pyvips is not installed"):
        shelf.make()
    assert shelf.storage.asked == []


def test_what_a_run_that_was_killed_has_left(shelf: Shelf, monkeypatch: pytest.MonkeyPatch):
    class Killed(BaseException):
        pass

    def killed(*_: object) -> bool:
        raise Killed

    key = shelf.keep()
    with monkeypatch.context() as patch:
        patch.setattr(shelf.ledger, "note_thumbnail", killed)
        with pytest.raises(Killed):
            shelf.make()
    assert set(shelf.storage.files) == {key, THUMBNAIL.key(key)}
    shelf.storage.files[THUMBNAIL.key(key)] = b"cut sh"
    assert shelf.make().made == 1
    shelf.assert_has_one(key)


def test_a_picture_that_is_swept_meanwhile(shelf: Shelf):
    """Between the look at it and the storing of its thumbnail."""
    shelf.keep()
    later = datetime.now(UTC) + timedelta(days=1)
    shelf.storage.late = lambda: sweep(shelf.ledger, shelf.storages, look=lambda keys: (), grace=timedelta(), now=later)
    made = shelf.make()
    assert (made.made, made.without) == (0, 1)
    assert list(sentences(made, dry_run=False)) == [
        "Made 0.",
        "None was made of 1 picture: none can be, or it was moved or deleted meanwhile.",
    ]
    assert files(shelf.storage) == {}


def test_a_picture_that_begins_to_move_meanwhile(shelf: Shelf):
    """It would be recorded where its picture does not lie any more. Once that has moved, the next run makes it."""
    key = shelf.keep()
    shelf.storage.late = lambda: shelf.ledger.copying(key, "default", "cloud")
    assert shelf.make().made == 0
    assert set(shelf.storage.files) == {key}
    assert shelf.ledger.get(key).thumbnail_size is None
    assert shelf.make().missing == 0
    shelf.ledger.tidied(key, "cloud")
    assert shelf.make().made == 1


def test_another_run_that_was_faster(shelf: Shelf):
    key = shelf.keep()

    def other() -> None:
        assert shelf.make().made == 1
        shelf.storage.delete(THUMBNAIL.key(key))

    shelf.storage.late = other
    assert shelf.make().made == 1
    shelf.assert_has_one(key)


def test_the_thumbnail_of_another_run_stays_if_the_storage_fails_then(shelf: Shelf, monkeypatch: pytest.MonkeyPatch):
    def fails(*_: object) -> str:
        raise StorageUnavailable("no route to host")

    key = shelf.keep()
    seen = shelf.ledger.get(key)
    assert shelf.make().made == 1
    monkeypatch.setattr(shelf.storage, "save", fails)
    assert not add_thumbnail(shelf.ledger, seen, shelf.storage)
    shelf.assert_has_one(key)


def test_nothing_is_stored_where_a_picture_does_not_lie_any_more(shelf: Shelf, monkeypatch: pytest.MonkeyPatch):
    """Nobody would look for it there, if this run were killed then."""
    key = shelf.keep()
    seen = shelf.ledger.get(key)
    for step in (shelf.ledger.copying, shelf.ledger.moved):
        assert step(key, "default", "cloud")
    shelf.ledger.tidied(key, "default")
    monkeypatch.setattr(shelf.storage, "save", lambda *_: pytest.fail("it is not here"))
    assert not add_thumbnail(shelf.ledger, seen, shelf.storage)


def test_the_thumbnail_of_another_run_stays_if_its_picture_moves_then(shelf: Shelf):
    """A move copies what is recorded; who comes too late to record it leaves it to the row, which speaks for it."""
    key = shelf.keep()

    def other() -> None:
        assert shelf.make().made == 1
        shelf.storage.delete(THUMBNAIL.key(key))
        assert shelf.ledger.copying(key, "default", "cloud")

    shelf.storage.late = other
    assert shelf.make().made == 0
    shelf.assert_has_one(key)


def test_failures_are_told_and_the_others_made(shelf: Shelf):
    lost, damaged, sold, sound = (shelf.keep() for _ in range(4))
    del shelf.storage.files[lost]
    shelf.storage.files[damaged] = b"not a picture any more"
    shelf.ledger.blobs[sold] = replace(shelf.ledger.blobs[sold], storage="sold")
    made = shelf.make()
    assert (made.made, len(made.failures), made.complete) == (1, 3, False)
    shelf.assert_has_one(sound)
    first, *told = troubles(made)
    assert first == "3 pictures failed:"
    assert f"  {sold} in storage 'sold': KeyError('sold')" in told
    assert {line.split()[0] for line in told} == {lost, damaged, sold}


def test_a_storage_that_is_down_is_not_asked_for_ever(shelf: Shelf):
    for _ in range(5):
        shelf.keep()
    shelf.storage.down = True
    made = shelf.make()
    assert (len(shelf.storage.asked), len(made.failures), made.stopped) == (3, 3, True)
    assert list(troubles(made))[-1] == "After these failures in a row nothing more was tried."


def test_a_ledger_that_fails_ends_it_with_its_own_words(shelf: Shelf, monkeypatch: pytest.MonkeyPatch):
    def fails(*_: object) -> bool:
        raise RuntimeError("the database is gone")

    shelf.keep()
    monkeypatch.setattr(shelf.ledger, "note_thumbnail", fails)
    with pytest.raises(RuntimeError, match="the database is gone"):
        shelf.make()
