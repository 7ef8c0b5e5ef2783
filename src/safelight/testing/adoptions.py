"""What a ledger that may know files from before Safelight keeps to: `safelight.protocols.Adopting`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol
from uuid import uuid4

from ..blob import Blob, Reference, State
from ..deleting import delete_unused
from ..errors import UnknownKey
from ..ledger import MemoryLedger, followed, settle
from ..protocols import Adopting, Sweepable
from ..storage import MemoryStorage
from ..sweep import sweep
from .expect import raises

_PLACE = Reference("member", "1", "portrait")


class AdoptingAndSweepable(Adopting, Sweepable, Protocol):
    """What was adopted is met by sweeps."""


class AdoptConformance:
    """Override `make_ledger`."""

    def make_ledger(self) -> AdoptingAndSweepable:
        return MemoryLedger()

    def test_a_file_is_known_by_the_name_that_it_has(self) -> None:
        ledger, blob = self.make_ledger(), _from_before()
        assert ledger.find([blob.key]) == {}
        assert ledger.adopt(blob)
        assert ledger.get(blob.key) == blob
        assert ledger.find([blob.key, "another", "a\0b", "x" * 101]) == {blob.key: blob}

    def test_another_name_is_another_file(self) -> None:
        """Whatever a database takes for the same: one that differs in case, or by a space at its end."""
        ledger, blob = self.make_ledger(), _from_before()
        ledger.adopt(blob)
        for other in (blob.key.upper(), f"{blob.key} "):
            assert ledger.find([other]) == {}
            raises(UnknownKey, partial(ledger.get, other))

    def test_what_is_known_is_not_recorded_again(self) -> None:
        ledger, blob, intent = self.make_ledger(), _from_before(), _from_before()
        ledger.adopt(blob)
        ledger.intend(intent.key, "default")
        for known in (blob, intent):
            assert not ledger.adopt(Blob(known.key, "elsewhere", "image/gif", 1, "0" * 64))
        assert ledger.get(blob.key) == blob
        ledger.forget(intent.key)

    def test_it_is_free_until_a_row_is_settled(self) -> None:
        ledger, blob = self.make_ledger(), _from_before()
        ledger.adopt(blob)
        assert blob.key in _free(ledger)
        named = {(blob.key, _PLACE), ("portraits/unknown.jpg", _PLACE)}
        for _ in range(2):
            settle(ledger, set(ledger.held("member", "1")), followed(ledger, named))
            assert list(ledger.held("member", "1")) == [(blob.key, _PLACE)]
            assert blob.key not in _free(ledger)
        settle(ledger, set(ledger.held("member", "1")), set())
        assert blob.key in _free(ledger)

    def test_nothing_deletes_it(self) -> None:
        ledger, blob, storage = self.make_ledger(), _from_before(), MemoryStorage()
        storage.files[blob.key] = b"content"
        ledger.adopt(blob)
        for days in (2, 4):
            later = datetime.now(UTC) + timedelta(days=days)
            swept = sweep(ledger, {"default": storage}, look=lambda keys: (), now=later, grace=timedelta())
            assert (swept.deleted, swept.failures) == (0, ())
            assert swept.foreign
        assert delete_unused(ledger, {"default": storage}, [blob.key], look=lambda keys: ()) == set()
        assert ledger.get(blob.key) == blob
        assert storage.files == {blob.key: b"content"}


def _from_before() -> Blob:
    return Blob(
        f"portraits/{uuid4().hex[:12]}.jpg", "default", "image/jpeg", 7, "ab" * 32, 4, 3, "ada.jpg", "portraits"
    )


def _free(ledger: Sweepable) -> set[str]:
    return {row.key for row in ledger.aged(State.READY, datetime.now(UTC) + timedelta(days=1), limit=1000)}
