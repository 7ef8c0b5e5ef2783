"""Bodies of any size in a few megabytes of memory, with Django's default settings: asserted by the memory of a real
server process, never by time."""

import base64
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.e2e.checks import CREATE, assert_refused, key_of, nothing_left
from tests.e2e.server import Server
from tests.pictures import photo

MB = 1_000_000
KINDS = ["json", "php", "dotnet", "mime", "form", "plain form", "multipart"]


def padded(size: int) -> bytes:
    """A small JPEG whose entropy-coded data goes on, so that every walker has to read all of it."""
    whole = photo((64, 48))
    return whole[:-2] + bytes(range(1, 251)) * ((size - len(whole)) // 250) + whole[-2:]


def body_of(kind: str, data: bytes) -> tuple[str, bytes]:
    text = base64.b64encode(data)
    match kind:
        case "php":
            text = text.replace(b"/", b"\\/")
        case "dotnet":
            text = text.replace(b"+", b"\\u002B")
        case "mime":
            text = base64.encodebytes(data).replace(b"\n", b"\\r\\n")
        case "form":
            text = text.replace(b"+", b"%2B").replace(b"/", b"%2F").replace(b"=", b"%3D")
            return "application/x-www-form-urlencoded", b"image=" + text
        case "plain form":
            return "application/x-www-form-urlencoded", b"image=" + text
        case "multipart":
            part = b'--B\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'
            return "multipart/form-data; boundary=B", part + data + b"\r\n--B--\r\n"
    return "application/json", b'{"image": "data:image/jpeg;base64,' + text + b'"}'


@pytest.fixture
def roomy(new_server: Callable[..., Server]) -> Server:
    return new_server(SAFELIGHT_MAX_BYTES=str(300 * MB), SAFELIGHT_UPLOAD_RATE="off")


@contextmanager
def growth(server: Server, limit: int) -> Iterator[None]:
    """The worker's peak memory grows by at most `limit` bytes."""
    Path(f"/proc/{server.worker()}/clear_refs").write_text("5")
    before = server.resident()
    yield
    status = Path(f"/proc/{server.worker()}/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) * 1024
    assert peak - before < limit, f"{(peak - before) / MB:.1f} MB more"


def send(server: Server, kind: str, data: bytes) -> httpx.Response:
    content_type, body = body_of(kind, data)
    with server.client() as client:
        return client.post(CREATE, content=body, headers={"Content-Type": content_type}, timeout=120)


@pytest.mark.parametrize("kind", KINDS)
def test_a_phones_picture_in_every_content_type(server: Server, kind: str) -> None:
    data = padded(12 * MB)
    response = send(server, kind, data)
    with server.client() as client:
        assert client.get(response.json()["image"]).content[-1000:] == data[-1000:]
    assert (server.media / key_of(response)).stat().st_size == len(data)


@pytest.mark.parametrize("kind", KINDS)
def test_memory_does_not_follow_the_body(roomy: Server, kind: str) -> None:
    key_of(send(roomy, kind, padded(2 * MB)))  # what a first upload imports
    data = padded(120 * MB)
    with growth(roomy, 16 * MB):
        response = send(roomy, kind, data)
    assert (roomy.media / key_of(response)).stat().st_size == len(data)


def test_memory_stays_flat(roomy: Server) -> None:
    data = padded(12 * MB)
    with ThreadPoolExecutor(
        8
    ) as pool:  # every thread of the server has had its turn: each keeps some memory of its own
        list(pool.map(lambda _: send(roomy, "json", data), range(24)))
    before = roomy.resident()
    for _ in range(20):
        send(roomy, "json", data)
    assert roomy.resident() - before < 10 * MB


def test_eight_at_once(roomy: Server) -> None:
    data = padded(12 * MB)
    send(roomy, "json", data)
    with growth(roomy, 150 * MB), ThreadPoolExecutor(8) as pool:
        keys = {key_of(response) for response in pool.map(lambda _: send(roomy, "json", data), range(8))}
    assert len(keys) == 8


def test_a_refused_users_body_is_not_read(server: Server) -> None:
    """The answer comes while not a byte of the body has."""
    for method, path, extra in (("PUT", "/api/images/1/", ""), ("PUT", "/api/images/1/", "Cookie: sessionid=x\r\n")):
        with socket.create_connection(("127.0.0.1", httpx.URL(server.url).port), timeout=10) as connection:
            head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{extra}"
            connection.sendall(f"{head}Content-Length: 1000000000\r\n\r\n".encode())
            assert connection.recv(12) == b"HTTP/1.1 401"


def test_a_session_without_its_token_is_refused_before_the_body(server: Server) -> None:
    with server.client() as client:
        page = client.get("/admin/login/")
        token = page.cookies["csrftoken"]
        form = {"username": "admin", "password": "e2e-password", "csrfmiddlewaretoken": token}
        client.post("/admin/login/", data=form, headers={"Referer": server.url})
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    with socket.create_connection(("127.0.0.1", httpx.URL(server.url).port), timeout=10) as connection:
        head = (
            f"PUT /api/images/1/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nCookie: {cookies}\r\n"
        )
        connection.sendall(f"{head}Content-Length: 1000000000\r\n\r\n".encode())
        assert connection.recv(12) == b"HTTP/1.1 403"


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_over_the_limit_is_refused_while_it_comes_in(server: Server, kind: str) -> None:
    with nothing_left(server), growth(server, 16 * MB):
        assert "20 MB" in assert_refused(send(server, kind, padded(60 * MB)), 413, "too_large")


@pytest.mark.parametrize("kind", ["json", "form"])
def test_a_length_that_lies(server: Server, kind: str) -> None:
    """More announced than sent: refused, however whole the beginning looks."""
    content_type, body = body_of(kind, padded(3 * MB))
    with nothing_left(server):
        with socket.create_connection(("127.0.0.1", httpx.URL(server.url).port), timeout=30) as connection:
            head = f"POST {CREATE} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\nConnection: close\r\n"
            connection.sendall(f"{head}Content-Length: {len(body) + 1000}\r\n\r\n".encode() + body)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(100)
        assert not answer or b" 400 " in answer, answer


def test_garbage_behind_megabytes_of_base64(server: Server) -> None:
    _, body = body_of("json", padded(5 * MB))
    for spoiled in (body[:-40] + b"!" + body[-40:], body[:-2], body[:-2] + b"==" + body[-2:]):
        with nothing_left(server), server.client() as client:
            response = client.post(CREATE, content=spoiled, headers={"Content-Type": "application/json"})
            assert_refused(response)
            assert response.json()["code"] in ("bad_base64", "malformed")


def test_a_refusal_stands_at_its_field(server: Server) -> None:
    _, body = body_of("json", padded(5 * MB))
    with server.client() as client:
        response = client.post(
            CREATE, content=body[:-9] + b"*" + body[-9:], headers={"Content-Type": "application/json"}
        )
    assert response.json()["image"] == [response.json()["detail"]]
