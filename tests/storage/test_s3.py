"""S3, against a real store that checks every signature: whole or not there, and told apart when it cannot be."""

import io
import os
import urllib.request
from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError

import pytest

from safelight.blob import Blob
from safelight.errors import KeyTaken, StorageUnavailable
from safelight.ledger import MemoryLedger
from safelight.protocols import InParts, Remote
from safelight.storage import MemoryStorage, from_url, objects
from safelight.storage import s3 as s3_module
from safelight.storage.objects import AT_ONCE
from safelight.storage.s3 import S3Storage
from safelight.storage.sigv4 import Credentials, presigned
from safelight.storage.urls import StorageUrl
from safelight.sweep import sweep
from safelight.testing import StorageConformance
from safelight.testing.expect import fresh_key

BUCKET = "safelight-tests"


@pytest.fixture
def storage(s3) -> S3Storage:
    return from_url(s3.url(BUCKET, "media"))


def keys(s3, prefix: str = "") -> list[str]:
    """All that lies in the bucket."""
    status, listing = s3.request("GET", BUCKET, prefix=prefix)
    assert status == 200, listing
    return [part.partition("</Key>")[0] for part in listing.split("<Key>")[1:]]


def uploads(s3) -> list[str]:
    """The keys of uploads in parts that were never finished."""
    status, listing = s3.request("GET", BUCKET, uploads="")
    assert status == 200, listing
    return [part.partition("</Key>")[0] for part in listing.split("<Key>")[1:]]


def fetch(url: str) -> tuple[int, dict[str, str], bytes]:
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


_PATTERN = bytes(range(251))  # of a prime length, so that no two parts are the same


