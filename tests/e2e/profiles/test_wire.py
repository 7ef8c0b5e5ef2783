"""Requests that no library sends, and connections that break: each is answered in words, and nothing is left."""

import json
import socket

import pytest
from tests.e2e.checks import nothing_left
from tests.e2e.profiles.site import Person, Site
from tests.e2e.test_wire import connection, head, read

FORM = b'--B\r\nContent-Disposition: form-data; name="profile_image"; filename="a.jpg"\r\n\r\n'


def answer_to(site: Site, request: bytes) -> tuple[int, str]:
    with connection(site) as sock:
        sock.sendall(request)
        sock.shutdown(socket.SHUT_WR)
        status, answer = read(sock)
    header, _, body = answer.partition(b"\r\n\r\n")
    assert b"\r\nContent-Type: application/problem+json\r\n" in header
    return status, json.loads(body)["code"]


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"2\r\nabcd\r\n0\r\n\r\n", b"5\r\nab"])
def test_chunks_that_are_none(site: Site, ada: Person, chunk: bytes) -> None:
    lines = ("Transfer-Encoding: chunked", f"Authorization: Bearer {ada.token}")
    with nothing_left(site):
        form = head(site, "multipart/form-data; boundary=B", *lines, method="PUT", path=ada.image)
        assert answer_to(site, form + chunk) == (400, "malformed")
        credentials = head(site, "application/json", lines[0], path="/login")
        assert answer_to(site, credentials + chunk) == (400, "bad_request")


@pytest.mark.parametrize("end", [b"\r\n", b"\r\n--B--\r\n"])
def test_a_connection_that_breaks_behind_a_whole_file(site: Site, ada: Person, portrait: bytes, end: bytes) -> None:
    body = FORM + portrait + b"\r\n--B\r\nContent-Disposition: form-data; name=more\r\n\r\n" + end
    lines = (f"Content-Length: {len(body) + 1}", f"Authorization: Bearer {ada.token}")
    with nothing_left(site):
        request = head(site, "multipart/form-data; boundary=B", *lines, method="PUT", path=ada.image) + body
        assert answer_to(site, request) == (400, "malformed")
    assert ada.key() is None


@pytest.mark.parametrize("path", ["/user//1", "/user/1//image"])
def test_no_address_is_corrected_by_a_page(site: Site, path: str) -> None:
    with connection(site) as sock:
        sock.sendall(head(site, "application/json", method="GET", path=path))
        status, answer = read(sock)
    assert status == 404
    assert b"\r\nContent-Type: application/problem+json\r\n" in answer
