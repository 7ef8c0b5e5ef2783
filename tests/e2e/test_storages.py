"""Pictures in a cloud, by one environment variable: the row keeps one short key, and when the cloud fails nothing is
kept that is not there."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from tests.e2e.checks import CREATE, assert_refused
from tests.e2e.server import PASSWORD, Server
from tests.services.cloudinary import LocalCloudinary
from tests.services.gateway import Gateway, gateway
from tests.services.swift import CREDENTIALS, Swift

BUCKET = "recognizer"
UPLOADS_OFF = {"SAFELIGHT_UPLOAD_RATE": "off"}


@pytest.fixture
def between(store: Swift) -> Iterator[Gateway]:
    """In front of the store."""
    with gateway(store.endpoint) as found:
        yield found


@pytest.fixture
def s3_server(new_server: Callable[..., Server], store: Swift, between: Gateway) -> Server:
    """Its pictures are in the store, behind the gateway."""
    url = store.url(BUCKET, "pictures", timeout="2").replace(store.endpoint, between.url)
    return new_server(SAFELIGHT_STORAGE=url, **CREDENTIALS, **UPLOADS_OFF)


def lying(store: Swift) -> set[str]:
    """The names of all that lies in the bucket, without the thumbnails."""
    found = re.findall(r"<Key>pictures/(.*?)</Key>", store.request("GET", BUCKET)[1])
    return {name for name in found if not name.endswith(".thumbnail.webp")}


def ready(server: Server) -> set[str]:
    return {key for (key,) in server.rows("SELECT key FROM safelight_blob WHERE state = 'ready'")}


def addresses(server: Server) -> list[str]:
    """What staff are told of all pictures."""
    with server.client() as client:
        token = client.post("/api/token/", json={"username": "admin", "password": PASSWORD}).json()["token"]
        found = client.get("/api/images/", headers={"Authorization": f"Token {token}"}).json()["results"]
    return [image["image"] for image in found]


def assert_unavailable(response: httpx.Response) -> None:
    """Not the client's fault, who is told so and when to try again; and nothing of how the store is reached."""
    assert response.status_code == 503, response.text[:500]
    assert response.headers["Content-Type"] in ("application/json", "application/problem+json")
    assert int(response.headers["Retry-After"]) > 0
    answer = response.json()
    assert answer["code"] == "storage_unavailable"
    assert answer["detail"] == "The file could not be stored just now. Try again in a moment."
    assert "127.0.0.1" not in response.text


def assert_kept_in_the_cloud(server: Server, picture: bytes) -> str:
    """A picture that is sent is not on the disk, and is at the address that the API tells, which is returned."""
    with server.client() as client:
        created = client.post(CREATE, files={"image": ("a.png", picture, "image/png")})
    assert created.status_code == 201, created.text
    assert server.files() == []
    ((key,),) = server.rows("SELECT image FROM resolver_image")
    assert len(key) <= 100
    (address,) = addresses(server)
    served = httpx.get(address, trust_env=False)
    assert (served.status_code, served.headers["Content-Type"], served.content) == (200, "image/png", picture)
    return address


def test_pictures_in_s3(s3_server: Server, store: Swift, between: Gateway, small_png: bytes) -> None:
    before = lying(store)
    address = assert_kept_in_the_cloud(s3_server, small_png)
    assert lying(store) - before == ready(s3_server)
    assert address.startswith(f"{between.url}/{BUCKET}/pictures/")
    with s3_server.client() as client:
        policy = client.get("/").headers["Content-Security-Policy"]
    assert between.url in policy, "the pages may show it"


def test_pictures_in_cloudinary(new_server: Callable[..., Server], cloud: LocalCloudinary, small_png: bytes) -> None:
    server = new_server(SAFELIGHT_STORAGE=cloud.url(), **UPLOADS_OFF)
    address = assert_kept_in_the_cloud(server, small_png)
    assert urlsplit(address).path.startswith("/demo/image/upload/v1/")


def test_a_private_bucket_can_be_served_by_the_app(
    new_server: Callable[..., Server], store: Swift, small_png: bytes
) -> None:
    url = store.url(BUCKET, "private", public_url="/media/")
    server = new_server(SAFELIGHT_STORAGE=url, **CREDENTIALS, **UPLOADS_OFF)
    assert assert_kept_in_the_cloud(server, small_png).startswith(f"{server.url}/media/")


@pytest.mark.parametrize("mode", ["down", "silent", "full", "half"])
def test_a_store_that_fails(s3_server: Server, store: Swift, between: Gateway, camera: bytes, mode: str) -> None:
    with s3_server.client() as client:
        picture = {"image": ("a.jpg", camera, "image/jpeg")}
        assert client.post(CREATE, files=picture).status_code == 201
        kept, lay, before = ready(s3_server), lying(store), s3_server.counts()
        between.become(mode)
        assert_unavailable(client.post(CREATE, files=picture))
        assert ready(s3_server) == kept
        after = s3_server.counts()
        assert (after.blobs, after.intents) == (before.blobs + 1, before.intents + 1), "an intent for the sweep"
        assert (after.images, after.references) == (before.images, before.references)
        assert (after.files, after.temporary) == (0, 0)
        between.become("open")
        assert lying(store) == lay, "nothing half-stored"
        for (key,) in s3_server.rows("SELECT key FROM safelight_blob WHERE state = 'intent'"):
            assert_refused(client.get(f"/media/{key}"), 404, "unknown_key")
        assert client.post(CREATE, files=picture).status_code == 201, "it works again when the store does"


def test_delivery_from_a_store_that_fails(s3_server: Server, between: Gateway, small_png: bytes) -> None:
    with s3_server.client() as client:
        client.post(CREATE, files={"image": ("a.png", small_png, "image/png")})
        (key,) = ready(s3_server)
        assert client.get(f"/media/{key}").content == small_png
        between.become("down")
        refused = client.get(f"/media/{key}")
        assert_unavailable(refused)
        assert refused.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("kind", ["s3", "cloudinary"])
def test_wrong_credentials_are_found_before_the_first_request(
    new_server: Callable[..., Server], store: Swift, cloud: LocalCloudinary, kind: str, small_png: bytes
) -> None:
    url = store.url(BUCKET) if kind == "s3" else cloud.url(secret="guessed")
    wrong = CREDENTIALS | {"AWS_SECRET_ACCESS_KEY": "guessed"}
    server = new_server(SAFELIGHT_STORAGE=url, **wrong, **UPLOADS_OFF)
    with server.managing("check") as process:
        said = process.communicate()[1]
    assert process.returncode == 1
    assert "safelight.E015" in said
    assert "STORAGES['default']" in said
    assert ("AWS_SECRET_ACCESS_KEY" if kind == "s3" else "CLOUDINARY_URL") in said
    assert "guessed" not in said
    with server.client() as client:  # who starts it all the same is told by every upload
        assert_unavailable(client.post(CREATE, files={"image": ("a.png", small_png, "image/png")}))
    assert ready(server) == set()


def test_a_store_that_is_down_does_not_keep_the_site_from_starting(s3_server: Server, between: Gateway) -> None:
    between.become("down")
    with s3_server.managing("check") as process:
        said = process.communicate()[1]
    assert process.returncode == 0, said
    assert "safelight.W016" in said
