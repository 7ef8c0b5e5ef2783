"""What a ledger that is audited keeps to: `safelight.protocols.Auditable`."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ..audit import Audited, Kind, audit
from ..blob import Blob, Reference, State
from ..errors import Busy, OtherInstallation, StorageUnavailable
from ..installation import Installation
from ..ownership import MARKER, ownership
from ..protocols import Auditable, Identified, Storage, Sweepable
from ..storage import MemoryStorage
from ..sweep import Swept, sweep
from ..variants import THUMBNAIL
from .expect import fresh_key, raises
from .table import Table

_PAST_GRACE = timedelta(days=1, hours=1)


class AuditableAndSweepable(Auditable, Sweepable, Protocol):
    """What an audit has let go, a sweep deletes."""


class AuditConformance:
    """Override `make_ledger`: a ledger that has nothing in it."""

    def make_ledger(self) -> AuditableAndSweepable:
        raise NotImplementedError

    def setup_method(self) -> None:
        self.storage = MemoryStorage()
        self.storages: dict[str, Storage] = {"default": self.storage}

    setUp = setup_method  # as unittest calls it

    # --- rows and references -----------------------------------------------------------------------------------------

    def test_all_that_differs_is_told_and_mended(self) -> None:
        self.begin()
        old, new, shared, gone, forgotten = (self.stored() for _ in range(5))
        self.table.save("1", old)
        self.table.rows["1"] = {"c": new, "d": shared}
        self.table.save("2", shared)
        self.table.save("3", gone)
        del self.table.rows["3"]
        self.ledger.attach(forgotten, Reference("dropped", "1", "c"))
        expected = {Kind.MISSING: 2, Kind.STALE: 3}
        assert self.found() == expected
        assert self.found() == expected, "an audit that repairs nothing changes nothing"
        told = self.audit(repair=True)
        assert {kind: some.mended for kind, some in told.found.items()} == expected
        assert told.complete
        assert self.found() == {}
        assert list(self.ledger.references(new)) == [self.table.place("1")]
        assert sorted(self.ledger.references(shared)) == [self.table.place("1", "d"), self.table.place("2")]
        assert self.sweep().deleted == 3
        assert self.storage.files.keys() - {MARKER} == {new, shared}

    def test_what_is_lost_cannot_be_mended(self) -> None:
        self.begin()
        key, late = fresh_key(), fresh_key()
        self.ledger.intend(late, "default")
        self.table.rows["1"] = {"c": key, "d": late}
        for repair in (False, True):
            told = self.audit(repair=repair, storage=True)
            assert self.numbers(told) == {Kind.LOST: 2}
            assert not told.complete
        assert {difference.key for difference in told.found[Kind.LOST].examples} == {key, late}

    def test_a_file_whose_bytes_are_there_is_registered_again(self) -> None:
        """Also if an audit has taken them for strays, before their row came back."""
        self.begin()
        key, stray = fresh_key(), self.intended()
        self.storage.save(key, io.BytesIO(b"content"))
        self.table.rows |= {"1": {"c": key}, "2": {"c": stray}}
        self.sweep()
        assert self.found() == {Kind.LOST: 2}, "only with storage=True a storage is asked"
        assert self.found(storage=True) == {Kind.UNREGISTERED: 2}
        assert self.audit(repair=True, storage=True).complete
        assert self.found(storage=True) == {}
        for name, row in ((key, "1"), (stray, "2")):
            blob = self.ledger.get(name)
            assert (blob.storage, blob.size, blob.policy) == ("default", 7, "any")
            assert list(self.ledger.references(name)) == [self.table.place(row)]

    def test_what_a_column_names_that_nobody_follows_any_more_stays(self) -> None:
        self.begin()
        key = self.stored()
        self.table.rows["1"] = {"e": key}
        self.ledger.attach(key, self.table.place("1", "e"))
        told = self.audit(repair=True)
        assert self.numbers(told) == {Kind.UNFOLLOWED: 1}
        assert told.complete
        assert list(self.ledger.references(key))

    def test_a_row_is_read_again_before_it_is_mended(self) -> None:
        self.begin()
        old, new, newer = (self.stored() for _ in range(3))
        self.table.save("1", old)
        self.table.rows["1"] = {"c": new}
        self.table.before_still = lambda: self.table.rows.update({"1": {"c": newer}})
        assert self.audit(repair=True).complete
        assert self.found() == {}
        assert list(self.ledger.references(newer))
        assert not list(self.ledger.references(new))

    def test_what_is_saved_while_it_is_looked_at_is_no_difference(self) -> None:
        self.begin()
        key = self.stored()
        self.table.rows["1"] = {"c": key}
        self.table.before_still = lambda: self.table.save("1", key)
        assert self.found() == {}

    def test_a_row_that_comes_back_keeps_its_file(self) -> None:
        """It was gone when it was read, and is there before its file is locked."""
        self.begin()
        key = self.stored()
        self.ledger.attach(key, self.table.place("1"))
        self.table.after_still = lambda: self.table.rows.update({"1": {"c": key}})
        told = self.audit(repair=True)
        assert (told.busy, told.open) == (1, 1)
        assert list(self.ledger.references(key)) == [self.table.place("1")]

    def test_a_row_that_is_in_use_is_left_to_the_next_audit(self) -> None:
        self.begin()
        old, new = self.stored(), self.stored()
        self.table.save("1", old)
        self.table.rows["1"] = {"c": new}

        def busy() -> None:
            raise Busy

        self.table.before_still = busy
        told = self.audit(repair=True)
        assert (told.busy, told.open) == (1, 2)
        self.table.before_still = lambda: None
        assert self.audit(repair=True).complete

    def test_what_is_condemned_meanwhile_is_not_attached(self) -> None:
        self.begin()
        key = self.stored()
        self.table.rows["1"] = {"c": key}
        rows = self.ledger.aged(State.READY, datetime.now(UTC) + _PAST_GRACE, limit=10)
        self.table.before_still = lambda: self.ledger.condemn([row for row in rows if row.key == key])
        told = self.audit(repair=True)
        assert (told.open, told.busy) == (1, 0)
        assert not list(self.ledger.references(key))

    # --- files and storages ------------------------------------------------------------------------------------------

    def test_bytes_that_are_missing_or_not_as_they_were_are_told(self) -> None:
        self.begin()
        gone, damaged, sound = (self.stored() for _ in range(3))
        for row, key in enumerate((gone, damaged, sound)):
            self.table.save(str(row), key)
        del self.storage.files[gone]
        self.storage.files[damaged] = b"more than there was"
        assert self.found() == {}
        told = self.audit(repair=True, storage=True)
        assert self.numbers(told) == {Kind.GONE: 1, Kind.DAMAGED: 1}
        assert told.found[Kind.GONE].examples[0].place == self.table.place("0")
        assert not told.complete

    def test_a_storage_that_is_down_is_told_and_asked_no_more(self) -> None:
        self.begin()
        for row in range(20):
            self.table.save(str(row), self.stored())
        self.storages["default"] = _Down()
        told = self.audit(storage=True)
        assert told.found == {}
        assert not told.complete
        assert 3 <= len(told.failures) < 20

    def test_strays_are_swept_after_the_grace_period(self) -> None:
        self.begin()
        known, under_way, named, stray, bare = (fresh_key() for _ in range(5))
        self.stored(known)
        self.table.save("1", known)
        self.ledger.intend(under_way, "default")
        self.table.rows["2"] = {"e": named}
        theirs = {"not/ours.txt", "conformance/a.thumbnail.webp", f"backup/{known}"}
        for name in (THUMBNAIL.key(known), under_way, named, stray, THUMBNAIL.key(bare), *theirs):
            self.storage.save(name, io.BytesIO(b"content"))
        for _ in range(2):
            assert self.found(storage=True) == {Kind.STRAY: 2}
        assert self.audit(repair=True, storage=True).complete
        assert self.found(storage=True) == {}
        assert stray in self.storage.files
        self.sweep()
        assert self.storage.files.keys() - {MARKER} == {known, THUMBNAIL.key(known), named, *theirs}

    def test_a_storage_that_cannot_list_is_told(self) -> None:
        self.begin()
        self.table.save("1", self.stored())
        self.storages["default"] = _Plain(self.storage)
        told = self.audit(storage=True)
        assert (told.unlistable, told.found) == (["default"], {})

    def test_in_a_storage_that_two_installations_share_nobody_looks_for_strays(self) -> None:
        """Each would have the other's files swept."""
        self.begin()
        if isinstance(self.ledger, Identified) and self.ledger.here():
            self.table.save("1", self.stored())
            self.storage.save(fresh_key(), io.BytesIO(b"content"))
            self.storage.save(MARKER, io.BytesIO(b"a" * 36))
            ownership(self.ledger, self.storages, mark=["default"])
            ours = self.ledger.installation()
            assert ours is not None
            for _ in range(2):
                told = self.audit(repair=True, storage=True)
                assert (told.shared, told.found) == (["default"], {})
                self.storage.files[MARKER] = ours.identity.encode()  # as the one sees it that was there first

    # --- the round ---------------------------------------------------------------------------------------------------

    def test_an_audit_goes_on_where_the_last_one_ended(self) -> None:
        self.begin()
        for row in range(5):
            self.table.rows[str(row)] = {"c": self.stored()}
        if isinstance(self.ledger, Identified):  # beside which it is remembered, also in a test
            self.ledger.install(Installation.new(self.ledger.here()))
        runs = [self.audit(repair=True, rotate=2) for _ in range(8)]
        assert [told.examined for told in runs] == [2] * 7 + [1]  # 5 rows, references and files
        assert [told.goes_on is None for told in runs] == [False] * 7 + [True]
        assert sum(map(self.mended, runs)) == 5
        assert self.ledger.audited() == ""
        self.ledger.note_audited('["of no table", "7"]')
        assert self.audit(rotate=1).goes_on == (self.table.name, "0")

    def test_a_storage_of_another_installation_ends_it_before_anything_is_mended(self) -> None:
        self.begin()
        if isinstance(self.ledger, Identified) and self.ledger.here():  # else there is nothing to compare
            key = self.stored()
            self.table.rows["1"] = {"c": key}
            self.storage.save(MARKER, io.BytesIO(b"a" * 36))
            raises(OtherInstallation, lambda: self.audit(repair=True, storage=True))
            assert not list(self.ledger.references(key))

    # --- what these have in common -----------------------------------------------------------------------------------

    def begin(self) -> None:
        self.ledger = self.make_ledger()
        self.table = Table(self.ledger)

    def intended(self, key: str | None = None) -> str:
        key = key or fresh_key()
        self.ledger.intend(key, "default")
        self.storage.save(key, io.BytesIO(b"content"))
        return key

    def stored(self, key: str | None = None) -> str:
        """The key of a file that is free."""
        key = self.intended(key)
        self.ledger.ready(Blob(key, "default", "text/plain", 7, "ab" * 32))
        return key

    def audit(self, *, repair: bool = False, storage: bool = False, rotate: int | None = None) -> Audited:
        return audit(self.ledger, self.table, self.storages, repair=repair, storage=storage, rotate=rotate, batch=3)

    def found(self, *, storage: bool = False) -> dict[Kind, int]:
        return self.numbers(self.audit(storage=storage))

    def numbers(self, told: Audited) -> dict[Kind, int]:
        return {kind: some.number for kind, some in told.found.items()}

    def mended(self, told: Audited) -> int:
        return sum(some.mended for some in told.found.values())

    def sweep(self) -> Swept:
        later = datetime.now(UTC) + _PAST_GRACE
        return sweep(self.ledger, self.storages, look=self.table.named, now=later)


class _Down(MemoryStorage):
    def size(self, name: str, /) -> int:
        raise StorageUnavailable("no route to host")

    def names(self, after: str = "", /) -> None:  # type: ignore[override]
        raise StorageUnavailable("no route to host")


class _Plain:
    """No more than what a storage must do."""

    def __init__(self, storage: Storage) -> None:
        self.save, self.open, self.exists = storage.save, storage.open, storage.exists
        self.delete, self.url = storage.delete, storage.url
