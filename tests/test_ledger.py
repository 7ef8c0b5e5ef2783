"""The ledger's rules, in memory; and the side file, which must not lose an intent."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from safelight import Reference
from safelight.ledger import MemoryLedger, SideFile, shortened
from safelight.testing import (
    AuditConformance,
    ClaimConformance,
    ClaimRaceConformance,
    LedgerConformance,
    MoveConformance,
    SweepConformance,
)


class TestSweepingInMemory(SweepConformance):
    def make_ledger(self) -> MemoryLedger:
        return MemoryLedger()


class TestClaimsInMemory(ClaimConformance, ClaimRaceConformance):
    def make_ledger(self) -> MemoryLedger:
        return MemoryLedger()


class TestMovingInMemory(MoveConformance):
    def make_ledger(self) -> MemoryLedger:
        return MemoryLedger()


class TestAuditingInMemory(AuditConformance):
    def make_ledger(self) -> MemoryLedger:
        return MemoryLedger()


class TestMemoryLedger(LedgerConformance):
    def make_ledger(self) -> MemoryLedger:
        return MemoryLedger()

    def test_a_blob_is_free_until_it_is_attached_and_again_when_it_is_released(self):
        ledger = self.make_ledger()
        key, reference = self.stored(ledger), Reference("a.b", "1", "c")
        assert key in ledger.free_since
        ledger.attach(key, reference)
        assert key not in ledger.free_since
        ledger.release(key, reference)
        assert key in ledger.free_since


def test_a_path_is_what_every_database_can_hold():
    assert shortened("a\0b§\ud800") == "a?b§?"
    assert len(shortened("\0" * 999)) == 300


class TestSideFile:
    def test_it_lies_beside_the_database(self, tmp_path):
        SideFile(str(tmp_path / "db.sqlite3")).add("a.png", "default")
        assert [path.name for path in tmp_path.iterdir()] == ["db.sqlite3-safelight"]

    def test_all_who_open_the_database_find_it_by_whatever_name(self, tmp_path):
        """As SQLite does with its own files beside it."""
        database, link = tmp_path / "the db", tmp_path / "elsewhere" / "link"
        database.touch()
        link.parent.mkdir()
        link.symlink_to(database)
        SideFile(str(database)).add("a.png", "default")
        for name in (str(link), f"file:{link}?mode=rwc", f"file://{tmp_path}/the%20db?cache=private"):
            assert SideFile(name).holds("a.png"), name

    def test_intents_come_back_oldest_first_until_they_are_discarded(self, tmp_path):
        database = str(tmp_path / "db")
        SideFile(database).add("b.png", "default")
        SideFile(database).add("a.png", "archive")
        assert [(key, storage) for key, storage, _ in SideFile(database).intents()] == [
            ("b.png", "default"),
            ("a.png", "archive"),
        ]
        assert SideFile(database).holds("b.png")
        SideFile(database).discard("b.png")
        SideFile(database).discard("b.png")
        assert not SideFile(database).holds("b.png")
        assert [key for key, _, _ in SideFile(database).intents()] == ["a.png"]

    def test_an_intent_survives_a_process_that_is_killed_right_after(self, tmp_path):
        database = str(tmp_path / "db")
        program = (
            "import os, sys; from safelight.ledger import SideFile;"
            f"SideFile({database!r}).add('a.png', 'default'); os.kill(os.getpid(), 9)"
        )
        assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
        assert [key for key, _, _ in SideFile(database).intents()] == ["a.png"]

    def test_many_threads_at_once(self, tmp_path):
        """From the first moment on, when the file does not exist yet."""
        database = str(tmp_path / "db")

        def upload(number: int) -> None:
            side = SideFile(database)
            side.add(f"{number}.png", "default")
            if number % 2:
                side.discard(f"{number}.png")

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(upload, range(40)))
        assert {key for key, _, _ in SideFile(database).intents()} == {f"{number}.png" for number in range(0, 40, 2)}
