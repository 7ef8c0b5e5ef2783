"""Files from before Safelight become known where they lie: which, in which order, and what stops it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import pytest
from tests.adoptions import KNOWN, Past, assert_told
from tests.document_files import open_xml
from tests.pictures import photo

from safelight import DOCUMENTS, FILES, IMAGES, Blob, Policy, Reference, formats
from safelight.adopt import Adopted, Named, Row, adopt
from safelight.adopt_report import sentences, troubles
from safelight.deliver import disposition
from safelight.errors import StorageUnavailable
from safelight.formats.inspection import _PAYLOADS, Removed
from safelight.ledger import MemoryLedger, followed, settle
from safelight.policy import DOCX, HEIC
from safelight.storage import MemoryStorage
from safelight.testing import AdoptConformance
from safelight.thumbnails import add_thumbnail

PORTRAITS = Policy("portraits", max_bytes=200_000, max_pixels=1_000_000)


class TestMemoryLedger(AdoptConformance):
    pass


class Table:
    """A `safelight.adopt.Column`: rows of names."""

    def __init__(self, ledger: MemoryLedger, names: Sequence[str], policy: Policy = PORTRAITS) -> None:
        self.ledger, self.names, self.policy = ledger, list(names), policy
        self.followed: list[object] = []
        self.before_following: Callable[[], None] = lambda: None

    def count(self) -> int:
        return len(self.names)

    def rows(self, *, limit: int, after: Row | None = None) -> list[Row]:
        first = 0 if after is None else after.identity + 1
        found = list(enumerate(self.names))[first : first + limit]
        return [Row(number, (Named(name, "default", self.policy),)) for number, name in found]

    def follow(self, row: Row) -> None:
        self.before_following()
        self.followed.append(row.identity)
        place = Reference("member", str(row.identity), "portrait")
        held = set(self.ledger.held(place.holder, place.row))
        settle(self.ledger, held, followed(self.ledger, {(self.names[row.identity], place)}))


class Counting(MemoryStorage):
    """Knows what was read of it; can be down, and kill who reads."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []
        self.fails: dict[str, BaseException] = {}

    def open(self, name: str, /) -> IO[bytes]:
        self.read.append(name)
        if name in self.fails:
            raise self.fails[name]
        return super().open(name)


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def storage() -> Counting:
    return Counting()


def run(table: Table, storage: MemoryStorage, **options: object) -> Adopted:
    return adopt(table.ledger, {"default": storage}, table, batch=4, **options)


def pictures(storage: MemoryStorage, number: int) -> list[str]:
    names = [f"portraits/{each}.jpg" for each in range(number)]
    storage.files |= {name: photo() for name in names}
    return names


def test_what_becomes_of_each(ledger: MemoryLedger, storage: Counting):
    past = Past.of()
    storage.files |= past.files
    table = Table(ledger, past.names)
    seen: list[tuple[int, int]] = []
    adopted = run(table, storage, progress=lambda *done: seen.append(done))
    assert set(ledger.blobs) == set(KNOWN)
    assert (adopted.adopted, adopted.with_metadata, adopted.rows) == (12, 6, 30)
    assert adopted.size == sum(len(past.files[name]) for name in KNOWN)
    assert_told("\n".join(troubles(adopted)))
    assert seen == [(done, 30) for done in range(1, 31)]
    assert storage.files == past.files
    assert sorted(storage.read) == sorted(set(storage.read)), "each is read once"
    assert len(ledger.references(KNOWN[0])) == 2
    assert not ledger.free_since


class CaseInsensitive(MemoryLedger):
    """As MySQL compares: what it finds is not what was asked for."""

    def adopt(self, blob: Blob, /) -> bool:
        return not any(key.lower() == blob.key.lower() for key in self.blobs) and super().adopt(blob)


def test_two_files_whose_names_a_database_takes_for_the_same(storage: Counting):
    storage.files |= {"portraits/ada.jpg": photo(), "portraits/Ada.jpg": photo((3, 3))}
    table = Table(CaseInsensitive(), ["portraits/ada.jpg", "portraits/Ada.jpg"])
    adopted = run(table, storage)
    assert (adopted.adopted, [refused.name for refused in adopted.refused]) == (1, ["portraits/Ada.jpg"])
    assert table.followed == [0]


