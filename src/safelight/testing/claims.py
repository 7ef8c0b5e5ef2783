"""What a ledger keeps to that remembers how requests were answered (`safelight.protocols.Repeatable`)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TypeVar
from uuid import uuid4

from ..claim import Claim
from ..protocols import Repeatable

_DEAD = timedelta(seconds=60)
_MANY = 8
_T = TypeVar("_T")


class ClaimConformance:
    """Override `make_ledger`."""

    def make_ledger(self) -> Repeatable:
        raise NotImplementedError

    def test_the_first_claim_stands(self) -> None:
        ledger, first = self.make_ledger(), _claim()
        assert ledger.claimed(first.id) is None
        assert self.claim(ledger, first) == first
        assert ledger.claimed(first.id) == first
        assert self.claim(ledger, _again(first)) == first
        assert self.claim(ledger, replace(_again(first), fingerprint="f" * 64)) == first
        assert ledger.claimed(_claim().id) is None

    def test_an_answer_is_recorded_once(self) -> None:
        ledger, claim = self.make_ledger(), _claim()
        assert not ledger.answer(claim, 201, "too early")
        self.claim(ledger, claim)
        answer = '{"body": "\N{SUN BEHIND CLOUD}"}' + "x" * 60_000
        assert ledger.answer(claim, 201, answer)
        assert not ledger.answer(claim, 200, "another")
        assert ledger.claimed(claim.id) == replace(claim, status=201, answer=answer)
        assert self.claim(ledger, _again(claim)) == replace(claim, status=201, answer=answer)

    def test_who_was_taken_for_dead_may_still_answer_first(self) -> None:
        ledger, slow = self.make_ledger(), _claim(age=timedelta(hours=1))
        self.claim(ledger, slow)
        second = _again(slow)
        assert self.claim(ledger, second) == second
        assert ledger.answer(slow, 201, "slow")
        assert not ledger.answer(second, 201, "second")
        ledger.abandon(second)
        assert ledger.claimed(slow.id) == replace(second, status=201, answer="slow")

    def test_only_a_dead_claim_on_the_same_request_is_taken_over(self) -> None:
        ledger, old = self.make_ledger(), _claim(age=timedelta(hours=1))
        self.claim(ledger, old)
        assert self.claim(ledger, replace(_again(old), fingerprint="f" * 64)) == old
        second = _again(old)
        assert self.claim(ledger, second) == second
        assert self.claim(ledger, _again(old)) == second
        answered = _claim(age=timedelta(hours=1))
        self.claim(ledger, answered)
        ledger.answer(answered, 204, "")
        assert self.claim(ledger, _again(answered)) == replace(answered, status=204)

    def test_another_request_is_not_answered(self) -> None:
        ledger, claim = self.make_ledger(), _claim()
        self.claim(ledger, claim)
        assert not ledger.answer(replace(claim, fingerprint="f" * 64), 201, "")
        assert ledger.claimed(claim.id) == claim

    def test_what_is_abandoned_may_be_claimed_again(self) -> None:
        ledger, first = self.make_ledger(), _claim()
        self.claim(ledger, first)
        ledger.abandon(_again(first))
        assert ledger.claimed(first.id) == first
        ledger.abandon(first)
        ledger.abandon(first)
        assert ledger.claimed(first.id) is None
        second = replace(_again(first), fingerprint="f" * 64)
        assert self.claim(ledger, second) == second
        assert ledger.answer(second, 201, "kept")
        ledger.abandon(second)
        assert ledger.claimed(first.id) == replace(second, status=201, answer="kept")

    def test_what_is_old_is_forgotten(self) -> None:
        ledger = self.make_ledger()
        old, older, young = _claim(timedelta(hours=2)), _claim(timedelta(hours=3)), _claim()
        for claim in (old, older, young):
            self.claim(ledger, claim)
        ledger.answer(old, 201, "")
        ledger.forget_answers(datetime.now(UTC) - timedelta(hours=1))
        assert [ledger.claimed(claim.id) for claim in (old, older, young)] == [None, None, young]

    def claim(self, ledger: Repeatable, claim: Claim) -> Claim | None:
        return ledger.claim(claim, datetime.now(UTC) - _DEAD)


class ClaimRaceConformance:
    """The same for many at once, each in a thread of its own. Override `make_ledger`; and `leave`, if a thread has to
    let go of something at its end."""

    def make_ledger(self) -> Repeatable:
        raise NotImplementedError

    def leave(self) -> None: ...

    def test_one_of_many_claims_stands(self) -> None:
        ledger, first = self.make_ledger(), _claim()
        self.race(ledger, first)

    def test_one_of_many_takes_over_what_is_dead(self) -> None:
        ledger, dead = self.make_ledger(), _claim(timedelta(hours=1))
        ledger.claim(dead, dead.created)
        self.race(ledger, dead)

    def test_one_of_many_answers(self) -> None:
        ledger, claim = self.make_ledger(), _claim()
        ledger.claim(claim, claim.created)
        done = self.at_once(lambda number: (number, ledger.answer(claim, 200 + number, str(number))))
        ((winner, _),) = [each for each in done if each[1]]
        assert ledger.claimed(claim.id) == replace(claim, status=200 + winner, answer=str(winner))

    def race(self, ledger: Repeatable, claim: Claim) -> None:
        claims = [_again(claim) for _ in range(_MANY)]
        found = self.at_once(lambda number: ledger.claim(claims[number], datetime.now(UTC) - _DEAD))
        assert len(set(found)) == 1, f"{len(set(found))} believe to have the same request"
        assert ledger.claimed(claim.id) == found[0]
        assert found[0] in claims

    def at_once(self, call: Callable[[int], _T]) -> list[_T]:
        begun = Barrier(_MANY, timeout=30)

        def in_a_thread(number: int) -> _T:
            begun.wait()
            try:
                return call(number)
            finally:
                self.leave()

        with ThreadPoolExecutor(_MANY) as pool:
            return list(pool.map(in_a_thread, range(_MANY)))


def _claim(age: timedelta = timedelta()) -> Claim:
    return Claim(f"{uuid4().hex:0<64}", "e" * 64, uuid4().hex, datetime.now(UTC) - age)


def _again(claim: Claim) -> Claim:
    """The same request, by an attempt that begins now."""
    return replace(claim, token=uuid4().hex, created=datetime.now(UTC))
