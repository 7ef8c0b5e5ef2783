"""Cloudinary, through its own SDK, against a server that was written from its documentation alone."""

import hashlib
import io
import time
import urllib.request

import cloudinary as sdk
import pytest
from cloudinary import uploader
from cloudinary.exceptions import AuthorizationRequired, BadRequest
from tests.pictures import photo, png
from tests.services import cloudinary_server as server
from tests.services.cloudinary import CLOUD, KEY, SECRET
from tests.storage.noise import Noise

from safelight.errors import ConfigurationError, KeyTaken, StorageUnavailable
from safelight.protocols import Remote
from safelight.storage import from_url
from safelight.storage.cloudinary import AT_ONCE, CloudinaryStorage
from safelight.testing import StorageConformance

PICTURE = "2026/11/k3v5x2.png"


@pytest.fixture
def storage(cloudinary_server) -> CloudinaryStorage:
    return from_url(cloudinary_server.url(prefix="tests"))


def fetch(url: str) -> tuple[str, bytes]:
    with urllib.request.urlopen(url) as answer:
        return answer.headers["Content-Type"], answer.read()


class TestCloudinary(StorageConformance):
    @pytest.fixture(autouse=True)
    def _url(self, cloudinary_server):
        self.url = cloudinary_server.url()

    def make_storage(self) -> CloudinaryStorage:
        return from_url(self.url)


class TestTheServer:
    """It checks what Cloudinary checks: else nothing that passes here would prove anything."""

    def test_signatures_are_those_of_the_documentation(self):
        parameters = {"public_id": "sample_image", "timestamp": "1315060510", "file": "...", "api_key": "1234"}
        text = server.string_to_sign(parameters, 1)
        assert text == "public_id=sample_image&timestamp=1315060510"
        assert hashlib.sha1((text + "abcd").encode()).hexdigest() == "b4ad47fb4e25c7bf5f92a20089f9db59bc302313"
        assert server.is_signed(parameters | {"signature": "b4ad47fb4e25c7bf5f92a20089f9db59bc302313"}, "abcd")
        sha256 = hashlib.sha256((text + "abcd").encode()).hexdigest()
        assert server.is_signed(parameters | {"signature": sha256}, "abcd")
        assert not server.is_signed(parameters | {"signature": sha256}, "abce")

    def test_an_ampersand_in_a_value_does_not_end_it(self):
        assert server.string_to_sign({"a": "1&b=2"}, 2) == "a=1%26b=2"

    @pytest.mark.parametrize("version", [1, 2])
    @pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
    def test_the_sdk_is_understood_whatever_it_signs_with(self, cloudinary_server, algorithm, version):
        options = self.options(cloudinary_server, signature_algorithm=algorithm, signature_version=version)
        assert uploader.upload(png(1, 1), public_id="signed", **options)["public_id"] == "signed"
        assert uploader.destroy("signed", **options) == {"result": "ok"}
        assert uploader.destroy("signed", **options) == {"result": "not found"}

    def test_a_wrong_secret(self, cloudinary_server):
        with pytest.raises(AuthorizationRequired, match="Invalid Signature"):
            uploader.upload(png(1, 1), **self.options(cloudinary_server, api_secret="guessed"))

    def test_a_signature_of_two_hours_ago(self, cloudinary_server, monkeypatch):
        monkeypatch.setattr(sdk.utils, "now", lambda: str(int(time.time()) - 7200))
        with pytest.raises(BadRequest, match="Stale request"):
            uploader.upload(png(1, 1), **self.options(cloudinary_server))

    def test_chunks_that_are_too_small(self, cloudinary_server):
        with pytest.raises(BadRequest, match="larger than 5mb"):
            uploader.upload_large(
                io.BytesIO(b"x" * 2_000_000),
                chunk_size=1_000_000,
                resource_type="raw",
                **self.options(cloudinary_server),
            )

    def test_the_sdks_own_chunks(self, cloudinary_server):
        options = self.options(cloudinary_server, resource_type="raw")
        answer = uploader.upload_large(io.BytesIO(b"x" * 13_000_000), chunk_size=6_000_000, **options)
        assert answer["bytes"] == 13_000_000
        assert uploader.destroy(answer["public_id"], **options) == {"result": "ok"}

    def options(self, cloudinary_server, **more: object) -> dict[str, object]:
        prefix = f"http://{cloudinary_server.address}"
        return {"cloud_name": CLOUD, "api_key": KEY, "api_secret": SECRET, "upload_prefix": prefix, **more}


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        (PICTURE, png(3, 4), "image/png"),
        ("a.jpg", photo(), "image/jpeg"),
        ("a.jpeg", photo(), "image/jpeg"),
        ("a.pdf", b"%PDF-1.7", "application/octet-stream"),
        ("b b/č.bin", b"data", "application/octet-stream"),
    ],
)
def test_a_key_is_all_that_is_needed_to_show_it_and_to_delete_it(storage, cloudinary_server, name, data, media_type):
    storage.save(name, io.BytesIO(data))
    assert fetch(storage.url(name)) == (media_type, data)
    assert abs(storage.version(name) - time.time()) < 60
    another_process = from_url(cloudinary_server.url(prefix="tests"))
    another_process.delete(name)
    assert storage.version(name) is None
    with pytest.raises(FileNotFoundError):
        storage.open(name)


def test_a_picture_and_its_thumbnail_are_two(storage):
    data = {PICTURE: png(3, 4), PICTURE + ".thumbnail.webp": b"RIFF\0\0\0\0WEBPVP8 "}
    for name, content in data.items():
        storage.save(name, io.BytesIO(content))
    assert {name: fetch(storage.url(name))[1] for name in data} == data
    for name in data:
        storage.delete(name)