class Noise(io.RawIOBase):
    """`size` bytes, made as they are read. `fails_at`: where the source breaks off."""

    def __init__(self, size: int, fails_at: int | None = None) -> None:
        super().__init__()
        self.left, self.given, self.fails_at = size, 0, fails_at

    def readable(self) -> bool:
        return True

    def readinto(self, target) -> int:
        if self.fails_at is not None and self.given >= self.fails_at:
            raise ConnectionError("the source failed")
        count = min(self.left, len(target), 1 << 18)
        start = self.given % len(_PATTERN)
        target[:count] = (_PATTERN * (count // len(_PATTERN) + 2))[start : start + count]
        self.left -= count
        self.given += count
        return count


class TestS3(StorageConformance):
    @pytest.fixture(autouse=True)
    def _bucket(self, s3):
        self.url = s3.url(BUCKET, "conformance")

    def make_storage(self) -> S3Storage:
        return from_url(self.url)

    def test_nothing_is_left(self, s3):
        assert keys(s3, "conformance/") == []


@pytest.mark.parametrize("size", [0, 1, AT_ONCE, AT_ONCE + 1, AT_ONCE + 10_000_000])
def test_any_size_comes_back(storage, size):
    storage.save("any.bin", Noise(size))
    try:
        with storage.open("any.bin") as content:
            assert content.seek(0, io.SEEK_END) == size
            content.seek(0)
            assert content.read() == Noise(size).read()
    finally:
        storage.delete("any.bin")


def test_what_goes_up_in_parts_overwrites_nothing_either(storage):
    storage.save("a.bin", io.BytesIO(b"first"))
    with pytest.raises(KeyTaken):
        storage.save("a.bin", Noise(AT_ONCE + 1))
    with storage.open("a.bin") as content:
        assert content.read() == b"first"
    storage.delete("a.bin")


def test_a_source_that_breaks_off_leaves_no_parts(storage, s3):
    with pytest.raises(ConnectionError):
        storage.save("broken.bin", Noise(60_000_000, fails_at=40_000_000))
    assert not storage.exists("broken.bin")
    assert uploads(s3) == []


def test_parts_of_a_killed_process_are_discarded_by_name(storage, s3):
    assert isinstance(storage, InParts)
    for name in ("killed.png", "killed.png.thumbnail.webp"):
        status, begun = s3.request("POST", f"{BUCKET}/media/{name}", b"", uploads="")
        assert status == 200
        upload = begun.partition("<UploadId>")[2].partition("<")[0]
        s3.request("PUT", f"{BUCKET}/media/{name}", b"x" * 100, uploadId=upload, partNumber="1")
    storage.discard_parts("killed.png")
    assert uploads(s3) == ["media/killed.png.thumbnail.webp"], "of this name, and of no other"
    storage.discard_parts("killed.png.thumbnail.webp")
    storage.discard_parts("killed.png")
    assert uploads(s3) == []


def test_a_sweep_discards_the_parts_of_an_upload_that_was_killed(storage, s3):
    ledger, key = MemoryLedger(), fresh_key()
    ledger.intend(key, "default")
    s3.request("POST", f"{BUCKET}/media/{key}", b"", uploads="")
    assert uploads(s3) == [f"media/{key}"]
    later = datetime.now(UTC) + timedelta(days=2)
    assert sweep(ledger, {"default": storage}, look=lambda keys: (), now=later).unfinished == 1
    assert uploads(s3) == []


def test_a_beginning_whose_answer_was_lost_is_discarded_with_the_save_that_repeated_it(s3):
    storage = s3_module.s3(StorageUrl(s3.url(BUCKET, "media")), at_once=1000, part=1000)
    s3.request("POST", f"{BUCKET}/media/twice.bin", b"", uploads="")
    storage.save("twice.bin", Noise(2500))
    assert uploads(s3) == []
    with storage.open("twice.bin") as content:
        assert content.read() == Noise(2500).read()
    storage.delete("twice.bin")


def test_a_sweep_discards_the_parts_of_a_copy_whose_move_was_killed(storage, s3):
    ledger, key = MemoryLedger(), fresh_key()
    ledger.intend(key, "default")
    ledger.ready(Blob(key, "default", "image/png", 1, ""))
    ledger.copying(key, "default", "second")
    s3.request("POST", f"{BUCKET}/media/{key}", b"", uploads="")
    later = datetime.now(UTC) + timedelta(days=2)
    storages = {"default": MemoryStorage(), "second": storage}
    assert sweep(ledger, storages, look=lambda keys: (), now=later).deleted == 1
    assert uploads(s3) == []


@pytest.mark.parametrize(
    ("name", "media_type", "disposition"),
    [
        ("2026/11/a.jpg", "image/jpeg", "inline"),
        ("a.png.thumbnail.webp", "image/webp", "inline"),
        ("a.pdf", "application/pdf", "attachment"),
        ("a.html", "application/octet-stream", "attachment"),
        ("a.svg", "application/octet-stream", "attachment"),
        ("a b/č", "application/octet-stream", "attachment"),
    ],
)
@pytest.mark.parametrize("size", [4, AT_ONCE + 1], ids=["at once", "in parts"])
def test_a_browser_gets_it_by_a_signed_address_and_may_keep_it(storage, name, media_type, disposition, size):
    storage.save(name, Noise(size))
    try:
        status, headers, body = fetch(storage.url(name))
        assert (status, len(body)) == (200, size)
        assert headers["Content-Type"] == media_type
        assert headers["Content-Disposition"] == disposition
        assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    finally:
        storage.delete(name)


def test_nobody_else_gets_it(storage):
    storage.save("secret.png", io.BytesIO(b"data"))
    try:
        url = storage.url("secret.png")
        assert fetch(url.partition("?")[0])[0] in (400, 403)  # Swift calls a request without a date malformed
        assert fetch(url.replace("secret.png", "other.png"))[0] == 403
    finally:
        storage.delete("secret.png")


def test_an_address_stays_the_same_in_its_window_in_every_process(s3, monkeypatch):
    def addresses() -> set[str]:
        return {from_url(s3.url(BUCKET, "media", expires="600")).url("a.png") for _ in range(3)}

    monkeypatch.setattr(objects.time, "time", lambda: 600_000.0)
    first = addresses()
    monkeypatch.setattr(objects.time, "time", lambda: 600_599.0)
    assert addresses() == first
    assert len(first) == 1
    monkeypatch.setattr(objects.time, "time", lambda: 600_600.0)
    assert addresses().isdisjoint(first)
    assert "X-Amz-Expires=1200" in first.pop(), "good for a whole window more"


def test_without_credentials_in_the_environment_this_process_remembers_its_addresses(s3, monkeypatch):
    """As on a machine whose role may use the bucket; here obstore was given the credentials while they were there."""
    storage = from_url(s3.url(BUCKET, "media"))
    storage.save("role.png", io.BytesIO(b"data"))
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    first = storage.url("role.png")
    assert fetch(first)[2] == b"data"
    assert storage.url("role.png") == first
    storage.discard_parts("role.png")  # left to the bucket's lifecycle rule
    storage.delete("role.png")


def test_a_public_bucket_has_plain_addresses(s3):
    storage = from_url(s3.url(BUCKET, "media", public_url="https%3A//cdn.example/m"))
    assert storage.url("a b/č.png") == "https://cdn.example/m/a%20b/%C4%8D.png"


@pytest.mark.parametrize("host", ["examplebucket.s3.amazonaws.com", "ExampleBucket.S3.amazonaws.com:443"])
def test_signatures_are_those_of_the_specification(host):
    """The example of AWS's own documentation; and of the host as clients send it, however it was configured."""
    url = presigned(
        "GET",
        f"https://{host}/test.txt",
        Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        region="us-east-1",
        at=datetime(2013, 5, 24, tzinfo=UTC),
        seconds=86400,
    )
    assert url.startswith("https://examplebucket.s3.amazonaws.com/test.txt?")
    assert url.endswith("&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")


class TestTrouble:
    def test_none(self, storage):
        assert isinstance(storage, Remote)
        assert storage.trouble() is None

    def test_a_wrong_secret(self, s3, monkeypatch):
        url = s3.url(BUCKET)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "guessed")
        storage = from_url(url)
        trouble = storage.trouble()
        assert trouble
        assert "AWS_SECRET_ACCESS_KEY" in trouble
        assert "SignatureDoesNotMatch" in trouble
        assert "guessed" not in trouble
        for call in (
            lambda: storage.save("a", io.BytesIO(b"data")),
            lambda: storage.open("a"),
            lambda: storage.exists("a"),
            lambda: storage.delete("a"),
            lambda: storage.discard_parts("a"),
        ):
            with pytest.raises(StorageUnavailable) as refusal:
                call()
            assert refusal.value.retry_after

    def test_no_such_bucket(self, s3):
        storage = from_url(s3.url(BUCKET).replace(BUCKET, "no-such-bucket"))
        assert storage.trouble() == "There is no bucket 'no-such-bucket'."
        for size in (4, AT_ONCE + 1):
            with pytest.raises(StorageUnavailable, match="could not be stored"):
                storage.save("a", Noise(size))

    def test_no_credentials(self, s3, monkeypatch):
        url = s3.url(BUCKET)
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:1")  # a machine without a role
        storage = from_url(url)
        assert (storage.trouble() or "").startswith("There are no credentials for bucket 'safelight-tests': set AWS_")
        with pytest.raises(StorageUnavailable):
            storage.save("a", io.BytesIO(b"data"))

    def test_nobody_there_is_no_trouble_of_the_settings(self, s3):
        storage = from_url("s3://bucket?endpoint=http://127.0.0.1:1")
        with pytest.raises(StorageUnavailable):
            storage.trouble()


def test_bytes_do_not_depend_on_variables_of_other_tools(s3, monkeypatch):
    """The bucket is the URL's, whatever a tool before us has left in the environment."""
    monkeypatch.setenv("AWS_BUCKET", "another")
    storage = from_url(s3.url(BUCKET, "media"))
    storage.save("mine.png", io.BytesIO(b"data"))
    assert keys(s3, "media/mine") == ["media/mine.png"]
    storage.delete("mine.png")
    assert os.environ["AWS_BUCKET"] == "another"
