"""For the tests of a Django project: whatever they upload is kept in memory, and gone when they end.

A `TestCase` rolls its rows back; the bytes that they name stay in MEDIA_ROOT, or in a bucket. ::

    class ShopTest(MemoryStorages, TestCase):
        def test_a_picture_is_stored(self):
            Image.objects.create(image=SimpleUploadedFile("photo.jpg", picture("jpeg")))
            self.assertEqual(len(stored_files()), 1)

With pytest: `safelight.django.pytest`.
"""

from __future__ import annotations

import os
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from django.apps import apps
from django.conf import settings
from django.core.files.storage import Storage, default_storage, storages
from django.db import connections
from django.db.models import FileField
from django.test.utils import TestContextDecorator, override_settings

from safelight.errors import ConfigurationError
from safelight.storage import MemoryStorage

from .fields import ledger
from .storage import UrlStorage, alias_of

_STATIC = "staticfiles"
"""Nobody uploads into it, and pages need its addresses."""

if TYPE_CHECKING:
    _TestCase = unittest.TestCase
else:
    _TestCase = object


class StandIn(UrlStorage):
    """A storage in the place of another one. Whenever a setting that has to do with storages changes, Django makes them
    all anew: those with the same memory are one."""

    inner: MemoryStorage

    def __init__(self, memory: MemoryStorage, instead_of: Storage | None = None) -> None:
        self.inner = memory
        if deconstruct := getattr(instead_of, "deconstruct", None):  # in migrations a field is what it was
            self.deconstruct = deconstruct

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StandIn) and other.inner is self.inner

    def __hash__(self) -> int:
        return hash(id(self.inner))


_STAND_IN = f"{StandIn.__module__}.{StandIn.__qualname__}"


class temporary_storages(TestContextDecorator):
    """``with temporary_storages(): ...``, or a decorator for one test function. For as long as it lasts, all storages
    in STORAGES but ``"staticfiles"``, and all storage objects that FileFields have, are in this process's memory.

    What has taken a storage out of `storages` by itself before, as a module's constant, goes on using that.
    """

    def enable(self) -> None:
        self._side_files = _side_files()
        self._made = dict(storages._storages)  # type: ignore[attr-defined]
        self._fields = [(field, field.storage, _name(field.storage)) for field in _fields_with_storages()]
        memories = {alias: _memory(backend) for alias, backend in settings.STORAGES.items() if alias != _STATIC}
        stand_ins = {alias: {"BACKEND": _STAND_IN, "OPTIONS": {"memory": each}} for alias, each in memories.items()}
        self._override = override_settings(STORAGES={**settings.STORAGES, **stand_ins})
        self._override.enable()
        for field, storage, name in self._fields:
            field.storage = StandIn(memories.setdefault(name, MemoryStorage()), storage)
        self._memories = list(memories.values())

    def disable(self) -> None:
        for field, storage, _ in self._fields:
            field.storage = storage
        self._override.disable()
        # Django would make them anew, and what columns and modules have been given would not be in STORAGES any more.
        storages._storages.update(self._made)  # type: ignore[attr-defined]
        _remove(_side_files() - self._side_files)

    def decorate_class(self, cls: type) -> NoReturn:
        raise TypeError(f"{cls.__name__} wants MemoryStorages as its first base: a decorator misses setUpTestData")

    @contextmanager
    def rolled_back(self) -> Iterator[None]:
        """Afterwards the same files are there as before: what a savepoint is for rows."""
        side_files, files = _side_files(), [dict(memory.files) for memory in self._memories]
        try:
            yield
        finally:
            for memory, before in zip(self._memories, files, strict=True):
                memory.files = before
            _remove(_side_files() - side_files)


class MemoryStorages(_TestCase):
    """The first base of a test class, before Django's: ``class ShopTest(MemoryStorages, TestCase)``. Its tests, its
    ``setUpTestData`` and its live server have `temporary_storages`, and each test finds those files that the class has
    made, whatever other tests did with them."""

    _storages: temporary_storages

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        order = cls.__mro__
        if unittest.TestCase in order and order.index(unittest.TestCase) < order.index(MemoryStorages):
            raise TypeError(f"{cls.__name__} names MemoryStorages behind a test case, where nothing asks for it")

    @classmethod
    def setUpClass(cls) -> None:
        cls._storages = temporary_storages()
        cls.enterClassContext(cls._storages)
        super().setUpClass()

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        with self._storages.rolled_back():
            return super().run(result)


def stored_files(alias: str = "default") -> dict[str, bytes]:
    """What is in a storage, by name, thumbnails included. Raises `ConfigurationError` outside of `temporary_storages`,
    where it is the real one."""
    storage = storages[alias]
    if not isinstance(storage, StandIn):
        raise ConfigurationError(
            f"STORAGES[{alias!r}] is the real one, where files would stay: make MemoryStorages the first base of the "
            'test class, or with pytest write pytest_plugins = ["safelight.django.pytest"] into the topmost '
            "conftest.py"
        )
    return dict(storage.inner.files)


def _memory(backend: Any) -> MemoryStorage:
    """With the addresses that the storage has, if they are the app's own."""
    options = backend.get("OPTIONS", {})
    stood_in = getattr(options.get("memory"), "base_url", None)  # where one is used inside of another
    base_url: str = options.get("base_url") or stood_in or settings.MEDIA_URL
    return MemoryStorage(base_url.rstrip("/") + "/")


def _fields_with_storages() -> Iterator[FileField]:
    """Those that do not ask for the default storage each time."""
    for model in apps.get_models(include_auto_created=True, include_swapped=True):
        for field in model._meta.local_fields:
            if isinstance(field, FileField) and field.storage is not default_storage:
                yield field


def _name(storage: Any) -> str:
    """Its alias; if it has none, a name that no alias is."""
    try:
        return alias_of(storage)
    except ConfigurationError:
        return f"{storage!r} {id(storage)}"


def _side_files() -> set[str]:
    """Where test databases that are SQLite files have their intents, if a test commits: see
    `safelight.side_file.SideFile`."""
    if not apps.is_installed("safelight.django"):
        return set()
    sides = (ledger(alias).side_file() for alias in connections if _has_test_database(alias))
    return {side.path for side in sides if side is not None and os.path.exists(side.path)}


def _has_test_database(alias: str) -> bool:
    """Until one is made, and when it is gone, a connection has the app's own: which may have intents of an app that
    runs meanwhile."""
    settings_dict = connections[alias].settings_dict
    name, test = str(settings_dict["NAME"]), str(settings_dict["TEST"]["NAME"] or "")
    start, extension = os.path.splitext(test)
    return bool(test) and (name == test or (name.startswith(f"{start}_") and name.endswith(extension)))  # in parallel


def _remove(side_files: set[str]) -> None:
    for path in side_files:
        os.unlink(path)