def test_the_facts_are_those_of_the_bytes_as_they_lie(ledger: MemoryLedger, storage: Counting):
    data = photo((30, 20), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0")
    storage.files["portraits/ada.jpg"] = data
    run(Table(ledger, ["portraits/ada.jpg"]), storage)
    blob = ledger.get("portraits/ada.jpg")
    assert (blob.size, blob.width, blob.height) == (len(data), 20, 30), "as it is meant to be seen"
    assert (blob.media_type, blob.filename, blob.policy) == ("image/jpeg", "ada.jpg", "portraits")
    assert blob.thumbnail_size is None


def test_a_dry_run_says_the_same_and_records_nothing(ledger: MemoryLedger, storage: Counting):
    past = Past.of()
    storage.files |= past.files
    table = Table(ledger, past.names)
    dry = run(table, storage, dry_run=True)
    assert (ledger.blobs, table.followed) == ({}, [])
    assert next(sentences(dry, True)) == "A dry run: nothing is recorded."
    assert dry == run(table, storage)


@pytest.mark.parametrize("where", ["reading", "following"])
def test_killed_and_started_again(ledger: MemoryLedger, storage: Counting, where: str):
    table = Table(ledger, pictures(storage, 6))
    if where == "reading":
        storage.fails[table.names[3]] = KeyboardInterrupt()
    else:
        table.before_following = lambda: (_ for _ in ()).throw(KeyboardInterrupt()) if table.followed else None
    with pytest.raises(KeyboardInterrupt):
        run(table, storage)
    known = set(ledger.blobs)
    assert len(known) == (3 if where == "reading" else 2)
    storage.fails, storage.read, table.before_following = {}, [], lambda: None
    assert run(table, storage).adopted == 6 - len(known)
    assert set(storage.read) == set(table.names) - known, "what is known is not read again"
    assert not ledger.free_since
    again = run(table, storage)
    assert list(sentences(again, False)) == [
        "Nothing to adopt: 6 rows with files from before Safelight, all of them known."
    ]


def test_a_storage_that_is_down_ends_it(ledger: MemoryLedger, storage: Counting):
    table = Table(ledger, pictures(storage, 8))
    down = StorageUnavailable("no route to host")
    storage.fails = {table.names[0]: down} | dict.fromkeys(table.names[2:], down)
    adopted = run(table, storage)
    assert (adopted.adopted, len(adopted.failures), adopted.stopped) == (1, 4, True)
    *_, last = told = list(troubles(adopted))
    assert told[0] == "4 files could not be looked at. Run this again:"
    assert told[1] == "  portraits/0.jpg in storage 'default': no route to host"
    assert last == "After these failures in a row nothing more was tried."
    storage.fails = {}
    assert run(table, storage).complete


def test_a_ledger_that_fails_ends_it_with_its_own_words(storage: Counting):
    class Failing(MemoryLedger):
        def adopt(self, blob: Blob, /) -> bool:
            raise RuntimeError("the database is gone")

    with pytest.raises(RuntimeError, match="the database is gone"):
        run(Table(Failing(), pictures(storage, 1)), storage)


def test_no_thumbnail_is_put_beside_it(ledger: MemoryLedger, storage: Counting):
    """Its neighbours are somebody else's."""
    table = Table(ledger, pictures(storage, 1))
    run(table, storage)
    before = dict(storage.files)
    assert not add_thumbnail(ledger, ledger.get(table.names[0]), storage)
    assert storage.files == before


def test_a_name_of_another_storage_is_not_taken_for_the_same_file(ledger: MemoryLedger, storage: Counting):
    (name,) = pictures(storage, 1)
    ledger.adopt(Blob(name, "archive", "image/png", 1, "0" * 64))
    table = Table(ledger, [name])
    (refused,) = run(table, storage).refused
    assert refused.reason == "The ledger knows another file of this name, in the storage 'archive'."
    assert table.followed == []


def test_scanners_see_what_lies_there(ledger: MemoryLedger, storage: Counting):
    class Scanner:
        def scan(self, content: IO[bytes], /) -> str | None:
            return "Eicar" if b"X5O!" in content.read() else None

    storage.files["portraits/virus.jpg"] = photo(comment=b"X5O!P%@AP")
    table = Table(ledger, ["portraits/virus.jpg"], Policy("portraits", scanners=(Scanner(),)))
    (refused,) = run(table, storage).refused
    assert refused.reason == "The file was refused by the malware scanner."


def test_what_no_walk_has_proved_is_any_bytes(ledger: MemoryLedger, storage: Counting):
    """Its name does not say so, as that of an upload does, so that it must not pass for a picture."""
    storage.files |= {"letters/a.jpg": photo() + b"<script>", "letters/b.html": b"<html><script></script>"}
    assert run(Table(ledger, storage.files, Policy("letters", types=FILES)), storage).complete
    for blob in ledger.blobs.values():
        assert blob.media_type == "application/octet-stream"
        assert disposition(blob).startswith("attachment")


def test_an_archive_that_would_be_written_anew_is_left_as_it_is(ledger: MemoryLedger, storage: Counting):
    storage.files["letter.docx"] = data = open_xml()
    adopted = run(Table(ledger, ["letter.docx"], Policy("letters", types=DOCUMENTS)), storage)
    assert (adopted.adopted, adopted.with_metadata) == (1, 1)
    assert (ledger.get("letter.docx").size, ledger.get("letter.docx").media_type) == (len(data), DOCX)


def test_a_name_that_no_key_can_have(ledger: MemoryLedger, storage: Counting):
    storage.files |= {(name := f"portraits/{'x' * 91}.jpg"): photo()}
    (refused,) = run(Table(ledger, [name]), storage).refused
    assert refused.reason == "Its name cannot be a key: that takes up to 100 characters that can be printed."


def test_nothing_is_converted(ledger: MemoryLedger, storage: Counting):
    storage.files["a.heic"] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)
    (refused,) = run(Table(ledger, ["a.heic"], Policy("any", types=IMAGES | {HEIC})), storage).refused
    assert "HEIC" in refused.reason


def test_what_counts_as_a_payload_is_what_the_formats_call_so():
    """`is_payload` goes by names: one that no module uses any more would let pass what it stood for."""
    folder = Path(formats.__file__).parent
    sources = "".join(path.read_text() for path in folder.glob("*.py") if path.name != "inspection.py")
    assert [name for name in _PAYLOADS if f'"{name}"' not in sources] == []
    assert Removed("data after the end", 1).is_payload
    assert not Removed("EXIF", 1).is_payload
