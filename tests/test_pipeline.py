"""The order of accept, and what is left when it fails at any step: nothing."""

import hashlib
import io
import os
import re
import tempfile
from datetime import UTC, datetime

import pytest
from tests.pictures import CANARY, chunk, exif_segment, jpeg, photo, pixels, png, sanitised, scan, sof, tiff

from safelight import Policy, Safelight, Upload
from safelight.errors import (
    Corrupt,
    Empty,
    IntentExpired,
    KeyTaken,
    ScannerRefused,
    StorageUnavailable,
    TooLarge,
    TooManyPixels,
    TypeNotAllowed,
)
from safelight.keys import is_ours
from safelight.ledger import MemoryLedger
from safelight.pipeline import check
from safelight.storage import DiskStorage, MemoryStorage
from safelight.variants import THUMBNAIL

PHOTO = photo((40, 30), exif=b"Exif\0\0" + tiff(6))
POLICY = Policy("tests", max_bytes=100_000, max_pixels=10_000)


class SpyLedger(MemoryLedger):
    def __init__(self, calls: list[str]) -> None:
        super().__init__()
        self.calls = calls

    def intend(self, key, storage, /):
        self.calls.append("intend")
        super().intend(key, storage)

    def ready(self, blob, /):
        self.calls.append("ready")
        super().ready(blob)

    def forget(self, key, /):
        self.calls.append("forget")
        super().forget(key)


class SpyStorage(MemoryStorage):
    def __init__(self, calls: list[str]) -> None:
        super().__init__()
        self.calls = calls

    def save(self, name, content, /):
        self.calls.append("save")
        return super().save(name, content)

    def delete(self, name, /):
        self.calls.append("delete")
        super().delete(name)


