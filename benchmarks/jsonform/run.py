"""Twenty faults of JSON forms with files in the Django admin: what happens with django-jsonform, and with Safelight.

    python3 dev.py bench jsonform [FAULT ...] [--only peer|safelight] [--write]

FAULT    its number in the table (14a); all twenty if none is given
--only   one of the two
--write  all of it also goes into docs/explanation/jsonform.md

Each editor has a site of its own, with the same document (tests/faults/schema.py): ours is tests/faults/pages, the
peer's is benchmarks/jsonform/pages, after its guide. The scenarios (tests/faults) go through a real browser and real
HTTP. What was seen stands in the second table, and in .dev/bench/jsonform.json. Exits 1 if Safelight has one of the
faults, or a scenario could not be tried.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.jsonform.report import Result, report, write  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402
from tests.e2e.browser import CHROMIUM, FLAGS  # noqa: E402
from tests.faults.editor import Editor  # noqa: E402
from tests.faults.peer_editor import PeerEditor  # noqa: E402
from tests.faults.safelight_editor import SafelightEditor  # noqa: E402
from tests.faults.site import both_sites  # noqa: E402
from tests.faults.trial import Fault, Outcome, Trial  # noqa: E402
from tests.faults.twenty import FAULTS  # noqa: E402

RESULTS = ROOT / ".dev" / "bench"


class Contender(NamedTuple):
    name: str
    editor: type[Editor]
    settings: str


PEER = f"django-jsonform {version('django-jsonform')}"
CONTENDERS = {
    "peer": Contender(PEER, PeerEditor, "benchmarks.jsonform.pages.settings"),
    "safelight": Contender("Safelight", SafelightEditor, "tests.faults.pages.settings"),
}


def main() -> None:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers are stopped
    faults = [fault for fault in FAULTS if not options.faults or fault.name in options.faults]
    contenders = [CONTENDERS[options.only]] if options.only else [*CONTENDERS.values()]
    found: dict[str, dict[str, Result]] = {}
    with _browser() as browser:
        chromium = browser.version
        for contender in contenders:
            found[contender.name] = {}
            with TemporaryDirectory() as folder, both_sites(Path(folder), contender.settings) as sites:
                for fault in faults:
                    _note(f"{contender.name}: {fault.name} {fault.promise} ...")
                    trial = Trial(contender.editor, sites[fault.is_strict], browser)
                    found[contender.name][fault.name] = _tried(fault, trial)
    versions = f"Chromium {chromium}, Django {version('django')}, Python {sys.version.split()[0]}."
    text = report(faults, found, versions)
    print(text)
    if options.write:
        write(text)
    RESULTS.mkdir(parents=True, exist_ok=True)
    rows = [
        {"fault": fault.name, "promise": fault.promise}
        | {name: results[fault.name]._asdict() for name, results in found.items()}
        for fault in faults
    ]
    (RESULTS / "jsonform.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False))
    ours = found.get("Safelight", {}).values()
    untried = [result for results in found.values() for result in results.values() if result.is_right is None]
    sys.exit(1 if untried or not all(result.is_right for result in ours) else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faults", nargs="*", metavar="FAULT")
    parser.add_argument("--only", choices=[*CONTENDERS])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.write and (options.faults or options.only):
        parser.error("the page has all of it: --write goes with nothing else")
    if unknown := set(options.faults) - {fault.name for fault in FAULTS}:
        parser.error(f"there is no fault {', '.join(sorted(unknown))}")
    return options


def _tried(fault: Fault, trial: Trial) -> Result:
    try:
        outcome: Outcome = fault.scenario(trial)
        return Result(*outcome)
    except Exception as error:  # a page that is not as we know it: that is no fault of an editor's
        return Result(None, f"It could not be tried: {type(error).__name__}: {str(error)[:300]}")
    finally:
        trial.close()


@contextmanager
def _browser() -> Iterator[Browser]:
    if not CHROMIUM:
        sys.exit("Chromium is missing: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield browser
        browser.close()


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
