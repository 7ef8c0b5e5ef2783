"""What whoever repeats an upload may count on, over real HTTP, whichever example it is sent to."""

import contextlib
import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from tests.e2e.checks import assert_refused, nothing_left, one_more
from tests.e2e.server import Server
from tests.pictures import photo

REPLAYED = "Idempotency-Replayed"
Send = Callable[..., httpx.Response]
"""``send(picture, headers)``, as the same person each time."""

_keys = itertools.count()


def fresh() -> dict[str, str]:
    return {"Idempotency-Key": f'"key {next(_keys)}"'}


class Retrying:
    """A subclass has fixtures: the `server`, `send`, and `send_as_another`."""

    def test_twice_is_once(self, server: Server, send: Send, portrait: bytes) -> None:
        key = fresh()
        with one_more(server):
            first, second = send(portrait, key), send(portrait, key)
        assert first.status_code in (200, 201), first.text
        assert (second.status_code, second.content) == (first.status_code, first.content)
        assert second.headers["Content-Type"] == first.headers["Content-Type"] == "application/json"
        assert (first.headers.get(REPLAYED), second.headers.get(REPLAYED)) == (None, "true")

    def test_ten_at_once_are_once(self, server: Server, send: Send, portrait: bytes) -> None:
        ten_at_once(server, send, portrait)

    def test_a_key_is_for_one_file(self, server: Server, send: Send, portrait: bytes) -> None:
        key = fresh()
        with one_more(server):
            send(portrait, key)
            assert_refused(send(photo((33, 44)), key), 422, "idempotency_key_reused")

    def test_nobody_gets_somebody_elses_answer(
        self, server: Server, send: Send, send_as_another: Send, portrait: bytes
    ) -> None:
        key = fresh()
        with one_more(server, 2):
            first, second = send(portrait, key), send_as_another(portrait, key)
        assert first.status_code == second.status_code
        assert first.content != second.content
        assert REPLAYED not in second.headers

    def test_what_was_refused_may_come_corrected(self, server: Server, send: Send, portrait: bytes) -> None:
        key = fresh()
        with nothing_left(server):
            assert_refused(send(b"<html>", key), 415, "type_not_allowed")
        with one_more(server):
            assert send(portrait, key).status_code in (200, 201)

    @pytest.mark.parametrize("key", [b"", b'"', b"a b", b"x" * 256, b"x" * 8_000, b"gr\xf6\xdfe", b"a\tb"])
    def test_hostile_keys(self, server: Server, send: Send, portrait: bytes, key: bytes) -> None:
        with nothing_left(server):
            assert_refused(send(portrait, {b"Idempotency-Key": key}), 400, "idempotency_key_invalid")


def ten_at_once(server: Server, send: Send, picture: bytes) -> None:
    key, begun = fresh(), threading.Barrier(10, timeout=60)

    def one(_: int) -> httpx.Response:
        begun.wait()
        return send(picture, key)

    with one_more(server), ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(one, range(10)))
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1, [answer.text for answer in answers]
    assert answers[0].status_code in (200, 201)
    assert sum(REPLAYED in answer.headers for answer in answers) == 9


def killed_at_work(server: Server, send: Send, picture: bytes) -> Callable[[], httpx.Response]:
    """Send, and kill the server while it works on that. What comes back sends it once more, to the server that has
    started again, when the lease is over."""
    key = fresh()

    def first() -> None:
        with contextlib.suppress(httpx.TransportError):
            send(picture, key)

    thread = threading.Thread(target=first)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.scalar("SELECT count(*) FROM safelight_request"):
        assert time.monotonic() < deadline
        time.sleep(0.002)
    server.kill()
    thread.join()
    server.start()
    return lambda: send(picture, key)
