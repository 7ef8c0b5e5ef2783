"""Every way in that the issue names leads to the same: the same pixels, nothing else, under safe headers."""

import base64
import json
import textwrap
from urllib.parse import quote, urlencode

import httpx
import pytest
from tests.e2e.checks import CREATE, assert_refused, assert_safe_headers, assert_stored, key_of, nothing_left, one_more
from tests.e2e.server import Server
from tests.pictures import exif_segment, photo, tiff


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def urlsafe(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def wrapped(text: str, width: int = 76, end: str = "\r\n") -> str:
    return end.join(textwrap.wrap(text, width)) + end


TEXTS = {
    "data URL": lambda data: "data:image/jpeg;base64," + b64(data),
    "data URL, nothing but base64": lambda data: "data:;base64," + b64(data),
    "data URL, shouted": lambda data: "DATA:IMAGE/JPEG;BASE64," + b64(data),
    "data URL, charset": lambda data: "data:image/*;charset=utf-8;base64," + b64(data),
    "data URL, octet-stream": lambda data: "data:application/octet-stream;base64," + b64(data),
    "data URL, another type": lambda data: "data:text/html;base64," + b64(data),
    "data URL, URL-safe": lambda data: "data:image/jpeg;base64," + urlsafe(data),
    "data URL, lines": lambda data: "data:image/jpeg;base64," + wrapped(b64(data)),
    "bare": b64,
    "bare, no padding": lambda data: b64(data).rstrip("="),
    "bare, lines of 76, CRLF": lambda data: wrapped(b64(data)),
    "bare, lines of 64, LF": lambda data: wrapped(b64(data), 64, "\n"),
    "bare, lines, no padding": lambda data: wrapped(b64(data).rstrip("=")),
    "bare, URL-safe": urlsafe,
    "bare, URL-safe, no padding": lambda data: urlsafe(data).rstrip("="),
    "bare, URL-safe, lines, no padding": lambda data: wrapped(urlsafe(data).rstrip("=")),
}
texts = pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))


def photograph(padding: int) -> bytes:
    """A small photo that needs so many padding characters, with all of base64's alphabet in it."""
    jpeg = photo((64, 48))
    data = jpeg[:2] + exif_segment(tiff(orientation=6)) + jpeg[2:]
    data += b"\0" * ((-padding - len(data)) % 3)
    assert b64(data).count("=") == padding
    assert {"+", "/"} <= set(b64(data))
    return data


@texts
@pytest.mark.parametrize("padding", [0, 1, 2])
def test_json(server: Server, anyone: httpx.Client, text, padding: int) -> None:
    data = photograph(padding)
    with one_more(server):
        response = anyone.post(CREATE, json={"image": text(data)})
        assert response.status_code == 201
        assert_stored(server, anyone, response, data, orientation=6)


@texts
@pytest.mark.parametrize("padding", [0, 1, 2])
def test_form(server: Server, anyone: httpx.Client, text, padding: int) -> None:
    data = photograph(padding)
    with one_more(server):
        response = anyone.post(CREATE, data={"image": text(data)})
        assert response.status_code == 201
        assert_stored(server, anyone, response, data, orientation=6)


