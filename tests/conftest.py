"""Hypothesis has no deadline, since a slow machine is no bug, and in CI the same examples every time; what tests share
explains its failures as they do. One MariaDB is enough for all tests of a process."""

import os
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import settings
from tests.services.mariadb import mariadb

# Before anybody imports them; the tests of the docs use the servers, too.
pytest.register_assert_rewrite(
    "tests.decode.pixels",
    "tests.docs.reader",
    "tests.e2e.browser",
    "tests.e2e.checks",
    "tests.e2e.form_server",
    "tests.e2e.server",
    "tests.flask.messages",
)

settings.register_profile("safelight", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("safelight")

LONGEST = ("tests/test_faults.py", "tests/test_fuzz.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """First comes what takes a minute in one piece, or the other processors would wait for it in the end; then the
    files with the most tests, as xdist itself has it."""
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: (not item.nodeid.startswith(LONGEST), -tests[item.path]))


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[str]:
    """The URL of a real one, without databases."""
    with mariadb() as server:
        yield server
