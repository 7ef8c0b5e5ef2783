"""The ledger's rules, in memory."""

import pytest

from safelight import Reference
from safelight.ledger import MemoryLedger
from safelight.lengths import MAX_OWNER, owner_name, shortened
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


LONG = "auth0|" + "a" * 249


@pytest.mark.parametrize("owner", ["", "7", "ada@example.com", "é" * MAX_OWNER, "a…", f"a…{'G' * 32}"])
def test_who_has_a_short_name_is_called_so(owner):
    assert owner_name(owner) == owner


@pytest.mark.parametrize("owner", [LONG, "ada\0", "ada\udcff", "\ud83d" * 999])
def test_nobody_can_take_the_name_by_which_another_one_is_called(owner):
    called = owner_name(owner)
    assert called == owner_name(owner)
    assert len(called) <= MAX_OWNER
    assert called.encode()
    assert owner_name(called) != called
    assert called not in map(owner_name, [owner + "a", owner[:-1], "ada?", called])
