"""Databases that commit for real, media folders that vanish, uploads to send, and who may do everything."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dj_database_url
import psycopg
import pytest
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connections
from django.test import Client
from rest_framework.test import APIClient
from tests.django.media_library import LIST
from tests.pictures import photo
from tests.services.mariadb import create_database
from tests.services.postgresql import postgresql
from tests.stored import names_in

from safelight.django.storage import Storages
from safelight.ownership import MARKER


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings) -> Path:
    """The folder of the default storage, each test's own. It is made when the first file comes."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    for alias in ("other", "ours"):  # which outlive the databases of single tests
        Storages()[alias].delete(MARKER)
    return tmp_path / "media"


@pytest.fixture(autouse=True)
def memories() -> None:
    """The storages in memory, which all tests of a process share, are empty."""
    storages["ours"].inner.files.clear()
    folders, files = storages["other"].listdir("")
    for name in (*folders, *files):
        storages["other"].delete(name)


@pytest.fixture
def stored(media: Path) -> Callable[[], list[str]]:
    """The names of the files in the default storage."""
    return lambda: sorted(names_in(media))


@pytest.fixture
def more_storages(monkeypatch) -> Callable[..., None]:
    """Names storages besides those of the settings, which stay the ones that the models' columns have: after a change
    of STORAGES itself Django makes them all anew."""

    def name(**backends: dict[str, Any]) -> None:
        for alias, backend in backends.items():
            monkeypatch.setitem(storages.backends, alias, backend)
            monkeypatch.setitem(storages._storages, alias, None)
            del storages._storages[alias]

    return name


@pytest.fixture
def upload() -> Callable[..., SimpleUploadedFile]:
    """A file as Django's request handling gives it out: by default a JPEG of 37 x 23 pixels."""

    def make(data: bytes | None = None, name: str = "holiday.jpg", media_type: str = "image/jpeg"):
        return SimpleUploadedFile(name, photo() if data is None else data, media_type)

    return make


@pytest.fixture
def api() -> APIClient:
    return APIClient(raise_request_exception=False)


@pytest.fixture
def root(client: Client) -> Client:
    """Who may do everything, signed in."""
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def ask(root: Client) -> Callable[..., object]:
    """Chooses files in the media library, and the action: the page that asks."""

    def choose(*keys: str, query: str = "", **fields: str) -> object:
        form = {"action": "delete_selected", "index": "0", "_selected_action": list(keys), **fields}
        return root.post(f"{LIST}{query}", form)

    return choose


# --- databases ------------------------------------------------------------------------------------------------------
# The `db` fixture of pytest-django is a transaction that is rolled back; its `transactional_db` an in-memory database.
# What a rollback leaves, and what a second connection sees, only shows on databases of which Safelight knows neither.


@contextmanager
def database(url: str, alias: str = "default") -> Iterator[None]:
    """The database behind `url` takes the place of `alias`, in all threads."""
    old_settings = connections.settings.get(alias)
    old_connection = connections[alias] if old_settings else None
    configured = dj_database_url.parse(url)
    connections.settings[alias] = connections.configure_settings({"default": {}, alias: configured})[alias]
    connections[alias] = connections.create_connection(alias)
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        ContentType.objects.clear_cache()
        connections[alias].close()
        if old_settings is None:
            del connections[alias], connections.settings[alias]
        else:
            connections.settings[alias], connections[alias] = old_settings, old_connection


@pytest.fixture(scope="session")
def _template(tmp_path_factory, django_test_environment, django_db_blocker) -> Path:
    """A SQLite file with all tables, to be copied."""
    path = tmp_path_factory.mktemp("template") / "db.sqlite3"
    with django_db_blocker.unblock(), database(f"sqlite:///{path}"):
        call_command("migrate", run_syncdb=True, verbosity=0)
    return path


@pytest.fixture
def file_database(_template: Path, tmp_path: Path, django_db_blocker) -> Iterator[Path]:
    """The default database is a SQLite file: its path."""
    path = Path(shutil.copy(_template, tmp_path / "db.sqlite3"))
    # No test cuts the power, and waiting for the disk is most of what a commit costs.
    with django_db_blocker.unblock(), database(f"sqlite:///{path}?init_command=PRAGMA%20synchronous%3DOFF"):
        yield path


@pytest.fixture
def second_database(_template: Path, tmp_path: Path, django_db_blocker) -> Iterator[str]:
    """The alias of another SQLite file."""
    path = shutil.copy(_template, tmp_path / "second.sqlite3")
    with django_db_blocker.unblock(), database(f"sqlite:///{path}", "second"):
        yield "second"


@pytest.fixture(scope="session")
def _postgresql_url(django_test_environment, django_db_blocker) -> Iterator[str]:
    """A PostgreSQL database with all tables, to be copied."""
    with postgresql() as url:
        with django_db_blocker.unblock(), database(url):
            call_command("migrate", run_syncdb=True, verbosity=0)
        yield url


@pytest.fixture
def postgresql_database(_postgresql_url: str, django_db_blocker) -> Iterator[None]:
    """The default database is a real PostgreSQL."""
    server, _, template = _postgresql_url.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE copy TEMPLATE {template}")
        try:
            # What would wait for ever, because this very process is what it waits for, fails after a while.
            url = f"{server}/copy?options=-c%20lock_timeout%3D3000"
            with django_db_blocker.unblock(), database(url):
                yield
        finally:
            admin.execute("DROP DATABASE copy WITH (FORCE)")


@pytest.fixture(scope="session")
def _mariadb_url(mariadb_server: str, django_test_environment, django_db_blocker) -> str:
    """A MariaDB with all tables. Its driver is PyMySQL, in the place of the one that Django names."""
    import pymysql

    pymysql.install_as_MySQLdb()
    pymysql.version_info = (
        2,
        2,
        7,
        "final",
        0,
    )  # which Django asks for, and PyMySQL says it stands in for an older one
    url = create_database(mariadb_server, "django")
    with django_db_blocker.unblock(), database(url):
        call_command("migrate", run_syncdb=True, verbosity=0)
    return url


@pytest.fixture
def mariadb_database(_mariadb_url: str, django_db_blocker) -> Iterator[None]:
    """The default database is a real MariaDB, with empty tables."""
    with django_db_blocker.unblock(), database(_mariadb_url):
        call_command("flush", interactive=False, verbosity=0, reset_sequences=False, inhibit_post_migrate=True)
        yield


@pytest.fixture(params=["file_database", "postgresql_database"])
def each_database(request) -> None:
    """For suites that every ledger passes: the databases that commit for real."""
    request.getfixturevalue(request.param)
