"""Storages in memory for as long as a test lasts, whatever a column has for a storage; and then the real ones again."""

from pathlib import Path
from unittest import TestCase as AnyTestCase

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.db import connections
from django.test import TestCase
from tests.django.app.models import Loose, Picture, Plain, Remote

from safelight.django.storage import alias_of
from safelight.django.testing import MemoryStorages, stored_files, temporary_storages
from safelight.errors import ConfigurationError
from safelight.side_file import SideFile

COLUMNS = [Remote._meta.get_field(name) for name in ("image", "scan", "report")]


def test_nothing_reaches_the_real_storages(db, upload, stored):
    with temporary_storages():
        Picture.objects.create(image=upload())
        Plain.objects.create(document=ContentFile(b"plain", "a.txt"))
        remote = Remote.objects.create(image=upload(), scan=upload(), report=ContentFile(b"report", "b.txt"))
        assert (len(stored_files()), set(stored_files("other"))) == (2, {remote.image.name})
        assert set(stored_files("ours")) == {remote.scan.name, "b.txt"}
        assert [alias_of(column.storage) for column in COLUMNS] == ["other", "ours", "ours"]
        assert remote.scan.read() == stored_files("ours")[remote.scan.name]
        assert remote.image.url == f"/media/{remote.image.name}"
    assert stored() == []
    assert not storages["other"].exists(remote.image.name)
    assert not storages["ours"].exists(remote.scan.name)


def test_afterwards_columns_have_what_they_had(settings):
    before = [column.storage for column in COLUMNS]
    with pytest.raises(ZeroDivisionError), temporary_storages():
        raise ZeroDivisionError
    assert all(column.storage is storage for column, storage in zip(COLUMNS, before, strict=True))
    assert Loose._meta.get_field("document").storage is default_storage
    assert settings.STORAGES["default"]["BACKEND"] == "django.core.files.storage.FileSystemStorage"


def test_afterwards_storages_are_those_that_modules_have_kept():
    kept = {alias: storages[alias] for alias in ("default", "other", "ours")}
    with temporary_storages():
        assert not any(storages[alias] is storage for alias, storage in kept.items())
    assert all(storages[alias] is storage for alias, storage in kept.items())


def test_migrations_do_not_see_it():
    before = [column.deconstruct() for column in COLUMNS]
    with temporary_storages(), temporary_storages():
        during = [column.deconstruct() for column in COLUMNS]
        assert [kwargs["storage"].deconstruct() for *_, kwargs in during] == [
            kwargs["storage"].deconstruct() for *_, kwargs in before
        ]


def test_one_inside_of_another_has_its_own_files():
    with temporary_storages():
        default_storage.save("outer.txt", ContentFile(b"outer"))
        with temporary_storages():
            default_storage.save("inner.txt", ContentFile(b"inner"))
            assert stored_files() == {"inner.txt": b"inner"}
        assert stored_files() == {"outer.txt": b"outer"}


def test_intents_beside_the_real_database_stay(file_database):
    """It is the one that a connection has until a test database is made; and the app may run meanwhile."""
    with temporary_storages():
        side = SideFile(str(file_database))
        side.add("key", "default")
    assert side.holds("key")


@pytest.mark.parametrize("name", ["db.sqlite3", "db_2.sqlite3"])  # the second is of a test run in parallel
def test_those_beside_a_test_database_go(file_database, tmp_path, monkeypatch, name):
    path, settings = str(tmp_path / name), connections["default"].settings_dict
    monkeypatch.setitem(settings, "NAME", path)
    monkeypatch.setitem(settings, "TEST", settings["TEST"] | {"NAME": file_database})
    with temporary_storages():
        SideFile(path).add("key", "default")
    assert not Path(path + SideFile.SUFFIX).exists()


def test_what_is_rolled_back_is_as_it_was():
    outer = temporary_storages()
    with outer:
        default_storage.save("kept.txt", ContentFile(b"kept"))
        with outer.rolled_back():
            default_storage.delete("kept.txt")
            default_storage.save("more.txt", ContentFile(b"more"))
            assert list(stored_files()) == ["more.txt"]
        assert stored_files() == {"kept.txt": b"kept"}


def test_a_function_may_be_decorated():
    @temporary_storages()
    def stores() -> list[str]:
        default_storage.save("a.txt", ContentFile(b"a"))
        return list(stored_files())

    assert [stores(), stores()] == [["a.txt"], ["a.txt"]]


def test_mistakes_are_told():
    with pytest.raises(ConfigurationError, match=r"the real one.*MemoryStorages.*pytest_plugins"):
        stored_files()
    with pytest.raises(TypeError, match="first base"):
        temporary_storages()(type("Decorated", (TestCase,), {}))
    for base in (TestCase, AnyTestCase):
        with pytest.raises(TypeError, match="behind a test case"):
            type("Backwards", (base, MemoryStorages), {})
