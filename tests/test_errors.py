"""The one table: complete, without doubles, and with the statuses that the design names."""

import json

import pytest
from tests.refusals import REFUSALS

import safelight
from safelight import errors
from safelight.errors import TABLE, Refusal
from safelight.http import problem
from safelight.words import megabytes

STATUSES = {
    "empty": 400,
    "bad_type": 400,
    "bad_base64": 400,
    "bad_data_url": 400,
    "malformed": 400,
    "not_signed_in": 401,
    "not_allowed": 403,
    "method_not_allowed": 405,
    "length_required": 411,
    "unknown_key": 404,
    "in_use": 409,
    "idempotency_key_invalid": 400,
    "idempotency_key_reused": 422,
    "idempotency_in_progress": 409,
    "answer_not_kept": 409,
    "too_large": 413,
    "type_not_allowed": 415,
    "bad_range": 416,
    "corrupt": 422,
    "too_many_pixels": 422,
    "too_complex": 422,
    "malware": 422,
    "decoder_unavailable": 503,
    "storage_unavailable": 503,
}


def subclasses(kind: type) -> set[type]:
    return {kind for child in kind.__subclasses__() for kind in {child} | subclasses(child)}


def test_every_refusal_is_in_the_table_under_its_own_code():
    ours = {kind for kind in subclasses(Refusal) if kind.__module__.startswith("safelight.")}
    assert set(TABLE.values()) == ours
    assert len(TABLE) == len(ours)
    assert all(kind.code == code for code, kind in TABLE.items())


def test_statuses_and_codes_never_change():
    assert {code: kind.status for code, kind in TABLE.items()} == STATUSES


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)
def test_each_says_what_is_wrong_to_people_and_programs(refusal):
    assert refusal.detail.endswith(".")
    assert str(refusal) == refusal.detail
    body = json.loads(problem.body(refusal))
    assert body["status"] == refusal.status
    assert body["code"] == refusal.code
    assert body["title"] == refusal.title
    assert body["detail"] == refusal.detail
    headers = problem.headers(refusal)
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_all_of_the_table_was_tried():
    assert {type(refusal) for refusal in REFUSALS} == set(TABLE.values())


def test_numbers_explain_a_refusal():
    body = json.loads(problem.body(errors.TooLarge(5_000_000, 6_200_000)))
    assert (body["limit"], body["actual"]) == (5_000_000, 6_200_000)
    assert "at most 5 MB are accepted and this one has 6.2 MB" in body["detail"]
    assert "actual" not in json.loads(problem.body(errors.TooLarge(5_000_000)))
    assert "10 x 20 pixels x 3 frames" in errors.TooManyPixels(10, 20, 3, 100).detail


def test_headers_that_a_status_asks_for():
    assert problem.headers(errors.StorageUnavailable(retry_after=7))["Retry-After"] == "7"
    assert problem.headers(errors.DecoderUnavailable(retry_after=8))["Retry-After"] == "8"
    assert problem.headers(errors.IdempotencyInProgress(9))["Retry-After"] == "9"
    assert "Retry-After" not in problem.headers(errors.Empty())
    assert problem.headers(errors.BadRange(1234))["Content-Range"] == "bytes */1234"
    assert problem.headers(errors.MethodNotAllowed("Read.", ["GET", "HEAD"]))["Allow"] == "GET, HEAD"


def test_a_client_is_not_told_why_the_storage_failed():
    refusal = errors.StorageUnavailable("disk full at /srv/secret")
    assert refusal.reason == "disk full at /srv/secret"
    assert b"secret" not in problem.body(refusal)


@pytest.mark.parametrize(
    ("accepted", "words"),
    [
        ([], "accepted: nothing."),
        (["JPEG"], "accepted: JPEG."),
        (["GIF", "JPEG", "PNG"], "accepted: GIF, JPEG and PNG."),
    ],
)
def test_lists_read_as_a_person_writes_them(accepted, words):
    assert errors.TypeNotAllowed("text", accepted).detail == f"This is text; {words}"


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 kB"), (640_000, "640 kB"), (2_500_000, "2.5 MB"), (2e7, "20 MB")],
)
def test_sizes(count, words):
    assert megabytes(count) == words


def test_public_names_are_there_and_sorted_constants_before_classes_before_functions():
    assert safelight.__all__ == sorted(safelight.__all__, key=lambda name: (not name.isupper(), name.islower(), name))
    assert all(hasattr(safelight, name) for name in safelight.__all__)