@pytest.mark.parametrize("size", [1, AT_ONCE, AT_ONCE + 1, AT_ONCE + 10_000_000])
@pytest.mark.parametrize("seekable", [True, False])
def test_any_size_comes_back(storage, size, seekable):
    data = Noise(size).read()
    storage.save("any.bin", io.BytesIO(data) if seekable else Noise(size))
    with storage.open("any.bin") as content:
        assert content.seek(0, io.SEEK_END) == size
        content.seek(size // 2)
        assert content.read() == data[size // 2 :]
    with pytest.raises(KeyTaken):
        storage.save("any.bin", io.BytesIO(b"x" * size))
    storage.delete("any.bin")


def test_what_was_read_before_is_not_sent(storage):
    content = io.BytesIO(b"before" + Noise(AT_ONCE + 5).read())
    content.seek(6)
    storage.save("rest.bin", content)
    assert not content.closed
    with storage.open("rest.bin") as stored:
        assert stored.read() == Noise(AT_ONCE + 5).read()
    storage.delete("rest.bin")


def test_nothing_is_set_for_the_whole_process(storage, monkeypatch):
    """The app may use the SDK itself, with another account."""
    before = dict(vars(sdk.config()))
    monkeypatch.setattr(sdk.config(), "cloud_name", "of-the-app")
    monkeypatch.setattr(sdk.config(), "oauth_token", "of-the-app")
    monkeypatch.setattr(sdk.config(), "cname", "app.example")
    storage.save(PICTURE, io.BytesIO(png(3, 4)))
    assert fetch(storage.url(PICTURE))[1] == png(3, 4)
    storage.delete(PICTURE)
    monkeypatch.undo()
    assert dict(vars(sdk.config())) == before


def test_a_file_that_the_account_changes_is_not_kept(storage, monkeypatch):
    """By an upload preset with a transformation, which is what it is in the ledger no more."""
    real = uploader.upload
    monkeypatch.setattr(uploader, "upload", lambda *given, **options: real(*given, **options) | {"bytes": 5})
    with pytest.raises(StorageUnavailable) as refusal:
        storage.save(PICTURE, io.BytesIO(png(3, 4)))
    assert "upload preset" in refusal.value.reason
    assert not storage.exists(PICTURE)


def test_what_is_no_picture_is_refused_as_one(storage):
    with pytest.raises(StorageUnavailable) as refusal:
        storage.save("a.png", io.BytesIO(b"no picture"))
    assert refusal.value.reason == "Invalid image file"


@pytest.mark.parametrize("name", ["a?b.png", "a#b.png", "a%41.png", "a&b", " a.png"])
def test_names_that_cloudinary_does_not_take(storage, name):
    with pytest.raises(ValueError, match="no name at Cloudinary"):
        storage.save(name, io.BytesIO(b"data"))


class TestUrls:
    @pytest.mark.parametrize(
        ("url", "address"),
        [
            ("cloudinary://k:s@demo", "https://res.cloudinary.com/demo/image/upload/v1/a/b.png"),
            ("cloudinary://k:s@demo?prefix=m/n", "https://res.cloudinary.com/demo/image/upload/v1/m/n/a/b.png"),
            (
                "cloudinary://k:s@demo?private_cdn=true&cname=img.example",
                "https://img.example/image/upload/v1/a/b.png",
            ),
            ("cloudinary://k:s@demo/img.example", "https://img.example/image/upload/v1/a/b.png"),
        ],
    )
    def test_where_files_are(self, url, address):
        assert from_url(url, "/media/").url("a/b.png") == address

    def test_the_account_can_come_from_its_usual_variable(self, cloudinary_server, monkeypatch):
        monkeypatch.setenv("CLOUDINARY_URL", cloudinary_server.url())
        storage = from_url("cloudinary:?prefix=variable")
        storage.save(PICTURE, io.BytesIO(png(3, 4)))
        assert f"http://{cloudinary_server.address}/demo/image/upload/v1/variable/2026" in storage.url(PICTURE)
        storage.delete(PICTURE)

    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("cloudinary:", "set CLOUDINARY_URL"),
            ("cloudinary://demo", "write cloudinary://key:secret@cloud"),
            ("cloudinary://k:hidden@demo?prefix=../x", "no prefix"),
            ("cloudinary://k:hidden@demo?signature_algorithm=md5", "sha1 or sha256"),
            ("cloudinary://k:hidden@demo?timeout=0", "number of seconds"),
            ("cloudinary://k:hidden@demo?color=red", "unknown option color"),
        ],
    )
    def test_a_wrong_one_is_explained_without_its_secret(self, url, words, monkeypatch):
        monkeypatch.delenv("CLOUDINARY_URL", raising=False)
        with pytest.raises(ConfigurationError, match=words) as error:
            from_url(url)
        assert "hidden" not in str(error.value)


class TestTrouble:
    def test_none(self, storage):
        assert isinstance(storage, Remote)
        assert storage.trouble() is None

    def test_a_wrong_secret(self, cloudinary_server):
        storage = from_url(cloudinary_server.url(secret="guessed"))
        trouble = storage.trouble()
        assert trouble
        assert "CLOUDINARY_URL" in trouble
        assert "guessed" not in trouble
        for call in (
            lambda: storage.save(PICTURE, io.BytesIO(png(3, 4))),
            lambda: storage.exists(PICTURE),
            lambda: storage.delete(PICTURE),
        ):
            with pytest.raises(StorageUnavailable):
                call()

    def test_nobody_there(self):
        storage = from_url("cloudinary://k:s@demo?upload_prefix=http://127.0.0.1:1&cname=127.0.0.1:1")
        for call in (storage.trouble, lambda: storage.open(PICTURE), lambda: storage.delete(PICTURE)):
            with pytest.raises(StorageUnavailable):
                call()
