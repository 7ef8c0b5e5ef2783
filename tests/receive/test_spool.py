"""Receiving is bounded by the bytes that come, and leaves nothing open."""

import gc
import io
import os
import tempfile

import pytest

from safelight import Upload
from safelight.errors import Empty, StorageUnavailable, TooLarge
from safelight.receive import CHUNK, Spool, receive


class Source(io.RawIOBase):
    """Gives `size` bytes, a thousand at a time, and then fails if told so."""

    def __init__(self, size: int, error: BaseException | None = None) -> None:
        super().__init__()
        self.left, self.error, self.read_so_far = size, error, 0

    def read(self, size: int = -1) -> bytes:
        if not self.left and self.error:
            raise self.error
        count = min(self.left, 1000)
        self.left -= count
        self.read_so_far += count
        return b"x" * count


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_all_bytes_arrive():
    data = os.urandom(3 * CHUNK + 17)
    with receive(Upload(io.BytesIO(data)), len(data)) as spool:
        assert spool.size == len(data)
        assert spool.buffer[:] == data
    assert spool.closed


def test_it_is_read_from_where_it_stands():
    content = io.BytesIO(b"0123456789")
    content.seek(4)
    with receive(Upload(content), 100) as spool:
        assert spool.buffer[:] == b"456789"


@pytest.mark.parametrize("size", [None, 1, 10_000])
def test_the_limit_counts_bytes_whatever_is_claimed(size):
    with receive(Upload(Source(10_000), size=size), 10_000) as spool:
        assert spool.size == 10_000
    source = Source(1_000_000)
    with pytest.raises(TooLarge) as refusal:
        receive(Upload(source, size=size), 10_000)
    assert refusal.value.numbers == {"limit": 10_000, "actual": None}
    assert source.read_so_far <= 11_000


def test_a_claim_over_the_limit_is_refused_before_anything_is_read():
    source = Source(1000)
    with pytest.raises(TooLarge, match=r"at most 999 bytes are accepted and this one has 1 kB") as refusal:
        receive(Upload(source, size=1000), 999)
    assert source.read_so_far == 0
    assert refusal.value.numbers == {"limit": 999, "actual": 1000}


def test_nothing_is_no_file():
    with pytest.raises(Empty):
        receive(Upload(io.BytesIO()), 100)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (Source(5000), TooLarge),
        (Source(0), Empty),
        (Source(500, ConnectionError()), ConnectionError),
        (Source(500, KeyboardInterrupt()), KeyboardInterrupt),
        (io.StringIO("text"), TypeError),
    ],
    ids=["too large", "empty", "a client that goes away", "interrupted", "text"],
)
def test_nothing_is_left_open_or_lying_about(content, error, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = open_files()
    with pytest.raises(error) as caught:
        receive(Upload(content), 1000)
    assert open_files() == before
    assert list(tmp_path.iterdir()) == []
    del caught


def test_a_spool_has_no_name_and_is_gone_when_closed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = open_files()
    with receive(Upload(Source(5000)), 5000) as spool:
        assert spool.buffer[:3] == b"xxx"
        assert list(tmp_path.iterdir()) == []
    assert open_files() == before


def test_a_closed_spool_reads_no_other_file(tmp_path):
    """The system gives the number of a closed file to the next one that is opened."""
    with Spool(100) as spool:
        spool.write(b"picture")
        buffer = spool.buffer
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    with secret.open("rb"), pytest.raises(ValueError, match="closed"):
        buffer[0:6]


def test_what_came_in_a_spool_is_not_read_again_and_stays_its_owners():
    with Spool(100) as spool:
        spool.write(b"picture")
        with receive(Upload(spool), 100) as again:
            assert again.buffer[0:7] == b"picture"
        assert not spool.closed
        assert spool.buffer[0:7] == b"picture"


def test_a_temporary_folder_that_is_not_there_is_no_fault_of_the_uploads(monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/nonexistent")
    with pytest.raises(StorageUnavailable):
        Spool(100)
    gc.collect()  # what was half made goes without a word
