"""A request that is repeated is carried out once: which is the same, who may have its answer, and what becomes of those
who come at the same time, too late, or never to an end."""

import io
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from safelight import idempotency
from safelight.claim import Claim
from safelight.errors import AnswerNotKept, IdempotencyInProgress, IdempotencyKeyInvalid, IdempotencyKeyReused
from safelight.http.answer import Answer, in_json, nothing, refused
from safelight.idempotency import MAX_ANSWER, REPLAYED, Asked, asked, fingerprint, grouped, key_of
from safelight.ledger import MemoryLedger
from safelight.storage import MemoryStorage
from safelight.sweep import sweep
from safelight.upload import Upload

UUID = "8e03978e-40d5-43e8-bc93-6894a57f9324"
SOMETHING = Asked("a" * 64, "f" * 64)


class TestKeys:
    @pytest.mark.parametrize(
        ("value", "key"),
        [
            (UUID, UUID),
            (f'"{UUID}"', UUID),
            (f' "{UUID}"\t', UUID),
            (r'"with \"quotes\" and a \\"', r'with "quotes" and a ' + "\\"),
            ("1", "1"),
            ("~" * 255, "~" * 255),
            (f'"{"x" * 255}"', "x" * 255),
        ],
    )
    def test_quoted_or_not(self, value, key):
        assert key_of("POST", value) == key

    @pytest.mark.parametrize("value", ["", " ", '""', '"', '"a', "a b", '"a"b', '"a";b=1', '"a", "b"', r'"\a"', '"\\"'])
    def test_nothing_that_is_no_string(self, value):
        self.test_nothing_else(value)

    @pytest.mark.parametrize(
        "value",
        [
            "a\x00b",
            "a\tb",
            "a\x7f",
            "größe",
            "\xff",
            "☀",
            "x" * 256,
            f'"{"x" * 256}"',
            "x" * 10_000,
            '"' + '\\"' * 5_000,
        ],
    )
    def test_nothing_else(self, value):
        with pytest.raises(IdempotencyKeyInvalid):
            key_of("POST", value)

    def test_none_is_needed(self):
        assert key_of("POST", None) is None

    @pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
    def test_what_changes_nothing_has_none(self, method):
        assert key_of(method, "\x00") is None


class TestWhatIsTheSame:
    def test_is_asked_by_the_same_person_at_the_same_place(self):
        first = asked("key", "7", "POST", "/files/", {"a": "b"})
        assert asked("key", "7", "POST", "/files/", {"a": "b"}) == first
        others = [
            asked("other", "7", "POST", "/files/"),
            asked("key", "8", "POST", "/files/"),
            asked("key", None, "POST", "/files/"),
            asked("key", "None", "POST", "/files/"),
            asked("key", "7", "PUT", "/files/"),
            asked("key", "7", "POST", "/other/"),
            asked('key", "', "7", "POST", "/files/"),
        ]
        assert len({first.id, *(other.id for other in others)}) == 8
        assert {len(text) for text in (first.id, first.fingerprint)} == {64}

    def test_fields_have_no_order_and_files_no_name(self):
        def meaning(**document: object) -> str:
            return fingerprint(document)

        same = meaning(title="x", image=Upload(io.BytesIO(b"bytes"), "one.jpg", "image/jpeg"))
        assert meaning(image=Upload(io.BytesIO(b"bytes"), "tmp-2.jpg"), title="x") == same
        assert meaning(image=io.BytesIO(b"bytes"), title="x") == same
        assert meaning(image=Upload(io.BytesIO(b"Bytes")), title="x") != same
        assert meaning(image=Upload(io.BytesIO(b"bytes")), title="y") != same
        assert meaning(image=Upload(io.BytesIO(b"bytes"))) != same

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ({"a": ["b", "c"]}, {"a": ["c", "b"]}),
            ({"a": ["b"]}, {"a": "b"}),
            ({"a": {}}, {"a": []}),
            ({"a": {"b": 1}, "c": 2}, {"a": {"b": 1, "c": 2}}),
            (["a", "b"], ['a\n"b']),
            ("1", 1),
            (None, "null"),
            (True, 1),
            ("\ud800", "?"),
        ],
    )
    def test_what_differs_is_not_taken_for_the_same(self, one, other):
        assert fingerprint(one) != fingerprint(other)

    def test_a_file_can_be_read_again(self):
        file = io.BytesIO(b"bytes")
        file.read()
        fingerprint(file)
        assert file.read() == b"bytes"

    def test_however_deep_it_goes(self):
        deep: Any = "end"
        for _ in range(100_000):
            deep = [deep]
        assert len(fingerprint(deep)) == 64

    def test_forms_may_have_a_name_twice(self):
        assert grouped([("a", 1), ("b", 2), ("a", 3)]) == {"a": [1, 3], "b": [2]}


