"""What a ledger whose files are moved between storages keeps to: `safelight.protocols.Movable`."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import IO, Protocol

from ..blob import Blob
from ..errors import ConfigurationError, StorageUnavailable
from ..move import Moved, move
from ..protocols import Movable, Sweepable
from ..storage import MemoryStorage
from ..sweep import sweep
from ..variants import THUMBNAIL
from .expect import files, fresh_key, raises


class MovableAndSweepable(Movable, Sweepable, Protocol):
    """Files are swept while they are on the move."""


class Killed(BaseException):
    """As by a power cut: nothing handles it."""


class _Watched(MemoryStorage):
    """Calls `before` with the name of each method that is about to be called."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.kill_at: str | None = None
        self.down = False

    def save(self, name: str, content: IO[bytes], /) -> str:
        self._about_to("save")
        return super().save(name, content)

    def open(self, name: str, /) -> IO[bytes]:
        self._about_to("open")
        return super().open(name)

    def delete(self, name: str, /) -> None:
        self._about_to("delete")
        super().delete(name)

    def _about_to(self, do: str) -> None:
        if self.kill_at == do:
            raise Killed
        if self.down:
            raise StorageUnavailable("no route to host")
        self.calls.append(do)


class MoveConformance:
    """Override `make_ledger`."""

    def make_ledger(self) -> MovableAndSweepable:
        raise NotImplementedError

    def setup_method(self) -> None:
        self.a, self.b = _Watched(), _Watched()
        self.storages = {"a": self.a, "b": self.b}

    setUp = setup_method  # as unittest calls it

    def test_all_files_move_with_their_thumbnails_and_the_first_copy_stays_until_it_is_deleted(self) -> None:
        ledger = self.make_ledger()
        keys = [self.stored(ledger) for _ in range(5)]
        before = dict(self.a.files)
        seen: list[tuple[int, int]] = []
        moved = self.move(ledger, progress=lambda *done: seen.append(done))
        assert (moved.moved, moved.left, moved.behind, moved.failures) == (5, 0, 5, [])
        assert files(self.a) == files(self.b) == before
        assert {ledger.get(key).storage for key in keys} == {"b"}
        assert seen == [(done, 5) for done in range(1, 6)]
        again = self.move(ledger, delete=True)
        assert (again.moved, again.deleted, again.behind) == (0, 5, 0)
        assert (files(self.a), files(self.b)) == ({}, before)

    def test_what_lies_elsewhere_is_left_alone(self) -> None:
        ledger = self.make_ledger()
        there = self.stored(ledger, "b")
        self.a.files["not/ours.txt"] = b"data"
        intent = fresh_key()
        ledger.intend(intent, "a")
        assert self.move(ledger, delete=True).moved == 0
        assert files(self.a) == {"not/ours.txt": b"data"}
        assert ledger.get(there).storage == "b"
        ledger.forget(intent)

    def test_a_move_that_was_killed_goes_on(self) -> None:
        for where, storage in (("save", self.b), ("open", self.b), ("open", self.a)):
            ledger = self.make_ledger()
            key = self.stored(ledger)
            storage.kill_at = where
            raises(Killed, lambda ledger=ledger: self.move(ledger))  # type: ignore[misc]
            storage.kill_at = None
            assert ledger.get(key).storage == "a", where
            assert key in self.a.files
            assert self.move(ledger).failures == [], where
            assert ledger.get(key).storage == "b"

    def test_a_deletion_that_was_killed_goes_on(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        self.move(ledger)
        self.a.kill_at = "delete"
        raises(Killed, lambda: self.move(ledger, delete=True))
        self.a.kill_at = None
        assert self.move(ledger, delete=True).deleted == 1
        assert key in self.b.files
        assert self.a.files.keys().isdisjoint((key, THUMBNAIL.key(key)))

    def test_no_row_ever_points_at_nothing(self) -> None:
        ledger = self.make_ledger()
        keys = [self.stored(ledger) for _ in range(3)]

        class Looking(_Watched):
            def _about_to(self, do: str) -> None:
                for key in keys:
                    assert key in storages[ledger.get(key).storage].files, f"before {do}"

        looking = Looking()
        looking.files = self.a.files
        storages = self.storages = {"a": looking, "b": self.b}
        assert self.move(ledger, delete=True).failures == []
        assert files(looking) == {}

    def test_a_file_that_is_damaged_or_missing_stays_where_it_is(self) -> None:
        ledger = self.make_ledger()
        damaged, missing, sound = (self.stored(ledger) for _ in range(3))
        self.a.files[damaged] = b"else"
        del self.a.files[missing]
        moved = self.move(ledger, delete=True)
        assert (moved.moved, moved.left) == (1, 2)
        assert {failure.key for failure in moved.failures} == {damaged, missing}
        assert ledger.get(damaged).storage == ledger.get(missing).storage == "a"
        assert self.a.files[damaged] == b"else"
        assert files(self.b).keys() == {sound, THUMBNAIL.key(sound), THUMBNAIL.key(damaged), THUMBNAIL.key(missing)}

    def test_what_another_has_put_there_is_neither_taken_nor_deleted(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        self.b.files[key] = b"another's"
        moved = self.move(ledger, delete=True)
        assert [failure.key for failure in moved.failures] == [key]
        assert self.b.files[key] == b"another's"
        assert ledger.get(key).storage == "a"

    def test_a_storage_that_is_down_ends_it(self) -> None:
        ledger = self.make_ledger()
        for _ in range(5):
            self.stored(ledger)
        self.b.down = True
        moved = self.move(ledger)
        assert (len(moved.failures), moved.left) == (3, 5)
        assert moved.failures[0].reason == "no route to host"
        self.b.down = False
        assert self.move(ledger).moved == 5

    def test_a_sweep_deletes_what_is_on_the_move_in_both_places(self) -> None:
        for where in ("save", "open", None):
            ledger = self.make_ledger()
            key = self.stored(ledger)
            self.b.kill_at = where
            try:
                self.move(ledger)
            except Killed:
                self.b.kill_at = None
            later = datetime.now(UTC) + timedelta(days=2)
            assert sweep(ledger, self.storages, look=lambda keys: (), now=later).deleted == 1
            assert files(self.a) == files(self.b) == {}, (where, key)

    def test_a_sweep_that_is_faster_leaves_nothing_in_either_place(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        later = datetime.now(UTC) + timedelta(days=2)

        class Slow(_Watched):
            def save(self, name: str, content: IO[bytes], /) -> str:
                if name == key:
                    sweep(ledger, storages, look=lambda keys: (), now=later)
                return super().save(name, content)

        storages = self.storages = {"a": self.a, "b": Slow()}
        moved = self.move(ledger)
        assert (moved.moved, moved.gone, moved.failures) == (0, 1, [])
        assert files(self.a) == files(storages["b"]) == {}

    def test_what_is_moved_while_a_sweep_looks_is_deleted_in_both_places(self) -> None:
        ledger = self.make_ledger()
        self.stored(ledger)

        def moves(keys: Collection[str]) -> Collection[str]:
            assert self.move(ledger).moved == len(keys)
            return ()

        later = datetime.now(UTC) + timedelta(days=2)
        assert sweep(ledger, self.storages, look=moves, now=later).deleted == 1
        assert files(self.a) == files(self.b) == {}

    def test_two_names_of_one_place_lose_nothing(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        before = dict(self.a.files)
        self.storages = {"a": self.a, "b": self.a}
        assert self.move(ledger, delete=True).moved == 1
        assert (ledger.get(key).storage, files(self.a)) == ("b", before)

    def test_there_and_back_again(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        self.move(ledger)
        assert move(ledger, self.storages, "b", "a", delete=True).failures == []
        assert ledger.get(key).storage == "a"
        assert files(self.b) == {}
        assert key in self.a.files

    def test_what_moves_back_meanwhile_is_not_deleted(self) -> None:
        ledger = self.make_ledger()
        keys = {self.stored(ledger) for _ in range(2)}
        self.move(ledger)

        class Hasty(_Watched):
            """As soon as it is asked for a file."""

            def open(self, name: str, /) -> IO[bytes]:
                if name in keys and not self.moving_back:
                    self.moving_back = True
                    move(ledger, storages, "b", "a")
                return super().open(name)

            moving_back = False

        hasty = Hasty()
        hasty.files = self.b.files
        storages = self.storages = {"a": self.a, "b": hasty}
        self.move(ledger, delete=True)
        assert {ledger.get(key).storage for key in keys} == {"a"}
        assert keys <= self.a.files.keys()

    def test_what_was_left_behind_is_deleted_before_it_moves_on(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        self.move(ledger)
        self.storages["c"] = _Watched()
        (failure,) = move(ledger, self.storages, "b", "c").failures
        assert "third storage" in failure.reason
        self.move(ledger, delete=True)
        assert move(ledger, self.storages, "b", "c", delete=True).failures == []
        assert ledger.get(key).storage == "c"
        assert files(self.a) == files(self.b) == {}

    def test_what_was_left_behind_stays_if_it_is_all_there_is(self) -> None:
        ledger = self.make_ledger()
        key = self.stored(ledger)
        self.move(ledger)
        del self.b.files[key]
        (failure,) = self.move(ledger, delete=True).failures
        assert failure.reason.endswith("there is nothing under this key: what was left behind is all there is")
        assert key in self.a.files

    def test_a_thumbnail_that_no_row_knows_of_is_not_left_behind(self) -> None:
        """It could not be stored, as its storage had said, and came all the same."""
        ledger = self.make_ledger()
        self.stored(ledger, thumbnail_size=None)
        self.move(ledger)
        assert len(files(self.a)) == 2
        self.move(ledger, delete=True)
        assert files(self.a) == {}

    def test_what_is_deleted_on_the_move_without_grace_is_deleted_once_more(self) -> None:
        """An hour later, until which a copy may come; however many sweeps have been there meanwhile."""
        ledger = self.make_ledger()
        key = self.stored(ledger)
        assert ledger.copying(key, "a", "b")
        for minutes in (1, 2, 120):
            later = datetime.now(UTC) + timedelta(minutes=minutes)
            sweep(ledger, self.storages, look=lambda keys: (), grace=timedelta(), now=later)
            self.b.files |= {key: b"copied meanwhile, and then the move was killed"} if minutes == 2 else {}
        assert files(self.a) == files(self.b) == {}

    def test_a_storage_is_not_moved_to_itself(self) -> None:
        raises(ConfigurationError, lambda: move(self.make_ledger(), self.storages, "a", "a"))

    def stored(self, ledger: MovableAndSweepable, storage: str = "a", thumbnail_size: int | None = 5) -> str:
        """The key of a blob with a thumbnail, which is ready."""
        key = fresh_key()
        data = key.encode() * 100
        ledger.intend(key, storage)
        self.storages[storage].save(key, io.BytesIO(data))
        self.storages[storage].save(THUMBNAIL.key(key), io.BytesIO(b"small"))
        sha256 = hashlib.sha256(data).hexdigest()
        ledger.ready(Blob(key, storage, "image/png", len(data), sha256, thumbnail_size=thumbnail_size))
        return key

    def move(self, ledger: MovableAndSweepable, **options: object) -> Moved:
        return move(ledger, self.storages, "a", "b", batch=2, **options)  # type: ignore[arg-type]
