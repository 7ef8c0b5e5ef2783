"""The ledger's rules, in memory."""

from safelight import Reference
from safelight.ledger import MemoryLedger
from safelight.lengths import shortened
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
