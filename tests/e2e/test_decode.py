"""SAFELIGHT_DECODE=strict: the same example, and garbage inside an intact container is refused."""

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from PIL import Image
from tests.decode.pixels import garbled
from tests.decode.processes import children, eventually, running
from tests.e2e.checks import CREATE, assert_refused, assert_stored, key_of, nothing_left, one_more
from tests.e2e.server import Server
from tests.e2e.test_streaming import growth
from tests.pictures import photo

MB = 1_000_000


@pytest.fixture
def strict(new_server: Callable[..., Server]) -> Iterator[Server]:
    server = new_server(SAFELIGHT_DECODE="strict", SAFELIGHT_UPLOAD_RATE="off")
    yield server
    assert children(server.worker()) == set()
    server.assert_clean_log()


def send(server: Server, data: bytes) -> httpx.Response:
    with server.client() as client:
        return client.post(CREATE, files={"image": ("a.jpg", data)}, timeout=120)


def test_garbage_is_refused_where_it_is_asked_for(server: Server, strict: Server) -> None:
    data = garbled(photo((640, 480)))
    with one_more(server):
        key_of(send(server, data))
    with nothing_left(strict):
        assert "cannot be decoded" in assert_refused(send(strict, data), 422, "corrupt")


def test_a_photo_is_stored_as_ever(strict: Server, camera: bytes, small_png: bytes) -> None:
    for data, orientation in ((camera, 6), (small_png, 1)):
        with one_more(strict), strict.client() as client:
            response = client.post(CREATE, files={"image": ("a.jpg", data)})
            assert_stored(strict, client, response, data, orientation, filename="a.jpg")


def test_the_servers_memory_does_not_follow_the_pixels(strict: Server) -> None:
    """48 megapixels, whose coefficients alone take 300 MB to decode; four at once."""
    key_of(send(strict, photo((64, 48))))
    data = flat((8000, 6000))
    with growth(strict, 40 * MB), ThreadPoolExecutor(4) as pool:
        keys = {key_of(response) for response in pool.map(lambda _: send(strict, data), range(4))}
    assert len(keys) == 4


def flat(size: tuple[int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, "JPEG", progressive=True, subsampling="4:4:4")
    return file.getvalue()


def test_a_killed_server_leaves_no_decoder(new_server: Callable[..., Server]) -> None:
    server, data = new_server(SAFELIGHT_DECODE="strict", SAFELIGHT_UPLOAD_RATE="off"), flat((8000, 6000))
    with ThreadPoolExecutor(1) as pool:
        upload = pool.submit(send, server, data)
        eventually(lambda: children(server.worker()))
        decoders = children(server.worker())
        server.kill()
        assert isinstance(upload.exception(), httpx.TransportError)
    eventually(lambda: not decoders & set(running("confine.py")))
    server.start()
    key_of(send(server, data))
