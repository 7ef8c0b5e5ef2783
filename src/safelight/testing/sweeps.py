"""The conformance suite of a ledger that is swept: what must go goes, what must stay stays, whoever comes in between.

Where two do something at the same time, the suite puts the one exactly where it could hurt the other: into a sweep's
look at the rows, or into the deletion of the bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

from ..blob import Blob, Reference, State
from ..errors import IntentExpired, InUse, StorageUnavailable, UnknownKey
from ..protocols import Sweepable
from ..storage import MemoryStorage
from ..sweep import Swept, delete_now, hurry, sweep
from ..variants import keys_of
from .expect import fresh_key, raises

ROW = Reference("a.b", "1", "c")
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)


class SweepConformance:
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

    # --- age ---------------------------------------------------------------------------------------------------------

    def test_what_is_free_for_longer_than_the_grace_period_is_deleted(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        assert self.sweep(ledger, DAY - SECOND) == Swept()
        assert key in self.storage.files
        swept = self.sweep(ledger, DAY + SECOND)
        assert (swept.examined, swept.deleted, swept.bytes, swept.complete) == (1, 1, 7, True)
        assert self.storage.files == {}
        raises(UnknownKey, lambda: ledger.get(key))

    def test_its_row_goes_another_grace_period_later(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        self.sweep(ledger, 2 * DAY)
        assert self.sweep(ledger, 3 * DAY - SECOND) == Swept()
        assert self.states(ledger) == {key: State.DELETED}
        assert self.sweep(ledger, 3 * DAY + SECOND) == Swept(examined=1, forgotten=1)
        assert self.states(ledger) == {}

    def test_without_a_grace_period_all_of_it_goes_at_once(self) -> None:
        ledger = self.make_ledger()
        self.stored(ledger)
        assert self.sweep(ledger, SECOND, grace=timedelta()).deleted == 1
        assert (self.storage.files, self.states(ledger)) == ({}, {})

    def test_what_something_refers_to_stays(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        ledger.attach(key, ROW)
        assert self.sweep(ledger, 365 * DAY) == Swept()
        assert key in self.storage.files
        assert ledger.get(key).key == key

    def test_grace_begins_when_the_last_reference_goes(self) -> None:
        ledger = self.make_ledger()
        key, other = self.stored(ledger), Reference("a.b", "2", "c")
        ledger.attach(key, ROW)
        ledger.attach(key, other)
        ledger.release(key, ROW)
        assert self.sweep(ledger, 2 * DAY).deleted == 0
        ledger.release(key, other)
        assert self.sweep(ledger, DAY - SECOND).deleted == 0
        assert self.sweep(ledger, DAY + SECOND).deleted == 1

    def test_what_turns_out_to_be_referenced_is_not_met_again(self) -> None:
        """One of two references was released, which starts the grace of a blob that is not free at all."""
        ledger = self.make_ledger()
        key, other = self.stored(ledger), Reference("a.b", "2", "c")
        ledger.attach(key, ROW)
        ledger.attach(key, other)
        ledger.release(key, other)
        assert self.sweep(ledger, 2 * DAY) == Swept(examined=1, referenced=1)
        assert self.sweep(ledger, 2 * DAY) == Swept()
        assert list(ledger.references(key)) == [ROW]
        assert ledger.get(key).key == key

    def test_what_is_not_ours_is_left_alone(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger, "legacy/photo.jpg")
        assert self.sweep(ledger, 2 * DAY) == Swept(examined=1, foreign=1)
        raises(UnknownKey, lambda: self.delete_now(ledger, key))
        assert key in self.storage.files
        assert ledger.get(key).key == key

    def test_many_are_swept_in_batches(self) -> None:
        ledger = self.make_ledger()
        keys = {self.stored(ledger) for _ in range(7)}
        looks: list[int] = []
        progress: list[tuple[int, int]] = []

        def look(keys: Collection[str]) -> Collection[str]:
            looks.append(len(keys))
            return ()

        swept = self.sweep(ledger, 2 * DAY, batch=3, look=look, progress=lambda *seen: progress.append(seen))
        assert (swept.examined, swept.deleted, looks) == (7, 7, [3, 3, 1])
        assert progress == [(3, 7), (6, 7), (7, 7)]
        assert self.states(ledger) == dict.fromkeys(keys, State.DELETED)

    def test_what_stays_is_met_once(self) -> None:
        ledger = self.make_ledger()
        self.named = {self.stored(ledger) for _ in range(5)}
        assert self.sweep(ledger, SECOND, grace=timedelta(), batch=2) == Swept(examined=5, spared=5)

    def test_a_dry_run_tells_what_would_happen_and_changes_nothing(self) -> None:
        ledger = self.make_ledger()
        key, intent, named, shared = self.stored(ledger), self.intended(ledger), *(self.stored(ledger) for _ in "ab")
        self.named = {named}
        other = Reference("a.b", "2", "c")
        ledger.attach(shared, ROW)
        ledger.attach(shared, other)
        ledger.release(shared, other)
        before = self.states(ledger)
        assert before == {intent: State.INTENT, **dict.fromkeys((key, named, shared), State.READY)}
        told = self.sweep(ledger, 2 * DAY, dry_run=True)
        assert self.states(ledger) == before
        assert self.sweep(ledger, 2 * DAY, dry_run=True) == told
        assert self.sweep(ledger, 2 * DAY) == told
        assert (told.examined, told.deleted, told.unfinished, told.spared, told.referenced) == (4, 1, 1, 1, 1)
        assert set(self.storage.files) == {named, shared}

    # --- uploads that never became files -----------------------------------------------------------------------------

    def test_an_intent_is_given_an_hour_whatever_the_grace_period(self) -> None:
        ledger = self.make_ledger()
        key = self.intended(ledger)
        assert self.sweep(ledger, HOUR - SECOND, grace=timedelta()) == Swept()
        ledger.ready(Blob(key, "default", "text/plain", 7, "ab" * 32))
        assert key in self.storage.files

    def test_an_intent_expires_with_what_had_arrived(self) -> None:
        ledger = self.make_ledger()
        key = self.intended(ledger)
        assert self.sweep(ledger, DAY - SECOND) == Swept()
        assert self.sweep(ledger, DAY + SECOND) == Swept(examined=1, unfinished=1)
        assert self.storage.files == {}
        raises(IntentExpired, lambda: ledger.ready(Blob(key, "default", "text/plain", 7, "ab" * 32)))
        assert self.states(ledger) == {key: State.DELETED}

    def test_bytes_that_come_after_that_are_deleted_too(self) -> None:
        """An upload slower than the grace period, whose process is killed when it has stored all."""
        ledger, none = self.make_ledger(), timedelta()
        key = self.intended(ledger)
        self.sweep(ledger, HOUR + SECOND, grace=none)
        self.storage.save(key, io.BytesIO(b"late"))
        assert self.sweep(ledger, 2 * HOUR - SECOND, grace=none).forgotten == 0
        assert self.sweep(ledger, 2 * HOUR + 2 * SECOND, grace=none).forgotten == 1
        assert (self.storage.files, self.states(ledger)) == ({}, {})

    # --- at the same time --------------------------------------------------------------------------------------------

    def during_the_look(self, happens: Callable[[], object]) -> Callable[[Collection[str]], Collection[str]]:
        def look(keys: Collection[str]) -> Collection[str]:
            happens()
            return ()

        return look

    def test_an_attach_between_look_and_deletion_wins(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        swept = self.sweep(ledger, 2 * DAY, look=self.during_the_look(lambda: ledger.attach(key, ROW)))
        assert (swept.deleted, list(self.storage.files)) == (0, [key])
        assert list(ledger.references(key)) == [ROW]
        assert self.sweep(ledger, 365 * DAY) == Swept()

    def test_attaching_and_releasing_between_look_and_deletion_starts_the_grace_period_again(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        ledger.spare([key], datetime.now(UTC) - 2 * DAY)

        def attach_and_release() -> None:
            ledger.attach(key, ROW)
            ledger.release(key, ROW)

        assert self.sweep(ledger, timedelta(), look=self.during_the_look(attach_and_release)).deleted == 0
        assert ledger.get(key).key == key

    def test_nobody_attaches_what_is_being_deleted(self) -> None:
        ledger = self.make_ledger()
        tried: list[str] = []

        class Attaching(MemoryStorage):
            def delete(self, name: str, /) -> None:
                raises(UnknownKey, lambda: ledger.attach(name, ROW))
                raises(UnknownKey, lambda: ledger.get(name))
                tried.append(name)

        self.storage = Attaching()
        key = self.stored(ledger)
        self.sweep(ledger, 2 * DAY)
        assert tried == list(keys_of(key))
        raises(UnknownKey, lambda: ledger.attach(key, ROW))
        assert list(ledger.references(key)) == []

    def test_an_upload_is_ready_or_expires_but_not_both(self) -> None:
        """It becomes ready after the sweep has found that it is old."""
        ledger = self.make_ledger()
        key = self.intended(ledger)
        found = ledger.aged(State.INTENT, datetime.now(UTC) + HOUR, limit=10)
        ledger.ready(Blob(key, "default", "text/plain", 7, "ab" * 32))
        assert list(ledger.expire(found, datetime.now(UTC) + HOUR)) == []
        assert ledger.get(key).key == key

    def test_a_sweep_that_runs_while_another_looks(self) -> None:
        ledger = self.make_ledger()
        attached, named, *free = (self.stored(ledger) for _ in range(4))
        ledger.attach(attached, ROW)
        self.named = {named}
        second: list[Swept] = []

        def look(keys: Collection[str]) -> Collection[str]:
            second.append(self.sweep(ledger, 2 * DAY))
            return self.named_among(keys)

        self.sweep(ledger, 2 * DAY, look=look)
        assert (second[0].deleted, second[0].spared) == (2, 1)
        assert set(self.storage.files) == {attached, named}
        assert (ledger.get(attached).key, ledger.get(named).key) == (attached, named)
        assert self.states(ledger) == {named: State.READY, **dict.fromkeys(free, State.DELETED)}

    def test_a_sweep_that_runs_while_another_deletes(self) -> None:
        """So much later that for the second the first one's tombstones are old."""
        ledger, suite = self.make_ledger(), self

        class Sweeping(MemoryStorage):
            begun = False

            def delete(self, name: str, /) -> None:
                super().delete(name)
                if not self.begun:
                    self.begun = True
                    suite.sweep(ledger, 4 * DAY)
                    suite.sweep(ledger, 6 * DAY)

        self.storage = Sweeping()
        attached, *_ = (self.stored(ledger) for _ in range(4))
        ledger.attach(attached, ROW)
        self.sweep(ledger, 2 * DAY)
        assert list(self.storage.files) == [attached]
        assert ledger.get(attached).key == attached
        assert self.states(ledger) == {}

    # --- what rows name ----------------------------------------------------------------------------------------------

    def test_what_a_row_names_without_a_reference_is_spared_for_another_grace_period(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        self.named = {key}
        assert self.sweep(ledger, 2 * DAY) == Swept(examined=1, spared=1)
        assert ledger.get(key).key == key
        assert self.sweep(ledger, 3 * DAY - SECOND) == Swept()
        assert self.sweep(ledger, 3 * DAY + SECOND) == Swept(examined=1, spared=1)
        self.named = ()
        assert self.sweep(ledger, 5 * DAY).deleted == 1

    def test_it_can_be_attached_all_the_time(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)

        def look(keys: Collection[str]) -> Collection[str]:
            ledger.attach(key, ROW)
            return keys

        self.sweep(ledger, 2 * DAY, look=look)
        assert self.sweep(ledger, 365 * DAY) == Swept()
        assert list(ledger.references(key)) == [ROW]

    # --- failures ----------------------------------------------------------------------------------------------------

    def test_a_look_that_fails_deletes_nothing(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)

        def look(keys: Collection[str]) -> Collection[str]:
            raise ConnectionError

        raises(ConnectionError, lambda: self.sweep(ledger, 2 * DAY, look=look))
        assert ledger.get(key).key == key
        assert key in self.storage.files

    def test_a_storage_that_is_down_leaves_its_files_to_the_next_sweep(self) -> None:
        ledger = self.make_ledger()
        self.storage = down = _Down()
        keys = {self.stored(ledger) for _ in range(5)}
        swept = self.sweep(ledger, 2 * DAY)
        assert (swept.deleted, len(swept.failures), swept.postponed, swept.complete) == (0, 3, 2, False)
        assert {failure.reason for failure in swept.failures} == {"no route to host"}
        assert self.states(ledger) == dict.fromkeys(keys, State.DELETING)
        raises(UnknownKey, lambda: ledger.attach(min(keys), ROW))
        down.down = False
        assert self.sweep(ledger, 2 * DAY).deleted == 5
        assert (self.storage.files, self.states(ledger)) == ({}, dict.fromkeys(keys, State.DELETED))

    def test_other_storages_are_swept_all_the_same(self) -> None:
        ledger = self.make_ledger()
        key, down = self.stored(ledger), _Down()
        there = fresh_key()
        ledger.intend(there, "other")
        ledger.ready(Blob(there, "other", "text/plain", 7, "ab" * 32))
        storages = {"default": self.storage, "other": down}
        swept = sweep(ledger, storages, look=self.named_among, now=datetime.now(UTC) + 2 * DAY)
        assert (swept.deleted, [failure.storage for failure in swept.failures]) == (1, ["other"])
        assert self.states(ledger) == {key: State.DELETED, there: State.DELETING}
        gone = sweep(ledger, {"default": self.storage}, look=self.named_among, now=datetime.now(UTC) + 2 * DAY)
        assert [failure.storage for failure in gone.failures] == ["other"], "it is not configured any more"

    def test_the_tombstone_stays_until_its_bytes_are_surely_gone(self) -> None:
        ledger = self.make_ledger()
        self.storage = down = _Down()
        down.down = False
        key = self.stored(ledger)
        self.sweep(ledger, 2 * DAY)
        down.down = True
        assert not self.sweep(ledger, 4 * DAY).complete
        assert self.states(ledger) == {key: State.DELETED}

    # --- by request --------------------------------------------------------------------------------------------------

    def delete_now(self, ledger: Sweepable, key: str) -> None:
        delete_now(ledger, {"default": self.storage}, key, look=self.named_among)

    def test_deleting_by_request(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        self.delete_now(ledger, key)
        assert (self.storage.files, self.states(ledger)) == ({}, {key: State.DELETED})
        raises(UnknownKey, lambda: self.delete_now(ledger, key))
        raises(UnknownKey, lambda: self.delete_now(ledger, fresh_key()))
        raises(UnknownKey, lambda: self.delete_now(ledger, self.intended(ledger)))

    def test_what_is_in_use_is_not_deleted_by_request(self) -> None:
        ledger = self.make_ledger()
        attached, named = self.stored(ledger), self.stored(ledger)
        ledger.attach(attached, ROW)
        self.named = {named}
        raises(InUse, lambda: self.delete_now(ledger, attached))
        raises(InUse, lambda: self.delete_now(ledger, named))
        assert set(self.storage.files) == {attached, named}
        assert (ledger.get(attached).key, ledger.get(named).key) == (attached, named)

    def test_what_cannot_be_deleted_by_request_is_left_to_the_sweep(self) -> None:
        ledger = self.make_ledger()
        self.storage = down = _Down()
        key = self.stored(ledger)
        self.delete_now(ledger, key)
        assert self.states(ledger) == {key: State.DELETING}
        down.down = False
        assert self.sweep(ledger, SECOND).deleted == 1

    def test_a_page_that_was_left_hurries_its_uploads(self) -> None:
        ledger = self.make_ledger()
        left, kept = self.stored(ledger), self.stored(ledger)
        hurry(ledger, [left, fresh_key(), "\0", "\ud800", "x" * 500], "7", DAY)
        assert self.sweep(ledger, HOUR - SECOND).deleted == 0
        assert self.sweep(ledger, HOUR + SECOND).deleted == 1
        assert list(self.storage.files) == [kept]

    def test_hurrying_does_not_touch_what_is_saved_or_somebody_elses(self) -> None:
        ledger = self.make_ledger()
        saved, theirs, nobodys = self.stored(ledger), self.stored(ledger, owner="8"), self.stored(ledger, owner="")
        ledger.attach(saved, ROW)
        for owner in ("7", ""):
            hurry(ledger, [saved, theirs, nobodys], owner, DAY)
        assert self.sweep(ledger, 2 * HOUR) == Swept()
        hurried = self.stored(ledger)
        hurry(ledger, [hurried], "7", DAY)
        ledger.attach(hurried, ROW)
        assert self.sweep(ledger, DAY - SECOND) == Swept(), "a save that was under way"

    def test_hurrying_never_gives_time(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        ledger.spare([key], datetime.now(UTC) - DAY + timedelta(minutes=5))
        hurry(ledger, [key], "7", DAY)
        assert self.sweep(ledger, timedelta(minutes=6)).deleted == 1


class _Down(MemoryStorage):
    down = True

    def delete(self, name: str, /) -> None:
        if self.down:
            raise StorageUnavailable("no route to host")
        super().delete(name)
