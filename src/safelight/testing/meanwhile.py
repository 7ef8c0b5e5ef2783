"""What a ledger keeps to when a sweep is not alone: whoever attaches, releases, sweeps or deletes at the same time.

The suite puts the one exactly where it could hurt the other: into a sweep's look at the rows, or into the deletion of
the bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

from ..blob import Blob, State
from ..deleting import delete_now, delete_unused, hurry
from ..errors import InUse, UnknownKey
from ..protocols import Sweepable
from ..storage import MemoryStorage
from ..sweep import Swept
from .expect import fresh_key, raises
from .sweeping import DAY, HOUR, MINUTE, ROW, Down, Sweeping


class Meanwhile(Sweeping):
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
        assert (swept.deleted, list(self.files)) == (0, [key])
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
        assert tried[-1] == key
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
        assert set(self.files) == {attached, named}
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
        assert list(self.files) == [attached]
        assert ledger.get(attached).key == attached
        assert self.states(ledger) == {}

    # --- by request --------------------------------------------------------------------------------------------------

    def delete_now(self, ledger: Sweepable, key: str) -> None:
        delete_now(ledger, {"default": self.storage}, key, look=self.named_among)

    def test_deleting_by_request(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        self.delete_now(ledger, key)
        assert (self.files, self.states(ledger)) == ({}, {key: State.DELETED})
        raises(UnknownKey, lambda: self.delete_now(ledger, key))
        raises(UnknownKey, lambda: self.delete_now(ledger, fresh_key()))
        raises(UnknownKey, lambda: self.delete_now(ledger, self.stored(ledger, "legacy/photo.jpg")))
        raises(UnknownKey, lambda: self.delete_now(ledger, self.intended(ledger)))

    def test_what_is_in_use_is_not_deleted_by_request(self) -> None:
        ledger = self.make_ledger()
        attached, named = self.stored(ledger), self.stored(ledger)
        ledger.attach(attached, ROW)
        self.named = {named}
        raises(InUse, lambda: self.delete_now(ledger, attached))
        raises(InUse, lambda: self.delete_now(ledger, named))
        assert set(self.files) == {attached, named}
        assert (ledger.get(attached).key, ledger.get(named).key) == (attached, named)

    def test_of_many_those_that_are_not_used_are_deleted_by_request(self) -> None:
        ledger = self.make_ledger()
        attached, named, free, other = (self.stored(ledger) for _ in range(4))
        ledger.attach(attached, ROW)
        self.named = {named}
        keys = [attached, named, free, other, fresh_key(), "legacy/photo.jpg"]
        deleted = delete_unused(ledger, {"default": self.storage}, keys, look=self.named_among)
        assert deleted == {free, other}
        assert set(self.files) == {attached, named}

    def test_what_cannot_be_deleted_by_request_is_left_to_the_sweep(self) -> None:
        ledger = self.make_ledger()
        self.storage = down = Down()
        key = self.stored(ledger)
        self.delete_now(ledger, key)
        assert self.states(ledger) == {key: State.DELETING}
        down.down = False
        assert self.sweep(ledger, MINUTE).deleted == 1

    def test_a_page_that_was_left_hurries_its_uploads(self) -> None:
        ledger = self.make_ledger()
        left, kept = self.stored(ledger), self.stored(ledger)
        hurry(ledger, [left, fresh_key(), "\0", "\ud800", "x" * 500], "7", DAY)
        assert self.sweep(ledger, HOUR - MINUTE).deleted == 0
        assert self.sweep(ledger, HOUR + MINUTE).deleted == 1
        assert list(self.files) == [kept]

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
        assert self.sweep(ledger, DAY - MINUTE) == Swept(), "a save that was under way"

    def test_hurrying_never_gives_time(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        ledger.spare([key], datetime.now(UTC) - DAY + timedelta(minutes=5))
        hurry(ledger, [key], "7", DAY)
        assert self.sweep(ledger, timedelta(minutes=6)).deleted == 1
