"""The folder of a storage, and the one for temporary files: real folders with real permissions."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.doctor.found import at, errors, notes, troubles, warnings

from safelight import MB, Policy, nameless
from safelight.doctor import Deployment, Level, examinations
from safelight.doctor.bodies import Limit
from safelight.doctor.disk import examine, linked
from safelight.doctor.temporary import examine as examine_temporary
from safelight.doctor.temporary import file_system
from safelight.ledger import MemoryLedger
from safelight.storage import DiskStorage
from safelight.sweep import GRACE

SCANS = Policy("scans", max_bytes=20 * MB)
NOBODY = 65534


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that everybody may reach."""
    with tempfile.TemporaryDirectory(prefix="safelight-doctor-") as name:
        os.chmod(name, 0o755)
        yield Path(name)


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Root may do everything; others may do nothing in a folder that nobody may write into."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def storage_findings(folder: Path, ledger: MemoryLedger) -> list:
    site = Deployment(
        names=["default"],
        storages={"default": DiskStorage(folder, "/media/")},
        ledger=ledger,
        grace=GRACE,
        sweep="sweep",
        owner="installation",
        policies=[SCANS],
        fields=Limit("FIELDS", 500_000),
    )
    (examination,) = (each for each in examinations(site) if each.subject == "Storage 'default'")
    return list(examination.findings())


def test_a_folder_that_is_not_there_yet(folder):
    found = storage_findings(folder / "srv" / "media", MemoryLedger())
    assert not troubles(found)
    assert f"{folder}/srv/media" in str(at(Level.OK, found))
    assert not list(folder.iterdir())  # it would be the doctor's own, and not the app's


def test_a_folder_with_files_stays_as_it_is(folder):
    (folder / "there.bin").write_bytes(b"1")
    assert not troubles(storage_findings(folder, MemoryLedger()))
    assert [each.name for each in folder.iterdir()] == ["there.bin"]


def test_a_folder_that_nobody_may_write_into(folder):
    folder.chmod(0o555)
    ledger = MemoryLedger()
    with as_somebody_else():
        found = storage_findings(folder, ledger)
    stores, writes = errors(found)
    assert stores.startswith("It stores nothing: [Errno 13] Permission denied")
    assert f"may not write into {folder}" in writes
    assert troubles(found)
    assert not ledger.intents


def test_a_folder_behind_a_closed_door(folder):
    (folder / "private" / "media").mkdir(parents=True)
    (folder / "private").chmod(0o000)
    ledger = MemoryLedger()
    with as_somebody_else():
        (sentence,) = errors(storage_findings(folder / "private" / "media", ledger))
    assert sentence.startswith("It stores nothing: [Errno 13] Permission denied")
    assert ledger.intents  # whether something came to lie there nobody can tell now: a sweep will see
    (folder / "private").chmod(0o700)


def test_a_folder_that_everybody_may_write_into(folder):
    folder.chmod(0o777)
    assert errors(examine(folder, [])) == [f"Everybody on this machine may write into {folder}, and delete there."]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_root_sees_what_the_app_does_not(folder):
    os.chown(folder, NOBODY, NOBODY)
    (sentence,) = notes(examine(folder, []))
    assert sentence.startswith("This is run by root")


def test_a_umask_that_lets_everybody_write(folder):
    with umask(0):
        assert errors(examine(folder, [])) == [
            "Folders that are made there will be writable for everybody (umask 000)."
        ]


def test_a_umask_for_the_owner_alone(folder):
    with umask(0o077):
        assert notes(examine(folder, [])) == ["Folders that are made there are for their owner alone (umask 077)."]


def test_uploads_are_linked_or_copied(folder, monkeypatch):
    storage, ledger = DiskStorage(folder), MemoryLedger()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    (here,) = linked("default", storage, ledger)
    assert here.level is (Level.OK if nameless_works(folder) else Level.NOTE)
    if file_system(Path("/dev/shm")) == "tmpfs":
        monkeypatch.setattr(tempfile, "tempdir", "/dev/shm")
        assert len(notes(linked("default", storage, ledger))) == 1
    assert not list(folder.iterdir())
    assert not ledger.intents


def nameless_works(folder: Path) -> bool:
    descriptor = nameless.create(folder)
    if descriptor is not None:
        os.close(descriptor)
    return descriptor is not None


# --- room ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def room(monkeypatch):
    """How much there is: set `free` and `files`."""
    room = SimpleNamespace(free=10**12, files=10**6)

    def statvfs(path: object) -> SimpleNamespace:
        return SimpleNamespace(f_frsize=4096, f_bavail=room.free // 4096, f_files=room.files * 2, f_favail=room.files)

    monkeypatch.setattr(os, "statvfs", statvfs)
    return room


def test_no_room_for_one_file(folder, room):
    room.free = 12 * MB
    assert errors(examine(folder, [Policy("small", max_bytes=MB), SCANS])) == [
        f"12 MB are free in {folder}: room for not even one file of 20 MB ('scans')."
    ]


def test_room_for_few_files(folder, room):
    room.free = 70 * MB
    assert warnings(examine(folder, [SCANS])) == [
        f"70 MB are free in {folder}: room for only 3 files of 20 MB ('scans')."
    ]
    assert not troubles(examine(folder, []))


def test_too_few_files(folder, room):
    room.files = 17
    assert warnings(examine(folder, [SCANS])) == [f"Only 17 more files can be made in {folder}, however small."]
    room.files = 0  # a file system that does not count them
    assert not troubles(examine(folder, [SCANS]))


# --- temporary files -------------------------------------------------------------------------------------------------


def test_temporary_files(folder, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    found = list(examine_temporary([SCANS]))
    assert not errors(found)
    assert not list(folder.iterdir())


def test_a_full_folder_for_temporary_files(folder, room, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    room.free = 0
    assert errors(examine_temporary([SCANS])) == [
        f"0 bytes are free in {folder}: room for not even one file of 20 MB ('scans')."
    ]


@pytest.mark.skipif(file_system(Path("/dev/shm")) != "tmpfs", reason="there is no tmpfs here")
def test_temporary_files_in_memory():
    (sentence,) = (told for told in warnings(examine_temporary([], ("SETTING", "/dev/shm"))) if "/dev/shm" in told)
    assert sentence == "/dev/shm is in memory (tmpfs): an upload of a gigabyte is a gigabyte of memory."


def test_no_temporary_file_can_be_made(folder, monkeypatch):
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "gone"))
    mends = [found.mend.split()[:2] for found in examine_temporary([], ("SETTING", str(folder / "other")))]
    assert mends == [["Set", "SETTING"], ["Set", "TMPDIR"]]


def test_a_folder_that_python_takes_no_notice_of(folder, monkeypatch):
    """As it does where it cannot write."""
    monkeypatch.setenv("TMPDIR", str(folder / "gone"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    first = next(examine_temporary([]))
    assert first.sentence.startswith(f"TMPDIR is {folder}/gone, and temporary files are made in /")
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert not troubles(examine_temporary([]))


def test_others_may_delete_temporary_files(folder, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    folder.chmod(0o777)
    assert f"Everybody may delete what others have in {folder}." in warnings(examine_temporary([]))
