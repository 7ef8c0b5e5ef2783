"""Hypothesis has no deadline, since a slow machine is no bug, and in CI the same examples every time; what tests share
explains its failures as they do."""

import os

import pytest
from hypothesis import settings

# Before anybody imports them; the tests of the docs use the servers, too.
pytest.register_assert_rewrite(
    "tests.docs.reader", "tests.e2e.browser", "tests.e2e.checks", "tests.e2e.form_server", "tests.e2e.server"
)

settings.register_profile("safelight", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("safelight")
