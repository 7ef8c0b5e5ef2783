"""The storage in memory passes the suite that every storage must pass."""

import io

from safelight.storage import MemoryStorage
from safelight.testing import StorageConformance


class TestMemoryStorage(StorageConformance):
    def make_storage(self) -> MemoryStorage:
        return MemoryStorage()


def test_addresses_are_quoted():
    assert MemoryStorage("/media/").url("a b/č.png") == "/media/a%20b/%C4%8D.png"


def test_what_was_opened_stays_readable_after_it_was_deleted():
    storage = MemoryStorage()
    storage.save("a", io.BytesIO(b"data"))
    with storage.open("a") as content:
        storage.delete("a")
        assert content.read() == b"data"