KEPT = {
    "Content-Type": "text/html",
    "Content-Disposition": "attachment",
    "Content-Encoding": "gzip",
    "Content-Security-Policy": "sandbox",
    "X-Content-Type-Options": "nosniff",
    "Location": "/1",
}
"""An answer that must not come back as a page."""


class Work:
    """What is to be done once."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.answer = answer or Answer(201, KEPT | {"Set-Cookie": "a=b"}, b"1")
        self.done = 0
        self.rolled_back = 0

    def __call__(self) -> Answer:
        self.done += 1
        return self.answer

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, *_: object) -> None:
        self.rolled_back += kind is not None


def once(ledger: MemoryLedger, work: Any, what: Asked = SOMETHING, *, told: Any = None, **options: Any) -> Answer:
    transaction = (lambda: work) if isinstance(work, Work) else nullcontext
    told = told or (lambda answer: answer)
    options = {"patience": timedelta()} | options
    return idempotency.once(
        ledger, what, work, transaction=transaction, told=told, again=lambda answer: answer, **options
    )


class TestOnce:
    def test_is_not_twice(self):
        ledger, work = MemoryLedger(), Work()
        assert once(ledger, work) == work.answer
        again = once(ledger, work)
        assert again == Answer(201, KEPT | {REPLAYED: "true"}, b"1")
        assert (work.done, work.rolled_back) == (1, 0)

    def test_any_bytes_come_back(self):
        ledger, work = MemoryLedger(), Work(Answer(200, {}, bytes(range(256))))
        once(ledger, work)
        assert once(ledger, work).body == bytes(range(256))

    def test_a_key_is_for_one_request(self):
        ledger, work = MemoryLedger(), Work()
        once(ledger, work)
        with pytest.raises(IdempotencyKeyReused):
            once(ledger, work, replace(SOMETHING, fingerprint="0" * 64))
        assert work.done == 1

    @pytest.mark.parametrize("answer", [in_json({}, 400), refused(IdempotencyKeyInvalid()), nothing(503)])
    def test_what_was_refused_may_be_tried_again(self, answer):
        ledger, work = MemoryLedger(), Work(answer)
        assert once(ledger, work) == once(ledger, work) == answer
        assert (work.done, work.rolled_back) == (2, 2)
        assert once(ledger, Work(), replace(SOMETHING, fingerprint="0" * 64)).status == 201

    @pytest.mark.parametrize("error", [ZeroDivisionError, IdempotencyKeyInvalid, SystemExit])
    def test_what_failed_may_be_tried_again(self, error):
        ledger = MemoryLedger()

        def fail() -> Answer:
            raise error

        with pytest.raises(error):
            once(ledger, fail)
        assert ledger.claims == {}

    def test_what_went_wrong_is_told_even_if_the_ledger_fails_too(self, monkeypatch, caplog):
        ledger = MemoryLedger()
        monkeypatch.setattr(ledger, "abandon", lambda claim: 1 // 0)

        def fail() -> Answer:
            raise OSError("first")

        with pytest.raises(OSError, match="first"):
            once(ledger, fail)
        assert "ZeroDivisionError" in caplog.text

    @pytest.mark.parametrize("size", [MAX_ANSWER, 10_000_000])
    def test_a_large_answer_is_not_given_again_but_neither_is_the_work_done_again(self, size):
        ledger, work = MemoryLedger(), Work(Answer(201, {}, b"x" * size))
        assert len(once(ledger, work).body) == size
        with pytest.raises(AnswerNotKept):
            once(ledger, work)
        assert work.done == 1

    def test_of_a_large_answer_no_text_is_made(self):
        work = Work(Answer(201, {}, bytes(10_000_000)))
        tracemalloc.start()
        try:
            once(MemoryLedger(), work)
            assert tracemalloc.get_traced_memory()[1] < 1_000_000
        finally:
            tracemalloc.stop()

    def test_nor_is_a_stream(self):
        ledger, work = MemoryLedger(), Work()
        once(ledger, work, told=lambda answer: None)
        with pytest.raises(AnswerNotKept):
            once(ledger, work)
        assert work.done == 1

    def test_ten_at_once(self):
        ledger, begun, work = MemoryLedger(), threading.Barrier(10, timeout=30), Work()

        def send(number: int) -> Answer:
            begun.wait()
            return once(ledger, work, patience=timedelta(seconds=30))

        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(send, range(10)))
        assert {answer.body for answer in answers} == {b"1"}
        assert sum(REPLAYED in answer.headers for answer in answers) == 9
        assert work.done == 1

    def test_who_comes_while_it_is_worked_on_waits_and_then_is_told_so(self):
        ledger, tried = MemoryLedger(), []

        def work() -> Answer:
            with pytest.raises(IdempotencyInProgress) as refusal:
                once(ledger, Work())
            with pytest.raises(IdempotencyKeyReused):
                once(ledger, Work(), replace(SOMETHING, fingerprint="0" * 64))
            tried.append(refusal.value.retry_after)
            return nothing()

        once(ledger, work)
        assert tried == [10]

    def test_who_waits_gets_to_work_when_the_first_is_refused(self):
        ledger, waiting, work = MemoryLedger(), threading.Event(), Work()

        def refuse() -> Answer:
            assert waiting.wait(30)
            return nothing(400)

        def look(id: str) -> Claim | None:
            waiting.set()
            return MemoryLedger.claimed(ledger, id)

        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(once, ledger, refuse)
            while not ledger.claims:
                pass
            ledger.claimed = look  # type: ignore[method-assign]
            assert once(ledger, work, patience=timedelta(seconds=30)).status == 201
            assert first.result().status == 400
        assert work.done == 1


class TestTheDead:
    def dead(self, ledger: MemoryLedger, seconds: int) -> Claim:
        began = datetime.now(UTC) - timedelta(seconds=seconds)
        claim = Claim(SOMETHING.id, SOMETHING.fingerprint, "another's", began)
        ledger.claim(claim, began)
        return claim

    def test_block_for_no_longer_than_the_lease(self):
        ledger, work = MemoryLedger(), Work()
        self.dead(ledger, 57)
        with pytest.raises(IdempotencyInProgress) as refusal:
            once(ledger, work)
        assert refusal.value.retry_after in (1, 2, 3)
        assert once(ledger, work, lease=timedelta(seconds=50)).status == 201
        assert REPLAYED in once(ledger, work).headers

    def test_do_not_block_what_comes_after_that(self):
        ledger, work = MemoryLedger(), Work()
        self.dead(ledger, 61)
        with pytest.raises(IdempotencyKeyReused):
            once(ledger, work, replace(SOMETHING, fingerprint="0" * 64))
        assert once(ledger, work) == work.answer

    def test_may_come_back_to_life_too_late(self):
        """The other has answered in the meantime: what the first one did is undone, and both say the same."""
        ledger, other, first = MemoryLedger(), Work(), Work(Answer(201, {}, b"first"))

        def slow() -> Answer:
            assert once(ledger, other, lease=-timedelta(seconds=1)) == other.answer
            return first()

        answer = idempotency.once(
            ledger, SOMETHING, slow, transaction=lambda: first, told=lambda a: a, again=lambda a: a
        )
        assert (answer.body, answer.headers[REPLAYED]) == (b"1", "true")
        assert (first.done, first.rolled_back) == (1, 1)

    def test_may_come_back_to_life_in_time(self):
        """The other is undone."""
        ledger, second = MemoryLedger(), Work(Answer(201, {}, b"second"))
        slow = self.dead(ledger, 61)

        def overtaken() -> Answer:
            assert ledger.answer(slow, *idempotency._to_keep(Answer(200, {}, b"slow")))
            return second()

        answer = idempotency.once(
            ledger, SOMETHING, overtaken, transaction=lambda: second, told=lambda a: a, again=lambda a: a
        )
        assert (answer.status, answer.body) == (200, b"slow")
        assert second.rolled_back == 1

    def test_are_told_to_try_again_if_nobody_has_answered(self):
        ledger, work = MemoryLedger(), Work()

        def forgotten() -> Answer:
            ledger.forget_answers(datetime.now(UTC))
            return work()

        with pytest.raises(IdempotencyInProgress):
            once(ledger, forgotten)


def test_a_sweep_forgets_answers_after_a_day():
    ledger, work, now = MemoryLedger(), Work(), datetime.now(UTC)
    once(ledger, work)

    def swept(hours: int, **options: Any) -> int:
        sweep(ledger, {"": MemoryStorage()}, look=lambda keys: (), now=now + timedelta(hours=hours), **options)
        return len(ledger.claims)

    assert swept(23, grace=timedelta()) == 1
    assert swept(25, dry_run=True) == 1
    assert swept(25, grace=timedelta(days=7)) == 0
