"""``flask safelight adopt``: files from before Safelight become known where they lie, and it says so in words."""

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert
from tests.flask import site
from tests.pictures import photo

from safelight.flask import Safelight
from safelight.ledger import MemoryLedger
from safelight.storage import MemoryStorage

GOOD, BROKEN = "pictures/ada.jpg", "pictures/bob.jpg"


def adopt(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["safelight", "adopt", *arguments])


@pytest.fixture
def media(app: Flask, tmp_path: Path) -> Path:
    folder = Path(app.config["SAFELIGHT_STORAGE"].removeprefix("file://"))
    for name, data in ((GOOD, photo()), (BROKEN, photo()[:-300])):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    with app.app_context():
        site.db.session.execute(insert(site.User), [{"picture": GOOD}, {"picture": BROKEN}])
        site.db.session.commit()
    return folder


def test_it_says_what_it_did_and_what_stays_unknown(app: Flask, client: FlaskClient, media: Path):
    assert client.get(f"/media/{GOOD}").status_code == 404
    dry = adopt(app, "user.picture", "--dry-run")
    assert dry.output.startswith("A dry run: nothing is recorded.\nWould adopt 1 file: ")
    done = adopt(app, "user.picture")
    assert done.exit_code == 1
    assert done.output.splitlines()[0].startswith("Adopted 1 file: ")
    assert done.output.splitlines()[1] == "Error: 1 file refused, left unknown to the ledger, and working as before:"
    assert done.output.splitlines()[2].startswith(f"  {BROKEN}: The file is damaged: it is cut short")
    answer = client.get(f"/media/{GOOD}")
    assert (answer.data, answer.headers["X-Content-Type-Options"]) == ((media / GOOD).read_bytes(), "nosniff")
    assert client.get(f"/media/{BROKEN}").status_code == 404
    again = adopt(app, "user.picture", "--quiet")
    assert (again.exit_code, again.output.splitlines()[0][:14]) == (1, "Error: 1 file ")


def test_a_column_that_is_not_there(app: Flask):
    done = adopt(app, "user.typo")
    assert (done.exit_code, done.output.splitlines()[0][:40]) == (1, "Error: there is no column 'user.typo': s")


def test_an_app_with_a_ledger_of_its_own_has_no_columns():
    app = Flask("own")
    Safelight(app, ledger=MemoryLedger(), storage=MemoryStorage())
    done = adopt(app, "user.picture")
    assert "an app with a ledger of its own has no columns" in done.output
