"""What a database has undone is repeated, a few times, and nothing else is."""

import pytest

from safelight.contention import Transactional, repeated, was_undone


class Error(Exception):
    """A driver's."""

    def __init__(self, number: int, sqlstate: str | None = None) -> None:
        super().__init__(number, "as the driver puts it")
        self.sqlstate = sqlstate


DEADLOCK = Error(1213)


class Ledger(Transactional):
    def __init__(self, *failures: Exception, open: bool = False) -> None:
        self.failures = list(failures)
        self.attempts = 0
        self.open = open

    def in_transaction(self) -> bool:
        return self.open

    @repeated
    def step(self, done: str) -> str:
        self.attempts += 1
        if self.failures:
            raise RuntimeError("as a framework puts it") from self.failures.pop()
        return done


@pytest.mark.parametrize("failure", [DEADLOCK, Error(0, "40P01"), Error(0, "40001")])
def test_it_is_done_once_more(failure):
    ledger = Ledger(failure, failure)
    assert ledger.step("done") == "done"
    assert ledger.attempts == 3


@pytest.mark.parametrize(
    ("ledger", "attempts"),
    [(Ledger(*[DEADLOCK] * 9), 5), (Ledger(DEADLOCK, open=True), 1), (Ledger(Error(1205, "HY000")), 1)],
    ids=["a few times", "in the caller's transaction", "another failure"],
)
def test_it_ends(ledger, attempts):
    with pytest.raises(RuntimeError):
        ledger.step("done")
    assert ledger.attempts == attempts


def test_a_drivers_own_error_is_understood():
    assert was_undone(DEADLOCK)
    assert not was_undone(ValueError())