@texts
def test_form_that_was_not_escaped(server: Server, anyone: httpx.Client, text) -> None:
    """As many phones and jQuery's `$.post` send it: the plus signs of base64 arrive as spaces."""
    data = photograph(1)
    body = "image=" + text(data)
    response = anyone.post(CREATE, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert_stored(server, anyone, response, data, orientation=6)


@pytest.mark.parametrize(
    ("content_type", "encode"),
    [
        ("application/json", lambda text: json.dumps({"image": text})),
        ("application/json; charset=utf-8", lambda text: json.dumps({"image": text, "else": [None, {"ä": 1}]})),
        ("application/x-www-form-urlencoded", lambda text: urlencode({"image": text})),
        ("application/x-www-form-urlencoded; charset=UTF-8", lambda text: f"x=1&image={quote(text, safe='')}&y="),
        ("application/x-www-form-urlencoded", lambda text: f"image={text}"),
    ],
    ids=["json", "json utf-8", "form", "form utf-8", "form unescaped"],
)
@pytest.mark.parametrize("form", ["data URL", "bare", "bare, lines of 76, CRLF", "bare, URL-safe, no padding"])
def test_camera_as_text(
    server: Server, anyone: httpx.Client, camera: bytes, content_type: str, encode, form: str
) -> None:
    body = encode(TEXTS[form](camera)).encode()
    assert 2_000_000 < len(body) < 2_600_000
    with one_more(server):
        response = anyone.post(CREATE, content=body, headers={"Content-Type": content_type})
        assert response.status_code == 201
        assert_stored(server, anyone, response, camera, orientation=6)


@pytest.mark.parametrize(
    "part",
    [("IMG_1.jpg", "image/jpeg"), ("IMG_1.jpg", None), ("IMG_1.jpg", "text/html"), ("x.html", "application/x-php")],
)
@pytest.mark.parametrize("size", ["small_jpeg", "camera", "large_camera"])
def test_multipart(server: Server, anyone: httpx.Client, request, size: str, part: tuple) -> None:
    data = request.getfixturevalue(size)
    with one_more(server):
        response = anyone.post(CREATE, files={"image": (part[0], data, *part[1:])})
        assert response.status_code == 201
        assert_stored(server, anyone, response, data, orientation=6, filename=part[0])


def test_png(server: Server, anyone: httpx.Client, small_png: bytes) -> None:
    for asked in (
        {"json": {"image": "data:image/jpeg;base64," + b64(small_png)}},
        {"data": {"image": b64(small_png)}},
        {"files": {"image": ("picture.jpg", small_png, "image/jpeg")}},
    ):
        response = anyone.post(CREATE, **asked)
        assert_stored(server, anyone, response, small_png, filename="picture.jpg" if "files" in asked else "")


def test_base64_in_a_multipart_field(server: Server, anyone: httpx.Client, small_png: bytes) -> None:
    response = anyone.post(CREATE, files={"image": (None, b64(small_png))})
    assert_stored(server, anyone, response, small_png)


def test_file_name_of_a_data_url(server: Server, anyone: httpx.Client, small_png: bytes) -> None:
    text = "data:image/png;name=Mein%20Bild.png;base64," + b64(small_png)
    response = anyone.post(CREATE, json={"image": text})
    assert_stored(server, anyone, response, small_png, filename="Mein Bild.png")


def test_same_picture_twice_is_two_files(server: Server, anyone: httpx.Client, small_png: bytes) -> None:
    with one_more(server, 2):
        keys = {key_of(anyone.post(CREATE, files={"image": ("same.png", small_png)})) for _ in range(2)}
    assert len(keys) == 2


def test_memory_stays_flat(server: Server, anyone: httpx.Client, large_camera: bytes) -> None:
    """Twenty photos of 8 MB may not make the worker grow by what they weigh."""
    for _ in range(3):
        anyone.post(CREATE, files={"image": ("a.jpg", large_camera)})
    before = server.resident()
    for _ in range(20):
        assert anyone.post(CREATE, files={"image": ("a.jpg", large_camera)}).status_code == 201
    assert server.resident() - before < 30_000_000


class TestDelivery:
    @pytest.fixture
    def url(self, anyone: httpx.Client, small_jpeg: bytes) -> str:
        return anyone.post(CREATE, files={"image": ("a.jpg", small_jpeg)}).json()["image"]

    def test_head(self, anyone: httpx.Client, url: str) -> None:
        whole, head = anyone.get(url), anyone.head(url)
        assert (head.status_code, head.content) == (200, b"")
        skip = {"date", "connection", "transfer-encoding"}
        assert {k: v for k, v in head.headers.items() if k not in skip} == {
            k: v for k, v in whole.headers.items() if k not in skip
        }

    def test_conditional(self, anyone: httpx.Client, url: str) -> None:
        tag = anyone.get(url).headers["ETag"]
        again = anyone.get(url, headers={"If-None-Match": f'"other", W/{tag}'})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
        assert anyone.get(url, headers={"If-None-Match": '"other"'}).status_code == 200

    @pytest.mark.parametrize(
        ("wanted", "piece"), [("0-9", slice(10)), ("10-", slice(10, None)), ("-7", slice(-7, None))]
    )
    def test_range(self, anyone: httpx.Client, url: str, wanted: str, piece: slice) -> None:
        whole = anyone.get(url).content
        part = anyone.get(url, headers={"Range": f"bytes={wanted}"})
        assert (part.status_code, part.content) == (206, whole[piece])
        assert part.headers["Content-Range"].endswith(f"/{len(whole)}")
        assert_safe_headers(part, "image/jpeg")

    def test_range_outside(self, anyone: httpx.Client, url: str) -> None:
        response = anyone.get(url, headers={"Range": "bytes=9999999-"})
        assert_refused(response, 416, "bad_range")
        assert response.headers["Content-Range"].startswith("bytes */")

    def test_nothing_but_what_the_ledger_knows(self, server: Server, anyone: httpx.Client, url: str) -> None:
        """A file that lies in the folder without the ledger's word is not served, nor is anything outside of it."""
        stray = server.media / "images" / "stray.html"
        stray.write_text("<script>")
        try:
            for path in (
                "/media/images/stray.html",
                "/media/",
                "/media/images/",
                "/media/../db.sqlite3",
                "/media/%2e%2e/db.sqlite3",
                "/media/..%2fsecret-key",
                "/media//etc/passwd",
                url.removeprefix(server.url) + "/",
                url.removeprefix(server.url) + "%00",
            ):
                response = anyone.get(httpx.URL(server.url).copy_with(raw_path=path.encode()))
                assert response.status_code == 404, path
                assert_refused(response)
        finally:
            stray.unlink()

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
    def test_read_only(self, server: Server, anyone: httpx.Client, url: str, method: str) -> None:
        with nothing_left(server):
            assert anyone.request(method, url).status_code in (403, 405)
        assert anyone.get(url).status_code == 200
