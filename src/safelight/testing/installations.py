"""What a ledger that knows its installation keeps to (`safelight.protocols.Identified`): a copy deletes nothing."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import IO, Any, Protocol

from ..blob import Blob, State
from ..deleting import delete_now, delete_unused
from ..errors import ConfigurationError, NotAllowed, OtherInstallation, StorageUnavailable
from ..installation import Installation
from ..move import move
from ..ownership import MARKER, Ownership, ownership
from ..protocols import Identified, Movable, Sweepable
from ..storage import MemoryStorage
from ..sweep import Swept, sweep
from .expect import fresh_key, raises
from .sweeping import DAY

_ANOTHER = Installation.new("another place")


class WholeLedger(Identified, Movable, Sweepable, Protocol):
    """It is swept, its files are moved, and it knows whose they are."""


class _Unreadable(MemoryStorage):
    """A storage that is down, until it is told otherwise."""

    down = True

    def open(self, name: str, /) -> IO[bytes]:
        if self.down:
            raise StorageUnavailable("no route to host")
        return super().open(name)


class InstallationConformance:
    """Override `make_ledger`: each has a database of its own, which outlives what the test does."""

    def make_ledger(self) -> WholeLedger:
        raise NotImplementedError

    def setup_method(self) -> None:
        self.storages: dict[str, MemoryStorage] = {"a": MemoryStorage(), "b": MemoryStorage()}

    setUp = setup_method  # as unittest calls it

    # --- the first sweep ---------------------------------------------------------------------------------------------

    def test_the_first_sweep_makes_the_row_and_marks_what_it_touches(self) -> None:
        ledger = self.make_ledger()
        assert ledger.here()
        assert ledger.installation() is None
        assert self.sweep(ledger) == Swept()
        found = ledger.installation()
        assert found is not None
        assert found.place == ledger.here()
        assert not self.marked("a")
        self.stored(ledger)
        assert self.sweep(ledger).deleted == 1
        assert self.storages["a"].files == {MARKER: found.identity.encode()}
        assert self.storages["b"].files == {}
        assert ledger.installation() == found

    def test_a_dry_run_writes_nothing(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        assert self.sweep(ledger, dry_run=True).deleted == 1
        assert ledger.installation() is None
        assert list(self.storages["a"].files) == [key]
        self.mark("a", _ANOTHER.identity)
        told = self.sweep(ledger, dry_run=True)
        assert (told.deleted, told.withheld, len(told.others)) == (0, 1, 1)
        assert ledger.installation() is None

    def test_of_several_that_are_first_one_is(self) -> None:
        ledger = self.make_ledger()
        here = ledger.here()
        first = ledger.install(Installation.new(here))
        assert ledger.install(Installation.new(here)) == first == ledger.installation()
        changed = Installation.new(here)
        assert ledger.install(changed, first) == changed
        assert ledger.install(Installation.new(here), first) == changed, "it is not what it was"

    def test_sweeps_that_are_first_at_the_same_time_agree(self) -> None:
        """Each finds neither row nor mark, and the second is there before the first can make them."""
        ledger, suite = self.make_ledger(), self

        class Slow(MemoryStorage):
            begun = False

            def save(self, name: str, content: IO[bytes], /) -> str:
                if name == MARKER and not self.begun:
                    self.begun = True
                    assert suite.sweep(ledger).deleted == 1
                return super().save(name, content)

        def nothing_yet() -> None:
            del ledger.installation  # the next one asks the ledger itself
            suite.sweep(ledger)

        self.storages["a"] = Slow()
        ledger.installation = nothing_yet  # type: ignore[method-assign]
        assert self.sweep(ledger) == Swept()
        self.stored(ledger)
        assert self.sweep(ledger).complete
        found = ledger.installation()
        assert found is not None
        assert self.storages["a"].files == {MARKER: found.identity.encode()}

    # --- a database that is not where it was -------------------------------------------------------------------------

    def test_a_copy_deletes_nothing(self) -> None:
        ledger, key = self.copied()
        before, states = self.files(), self.states(ledger)
        for refused in (
            lambda: self.sweep(ledger),
            lambda: self.sweep(ledger, dry_run=True),
            lambda: move(ledger, self.storages, "a", "b"),
            lambda: move(ledger, self.storages, "b", "a", delete=True),
            lambda: ownership(ledger, self.storages, mark=["a"]),
        ):
            raises(OtherInstallation, refused)
        raises(NotAllowed, lambda: delete_now(ledger, self.storages, key, look=lambda keys: ()))
        raises(NotAllowed, lambda: delete_unused(ledger, self.storages, [key], look=lambda keys: ()))
        assert (self.files(), self.states(ledger)) == (before, states)
        assert not ownership(ledger, self.storages).sound

    def test_one_that_was_moved_is_swept_when_somebody_has_said_so(self) -> None:
        ledger, _ = self.copied()
        before = ledger.installation()
        found = ownership(ledger, self.storages, moved=True)
        assert found.sound
        assert found.installation == Installation(before.identity if before else "", ledger.here())
        assert self.sweep(ledger).deleted == 1

    def test_one_that_is_used_beside_the_other_gets_an_identity_and_storages_of_its_own(self) -> None:
        ledger, _ = self.copied()
        other = ledger.installation()
        there = self.stored(ledger, "b")
        found = ownership(ledger, self.storages, copy=True, mark=["b"])
        assert other is not None
        assert found.installation is not None
        assert found.installation.identity != other.identity
        assert (dict(found.foreign), found.marks["b"]) == ({"a": other.identity}, found.installation.identity)
        swept = self.sweep(ledger)
        assert (swept.deleted, swept.withheld, swept.complete) == (1, 1, False)
        assert there not in self.storages["b"].files
        assert self.sweep(ledger).withheld == 1

    def test_what_nobody_has_marked_is_left_to_the_other(self) -> None:
        ledger, key = self.copied()
        del self.storages["a"].files[MARKER]
        other = ledger.installation()
        assert other is not None
        assert ownership(ledger, self.storages, copy=True).foreign == {"a": other.identity}
        assert self.sweep(ledger).deleted == 0
        assert key in self.storages["a"].files

    # --- a storage that is another's ---------------------------------------------------------------------------------

    def test_a_storage_that_is_anothers_is_left_alone(self) -> None:
        ledger = self.make_ledger()
        self.mark("b", _ANOTHER.identity)
        here, (free, there) = self.stored(ledger), (self.stored(ledger, "b") for _ in range(2))
        intent = fresh_key()
        ledger.intend(intent, "b")
        swept = self.sweep(ledger)
        assert (swept.deleted, swept.unfinished, swept.withheld, swept.complete) == (1, 0, 3, False)
        (error,) = swept.others
        assert "'b'" in str(error)
        assert _ANOTHER.identity in str(error)
        assert self.states(ledger) == {
            here: State.DELETED,
            free: State.READY,
            there: State.READY,
            intent: State.INTENT,
        }
        assert {free, there} <= self.storages["b"].files.keys()
        raises(NotAllowed, lambda: delete_now(ledger, self.storages, free, look=lambda keys: ()))
        assert free in self.storages["b"].files
        ledger.forget(intent)

    def test_what_is_condemned_already_stays_there(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger, "b")
        row = next(iter(ledger.aged(State.READY, datetime.now(UTC) + DAY, limit=1)))
        ledger.condemn([row])
        self.mark("b", _ANOTHER.identity)
        assert self.sweep(ledger).withheld == 1
        assert key in self.storages["b"].files
        assert self.states(ledger) == {key: State.DELETING}

    def test_what_is_no_mark_is_nobodys(self) -> None:
        ledger = self.make_ledger()
        self.mark("a", "<script>" * 1000)
        self.stored(ledger)
        (error,) = self.sweep(ledger).others
        assert "script" not in str(error)

    def test_nothing_moves_from_or_to_it(self) -> None:
        for storage in ("a", "b"):
            self.setup_method()
            ledger = self.make_ledger()
            key = self.stored(ledger)
            self.mark(storage, _ANOTHER.identity)
            before = dict(self.storages[storage].files)
            for options in ({}, {"delete": True}):
                self.refuses_to_move(ledger, options)
            assert (self.storages[storage].files, ledger.get(key).storage) == (before, "a")
            delete_unused(ledger, {"a": MemoryStorage()}, [key], look=lambda keys: ())
            self.refuses_to_move(ledger, {"delete": True})
            assert self.storages[storage].files == before, "nor to try whether both are one"

    def refuses_to_move(self, ledger: WholeLedger, options: dict[str, Any]) -> None:
        raises(OtherInstallation, lambda: move(ledger, self.storages, "a", "b", **options))

    def test_one_that_two_share_is_swept_by_both(self) -> None:
        ledger = self.make_ledger()
        self.mark("a", _ANOTHER.identity)
        self.stored(ledger)
        for _ in range(2):
            assert ownership(ledger, self.storages, mark=["a"]).sound
        assert self.sweep(ledger).deleted == 1
        assert self.storages["a"].files[MARKER] == _ANOTHER.identity.encode()
        assert len(self.storages["a"].files) == 3, "marks, and that there are several"

    def test_one_that_is_down_is_not_marked_and_nothing_in_it_is_condemned(self) -> None:
        ledger = self.make_ledger()
        self.storages["a"] = down = _Unreadable()
        keys = {self.stored(ledger) for _ in range(5)}
        swept = self.sweep(ledger)
        assert (len(swept.failures), swept.postponed, swept.others) == (3, 2, ())
        assert self.states(ledger) == dict.fromkeys(keys, State.READY)
        found = ownership(ledger, self.storages)
        assert (found.down, found.sound) == ({"a": "no route to host"}, False)
        down.down = False
        assert self.sweep(ledger).deleted == 5

    # --- what can be said of it --------------------------------------------------------------------------------------

    def test_what_cannot_be_meant(self) -> None:
        ledger = self.make_ledger()
        raises(ConfigurationError, lambda: ownership(ledger, self.storages, moved=True, copy=True))
        raises(ConfigurationError, lambda: ownership(ledger, self.storages, mark=["typo"]))
        assert ownership(ledger, self.storages) == Ownership(None, ledger.here(), {}, {})
        assert ledger.installation() is None

    def test_where_files_lie(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        assert set(ledger.stored_in()) == {"a"}
        ledger.copying(key, "a", "b")
        assert set(ledger.stored_in()) == {"a", "b"}

    # --- files, and sweeps that run later than now -------------------------------------------------------------------

    def copied(self) -> tuple[WholeLedger, str]:
        """A ledger that was swept in another place, and a file of it that is free."""
        ledger = self.make_ledger()
        self.stored(ledger)
        self.sweep(ledger)
        found = ledger.installation()
        assert found is not None
        ledger.install(Installation(found.identity, "another place"), found)
        return ledger, self.stored(ledger)

    def stored(self, ledger: WholeLedger, storage: str = "a") -> str:
        """The key of a blob that is ready, and free."""
        key = fresh_key()
        ledger.intend(key, storage)
        self.storages[storage].save(key, io.BytesIO(b"content"))
        ledger.ready(Blob(key, storage, "text/plain", 7, "ab" * 32))
        return key

    def sweep(self, ledger: WholeLedger, **options: Any) -> Swept:
        return sweep(ledger, self.storages, look=lambda keys: (), now=datetime.now(UTC) + 2 * DAY, **options)

    def mark(self, storage: str, content: str) -> None:
        self.storages[storage].files[MARKER] = content.encode()

    def marked(self, storage: str) -> bool:
        return MARKER in self.storages[storage].files

    def files(self) -> dict[str, dict[str, bytes]]:
        return {name: dict(storage.files) for name, storage in self.storages.items()}

    def states(self, ledger: WholeLedger) -> dict[str, State]:
        end = datetime.now(UTC) + 365 * DAY
        return {row.key: state for state in State for row in ledger.aged(state, end, limit=100)}
