"""Files on disk: whole or not there, and nothing beside them."""

import io
import os
import stat
from pathlib import Path

import pytest

from safelight.errors import ConfigurationError, KeyTaken, StorageUnavailable
from safelight.receive import Spool
from safelight.storage import DiskStorage
from safelight.testing import StorageConformance

METHODS = ["nameless files", "named temporary files", "a file system without nameless files"]


@pytest.fixture(params=METHODS)
def method(request, monkeypatch) -> str:
    """How a file is written before it has its name: with O_TMPFILE, or without."""
    if request.param == "named temporary files":
        monkeypatch.delattr(os, "O_TMPFILE")
    elif request.param == "a file system without nameless files":
        real = os.open

        def without(path, flags, *rest, **options):
            if flags & os.O_TMPFILE == os.O_TMPFILE:
                raise OSError(95, "Operation not supported")
            return real(path, flags, *rest, **options)

        monkeypatch.setattr(os, "open", without)
    return request.param


@pytest.fixture
def storage(tmp_path, method) -> DiskStorage:
    return DiskStorage(tmp_path / "media", "/media/")


def everything(folder: Path) -> set[str]:
    """Every file below `folder`, hidden ones and temporary ones too."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()}


class Broken(io.BytesIO):
    """Fails when it has been read to its end."""

    def read(self, *size) -> bytes:
        if data := super().read(*size):
            return data
        raise ConnectionError("the client went away")


class TestDiskStorage(StorageConformance):
    @pytest.fixture(autouse=True)
    def _root(self, tmp_path, method):
        self.root = tmp_path / "media"

    def make_storage(self) -> DiskStorage:
        return DiskStorage(self.root, "/media/")


def test_one_file_and_nothing_else_is_left(storage, tmp_path):
    storage.save("2026/11/a.png", io.BytesIO(b"data"))
    assert everything(tmp_path) == {"media/2026/11/a.png"}
    storage.delete("2026/11/a.png")
    assert everything(tmp_path) == set()


def test_a_save_that_fails_leaves_nothing_open_or_lying_about(storage, tmp_path):
    storage.save("taken", io.BytesIO(b"first"))
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(KeyTaken):
        storage.save("taken", io.BytesIO(b"second"))
    with pytest.raises(StorageUnavailable):
        storage.save("broken", Broken(b"half"))
    with pytest.raises(ValueError):
        storage.save("../outside", io.BytesIO(b"data"))
    assert len(os.listdir("/proc/self/fd")) == before
    assert everything(tmp_path) == {"media/taken"}
    assert (tmp_path / "media/taken").read_bytes() == b"first"


def test_nothing_is_seen_before_it_is_whole(storage, tmp_path):
    class Watching(io.BytesIO):
        def read(self, *size) -> bytes:
            seen.append(
                storage.exists("name")
                or [path for path in (tmp_path / "media").iterdir() if not path.name.startswith(".")]
            )
            return super().read(*size)

    seen: list[object] = []
    storage.save("name", Watching(b"data"))
    assert seen
    assert not any(seen)


@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_files_are_readable_for_a_web_server_whatever_the_umask(storage, tmp_path, mask):
    before = os.umask(mask)
    try:
        storage.save("a.png", io.BytesIO(b"data"))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "media/a.png").stat().st_mode) == 0o644


def test_the_mode_can_be_chosen(tmp_path, method):
    DiskStorage(tmp_path, mode=0o600).save("secret", io.BytesIO(b"data"))
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


@pytest.mark.parametrize("where", ["media", "media/2026"], ids=["the root", "a folder below it"])
def test_a_root_that_cannot_be_written_is_the_storages_failure(storage, tmp_path, where):
    path = tmp_path / where
    path.parent.mkdir(exist_ok=True)
    path.write_text("a file where a folder should be")
    with pytest.raises(StorageUnavailable) as refusal:
        storage.save("2026/a.png", io.BytesIO(b"data"))
    assert str(tmp_path) in refusal.value.reason
    assert str(tmp_path) not in refusal.value.detail, "a client is not told where files lie"
    assert everything(tmp_path) == {where}


def test_a_folder_is_not_a_file(storage):
    storage.save("2026/a.png", io.BytesIO(b"data"))
    assert not storage.exists("2026")
    for name in ("2026", "2026/a.png/b"):
        with pytest.raises(FileNotFoundError):
            storage.open(name)
        assert not storage.exists(name)


class TestLinks:
    """Somebody (not we) has put symbolic links into the root."""

    @pytest.fixture
    def outside(self, tmp_path) -> Path:
        path = tmp_path / "outside"
        path.write_text("not ours")
        (tmp_path / "media").mkdir()
        return path

    @pytest.mark.parametrize("dangling", [True, False])
    def test_nothing_is_written_through_a_link(self, storage, tmp_path, outside, dangling):
        if dangling:
            outside.unlink()
        (tmp_path / "media/link").symlink_to(outside)
        with pytest.raises(KeyTaken):
            storage.save("link", io.BytesIO(b"data"))
        assert outside.exists() != dangling
        assert dangling or outside.read_text() == "not ours"

    def test_deleting_a_link_spares_what_it_leads_to(self, storage, tmp_path, outside):
        (tmp_path / "media/link").symlink_to(outside)
        storage.delete("link")
        assert outside.read_text() == "not ours"
        assert not (tmp_path / "media/link").is_symlink()

    def test_a_link_that_leads_nowhere_is_the_storages_failure(self, storage, tmp_path, outside):
        (tmp_path / "media/loop").symlink_to(tmp_path / "media/loop")
        with pytest.raises(StorageUnavailable):
            storage.open("loop")

    def test_the_root_itself_may_be_a_link(self, tmp_path, method):
        (tmp_path / "disk").mkdir()
        (tmp_path / "media").symlink_to(tmp_path / "disk")
        DiskStorage(tmp_path / "media").save("a", io.BytesIO(b"data"))
        assert (tmp_path / "disk/a").read_bytes() == b"data"


def test_addresses_are_quoted(tmp_path):
    storage = DiskStorage(tmp_path, "https://cdn.example/m/")
    assert storage.url("2026/a b?c#d%č.png") == "https://cdn.example/m/2026/a%20b%3Fc%23d%25%C4%8D.png"
    with pytest.raises(ValueError):
        storage.url("../secret")


def test_without_a_base_url_there_are_no_addresses(tmp_path):
    with pytest.raises(ConfigurationError, match="no base_url"):
        DiskStorage(tmp_path).url("a.png")


def test_a_temporary_file_on_the_same_disk_is_not_copied(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    storage = DiskStorage(tmp_path / "media")
    with Spool(10) as spool:
        spool.write(b"data")
        storage.save("a/b.png", spool.open())
        with pytest.raises(KeyTaken):
            storage.save("a/b.png", spool.open())
        stored = tmp_path / "media/a/b.png"
        assert stored.stat().st_ino == os.fstat(spool.fileno()).st_ino
        assert stat.S_IMODE(stored.stat().st_mode) == 0o644
        storage.delete("a/b.png")
        storage.save("a/b.png", spool.open())
    assert stored.read_bytes() == b"data"
    assert everything(tmp_path) == {"media/a/b.png"}


@pytest.mark.skipif(not os.path.ismount("/dev/shm"), reason="there is no second file system here")
def test_a_temporary_file_on_another_disk_is_copied(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/dev/shm")
    with Spool(10) as spool:
        spool.write(b"data")
        DiskStorage(tmp_path).save("b.png", spool.open())
    assert (tmp_path / "b.png").read_bytes() == b"data"
