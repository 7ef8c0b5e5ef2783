"""The addresses of a storage are asked for what lies there, as browsers will."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from tests.doctor.found import at, errors, notes, warnings

from safelight.doctor import Level
from safelight.doctor.storage import examine
from safelight.errors import StorageUnavailable
from safelight.ledger import MemoryLedger
from safelight.storage import MemoryStorage

ORIGIN = "https://app.example"


@pytest.fixture
def site() -> Iterator[SimpleNamespace]:
    """A storage, and a server that answers at its addresses, as it is told."""
    site = SimpleNamespace(storage=MemoryStorage(), status=200, more=b"", headers={}, ahead=timedelta())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(site.status)
            self.send_header("Date", format_datetime(datetime.now(UTC) + site.ahead, usegmt=True))
            for name, value in site.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(site.storage.files.get(self.path[1:], b"") + site.more)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site.host = f"127.0.0.1:{server.server_address[1]}"
        site.storage.base_url = f"http://{site.host}/"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield site
        server.shutdown()
        thread.join()


def found(site, *origins: str) -> list:
    return list(examine("default", site.storage, MemoryLedger(), origins))


def test_they_answer_with_the_file(site):
    told = found(site)
    assert f"Its addresses at {site.host} answer with the file." in at(Level.OK, told)
    assert {each.level for each in told} == {Level.OK}


@pytest.mark.parametrize("allowed", ["*", ORIGIN])
def test_a_bucket_that_lets_pages_read(site, allowed):
    site.headers["Access-Control-Allow-Origin"] = allowed
    assert f"Scripts of {ORIGIN} may read its files (CORS)." in at(Level.OK, found(site, ORIGIN))


def test_a_bucket_that_does_not(site):
    assert [sentence.partition(";")[0] for sentence in notes(found(site, ORIGIN))] == [
        f"Scripts of {ORIGIN} may not read its files (CORS)"
    ]


def test_a_refusal(site):
    site.status = 403
    assert warnings(found(site)) == [f"Its addresses at {site.host} answer 403, and not with the file."]


def test_other_bytes(site):
    site.more = b"<!-- from the cache -->"
    assert warnings(found(site)) == [f"Its addresses at {site.host} answer with other bytes than were stored."]


def test_nobody_answers(site):
    site.storage.base_url = "http://127.0.0.1:1/"
    assert len(notes(found(site))) == 1
    assert "127.0.0.1:1 cannot be reached" in notes(found(site))[0]


@pytest.mark.parametrize(("ahead", "told"), [(timedelta(minutes=-20, seconds=-30), True), (timedelta(), False)])
def test_a_storage_that_refuses_all_may_have_another_time(site, ahead, told):
    def refuse(*_: object) -> None:
        raise StorageUnavailable("403 RequestTimeTooSkewed")

    site.storage.save, site.ahead = refuse, ahead
    assert ("The storage's clock is 20 minutes behind this machine's." in errors(found(site))) == told
