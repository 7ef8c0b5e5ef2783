"""Whose files are these? A copy of the database deletes nothing, on real databases and by the commands."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.core.files.base import File
from django.core.files.storage import InMemoryStorage, storages
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from tests.django.conftest import database
from tests.django.sweeps import DAY, LEDGER, NONE, store, sweep_in

from safelight.django import models
from safelight.django.installing import installation
from safelight.django.sweeping import delete_now, sweep
from safelight.errors import NotAllowed, OtherInstallation
from safelight.ownership import MARKER
from safelight.testing import InstallationConformance


@pytest.mark.usefixtures("file_database")
class TestSqliteFile(InstallationConformance):
    def make_ledger(self):
        models.Installation.objects.all().delete()  # of an earlier ledger of the same test
        return LEDGER


# --- beyond conformance ----------------------------------------------------------------------------------------------


def command(name: str, *arguments: str) -> list[str]:
    output = io.StringIO()
    call_command(name, *arguments, stdout=output)
    return output.getvalue().splitlines()


def refused(name: str, *arguments: str) -> str:
    with pytest.raises(CommandError) as error:
        command(name, *arguments)
    assert error.value.returncode == 1
    return str(error.value)


def swept_once() -> str:
    """The key of a file that is free, in an installation that has deleted another one."""
    store()
    assert sweep(grace=NONE).deleted == 1
    return store()


class Later(InMemoryStorage):
    """As some backends are: a file is fetched when it is read, and one that is not there is the service's own error."""

    class File(File):
        @property
        def file(self):
            raise LookupError("ResourceNotFound")

        @file.setter
        def file(self, _: object) -> None: ...

    def _open(self, name, mode="rb"):
        return super()._open(name, mode) if self.exists(name) else self.File(None, name)


def test_a_storage_that_looks_late_is_marked_and_swept(file_database, more_storages):
    more_storages(later={"BACKEND": f"{__name__}.Later"})
    store("later")
    assert sweep(grace=NONE).deleted == 1
    assert storages["later"].exists(MARKER)


@pytest.fixture
def sqlite_copy(file_database: Path, tmp_path: Path) -> Iterator[str]:
    """The database of an installation was copied to another path, and the app uses the copy: the key of a free file."""
    key = swept_once()
    connection.close()
    copy = shutil.copy(file_database, tmp_path / "staging.sqlite3")
    with database(f"sqlite:///{copy}"):
        yield key


@pytest.fixture
def postgresql_copy(postgresql_database: None) -> Iterator[str]:
    """The same by ``createdb -T``."""
    key = swept_once()
    settings = connection.settings_dict
    server = f"postgres://{settings['USER']}@{settings['HOST']}:{settings['PORT']}"
    connection.close()
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE staging TEMPLATE {settings['NAME']}")
        try:
            with database(f"{server}/staging"):
                yield key
        finally:
            admin.execute("DROP DATABASE staging WITH (FORCE)")


@pytest.fixture(params=["sqlite_copy", "postgresql_copy"])
def copy(request) -> str:
    return request.getfixturevalue(request.param)


class TestACopy:
    def test_it_deletes_nothing_until_somebody_says_that_the_other_is_gone(self, copy, stored):
        told = refused("safelight_sweep", "--grace", "0s")
        assert "This database is not where installation" in told
        assert "manage.py safelight_installation --moved" in told
        with pytest.raises(OtherInstallation):
            sweep(grace=NONE)
        with pytest.raises(NotAllowed):
            delete_now(copy)
        assert stored() == [copy]
        assert models.Blob.objects.get(key=copy).state == "ready"

        assert "is not where" in refused("safelight_installation")
        said = command("safelight_installation", "--moved")
        assert said[0].startswith("This is installation ")
        assert said[1:] == ["Storage 'default' is its own."]
        assert command("safelight_sweep", "--grace", "0s")[-1].startswith("Deleted 1 file")
        assert stored() == []

    def test_it_may_have_storages_of_its_own(self, copy, stored):
        told = refused("safelight_installation", "--copy")
        assert "manage.py safelight_installation --mark default" in told
        told = refused("safelight_sweep", "--grace", "0s")
        assert "manage.py safelight_installation --mark default" in told
        assert told.endswith("1 file left alone for that.")
        assert stored() == [copy]
        assert command("safelight_installation", "--mark", "default")[1:] == ["Storage 'default' is its own."]
        assert command("safelight_sweep", "--grace", "0s")[-1].startswith("Deleted 1 file")


def test_the_original_goes_on(sqlite_copy, file_database, stored):
    with database(f"sqlite:///{file_database}"):
        assert sweep(grace=NONE).deleted == 1
    assert stored() == []


@pytest.mark.usefixtures("file_database")
class TestTheCommand:
    def test_it_writes_nothing_unless_it_is_told_to(self, media):
        store()
        said = command("safelight_installation")
        assert said[0].endswith(" has no identity yet: the first sweep gives it one.")
        assert said[1].startswith("Storage 'default' is not marked yet")
        assert not models.Installation.objects.exists()
        assert not (media / MARKER).exists()

    def test_another_database_on_the_same_storage(self, second_database):
        key = swept_once()
        models.Blob.objects.using(second_database).bulk_create(models.Blob.objects.all())
        arguments = ("--database", second_database)
        told = refused("safelight_sweep", "--grace", "0s", *arguments)
        assert f"manage.py safelight_installation --database {second_database} --mark default" in told
        assert storages["default"].exists(key)
        command("safelight_installation", "--mark", "default", *arguments)
        assert command("safelight_sweep", "--grace", "0s", *arguments)[-1].startswith("Deleted 1 file")
        store()
        assert sweep(grace=NONE).deleted >= 1, "the first one goes on"

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--mark", "typo"], "there is no storage 'typo'"),
            (["--moved", "--copy"], "not allowed with"),
        ],
    )
    def test_what_cannot_be_meant(self, arguments, words):
        assert words in refused("safelight_installation", *arguments)

    def test_not_in_a_transaction(self):
        with transaction.atomic(), pytest.raises(RuntimeError):
            installation()

    def test_the_mark_is_not_served(self, client, media):
        swept_once()
        assert (media / MARKER).exists()
        assert client.get(f"/media/{MARKER}").status_code == 404


@pytest.mark.usefixtures("postgresql_database")
class TestPostgresqlsPlace:
    def test_anybody_may_ask_for_it(self):
        """And who may not is told by what is left to ask."""
        place = LEDGER.here()
        with connection.cursor() as cursor:
            cursor.execute("DROP ROLE IF EXISTS nobody_special; CREATE ROLE nobody_special LOGIN")
            cursor.execute("SET ROLE nobody_special")
            assert LEDGER.here() == place
            cursor.execute("RESET ROLE; REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
            cursor.execute("SET ROLE nobody_special")
            name, number = connection.settings_dict["NAME"], place.split()[-1]
            assert LEDGER.here() == f"postgresql {name} {number}"
            cursor.execute("RESET ROLE; DROP ROLE nobody_special")


@pytest.mark.django_db
def test_inside_djangos_test_case_nothing_is_marked(media):
    store()
    assert sweep_in(DAY + DAY).deleted == 1
    assert LEDGER.here() == ""
    assert not models.Installation.objects.exists()
    assert not (media / MARKER).exists()


@pytest.mark.django_db(transaction=True)
def test_a_database_in_memory_is_nobodys():
    assert connections["default"].vendor == "sqlite"
    assert LEDGER.here() == ""
