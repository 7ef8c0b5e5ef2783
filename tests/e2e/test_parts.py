"""Names and multipart bodies that were made to break things: what the client says decides nothing."""

import json
import re
import unicodedata
from pathlib import Path

import httpx
import pytest
from tests.e2e.checks import CREATE, assert_refused, assert_safe_headers, key_of, nothing_left, one_more
from tests.e2e.server import Server
from tests.judge import ITEMS, Outcome, problems, read
from tests.pictures import pixels

CORPUS = Path(__file__).parent.parent / "corpus"
NAMES = json.loads((CORPUS / "names.json").read_text())["items"]
BODIES = json.loads((CORPUS / "multipart" / "expected.json").read_text())["items"]
DATA_URLS = json.loads((CORPUS / "dataurls.json").read_text())["items"]
PICTURE = (CORPUS / "good" / "plain.jpg").read_bytes()
BOUNDARY = "e2e-boundary"


def multipart(name: bytes) -> tuple[bytes, dict[str, str]]:
    """One file part whose name is sent as it is, but for what would end the header itself."""
    quoted = name.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    head = (
        b'Content-Disposition: form-data; name="image"; filename="' + quoted + b'"\r\nContent-Type: image/jpeg\r\n\r\n'
    )
    body = b"--" + BOUNDARY.encode() + b"\r\n" + head + PICTURE + b"\r\n--" + BOUNDARY.encode() + b"--\r\n"
    return body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


@pytest.mark.parametrize("item", NAMES, ids=lambda item: item["id"])
def test_client_names(server: Server, anyone: httpx.Client, item: dict) -> None:
    raw = bytes.fromhex(item["raw_hex"]) if "raw_hex" in item else item["name"].encode("utf-8", "surrogatepass")
    body, headers = multipart(raw)
    before, others = server.baseline(), set(server.files())
    response = anyone.post(CREATE, content=body, headers=headers)
    if response.status_code != 201:
        assert_refused(response)
        assert server.settled(before) == before
        return
    key = key_of(response)  # generated, whatever the name
    assert key.endswith(".jpg")
    assert server.settled(before.plus(1)) == before.plus(1)
    assert (server.media / key).is_file()
    assert all(server.media / "images" in path.parents for path in set(server.files()) - others)

    ((shown,),) = server.rows("SELECT filename FROM safelight_blob WHERE key = ?", key)
    assert not re.search(r"[/\\]", shown)
    assert shown not in (".", "..", "...")
    assert len(shown) <= 255
    assert shown == unicodedata.normalize("NFC", shown)
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in shown)

    served = anyone.get(response.json()["image"])
    assert_safe_headers(served, "image/jpeg")
    assert re.fullmatch(r"inline(; filename\*=UTF-8''[A-Za-z0-9._~%-]+)?", served.headers["Content-Disposition"])


def test_name_in_a_data_url(server: Server, anyone: httpx.Client) -> None:
    """Percent escapes of a data URL's name may hide line ends and paths."""
    url = next(item["value"] for item in DATA_URLS if item["id"] == "ok_data_url")
    for name, shown in (("..%2f..%2fx.php", "x.php"), ("a%0d%0aX-A:%20b.png", "aX-A: b.png"), ("%00%ff", "\ufffd")):
        with one_more(server):
            response = anyone.post(CREATE, json={"image": url.replace(";base64", f";name={name};base64")})
            key = key_of(response)
        assert server.rows("SELECT filename FROM safelight_blob WHERE key = ?", key) == [(shown,)]
        assert anyone.get(response.json()["image"]).headers["Content-Disposition"].isascii()


@pytest.mark.parametrize("item", BODIES, ids=lambda item: item["file"].removesuffix(".bin"))
def test_multipart_bodies(server: Server, anyone: httpx.Client, item: dict) -> None:
    body = (CORPUS / "multipart" / item["file"]).read_bytes()
    before = server.baseline()
    response = anyone.post(CREATE, content=body, headers={"Content-Type": item["content_type"].encode()})
    outcome = "accept" if response.status_code == 201 else "reject:4xx"
    assert outcome in (item["expected"], *item["also_ok"]), response.text
    if outcome == "accept":
        served = anyone.get(response.json()["image"])
        assert pixels(served.content) == pixels(PICTURE)
        assert_safe_headers(served, "image/jpeg")
        before = before.plus(1)
    else:
        assert_refused(response)
    assert server.settled(before) == before


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["file"])
def test_hostile_files(server: Server, anyone: httpx.Client, item: dict) -> None:
    before, resident = server.baseline(), server.resident()
    response = anyone.post(CREATE, files={"image": (item["upload_name"], read(item))})
    if response.status_code == 201:
        served = anyone.get(response.json()["image"])
        extension = key_of(response).rpartition(".")[2]
        assert_safe_headers(served, f"image/{extension}".replace("jpg", "jpeg"))
        outcome = Outcome(served.content, extension)
        without = item["file"] == "polyglot/gif_js_polyglot.gif"  # whose canvas is not what libvips takes it for
        before = before.plus(1)._replace(thumbnails=before.thumbnails + (not without))
    else:
        assert_refused(response)
        outcome = Outcome(code=response.json()["code"])
    assert problems(item, outcome) == []
    assert server.settled(before) == before
    assert server.resident() - resident < 40_000_000


@pytest.mark.parametrize("item", [item for item in DATA_URLS if "generate" not in item], ids=lambda item: item["id"])
def test_data_urls(server: Server, anyone: httpx.Client, item: dict) -> None:
    raw = item.get("json_raw") or json.dumps(item["value"])
    before = server.baseline()
    response = anyone.post(CREATE, content=f'{{"image": {raw}}}'.encode(), headers={"Content-Type": "application/json"})
    expected = item["expected"]
    possible = {expected["outcome"], *expected.get("also_ok", ())}
    if response.status_code == 201:
        assert "accept" in possible
        key_of(response)
        before = before.plus(1)
    else:
        assert_refused(response)
        code = response.json()["code"]
        reasons = {expected.get("reason"), *(ok.removeprefix("reject:") for ok in possible if ":" in ok)} - {None}
        assert any(ok.startswith("reject") for ok in possible)
        assert not reasons or code in reasons or "reject" in expected.get("also_ok", ())
    assert server.settled(before) == before


def test_many_at_once(server: Server, anyone: httpx.Client) -> None:
    with nothing_left(server):
        files = [("image", ("a.jpg", b"x"))] * 90
        assert_refused(anyone.post(CREATE, files=files), 415, "type_not_allowed")
    with one_more(server):  # the last of the same name counts, as for every form in Django
        files = [("image", ("a.jpg", b"x")), ("image", ("b.jpg", PICTURE)), ("other", ("c.jpg", PICTURE))]
        assert anyone.post(CREATE, files=files).status_code == 201
