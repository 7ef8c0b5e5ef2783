"""Storages in both directions: any Django storage keeps Safelight's promises, ours serve any FileField."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, InMemoryStorage, default_storage, storages
from django.core.files.storage import Storage as BaseStorage
from django.db.migrations.writer import MigrationWriter
from tests.django.app.models import Remote

from safelight.django.storage import DjangoStorage, Storages, UrlStorage, alias_of
from safelight.errors import ConfigurationError, KeyTaken, StorageUnavailable
from safelight.storage import MemoryStorage
from safelight.testing import StorageConformance


class TestFileSystemStorage(StorageConformance):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path):
        self.folder = tmp_path

    def make_storage(self) -> DjangoStorage:
        return DjangoStorage(FileSystemStorage(self.folder, base_url="/media/"))


class TestInMemoryStorage(StorageConformance):
    storage = InMemoryStorage(base_url="/media/")

    def make_storage(self) -> DjangoStorage:
        return DjangoStorage(self.storage)


class TestUrlStorageBehindDjango(StorageConformance):
    """Nobody needs it, but it must hold: a Safelight storage behind Django's interface behind ours."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path):
        self.url = tmp_path.as_uri()

    def make_storage(self) -> DjangoStorage:
        return DjangoStorage(UrlStorage(self.url))


class TestDjangoStorage:
    def test_a_storage_that_renames_keeps_nothing(self):
        class Renaming(InMemoryStorage):
            def get_available_name(self, name, max_length=None):
                return f"renamed-{name}"

        inner = Renaming()
        with pytest.raises(KeyTaken):
            DjangoStorage(inner).save("a.png", io.BytesIO(b"x"))
        assert inner.listdir("") == ([], [])

    @pytest.mark.parametrize("error", [OSError("full"), RuntimeError("a client library's own error")])
    def test_a_failure_of_the_storage_is_not_the_clients(self, error):
        class Failing(BaseStorage):
            def exists(self, name):
                return False

            def _save(self, name, content):
                raise error

        with pytest.raises(StorageUnavailable) as caught:
            DjangoStorage(Failing()).save("a.png", io.BytesIO(b"x"))
        assert caught.value.reason == repr(error)

    def test_a_storage_that_cannot_delete_is_unavailable(self):
        class Failing(BaseStorage):
            def delete(self, name):
                raise PermissionError(name)

        with pytest.raises(StorageUnavailable):
            DjangoStorage(Failing()).delete("a.png")


@pytest.fixture(params=["file", "memory"])
def ours(request, tmp_path) -> UrlStorage:
    return UrlStorage(tmp_path.as_uri() if request.param == "file" else "memory:")


class TestUrlStorage:
    def test_saves_and_reads(self, ours):
        assert ours.save("a/b.txt", ContentFile(b"data")) == "a/b.txt"
        assert ours.exists("a/b.txt")
        assert (ours.size("a/b.txt"), ours.url("a/b.txt")) == (4, "/media/a/b.txt")
        with ours.open("a/b.txt") as file:
            assert (file.read(), file.name) == (b"data", "a/b.txt")
        ours.delete("a/b.txt")
        assert not ours.exists("a/b.txt")

    def test_finds_another_name_as_django_does(self, ours):
        names = [ours.save("a.txt", ContentFile(content)) for content in (b"one", b"two")]
        assert len(set(names)) == 2
        for name, content in zip(names, (b"one", b"two"), strict=True):
            with ours.open(name) as file:
                assert file.read() == content

    def test_finds_another_name_when_somebody_is_faster(self, ours, monkeypatch):
        ours.save("a.txt", ContentFile(b"one"))
        answers, exists = [False], ours.exists
        monkeypatch.setattr(ours, "exists", lambda name: answers.pop() if answers else exists(name))
        name = ours.save("a.txt", ContentFile(b"two"))
        with ours.open(name) as file:
            assert (file.read(), name != "a.txt") == (b"two", True)

    def test_opens_for_reading_only(self, ours):
        ours.save("a.txt", ContentFile(b"one"))
        with pytest.raises(ValueError, match="immutable"):
            ours.open("a.txt", "wb")

    def test_a_disk_storage_has_paths(self, tmp_path):
        storage = UrlStorage(tmp_path.as_uri())
        assert storage.path("a/b.txt") == str(tmp_path / "a/b.txt")
        with pytest.raises(ValueError, match="no name"):
            storage.path("../b.txt")
        with pytest.raises(NotImplementedError):
            UrlStorage("memory:").path("b.txt")

    def test_its_address_is_of_ones_choice(self, tmp_path):
        storage = UrlStorage(f"{tmp_path.as_uri()}?public_url=https://cdn.example")
        assert storage.url("a b.txt") == "https://cdn.example/a%20b.txt"
        assert UrlStorage("memory:", base_url="/files/").url("a.txt") == "/files/a.txt"

    def test_migrations_can_name_it(self):
        text, imports = MigrationWriter.serialize(UrlStorage("memory:"))
        assert text == "safelight.django.storage.UrlStorage('memory:')"
        assert imports == {"import safelight.django.storage"}

    @pytest.mark.django_db
    def test_serves_a_plain_filefield(self):
        rows = [Remote.objects.create(report=ContentFile(content, "report.txt")) for content in (b"one", b"two")]
        assert rows[0].report.name != rows[1].report.name
        with Remote.objects.first().report.open() as file:
            assert file.read() == b"one"
        for row in rows:
            row.report.delete()
        assert not storages["ours"].exists("report.txt")


class TestStorages:
    def test_are_those_of_the_settings(self):
        assert sorted(Storages()) == ["default", "other", "ours", "staticfiles"]
        assert len(Storages()) == 4

    def test_ours_are_not_wrapped_twice(self):
        assert isinstance(Storages()["ours"], MemoryStorage)
        assert isinstance(Storages()["other"], DjangoStorage)

    def test_have_names(self):
        assert alias_of(default_storage) == alias_of(storages["default"]) == "default"
        assert alias_of(storages["ours"]) == "ours"
        with pytest.raises(ConfigurationError, match="STORAGES"):
            alias_of(InMemoryStorage())
