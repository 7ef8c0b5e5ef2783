"""Azure, against Microsoft's own emulator: what `test_s3` says of object stores in general holds here, too."""

import io
import urllib.request
from urllib.error import HTTPError

import pytest
from tests.storage.noise import Noise

from safelight.errors import ConfigurationError, KeyTaken, StorageUnavailable
from safelight.storage import from_url
from safelight.storage.objects import AT_ONCE, ObjectStorage
from safelight.testing import StorageConformance

CONTAINER = "safelight-tests"


@pytest.fixture
def storage(azure) -> ObjectStorage:
    return from_url(azure.url(CONTAINER, "media"))


class TestAzure(StorageConformance):
    @pytest.fixture(autouse=True)
    def _container(self, azure):
        self.url = azure.url(CONTAINER, "conformance")

    def make_storage(self) -> ObjectStorage:
        return from_url(self.url)


@pytest.mark.parametrize("size", [0, 1, AT_ONCE, AT_ONCE + 1])
def test_any_size_comes_back_and_nothing_overwrites_it(storage, size):
    storage.save("any.bin", Noise(size))
    with storage.open("any.bin") as content:
        assert content.read() == Noise(size).read()
    for other in (4, AT_ONCE + 1):
        with pytest.raises(KeyTaken):
            storage.save("any.bin", Noise(other))
    storage.delete("any.bin")


@pytest.mark.parametrize("size", [4, AT_ONCE + 1], ids=["at once", "in parts"])
def test_a_browser_gets_it_by_a_signed_address_and_may_keep_it(storage, size):
    storage.save("2026/a.png", Noise(size))
    url = storage.url("2026/a.png")
    assert storage.url("2026/a.png") == url, "the same for a while"
    with urllib.request.urlopen(url) as answer:
        assert len(answer.read()) == size
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["Content-Disposition"] == "inline"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    with pytest.raises(HTTPError) as refusal:
        urllib.request.urlopen(url.partition("?")[0])
    with refusal.value as error:
        assert error.code in (403, 404, 409)
    storage.delete("2026/a.png")


def test_wrong_credentials_and_containers_are_told_apart(azure, storage, monkeypatch):
    assert storage.trouble() is None
    url = azure.url(CONTAINER)
    assert (
        from_url(url.replace(CONTAINER, "no-such-container")).trouble() == "There is no container 'no-such-container'."
    )
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "Z3Vlc3NlZA==")
    stranger = from_url(url)
    assert "AZURE_STORAGE_ACCOUNT_KEY" in (stranger.trouble() or "")
    with pytest.raises(StorageUnavailable):
        stranger.save("a", io.BytesIO(b"data"))


def test_without_an_account_there_is_no_storage(monkeypatch):
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    with pytest.raises(ConfigurationError, match="AZURE_STORAGE_ACCOUNT_NAME"):
        from_url("az://container")
