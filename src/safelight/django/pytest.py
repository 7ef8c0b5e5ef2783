"""For pytest-django: whatever tests upload is kept in memory, and gone when they end. In the topmost conftest.py::

    pytest_plugins = ["safelight.django.pytest"]

From then on every test has `safelight.django.testing.temporary_storages`. Each finds the files that fixtures of its
class, module or session have stored, and leaves them as they were.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .testing import temporary_storages


@pytest.fixture(scope="session", autouse=True)
def _memory_storages(django_test_environment: None) -> Iterator[temporary_storages]:
    storages = temporary_storages()
    with storages:
        yield storages


@pytest.fixture(scope="class", autouse=True)
def _files_of_a_class(_memory_storages: temporary_storages) -> Iterator[None]:
    with _memory_storages.rolled_back():
        yield


@pytest.fixture(autouse=True)
def _files_of_a_test(_memory_storages: temporary_storages, _files_of_a_class: None) -> Iterator[None]:
    with _memory_storages.rolled_back():
        yield
