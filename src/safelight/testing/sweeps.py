"""What a ledger and a sweep keep to: what must go goes, and what must stay stays, whatever fails."""

from __future__ import annotations

import io
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from ..blob import Blob, Reference, State
from ..errors import IntentExpired, UnknownKey
from ..sweep import Swept, sweep
from .expect import fresh_key, raises
from .sweeping import DAY, HOUR, MINUTE, ROW, Down, Sweeping


class Sweeps(Sweeping):
    # --- age ---------------------------------------------------------------------------------------------------------

    def test_what_is_free_for_longer_than_the_grace_period_is_deleted(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        assert self.sweep(ledger, DAY - MINUTE) == Swept()
        assert key in self.files
        swept = self.sweep(ledger, DAY + MINUTE)
        assert (swept.examined, swept.deleted, swept.bytes, swept.complete) == (1, 1, 7, True)
        assert self.files == {}
        raises(UnknownKey, lambda: ledger.get(key))

    def test_its_row_goes_another_grace_period_later(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        self.sweep(ledger, 2 * DAY)
        assert self.sweep(ledger, 3 * DAY - MINUTE) == Swept()
        assert self.states(ledger) == {key: State.DELETED}
        assert self.sweep(ledger, 3 * DAY + MINUTE) == Swept(examined=1, forgotten=1)
        assert self.states(ledger) == {}

    def test_without_a_grace_period_all_of_it_goes_at_once(self) -> None:
        ledger = self.make_ledger()
        self.stored(ledger)
        assert self.sweep(ledger, MINUTE, grace=timedelta()).deleted == 1
        assert (self.files, self.states(ledger)) == ({}, {})

    def test_what_something_refers_to_stays(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        ledger.attach(key, ROW)
        assert self.sweep(ledger, 365 * DAY) == Swept()
        assert key in self.files
        assert ledger.get(key).key == key

    def test_grace_begins_when_the_last_reference_goes(self) -> None:
        ledger = self.make_ledger()
        key, other = self.stored(ledger), Reference("a.b", "2", "c")
        ledger.attach(key, ROW)
        ledger.attach(key, other)
        ledger.release(key, ROW)
        assert self.sweep(ledger, 2 * DAY).deleted == 0
        ledger.release(key, other)
        assert self.sweep(ledger, DAY - MINUTE).deleted == 0
        assert self.sweep(ledger, DAY + MINUTE).deleted == 1

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
        assert key in self.files
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
        assert self.sweep(ledger, MINUTE, grace=timedelta(), batch=2) == Swept(examined=5, spared=5)

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
        assert set(self.files) == {named, shared}

    def test_each_of_two_sweeps_says_what_it_has_buried(self) -> None:
        """Both have deleted the same bytes; observers are told once."""
        ledger = self.make_ledger()
        keys, now = {self.stored(ledger), self.stored(ledger)}, datetime.now(UTC)
        condemned = ledger.condemn(ledger.aged(State.READY, now + MINUTE, limit=5))
        assert {row.key for row in ledger.bury(condemned[:1], now)} == {condemned[0].key}
        assert {row.key for row in ledger.bury(condemned, now + MINUTE)} == keys - {condemned[0].key}
        assert list(ledger.bury(condemned, now + 2 * MINUTE)) == []

    # --- uploads that never became files -----------------------------------------------------------------------------

    def test_an_intent_is_given_an_hour_whatever_the_grace_period(self) -> None:
        ledger = self.make_ledger()
        key = self.intended(ledger)
        assert self.sweep(ledger, HOUR - MINUTE, grace=timedelta()) == Swept()
        ledger.ready(Blob(key, "default", "text/plain", 7, "ab" * 32))
        assert key in self.files

    def test_an_intent_that_a_row_names_is_spared(self) -> None:
        """An audit has taken the bytes for strays, and then the row came back."""
        ledger = self.make_ledger()
        key = self.intended(ledger)
        self.named = {key}
        assert self.sweep(ledger, 2 * DAY) == Swept(examined=1, spared=1)
        assert key in self.files
        self.named = set()
        assert self.sweep(ledger, 2 * DAY).unfinished == 1

    def test_an_intent_expires_with_what_had_arrived(self) -> None:
        ledger = self.make_ledger()
        key = self.intended(ledger)
        assert self.sweep(ledger, DAY - MINUTE) == Swept()
        assert self.sweep(ledger, DAY + MINUTE) == Swept(examined=1, unfinished=1)
        assert self.files == {}
        raises(IntentExpired, lambda: ledger.ready(Blob(key, "default", "text/plain", 7, "ab" * 32)))
        assert self.states(ledger) == {key: State.DELETED}

    def test_bytes_that_come_after_that_are_deleted_too(self) -> None:
        """An upload slower than the grace period, whose process is killed when it has stored all."""
        ledger, none = self.make_ledger(), timedelta()
        key = self.intended(ledger)
        self.sweep(ledger, HOUR + MINUTE, grace=none)
        self.storage.save(key, io.BytesIO(b"late"))
        assert self.sweep(ledger, 2 * HOUR - MINUTE, grace=none).forgotten == 0
        assert self.sweep(ledger, 2 * HOUR + 2 * MINUTE, grace=none).forgotten == 1
        assert (self.files, self.states(ledger)) == ({}, {})

    # --- what rows name ----------------------------------------------------------------------------------------------

    def test_what_a_row_names_without_a_reference_is_spared_for_another_grace_period(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        self.named = {key}
        assert self.sweep(ledger, 2 * DAY) == Swept(examined=1, spared=1)
        assert ledger.get(key).key == key
        assert self.sweep(ledger, 3 * DAY - MINUTE) == Swept()
        assert self.sweep(ledger, 3 * DAY + MINUTE) == Swept(examined=1, spared=1)
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
        assert key in self.files

    def test_a_storage_that_is_down_leaves_its_files_to_the_next_sweep(self) -> None:
        ledger = self.make_ledger()
        self.storage = down = Down()
        keys = {self.stored(ledger) for _ in range(5)}
        swept = self.sweep(ledger, 2 * DAY)
        assert (swept.deleted, len(swept.failures), swept.postponed, swept.complete) == (0, 3, 2, False)
        assert {failure.reason for failure in swept.failures} == {"no route to host"}
        assert self.states(ledger) == dict.fromkeys(keys, State.DELETING)
        raises(UnknownKey, lambda: ledger.attach(min(keys), ROW))
        down.down = False
        assert self.sweep(ledger, 2 * DAY).deleted == 5
        assert (self.files, self.states(ledger)) == ({}, dict.fromkeys(keys, State.DELETED))

    def test_other_storages_are_swept_all_the_same(self) -> None:
        ledger = self.make_ledger()
        key, down = self.stored(ledger), Down()
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
        self.storage = down = Down()
        down.down = False
        key = self.stored(ledger)
        self.sweep(ledger, 2 * DAY)
        down.down = True
        assert not self.sweep(ledger, 4 * DAY).complete
        assert self.states(ledger) == {key: State.DELETED}
