"""What every answer of the example must be, whichever way it was asked."""

import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
from PIL import ExifTags, Image
from tests.e2e.server import Server
from tests.pictures import CANARY, pixels

CREATE = "/api/images/create/"
_KEY = re.compile(r"images/\d{4}/\d\d/\d\d/[a-z2-7]{29}\.(jpg|png|gif|webp|avif)")


def assert_refused(response: httpx.Response, status: int | None = None, code: str | None = None) -> str:
    """A refusal is JSON with a code for programs and a sentence for people. Returns the sentence."""
    assert 400 <= response.status_code < 500, (response.status_code, response.text[:500])
    assert response.headers["Content-Type"] in ("application/json", "application/problem+json"), response.text[:500]
    answer = response.json()
    assert re.fullmatch(r"[a-z][a-z0-9_]+", answer["code"]), answer
    assert re.match(r"[A-Z].{9}", answer["detail"]), answer
    assert "Traceback" not in response.text
    if status:
        assert (response.status_code, answer["code"]) == (status, code), answer
    return answer["detail"]


@contextmanager
def nothing_left(server: Server) -> Iterator[None]:
    """No byte, row, side-file row, temporary file or open descriptor more (or fewer) than before."""
    before = server.baseline()
    yield
    assert server.settled(before) == before


@contextmanager
def one_more(server: Server, uploads: int = 1) -> Iterator[None]:
    expected = server.baseline().plus(uploads)
    yield
    assert server.settled(expected) == expected


def key_of(response: httpx.Response) -> str:
    """The key of a picture that was accepted, from the address in the answer, which must be absolute and ours."""
    assert response.status_code in (200, 201), response.text[:500]
    answer = response.json()
    assert set(answer) == {"pk", "image", "timestamp"}
    assert isinstance(answer["pk"], int)
    assert abs(datetime.fromisoformat(answer["timestamp"]) - datetime.now(UTC)) < timedelta(minutes=5)
    url = urlsplit(answer["image"])
    assert url[:2] == urlsplit(str(response.url))[:2]
    key = url.path.removeprefix("/media/")
    assert _KEY.fullmatch(key), answer
    return key


def assert_stored(
    server: Server,
    client: httpx.Client,
    response: httpx.Response,
    original: bytes,
    orientation: int = 1,
    filename: str = "",
) -> bytes:
    """The picture of an accepted upload is `original`, pixel by pixel, and nothing but that. Returns what is served."""
    key = key_of(response)
    served = client.get(response.json()["image"])
    body = served.content
    assert served.status_code == 200
    jpeg = original.startswith(b"\xff\xd8")
    media_type, extension = ("image/jpeg", "jpg") if jpeg else ("image/png", "png")
    assert key.endswith(f".{extension}")
    assert_safe_headers(served, media_type)
    assert served.headers["ETag"] == f'"{hashlib.sha256(body).hexdigest()}"'
    assert int(served.headers["Content-Length"]) == len(body)
    assert (server.media / key).read_bytes() == body

    assert pixels(body) == pixels(original)
    assert CANARY not in body
    assert body.endswith(b"\xff\xd9" if jpeg else b"IEND\xaeB`\x82")
    with Image.open(io.BytesIO(body)) as image:
        exif = image.getexif()
        assert dict(exif) == ({ExifTags.Base.Orientation: orientation} if orientation > 1 else {})
        size = image.size[::-1] if orientation >= 5 else image.size

    ((*facts,),) = server.rows(
        "SELECT media_type, size, sha256, width, height, filename, state FROM safelight_blob WHERE key = ?", key
    )
    assert facts == [media_type, len(body), hashlib.sha256(body).hexdigest(), *size, filename, "ready"]
    return body


def assert_safe_headers(served: httpx.Response, media_type: str) -> None:
    """Headers under which a browser shows a picture and runs nothing."""
    assert served.headers["Content-Type"] == media_type
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    policy = {directive.strip() for directive in served.headers["Content-Security-Policy"].split(";")}
    assert {"default-src 'none'", "sandbox"} <= policy
    assert not any("unsafe" in directive or "allow-" in directive for directive in policy)
    assert served.headers["Content-Disposition"].startswith("inline")
    assert "immutable" in served.headers["Cache-Control"]
    assert "Set-Cookie" not in served.headers
