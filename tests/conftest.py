"""Hypothesis: no deadline, since a slow machine is no bug; in CI the same examples every time."""

import os

from hypothesis import settings

settings.register_profile("safelight", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("safelight")
