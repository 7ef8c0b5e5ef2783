"""Connections that break and requests that no library sends: nothing is left behind, and nobody waits for ever."""

import json
import re
import socket
import struct
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from urllib.parse import quote

import httpx
import pytest
from tests.e2e.checks import CREATE, nothing_left, one_more
from tests.e2e.server import Server
from tests.pictures import photo

PICTURE = photo((640, 480))
PART = b'--B\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'
REQUESTS = {
    "json": ("application/json", json.dumps({"image": b64encode(PICTURE).decode()}).encode()),
    "form": ("application/x-www-form-urlencoded", b"image=" + quote(b64encode(PICTURE), safe="").encode()),
    "multipart": ("multipart/form-data; boundary=B", PART + PICTURE + b"\r\n--B--\r\n"),
}
kinds = pytest.mark.parametrize("kind", REQUESTS)


@contextmanager
def connection(server: Server) -> Iterator[socket.socket]:
    """A connection; when it is closed, the server is given time to notice."""
    url = httpx.URL(server.url)
    with closing(socket.create_connection((url.host, url.port), timeout=20)) as sock:
        port = sock.getsockname()[1]
        yield sock
    deadline = time.monotonic() + 10
    while server.serves(port):
        assert time.monotonic() < deadline, "the server holds on to a connection that is gone"
        time.sleep(0.01)


def head(server: Server, content_type: str, *lines: str, method: str = "POST", path: str = CREATE) -> bytes:
    host = httpx.URL(server.url).netloc.decode()
    fixed = (f"{method} {path} HTTP/1.1", f"Host: {host}", f"Content-Type: {content_type}", "Connection: close")
    return "\r\n".join([*fixed, *lines, "", ""]).encode()


def read(sock: socket.socket) -> tuple[int, bytes]:
    """Status and everything after it, up to the end of the connection."""
    pieces = []
    try:
        while piece := sock.recv(65536):
            pieces.append(piece)
    except ConnectionResetError:
        pass
    answer = b"".join(pieces)
    match = re.match(rb"HTTP/1\.1 (\d+)", answer)
    assert match, answer
    return int(match[1]), answer


