"""`safelight_sweep` says in words what it did, shows how far it is, and its exit code tells cron."""

import io
import os
import subprocess
import sys

import pytest
from django.core.files.storage import InMemoryStorage
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from tests.django.app.models import Picture
from tests.django.sweeps import DAY, intend, states, store, sweep_in

from safelight.blob import State
from safelight.django import models
from safelight.django.holders import Look
from safelight.django.management.commands import safelight_sweep

pytestmark = pytest.mark.usefixtures("file_database")


@pytest.fixture(autouse=True)
def _on_a_machine_that_is_not_slow(monkeypatch):
    monkeypatch.setattr(safelight_sweep, "_WORTH_TELLING", float("inf"))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def sweep(*arguments: str, output: io.StringIO | None = None) -> list[str]:
    output = output or io.StringIO()
    call_command("safelight_sweep", *arguments, stdout=output)
    return output.getvalue().splitlines()


def age(hours: int) -> None:
    """Everything has happened so many hours earlier."""
    for row in models.Blob.objects.all():
        for column in ("created", "free_since"):
            if moment := getattr(row, column):
                models.Blob.objects.filter(pk=row.pk).update(**{column: moment - hours * DAY / 24})


def test_nothing_to_do():
    store()
    assert sweep() == ["Nothing to delete: no file is unused for more than 24 hours."]


def test_what_it_did(upload):
    store(), store(), intend()
    Picture.objects.bulk_create([Picture(image=upload())])
    models.Blob.objects.create(key="legacy/a.jpg", storage="default", state=State.READY, free_since="2020-01-01T00Z")
    age(25)
    assert sweep("--grace=24h") == [
        "1 of 5 files looked at",
        "5 of 5 files looked at",
        "Deleted 2 files, unused for more than 24 hours: 14 bytes.",
        "Cleared away 1 upload never finished.",
        "Spared 1 file named by rows that were not saved one by one: an audit mends it, or saving them.",
        "Left alone 1 file not stored by Safelight.",
    ]
    age(25)
    told = sweep("--grace=1d")
    assert "Forgot 3 files deleted by an earlier sweep." in told
    assert set(states().values()) == {State.READY}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("90s", "90 seconds"),
        ("60s", "1 minute"),
        ("30m", "30 minutes"),
        ("2h", "2 hours"),
        ("1d", "24 hours"),
        ("7d", "7 days"),
    ],
)
def test_a_grace_period_in_words(given, said):
    assert sweep("--grace", given) == [f"Nothing to delete: no file is unused for more than {said}."]


def test_no_grace_period(stored):
    store()
    assert sweep("--grace", "0s")[-1] == "Deleted 1 file, unused: 7 bytes."
    assert (stored(), states()) == ([], {})
    assert sweep("--grace", "0s") == ["Nothing to delete: no file is unused."]


@pytest.mark.parametrize("given", ["", "24", "h", "-1h", "1.5h", "24 h", "1w", "9999999999s", "4000d", "\u0661h"])
def test_a_grace_period_that_is_none(given):
    store()
    with pytest.raises(CommandError, match=r"^--grace must be a number with s, m, h or d behind it, as in 24h or 7d"):
        sweep(f"--grace={given}")
    assert list(states().values()) == [State.READY]


@pytest.mark.parametrize("batch", ["0", "-1", "x", "1000000"])
def test_a_batch_that_is_none(batch):
    with pytest.raises(CommandError, match="from 1 to 10000"):
        sweep(f"--batch={batch}")


def test_a_dry_run(stored, upload):
    store(), intend()
    Picture.objects.bulk_create([Picture(image=upload())])
    age(25)
    before, files = list(models.Blob.objects.values()), stored()
    assert sweep("--dry-run")[-4:] == [
        "A dry run: nothing is changed.",
        "Would delete 1 file, unused for more than 24 hours: 7 bytes.",
        "Would clear away 1 upload never finished.",
        "Would spare 1 file named by rows that were not saved one by one: an audit mends it, or saving them.",
    ]
    assert (list(models.Blob.objects.values()), stored()) == (before, files)