class World:
    """A Safelight whose every call to ledger and storage is noted, in order."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.ledger = SpyLedger(self.calls)
        self.storage = SpyStorage(self.calls)
        self.safelight = Safelight(self.ledger, {"default": self.storage, "archive": MemoryStorage()})

    def accept(self, data: bytes = PHOTO, policy: Policy = POLICY, **claims):
        return self.safelight.accept(Upload(io.BytesIO(data), **claims), policy)


@pytest.fixture
def world(monkeypatch, tmp_path) -> World:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = len(os.listdir("/proc/self/fd"))
    yield World()
    assert len(os.listdir("/proc/self/fd")) == before, "something was left open"
    assert list(tmp_path.iterdir()) == [], "a temporary file was left"


class Scanner:
    def __init__(self, finding: str | None = None) -> None:
        self.finding, self.seen = finding, None

    def scan(self, content, /):
        self.seen = content.read()
        return self.finding


def test_an_upload_becomes_a_blob_in_this_order(world):
    blob = world.accept(PHOTO, filename="C:\\fakepath\\kočka\u202e.jpg", media_type="text/html")
    assert world.calls == ["intend", "save", "ready"]
    stored = world.storage.files[blob.key]
    assert stored == sanitised(PHOTO)[0]
    assert CANARY not in stored
    assert pixels(stored) == pixels(PHOTO)
    assert (blob.size, blob.sha256) == (len(stored), hashlib.sha256(stored).hexdigest())
    assert (blob.width, blob.height) == (30, 40), "orientation 6 lies on its side"
    assert (blob.media_type, blob.storage, blob.filename) == ("image/jpeg", "default", "kočka.jpg")
    assert world.ledger.get(blob.key) == blob
    assert world.ledger.intents == {}


def test_the_key_follows_from_the_policy_the_date_and_the_bytes(world):
    policy = Policy("tests", prefix="cats/%Y/%m")
    before, blob, after = datetime.now(UTC), world.accept(png(), policy, filename="shell.php"), datetime.now(UTC)
    assert re.fullmatch(r"cats/\d{4}/\d\d/[a-z2-7]{29}\.png", blob.key)
    assert blob.key[:12] in (f"cats/{before:%Y/%m}", f"cats/{after:%Y/%m}")
    assert is_ours(blob.key)


def test_the_same_upload_twice_is_two_blobs(world):
    first, second = world.accept(), world.accept()
    assert first.key != second.key
    assert first.sha256 == second.sha256
    assert len(world.storage.files) == 2


def test_a_column_may_have_its_own_prefix_and_storage(world):
    blob = world.safelight.keep(check(Upload(io.BytesIO(PHOTO)), POLICY), prefix="", storage_name="archive")
    assert blob.storage == "archive"
    assert "/" not in blob.key
    assert world.safelight.storages["archive"].exists(blob.key)
    assert not world.storage.files


REFUSALS = {
    "empty": (b"", POLICY, Empty),
    "too large": (PHOTO + bytes(100_000), POLICY, TooLarge),
    "of another type": (b"BM", POLICY, TypeNotAllowed),
    "not of the policy's types": (PHOTO, Policy("tests", types={"image/png"}), TypeNotAllowed),
    "found corrupt by inspect": (PHOTO[:-2], POLICY, Corrupt),
    "found corrupt by verify": (png(data=chunk(b"IDAT", b"no rows")), POLICY, Corrupt),
    "too many pixels": (png(101, 100, data=png()[33:-12]), POLICY, TooManyPixels),
    "too many pixels in a JPEG": (jpeg(frame=sof(5000, 5000), scans=scan(bytes(98_000))), POLICY, TooManyPixels),
    "refused by a scanner without a name": (PHOTO, Policy("tests", scanners=(Scanner(""),)), ScannerRefused),
    "refused by a scanner": (PHOTO, Policy("tests", scanners=(Scanner(), Scanner("Eicar"))), ScannerRefused),
}


@pytest.mark.parametrize(("data", "policy", "kind"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_touches_neither_ledger_nor_storage(world, data, policy, kind):
    with pytest.raises(kind):
        world.accept(data, policy)
    assert world.calls == []


def test_pixels_up_to_the_limit_are_accepted(world):
    assert world.accept(png(100, 100)).width == 100
    with pytest.raises(TooManyPixels) as refusal:
        world.accept(png(73, 137))
    assert refusal.value.numbers == {"width": 73, "height": 137, "frames": 1, "limit": 10_000}


def test_scanners_see_exactly_what_would_be_stored_each_from_its_beginning(world):
    first, second = Scanner(), Scanner()
    blob = world.accept(jpeg(exif_segment(tiff(6))) + CANARY, Policy("tests", scanners=(first, second)))
    assert first.seen == second.seen == world.storage.files[blob.key]


def test_after_a_finding_nobody_else_is_asked(world):
    later = Scanner()
    with pytest.raises(ScannerRefused) as refusal:
        world.accept(policy=Policy("tests", scanners=(Scanner("Eicar"), later)))
    assert refusal.value.numbers == {"finding": "Eicar"}
    assert later.seen is None


def test_a_scanner_that_fails_stops_the_upload(world):
    class Down:
        def scan(self, content, /):
            raise ConnectionError("clamd is down")

    with pytest.raises(ConnectionError):
        world.accept(policy=Policy("tests", scanners=(Down(),)))
    assert world.calls == []


def test_check_stores_nothing_and_shows_what_would_be(world):
    with check(Upload(io.BytesIO(PHOTO), filename="a.jpg"), POLICY) as checked:
        assert checked.open().read() == checked.open().read() == sanitised(PHOTO)[0]
        assert checked.filename == "a.jpg"
    assert world.calls == []


class TestAKeepThatFails:
    def fails(self, world, kind, on, method, replacement, monkeypatch):
        monkeypatch.setattr(on, method, replacement)
        with pytest.raises(kind) as caught:
            world.accept()
        return caught.value

    def only_an_intent_is_left(self, world):
        """The bytes are gone; a write that timed out may still arrive, so that the sweep must know the key."""
        assert world.storage.files == {}
        assert len(world.ledger.intents) == 1
        assert world.ledger.blobs == {}

    @pytest.mark.parametrize("error", [StorageUnavailable("down"), OSError("disk"), RuntimeError("a bug")])
    def test_in_the_storage(self, world, monkeypatch, error):
        def save(name, content):
            world.storage.files[name] = content.read(10)
            raise error

        assert self.fails(world, type(error), world.storage, "save", save, monkeypatch) is error
        self.only_an_intent_is_left(world)

    def test_since_the_storage_took_less_than_all(self, world, monkeypatch):
        def save(name, content):
            world.storage.files[name] = content.read(10)
            return name

        self.fails(world, StorageUnavailable, world.storage, "save", save, monkeypatch)
        self.only_an_intent_is_left(world)

    def test_since_the_intent_has_expired(self, world, monkeypatch):
        def ready(blob):
            raise IntentExpired(blob.key)

        refusal = self.fails(world, StorageUnavailable, world.ledger, "ready", ready, monkeypatch)
        assert refusal.reason == "storing it took so long that a sweep has given it up"
        assert world.calls == ["intend", "save", "delete"]
        self.only_an_intent_is_left(world)

    def test_though_it_is_ready_keeps_its_bytes(self, world, monkeypatch):
        """The connection broke between the commit and its answer. Whoever finds it in a library may choose it."""

        def ready(blob):
            MemoryLedger.ready(world.ledger, blob)
            raise ConnectionError("the server closed the connection unexpectedly")

        self.fails(world, ConnectionError, world.ledger, "ready", ready, monkeypatch)
        assert world.storage.files.keys() == world.ledger.free_since.keys() != set()

    def test_since_the_key_is_taken_and_spares_what_lies_there(self, world, monkeypatch):
        def save(name, content):
            world.storage.files[name] = b"somebody else's"
            raise KeyTaken(name)

        self.fails(world, KeyTaken, world.storage, "save", save, monkeypatch)
        assert list(world.storage.files.values()) == [b"somebody else's"]
        assert world.ledger.intents == world.ledger.blobs == {}

    def test_before_anything_is_stored(self, world, monkeypatch):
        def intend(key, storage):
            raise ConnectionError("the database is down")

        self.fails(world, ConnectionError, world.ledger, "intend", intend, monkeypatch)
        assert world.calls == []

    def test_and_cannot_even_be_deleted_says_why_it_failed_first(self, world, monkeypatch):
        def down(*arguments):
            raise StorageUnavailable("down")

        def ready(blob):
            raise IntentExpired(blob.key)

        monkeypatch.setattr(world.storage, "delete", down)
        self.fails(world, StorageUnavailable, world.ledger, "ready", ready, monkeypatch)
        (intended,) = world.ledger.intents
        assert intended in world.storage.files

    def test_since_it_was_closed(self, world):
        with check(Upload(io.BytesIO(PHOTO)), POLICY) as checked:
            pass
        with pytest.raises(ValueError, match="closed"):
            world.safelight.keep(checked)
        assert world.calls == []

    @pytest.mark.parametrize("wrong", [{"storage_name": "nowhere"}, {"prefix": "../.."}])
    def test_can_be_tried_again(self, world, wrong):
        with check(Upload(io.BytesIO(PHOTO)), POLICY) as checked:
            with pytest.raises((KeyError, ValueError)):
                world.safelight.keep(checked, **wrong)
            assert world.calls == []
            blob = world.safelight.keep(checked)
            assert checked.spool.closed
        assert blob.key in world.storage.files


class TestAThumbnail:
    """That it is made, and what it shows: tests/decode/test_thumbnail.py."""

    POLICY = Policy("tests", thumbnail=True)

    def test_is_stored_behind_its_picture_and_before_the_blob_is_ready(self, world):
        blob = world.accept(policy=self.POLICY)
        assert world.calls == ["intend", "save", "save", "ready"]
        assert list(world.storage.files) == [blob.key, THUMBNAIL.key(blob.key)]
        assert blob.thumbnail_size == len(world.storage.files[THUMBNAIL.key(blob.key)])
        assert world.ledger.get(blob.key) == blob

    def test_goes_where_its_picture_goes(self, world):
        with check(Upload(io.BytesIO(PHOTO)), self.POLICY) as checked:
            blob = world.safelight.keep(checked, prefix="", storage_name="archive")
        assert world.safelight.storages["archive"].exists(THUMBNAIL.key(blob.key))
        assert not world.storage.files

    def test_lies_on_the_disk_beside_its_picture(self, world, tmp_path_factory):
        folder = tmp_path_factory.mktemp("media")
        safelight = Safelight(world.ledger, {"default": DiskStorage(folder)})
        blob = safelight.accept(Upload(io.BytesIO(PHOTO)), self.POLICY)
        assert (folder / THUMBNAIL.key(blob.key)).stat().st_size == blob.thumbnail_size

    @pytest.mark.parametrize(
        "error", [StorageUnavailable("down"), OSError("disk"), RuntimeError("a bug"), KeyTaken("x"), "took half"]
    )
    @pytest.mark.parametrize("deletes", [True, False])
    def test_that_cannot_be_stored_costs_the_picture_nothing(self, world, monkeypatch, caplog, error, deletes):
        save = world.storage.save

        def fails(name, content):
            if not name.endswith(THUMBNAIL.suffix):
                return save(name, content)
            world.calls.append("half")
            world.storage.files[name] = content.read(10)
            if isinstance(error, Exception):
                raise error
            return name

        def down(name):
            raise StorageUnavailable("down")

        monkeypatch.setattr(world.storage, "save", fails)
        if not deletes:
            monkeypatch.setattr(world.storage, "delete", down)
        blob = world.accept(policy=self.POLICY)
        assert blob.thumbnail_size is None
        assert world.ledger.get(blob.key) == blob
        assert world.ledger.intents == {}
        assert world.storage.files[blob.key] == sanitised(PHOTO)[0]
        # What a storage that is down keeps is deleted with the blob, whose key says where it lies.
        assert set(world.storage.files) == ({blob.key} if deletes else {blob.key, THUMBNAIL.key(blob.key)})
        assert world.calls == ["intend", "save", "half", *["delete"] * deletes, "ready"]
        assert f"{THUMBNAIL.key(blob.key)} could not be stored" in caplog.text

    def test_goes_with_a_blob_whose_intent_has_expired(self, world, monkeypatch):
        def ready(blob):
            raise IntentExpired(blob.key)

        monkeypatch.setattr(world.ledger, "ready", ready)
        with pytest.raises(StorageUnavailable):
            world.accept(policy=self.POLICY)
        assert world.calls == ["intend", "save", "save", "delete", "delete"]
        assert world.storage.files == {}

    def test_is_not_stored_without_its_picture(self, world, monkeypatch):
        def save(name, content):
            raise StorageUnavailable("down")

        monkeypatch.setattr(world.storage, "save", save)
        with pytest.raises(StorageUnavailable):
            world.accept(policy=self.POLICY)
        assert world.storage.files == {}

    def test_is_made_once_even_if_it_is_kept_twice(self, world, monkeypatch):
        with check(Upload(io.BytesIO(PHOTO)), self.POLICY) as checked:
            with monkeypatch.context() as patch:
                patch.setattr(world.ledger, "intend", lambda key, storage: 1 / 0)
                with pytest.raises(ZeroDivisionError):
                    world.safelight.keep(checked)
            blob = world.safelight.keep(checked)
            assert checked.thumbnail.closed
        assert THUMBNAIL.key(blob.key) in world.storage.files