def reset(sock: socket.socket) -> None:
    """Closing now sends RST instead of FIN, as a phone that loses its network."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def assert_json(answer: bytes, code: str | None = None) -> None:
    header, _, body = answer.partition(b"\r\n\r\n")
    assert re.search(rb"\r\nContent-Type: application/(problem\+)?json\r\n", header + b"\r\n"), answer
    found = json.loads(body[body.index(b"{") : body.rindex(b"}") + 1])
    assert found["detail"]
    assert found["code"] == code or not code


@kinds
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
@pytest.mark.parametrize("rudely", [False, True], ids=["fin", "rst"])
def test_client_disappears(server: Server, kind: str, share: float, rudely: bool) -> None:
    content_type, body = REQUESTS[kind]
    with nothing_left(server), connection(server) as sock:
        sock.sendall(head(server, content_type, f"Content-Length: {len(body)}") + body[: int(len(body) * share)])
        time.sleep(0.05)
        if rudely:
            reset(sock)


@kinds
def test_client_disappears_before_the_answer(server: Server, kind: str) -> None:
    """The whole request came: the picture is stored, although nobody hears of it."""
    content_type, body = REQUESTS[kind]
    with one_more(server), connection(server) as sock:
        sock.sendall(head(server, content_type, f"Content-Length: {len(body)}") + body)
        reset(sock)
        time.sleep(0.3)


@pytest.mark.parametrize("rudely", [False, True], ids=["fin", "rst"])
def test_large_upload_disappears(new_server: Callable[..., Server], large_camera: bytes, rudely: bool) -> None:
    """Django has begun a temporary file by then, which must not wait for the garbage collector."""
    server = new_server()
    body = PART + large_camera
    with nothing_left(server), connection(server) as sock:
        sock.sendall(head(server, REQUESTS["multipart"][0], f"Content-Length: {len(body) + 10}") + body[:6_000_000])
        time.sleep(0.2)
        if rudely:
            reset(sock)


def test_half_closed(server: Server) -> None:
    """Sends half, closes its writing side and waits for an answer: gets one."""
    for content_type, body in REQUESTS.values():
        with nothing_left(server), connection(server) as sock:
            sock.sendall(head(server, content_type, f"Content-Length: {len(body)}") + body[: len(body) // 2])
            sock.shutdown(socket.SHUT_WR)
            status, answer = read(sock)
            assert 400 <= status < 500
            assert_json(answer)


@kinds
def test_no_length(server: Server, kind: str) -> None:
    content_type, body = REQUESTS[kind]
    with nothing_left(server), connection(server) as sock:
        sock.sendall(head(server, content_type) + body[:1000])
        status, answer = read(sock)
        assert 400 <= status < 500
        assert_json(answer)


@kinds
def test_length_too_short(server: Server, kind: str) -> None:
    content_type, body = REQUESTS[kind]
    with nothing_left(server), connection(server) as sock:
        sock.sendall(head(server, content_type, f"Content-Length: {len(body) // 2}") + body)
        status, answer = read(sock)
        assert 400 <= status < 500
        assert_json(answer)


@pytest.mark.parametrize(
    "lines",
    [
        ["Content-Length: -1"],
        ["Content-Length: x"],
        ["Content-Length: 1e3"],
        ["Content-Length: 10", "Content-Length: 20"],
        ["Content-Length: 10", "Transfer-Encoding: chunked"],
        ["Content-Length: " + "9" * 40],
        ["X-A: " + "a" * 100_000],
        *[["X-A: b"] * 200],
        ["X-A : b"],
    ],
    ids=lambda lines: lines[0][:30] + str(len(lines)),
)  # fmt: skip
def test_broken_framing(server: Server, lines: list[str]) -> None:
    """Not even Django sees these; the server refuses them."""
    lines = lines if isinstance(lines, list) else [lines]
    content_type, body = REQUESTS["json"]
    with nothing_left(server), connection(server) as sock:
        sock.sendall(head(server, content_type, *lines) + body[:10])
        sock.shutdown(socket.SHUT_WR)
        status, answer = read(sock)
        assert 400 <= status < 500, answer


@kinds
def test_expect_100(server: Server, kind: str) -> None:
    """curl asks before it sends more than a megabyte."""
    content_type, body = REQUESTS[kind]
    with one_more(server), connection(server) as sock:
        sock.sendall(head(server, content_type, f"Content-Length: {len(body)}", "Expect: 100-continue"))
        assert sock.recv(1000).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        sock.sendall(body)
        status, _ = read(sock)
        assert status == 201


@kinds
def test_chunked(server: Server, kind: str) -> None:
    """Without a length: accepted, or refused in words that say why."""
    content_type, body = REQUESTS[kind]
    before = server.baseline()
    with connection(server) as sock:
        sock.sendall(head(server, content_type, "Transfer-Encoding: chunked"))
        with suppress(BrokenPipeError, ConnectionResetError):  # may be refused at the first look
            for at in range(0, len(body), 7000):
                piece = body[at : at + 7000]
                sock.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            sock.sendall(b"0\r\n\r\n")
        status, answer = read(sock)
    if status == 201:
        before = before.plus(1)
    else:
        assert_json(answer, "length_required")
    assert server.settled(before) == before


def test_chunks_that_break(server: Server) -> None:
    for chunks in (b"zz\r\nabc", b"5\r\nab", b"-1\r\n", b"ffffffffffffffff\r\nabc"):
        with nothing_left(server), connection(server) as sock:
            sock.sendall(head(server, "application/json", "Transfer-Encoding: chunked") + chunks)
            sock.shutdown(socket.SHUT_WR)
            status, answer = read(sock)
            assert 400 <= status < 500, answer


def test_head(server: Server, anyone: httpx.Client) -> None:
    with nothing_left(server):
        for path in ("/", "/admin/login/", CREATE, "/api/images/", "/nowhere/", "/media/x"):
            response = anyone.head(path)
            assert response.status_code < 500
            assert response.content == b""


def test_slow_client(server: Server) -> None:
    """A body in small pieces, over a second: an ordinary phone."""
    content_type, body = REQUESTS["multipart"]
    with one_more(server), connection(server) as sock:
        sock.sendall(head(server, content_type, f"Content-Length: {len(body)}"))
        for at in range(0, len(body), len(body) // 10):
            sock.sendall(body[at : at + len(body) // 10])
            time.sleep(0.1)
        assert read(sock)[0] == 201


def test_body_far_over_the_limit(server: Server) -> None:
    """At most 20 MB are accepted: what comes after that may not fill the disk."""
    most, megabytes = 0, 60
    with nothing_left(server), connection(server) as sock:
        length = f"Content-Length: {len(PART) + megabytes * 1_000_000}"
        with suppress(BrokenPipeError, ConnectionResetError):  # the server may well hang up
            sock.sendall(head(server, REQUESTS["multipart"][0], length) + PART)
            for _ in range(megabytes):
                sock.sendall(bytes(1_000_000))
                most = max(most, server.temporary_bytes())
            assert 400 <= read(sock)[0] < 500
    assert most < 30_000_000
