"""Limits of bodies, other origins, and what is left in the ledger."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.doctor.found import errors, notes, troubles, warnings

from safelight import MB, Blob, Policy
from safelight.blob import AS_SENT, Aged
from safelight.doctor import bodies, cors, leftovers
from safelight.doctor.bodies import Limit
from safelight.doctor.cors import Cors
from safelight.keys import new_key
from safelight.ledger import MemoryLedger
from safelight.sweep import GRACE

FIELDS = Limit("FIELDS", 500_000)
POLICIES = [Policy("icons", max_bytes=MB), Policy("scans", max_bytes=20 * MB)]


@pytest.mark.parametrize(
    ("body", "level", "said"),
    [
        (19 * MB, errors, "BODY (19,000,000) refuses files that policy 'scans' accepts (20,000,000 bytes)."),
        (
            21 * MB,
            warnings,
            "BODY (21,000,000) lets the files of policy 'scans' through, and not in base64, which is a third larger.",
        ),
        (None, notes, "BODY is not set: each policy bounds its files, and nothing the whole of a body."),
    ],
)
def test_a_limit_for_bodies(body, level, said):
    assert said in level(bodies.examine(POLICIES, body=Limit("BODY", body), fields=FIELDS))


def test_a_limit_that_fits():
    assert not troubles(bodies.examine(POLICIES, body=Limit("BODY", bodies.in_base64(20 * MB)), fields=FIELDS))
    assert not troubles(bodies.examine(POLICIES, body=None, fields=FIELDS))


def test_what_nginx_must_allow():
    findings = list(bodies.examine(POLICIES, body=None, fields=FIELDS))
    assert "client_max_body_size 27m;" in str([found.mend for found in findings])


@pytest.mark.parametrize("limit", [None, 10**9, 100])
def test_what_is_no_file(limit):
    assert len(warnings(bodies.examine([], body=None, fields=Limit("FIELDS", limit)))) == 1


OPEN = {"headers": frozenset({"content-type", "idempotency-key"})}


@pytest.mark.parametrize(
    ("allowed", "level", "said"),
    [
        ({"everybody": True, "credentials": True}, errors, "Any page in the world may act as whoever is signed in"),
        ({"everybody": True}, notes, "Any page in the world may use the app, without cookies."),
        ({}, notes, "No page of another origin may use the app."),
        ({"origins": ("null",), "credentials": True}, errors, 'The origin "null" is allowed'),
        ({"patterns": (r"https://.*\.example\.com",)}, warnings, "The pattern"),
        ({"origins": ("https://a.example",), "headers": frozenset({"accept"})}, errors, "Those pages cannot send JSON"),
        (
            {"origins": ("https://a.example",), "headers": frozenset({"content-type"})},
            notes,
            "Those pages cannot send the header Idempotency-Key",
        ),
    ],
)
def test_other_origins(allowed, level, said):
    (sentence,) = level(cors.examine(Cors(**OPEN | allowed)))
    assert sentence.startswith(said)


@pytest.mark.parametrize(
    "allowed",
    [
        {"origins": ("https://a.example",), "credentials": True},
        {"patterns": (r"https://\w+\.example\.com\Z", "^https://a.example$")},
        {"origins": ("https://a.example",), "headers": frozenset("*")},
        {"origins": ("null",)},
    ],
)
def test_origins_that_are_well(allowed):
    assert not troubles(cors.examine(Cors(**OPEN | allowed)))


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


def intend(ledger: MemoryLedger, hours: float) -> str:
    key = new_key("", AS_SENT, datetime.now(UTC))
    ledger.intend(key, "default")
    ledger._intended[key] -= timedelta(hours=hours)
    return key


def free(ledger: MemoryLedger, hours: float) -> str:
    key = intend(ledger, 0)
    ledger.ready(Blob(key, "default", "image/jpeg", 1, ""))
    ledger.free_since[key] -= timedelta(hours=hours)
    return key


def test_nothing_waits(ledger):
    free(ledger, 47), intend(ledger, 23)
    assert not troubles(leftovers.examine(ledger, GRACE, "sweep"))


def test_nobody_sweeps(ledger):
    for hours in (49, 50, 1):
        free(ledger, hours)
    intend(ledger, 49)
    found = list(leftovers.examine(ledger, GRACE, "flask safelight sweep"))
    assert warnings(found) == [
        "No sweep seems to run: 2 files have been unused for more than 48 hours.",
        "No sweep seems to run: 1 upload that was never finished is older than 48 hours.",
    ]
    assert all("flask safelight sweep" in each.mend for each in found)


def test_a_sweep_that_cannot_delete(ledger):
    long_ago = datetime.now(UTC) - timedelta(days=9)
    ledger.deleting = {"a": Aged("a", "default", 1, long_ago)}
    ledger.deleted = {"b": Aged("b", "default", 1, long_ago)}
    assert warnings(leftovers.examine(ledger, GRACE, "sweep")) == [
        "No sweep seems to run: 1 deleted file has been listed for more than 96 hours.",
        "A sweep could not delete 1 file that it has condemned.",
    ]