def test_a_bar_on_a_terminal():
    for _ in range(4):
        store()
    age(25)
    output = Terminal()
    sweep("--batch=3", output=output)
    shown = output.getvalue()
    assert "\r[######################........] 3 of 4 files looked at\r[##############################] 4 of 4" in shown
    assert "\nDeleted 4 files" in shown


def test_a_line_for_each_tenth_elsewhere():
    for _ in range(25):
        store()
    age(25)
    lines = [line for line in sweep("--batch=1") if "looked at" in line]
    assert lines == [f"{done} of 25 files looked at" for done in (3, 5, 8, 10, 13, 15, 18, 20, 23, 25)]


def test_quietly(capsys):
    store()
    age(25)
    assert sweep("--verbosity=0") == []
    assert list(states().values()) == [State.DELETED]


def test_what_the_look_has_cost():
    store()
    age(25)
    told = [line for line in sweep("--verbosity=2") if line.startswith("Looking for rows that name them took ")]
    assert told[0].endswith(" s in gallery.archive.image.")
    assert any(line.endswith(" s in gallery.page.body.") for line in told)


def test_another_database(second_database):
    store()
    age(25)
    models.Blob.objects.using(second_database).bulk_create(models.Blob.objects.all())
    assert sweep("--database", second_database)[-1].startswith("Deleted 1 file")
    assert list(states().values()) == [State.READY]
    assert [row.state for row in models.Blob.objects.using(second_database).all()] == [State.DELETED]


class TestTrouble:
    def test_a_storage_that_is_down(self, monkeypatch):
        def down(self, name):
            raise ConnectionError("no route to host")

        monkeypatch.setattr(InMemoryStorage, "delete", down)
        here, there = store(), [store("other") for _ in range(5)]
        age(25)
        output = io.StringIO()
        with pytest.raises(CommandError) as error:
            sweep(output=output)
        assert error.value.returncode == 1
        first, *named, last = str(error.value).splitlines()
        assert first == "5 files could not be deleted, and will be by the next sweep."
        assert [line.split()[0] in there for line in named] == [True] * 3
        assert named[0].endswith(" in storage 'other': ConnectionError('no route to host')")
        assert last == "  2 of them were not tried: their storage had failed several times in a row."
        assert "Deleted 1 file, unused" in output.getvalue()
        assert {key for key, state in states().items() if state == State.DELETED} == {here}
        monkeypatch.undo()
        assert sweep()[-1] == "Deleted 5 files, unused for more than 24 hours: 35 bytes."

    def test_a_database_that_fails(self, monkeypatch):
        def fails(self, keys):
            raise DatabaseError("no such table: gallery_page")

        monkeypatch.setattr(Look, "__call__", fails)
        store()
        age(25)
        with pytest.raises(CommandError, match=r"DatabaseError: no such table: gallery_page\.\nNothing is lost"):
            sweep()
        assert list(states().values()) == [State.READY]

    def test_a_setting_that_is_wrong(self, settings):
        settings.SAFELIGHT = {"GRACE": "soon"}
        with pytest.raises(CommandError, match=r"^SAFELIGHT\['GRACE'\] must be a number"):
            sweep()


def test_its_exit_code(file_database, tmp_path, media):
    """In a process of its own, as cron runs it."""
    (tmp_path / "configured.py").write_text(
        "from tests.django.settings import *\n"
        f"DATABASES = {{'default': {{'ENGINE': 'django.db.backends.sqlite3', 'NAME': {str(file_database)!r}}}}}\n"
        f"MEDIA_ROOT = {str(media)!r}\n"
    )
    path = os.pathsep.join([str(tmp_path), *sys.path])
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "configured"}
    command = [sys.executable, "-m", "django", "safelight_sweep"]

    def run(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True)

    key = store()
    age(25)
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "Deleted 1 file, unused for more than 24 hours: 7 bytes."
    assert not (media / key).exists()
    sweep_in(3 * DAY)

    other = store()
    (media / other).unlink()
    (media / other).mkdir()  # which cannot be deleted as a file is
    age(25)
    (media / other / "x").touch()
    done = run()
    assert done.returncode == 1
    assert "1 file could not be deleted" in done.stderr
    assert "Traceback" not in done.stderr
    assert run("--grace", "soon").returncode == 1
