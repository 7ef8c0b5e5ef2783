"""Bad input answers JSON with a code and a sentence, and leaves no byte, row, temporary file or descriptor."""

import base64
import json
import zlib

import httpx
import pytest
from tests.e2e.checks import CREATE, assert_refused, assert_stored, nothing_left, one_more
from tests.e2e.conftest import TAIL
from tests.e2e.server import Server
from tests.pictures import CANARY, SIGNATURE, chunk, ihdr, photo, png
from tests.pictures import IEND as PNG_END


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


PNG = png(40, 30)
TEXT = b64(PNG)


@pytest.mark.parametrize(
    ("value", "status", "code"),
    [
        ("not base64!", 400, "bad_base64"),
        (TEXT[:40] + "*" + TEXT[41:], 400, "bad_base64"),
        (TEXT[:40] + "\0" + TEXT[40:], 400, "bad_base64"),
        (TEXT[:40] + "é" + TEXT[40:], 400, "bad_base64"),
        (TEXT[:40] + " " + TEXT[40:], 400, "bad_base64"),
        (TEXT[:40] + "=" + TEXT[40:], 400, "bad_base64"),
        (TEXT + "<script>", 400, "bad_base64"),
        ("null", 415, "type_not_allowed"),  # base64 of three bytes
        ("A" * 21, 400, "bad_base64"),
        (f"data:image/png;base64,{TEXT};base64,{TEXT}", 400, "bad_base64"),
        (f"data:image/png;base64;base64,{TEXT}", 400, "bad_data_url"),
        (f"data:image/png;base64,data:image/png;base64,{TEXT}", 400, "bad_base64"),
        (f"data:image/png,{TEXT}", 400, "bad_data_url"),
        (f"data:image/png;base64{TEXT}", 400, "bad_data_url"),
        (f"data:image/png\r\nX-Injected: 1;base64,{TEXT}", 400, "bad_data_url"),
        (f"data:image/{'a' * 5000};base64,{TEXT}", 400, "bad_data_url"),
        ("http://127.0.0.1:9/x.png", 400, "bad_data_url"),
        ("file:///etc/passwd", 400, "bad_data_url"),
        ("blob:http://localhost/1", 400, "bad_data_url"),
        ("data:image/png;base64,", 400, "empty"),
        ("data:,", 400, "empty"),
        ("data:", 400, "bad_data_url"),
        ("", 400, "empty"),
        ("  \n ", 400, "empty"),
        ([], 400, "bad_type"),
        ([TEXT], 400, "bad_type"),
        ({}, 400, "bad_type"),
        ({"data": TEXT}, 400, "bad_type"),
        (0, 400, "bad_type"),
        (1, 400, "bad_type"),
        (-1.5e300, 400, "bad_type"),
        (True, 400, "bad_type"),
        (False, 400, "bad_type"),
        (None, 400, "empty"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_value(server: Server, anyone: httpx.Client, value: object, status: int, code: str) -> None:
    with nothing_left(server):
        response = anyone.post(CREATE, json={"image": value})
        sentence = assert_refused(response, status, code)
        assert response.json()["image"] == [sentence]  # at the field, as DRF's clients expect
    if isinstance(value, str) and value.strip() and "\0" not in value:
        with nothing_left(server):
            body = httpx.Request("POST", server.url, data={"image": value}).content
            if "+" not in value and " " in value.strip():
                return  # in a form a space may have been a plus
            response = anyone.post(
                CREATE, content=body, headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
            )
            assert_refused(response, status, code)


def tiff_file() -> bytes:
    return photo((8, 8), format="TIFF")


@pytest.mark.parametrize(
    ("name", "body", "found"),
    [
        ("page.png", b"<!doctype html><script>alert(1)</script>", "an HTML page"),
        ("page.png", b"\xef\xbb\xbf \n<HTML><body onload=alert(1)>", "an HTML page"),
        ("x.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "an SVG picture"),
        ("x.png", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG picture"),
        ("x.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF document"),
        ("x.jpg", photo((8, 8), format="BMP"), "a BMP picture"),
        ("x.jpg", tiff_file(), "a TIFF picture"),
        ("x.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC picture"),
        ("x.jxl", b"\xff\x0a" + bytes(100), "a JPEG XL picture"),
        ("x.jpg", b"PK\x03\x04" + bytes(100), "a ZIP archive or Office document"),
        ("x.php.jpg", b"<?php echo 1;", "a PHP script"),
        ("x.png", b"MZ" + bytes(100), "a Windows program"),
        ("x.png", bytes(1000), "a file of zeros"),
        ("x.png", b"hello", "text"),
    ],
)
def test_other_types(server: Server, anyone: httpx.Client, name: str, body: bytes, found: str) -> None:
    """415, saying what it is and what is accepted, whatever name and type it travels under."""
    for asked in (
        {"files": {"image": (name, body, "image/png")}},
        {"json": {"image": "data:image/png;base64," + b64(body)}},
        {"data": {"image": b64(body)}},
    ):
        with nothing_left(server):
            sentence = assert_refused(anyone.post(CREATE, **asked), 415, "type_not_allowed")
        assert sentence.startswith(f"This is {found}; accepted: AVIF, GIF, JPEG, PNG and WebP.")
        assert ("iPhone" in sentence) == (found == "a HEIC picture")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_cut_jpeg(server: Server, anyone: httpx.Client, share: float) -> None:
    whole = photo((640, 480))
    with nothing_left(server):
        response = anyone.post(CREATE, files={"image": ("a.jpg", whole[: int(len(whole) * share)])})
        assert "damaged" in assert_refused(response, 422, "corrupt")
        assert_refused(anyone.post(CREATE, json={"image": b64(whole[: int(len(whole) * share)])}), 422, "corrupt")


@pytest.mark.parametrize("cut", [10, 30, 60, -13, -1])
def test_cut_png(server: Server, anyone: httpx.Client, cut: int) -> None:
    with nothing_left(server):
        assert_refused(anyone.post(CREATE, files={"image": ("a.png", PNG[:cut])}), 422, "corrupt")


def test_decompression_bomb(server: Server, anyone: httpx.Client) -> None:
    """20,000 x 20,000 pixels in a small file, refused before a pixel is decoded."""
    rows = zlib.compress(bytes(20_000 * 2501), 9)
    bomb = SIGNATURE + ihdr(20_000, 20_000, 0, 1) + chunk(b"IDAT", rows) + PNG_END
    assert len(bomb) < 60_000
    before = server.resident()
    with nothing_left(server):
        for asked in ({"files": {"image": ("a.png", bomb)}}, {"json": {"image": b64(bomb)}}):
            sentence = assert_refused(anyone.post(CREATE, **asked), 422, "too_many_pixels")
            assert "20000 x 20000" in sentence
            assert "50 million" in sentence
    assert server.resident() - before < 20_000_000


@pytest.mark.parametrize(
    "tail", [TAIL, b"<script>alert(1)</script>", b"PK\x03\x04" + bytes(50), b"<?php system($_GET[0]); ?>"]
)
@pytest.mark.parametrize("picture", [photo((64, 48)), PNG], ids=["jpeg", "png"])
def test_tail_stays_behind(server: Server, anyone: httpx.Client, picture: bytes, tail: bytes) -> None:
    with one_more(server):
        response = anyone.post(CREATE, files={"image": ("a.php", picture + tail, "text/html")})
        served = assert_stored(server, anyone, response, picture, filename="a.php")
    assert tail not in served
    assert CANARY not in served


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"image"',
        b'{"image": "' + TEXT.encode(),
        b"[" * 100_000,
        b'{"image":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"image": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b"\xff\xfe{\0}\0",
        b"\x80\x81",
        b'"image"',
        b"[]",
        b"null",
        b"1",
        b"NaN",
        b'{"image": Infinity}',
        b'{"image": 1e999999}',
        b'{"image": ' + b"9" * 100_000 + b"}",
        b'{"image": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"image": "\\u0000"}',
        b"{}",
        b'{"picture": "x"}',
        b'{"image.x": {"image": 1}}',
    ],
    ids=lambda body: repr(body[:24]),
)
def test_broken_json(server: Server, anyone: httpx.Client, body: bytes) -> None:
    with nothing_left(server):
        assert_refused(anyone.post(CREATE, content=body, headers={"Content-Type": "application/json"}))


CHARSETS = [
    *("utf-7", "utf-16", "utf-32", "idna", "punycode", "hex", "base64", "zlib", "rot13", "undefined", "mbcs", "none"),
    *("unicode_escape", "latin-1", "cp037", "charmap", "oem", '"', "utf-8; charset=hex", "é", "%00", "a" * 5000),
]
charsets = pytest.mark.parametrize("charset", CHARSETS, ids=lambda charset: charset[:20])
BODIES = {
    "application/json": json.dumps({"image": "+AAA-"}),
    "application/x-www-form-urlencoded": "image=%2BAAA-",
    "multipart/form-data; boundary=B": (
        '--B\r\nContent-Disposition: form-data; name="image"\r\n\r\n+AAA-\r\n--B--\r\n'
    ),
}


@charsets
@pytest.mark.parametrize("kind", BODIES)
def test_hostile_charset(server: Server, anyone: httpx.Client, kind: str, charset: str) -> None:
    headers = {"Content-Type": f"{kind}; charset={charset}".encode()}
    with nothing_left(server):
        assert_refused(anyone.post(CREATE, content=BODIES[kind].encode(), headers=headers))


@charsets
def test_hostile_charset_and_query(server: Server, anyone: httpx.Client, charset: str) -> None:
    """Django decodes the query by the body's charset, before any of its error handlers is there."""
    headers = {"Content-Type": f"application/json; charset={charset}".encode()}
    for query in ("?x=1", "?x=%ff"):
        with nothing_left(server):
            assert_refused(anyone.post(CREATE + query, content=b'{"image": 1}', headers=headers))


def test_too_many_query_parameters(server: Server, anyone: httpx.Client) -> None:
    query = "?" + "a&" * 1500
    with nothing_left(server):
        assert anyone.post(CREATE + query, json={"image": 1}).status_code < 500
        headers = {"Content-Type": "application/json; charset=utf-8"}
        assert anyone.post(CREATE + query, content=b'{"image": 1}', headers=headers).status_code < 500


def test_too_large_file(server: Server, anyone: httpx.Client) -> None:
    whole = photo((64, 48))
    with nothing_left(server):
        response = anyone.post(CREATE, files={"image": ("a.jpg", whole + bytes(20_000_001 - len(whole)))})
        assert "20 MB" in assert_refused(response, 413, "too_large")
    with one_more(server):
        assert (
            anyone.post(CREATE, files={"image": ("a.jpg", whole + bytes(20_000_000 - len(whole)))}).status_code == 201
        )


@pytest.mark.parametrize(
    ("content_type", "body", "limit"),
    [
        ("application/json", b'{"image": "' + b"A" * 60_000_000 + b'"}', "20 MB"),
        ("application/json", b'{"other": "' + b"A" * 3_000_000 + b'"}', "2.62 MB"),
        ("application/json", b" " * 30_000_000, "2.62 MB"),
        ("application/x-www-form-urlencoded", b"image=" + b"A" * 60_000_000, "20 MB"),
        ("application/x-www-form-urlencoded", b"other=" + b"A" * 3_000_000, "2.62 MB"),
        (
            "multipart/form-data; boundary=B",
            b'--B\r\nContent-Disposition: form-data; name="image"\r\n\r\n' + b"A" * 3_000_000,
            "2.62 MB",
        ),
    ],
    ids=["json file", "json other", "json spaces", "form file", "form other", "multipart field"],
)
def test_too_large_body(server: Server, content_type: str, body: bytes, limit: str) -> None:
    before = server.resident()
    with nothing_left(server), server.client() as client:
        response = client.post(CREATE, content=body, headers={"Content-Type": content_type})
        assert limit in assert_refused(response, 413, "too_large")
    assert server.resident() - before < 20_000_000


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "image/png", "application/octet-stream", "application/xml", "application/json/x",
     "multipart/mixed", "multipart/form-data", "multipart/form-data; boundary=", "x", "/", ";", "text/json"],
)  # fmt: skip
def test_wrong_content_type(server: Server, anyone: httpx.Client, content_type: str) -> None:
    with nothing_left(server):
        headers = {"Content-Type": content_type}
        assert_refused(anyone.post(CREATE, content=json.dumps({"image": TEXT}), headers=headers))
        assert_refused(anyone.post(CREATE, content=PNG, headers=headers))


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "LINK"])
def test_wrong_method(server: Server, anyone: httpx.Client, method: str) -> None:
    with nothing_left(server):
        response = anyone.request(method, CREATE, content=json.dumps({"image": TEXT}))
        assert_refused(response, 405, "method_not_allowed")


@pytest.mark.parametrize(
    "path", ["/x", "/api/x/", "/api/images/1/x/", "/media/x", "/static/x", "/%ff/", "/%00", "/admin.php"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_unknown_address(server: Server, anyone: httpx.Client, method: str, path: str) -> None:
    with nothing_left(server):
        assert_refused(anyone.request(method, path, content=b"x"))


@pytest.mark.parametrize("query", ["?format=xml", "?format=%ff", "?format=" + "a" * 3000])
def test_unknown_format(server: Server, anyone: httpx.Client, query: str) -> None:
    with nothing_left(server):
        assert_refused(anyone.post(CREATE + query, json={"image": TEXT}), 404, "not_found")
        assert_refused(
            anyone.post(CREATE, json={"image": TEXT}, headers={"Accept": "application/xml"}), 406, "not_acceptable"
        )
