"""The twenty faults of JSON forms with files that Safelight mends (`python3 dev.py bench jsonform` shows them with
django-jsonform, too), each once, in a browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from tests.e2e.browser import needs_browser
from tests.faults.safelight_editor import SafelightEditor
from tests.faults.site import Site, both_sites
from tests.faults.trial import Fault, Trial
from tests.faults.twenty import FAULTS

pytestmark = needs_browser


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[bool, Site]]:
    with both_sites(tmp_path_factory.mktemp("faults"), "tests.faults.pages.settings") as found:
        yield found


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_is_mended(fault: Fault, sites: dict[bool, Site], browser: Browser) -> None:
    site = sites[fault.is_strict]
    trial = Trial(SafelightEditor, site, browser)
    try:
        outcome = fault.scenario(trial)
    finally:
        trial.close()
    assert outcome.passed, outcome.evidence
    assert not site.troubles(), site.troubles()
