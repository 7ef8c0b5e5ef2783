"""The multipart scanner: where a part ends, and what bounds a body."""

import os
import time
import tracemalloc

import pytest
from tests.receive.multipart_bodies import BOUNDARY, END, FILE, body_of, files_of, outcome, scan

from safelight.errors import Malformed, TooLarge
from safelight.receive.multipart import MultipartScanner, boundary_of

# --- where a part ends ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n--BoundaRyX",
        b"x--BoundaRy\r\n",
        b"x--BoundaRy--\r\n",
        b"\r\n--Boundar",
        b"\r\n--BoundaRy-",
        b"\r\n--boundary\r\n",
        b"\r\n-BoundaRy--\r\n",
        b"\r\n" * 9,
        b"\r",
        b"\r\r",
        b"\n",
        b"",
    ],
)
def test_only_a_line_of_its_own_is_a_boundary(data):
    for rest in (data, data + b" and more than fits on the line of a boundary" * 3):
        body = b"--BoundaRy\r\n" + FILE + rest + END
        assert files_of(body) == files_of(body, range(len(body))) == [("file", "a.jpg", rest)]


def test_what_is_around_the_parts_is_ignored_within_bounds():
    body = body_of(FILE + b"data")
    for before, after in ((b"preamble\r\n", b"epilogue"), (b"\r\n", body), (b"--BoundaRyX\r\n", b"--BoundaRy\r\n")):
        assert files_of(before + body + after) == [("file", "a.jpg", b"data")]
    for before, after in ((bytes(1_100_000) + b"\r\n", b""), (b"", bytes(1_100_000))):
        with pytest.raises(Malformed):
            scan(before + body + after)


@pytest.mark.parametrize("garbage", [b"x", b"-", b"\0", b"garbage\r\n"])
def test_a_last_boundary_with_something_on_its_line_cuts_no_file_short(garbage):
    body = b"--BoundaRy\r\n" + FILE + b"data\r\n--BoundaRy--" + garbage + b"more data" + END
    for cuts in ((), range(len(body))):
        with pytest.raises(Malformed):
            files_of(body, cuts)


def test_white_space_behind_a_boundary():
    body = b"--BoundaRy \t \r\n" + FILE + b"data\r\n--BoundaRy--   "
    assert files_of(body) == [("file", "a.jpg", b"data")]


@pytest.mark.parametrize("line_end", [b"\n", b"\r"])
def test_lines_that_do_not_end_in_cr_lf_are_refused(line_end):
    with pytest.raises(Malformed):
        scan(body_of(FILE + b"data").replace(b"\r\n", line_end))


def test_but_a_boundary_may_follow_a_bare_line_feed():
    assert files_of(b"--BoundaRy\r\n" + FILE + b"data\n--BoundaRy--") == [("file", "a.jpg", b"data")]


def test_a_part_without_content_or_even_an_empty_line():
    head = b'Content-Disposition: form-data; name="a"\r\n'
    assert scan(b"--BoundaRy\r\n" + head + END) == [("a", b"")]
    with pytest.raises(Malformed):
        scan(b"--BoundaRy\r\n" + head + b"\r\n".join([b"--BoundaRy", FILE]) + END)


def test_many_parts_of_one_name_keep_their_order():
    form = [b'Content-Disposition: form-data; name="a"\r\n\r\n%d' % number for number in range(3000)]
    assert scan(body_of(*form), range(0, 200_000, 1000)) == [("a", b"%d" % number) for number in range(3000)]


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=abc", b"abc"),
        ('multipart/form-data; charset=utf-8; boundary="a b=c"', b"a b=c"),
        ("Multipart/Form-Data; BOUNDARY=" + "x" * 200, b"x" * 200),
    ],
)
def test_boundaries(content_type, boundary):
    assert boundary_of(content_type) == boundary


@pytest.mark.parametrize(
    "content_type",
    ["", "multipart/form-data", "multipart/form-data; boundary=", 'multipart/form-data; boundary="a "', "text/plain; "
     "boundary=a", "multipart/form-data; boundary=\u00e9", "multipart/form-data; boundary=" + "x" * 202,
     "multipart/form-data; boundary*=zlib''a", "multipart/form-data; boundary*0=a; boundary*=b"],
)  # fmt: skip
def test_what_is_no_boundary(content_type):
    with pytest.raises(Malformed):
        boundary_of(content_type)


# --- limits -----------------------------------------------------------------------------------------------------------


def test_fields_are_bounded_together_and_files_are_not():
    field = b'Content-Disposition: form-data; name="a"\r\n\r\n' + b"x" * 47
    body = body_of(field, FILE + bytes(10_000), field)
    assert len(scan(body, limit=100)) == 3
    for cuts in ((), range(len(body))):
        with pytest.raises(TooLarge) as refusal:
            scan(body, cuts, limit=99)
    assert refusal.value.numbers["limit"] == 99


def test_the_numbers_of_fields_and_files_are_bounded():
    field, nameless = b'Content-Disposition: form-data; name="a"\r\n\r\n', b"X: y\r\n\r\n"
    assert len(scan(body_of(field, nameless, FILE, FILE), max_fields=2, max_files=2)) == 3
    for limits in ({"max_fields": 1}, {"max_files": 1}):
        with pytest.raises(Malformed, match="more than 1"):
            scan(body_of(field, nameless, FILE, FILE), **limits)


def test_headers_are_bounded():
    padding = b"X: " + b"x" * 1200 + b"\r\n"
    for form in (padding + FILE, FILE[:-2] + padding + b"\r\n", b"x" * 5000):
        with pytest.raises(Malformed):
            scan(body_of(form))


@pytest.mark.parametrize(
    "token",
    [b"\r\n--BoundaRyX", b"\r\n--BoundaRy ", b"\r\n--Boundar", b"\r\n", b"\r", b"--BoundaRy", b"\r\n--BoundaRy\r\n"],
)
def test_hostile_bodies_take_linear_time(token):
    """Ten megabytes of what each looks like a boundary for a while, in pieces that are cut in the middle of it."""
    body = b"--BoundaRy\r\n" + FILE + token * (10_000_000 // len(token)) + END
    started = time.process_time()
    outcome(body, range(0, len(body), 10_007), max_fields=1000)
    assert time.process_time() - started < 5  # takes a tenth of it


def test_a_large_file_takes_no_memory():
    chunk = os.urandom(1 << 20)
    scanner = MultipartScanner(BOUNDARY)
    scanner.feed(b"--BoundaRy\r\n" + FILE)
    tracemalloc.start()
    try:
        received = 0
        for _ in range(64):
            for event in scanner.feed(chunk):
                received += len(event.data)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert received > 64 * len(chunk) - 100
    assert most < 3_000_000
