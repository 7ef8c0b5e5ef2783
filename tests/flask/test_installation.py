"""``flask safelight installation``: a copy of the database deletes nothing until somebody says what it is."""

import base64
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from tests.flask import site
from tests.stored import names_in

from safelight.flask import Safelight
from safelight.ledger import MemoryLedger


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["safelight", *arguments])


def keep(app: Flask, picture: bytes) -> str:
    """The key of a file that is free."""
    with app.test_request_context():
        return site.safelight.accept(base64.b64encode(picture).decode(), site.AVATARS).key


SWEEP = ("sweep", "--grace", "0s")
MOVE = ("move", "--from", "default", "--to", "cloud")


@pytest.fixture
def copy(make_app: Callable[..., Flask], tmp_path: Path, picture: bytes) -> Flask:
    """An app whose database is the copy of one that was swept, with the same storages."""
    app = make_app(SAFELIGHT_STORAGE={"default": (tmp_path / "media").as_uri(), "cloud": "memory:"})
    keep(app, picture)
    assert "Deleted 1 file" in run(app, *SWEEP).output
    keep(app, picture)
    shutil.copy(tmp_path / "app0" / "db.sqlite3", tmp_path / "staging.sqlite3")
    return make_app(
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'staging.sqlite3'}",
        SAFELIGHT_STORAGE=app.config["SAFELIGHT_STORAGE"],
    )


def test_it_deletes_nothing_until_somebody_says_that_the_other_is_gone(copy: Flask, tmp_path: Path):
    before = names_in(tmp_path / "media")
    for command in (SWEEP, MOVE, ("installation",)):
        done = run(copy, *command)
        assert done.exit_code == 1
        assert "This database is not where installation" in done.output
        assert "flask safelight installation --moved" in done.output
    assert names_in(tmp_path / "media") == before != set()
    done = run(copy, "installation", "--moved")
    assert (done.exit_code, done.output.splitlines()[1:]) == (0, ["Storage 'default' is its own."])
    assert "Deleted 1 file" in run(copy, *SWEEP).output
    assert names_in(tmp_path / "media") == set()


def test_it_may_have_storages_of_its_own(copy: Flask, tmp_path: Path):
    before = names_in(tmp_path / "media")
    assert "flask safelight installation --mark default" in run(copy, "installation", "--copy").output
    done = run(copy, *SWEEP)
    assert (done.exit_code, names_in(tmp_path / "media")) == (1, before)
    assert "1 file left alone for that." in done.output
    assert run(copy, "installation", "--mark", "default").exit_code == 0
    assert "Deleted 1 file" in run(copy, *SWEEP).output


def test_a_database_that_fails(make_app: Callable[..., Flask]):
    app = make_app(SAFELIGHT_STORAGE={"default": "memory:", "cloud": "memory:"})
    with app.app_context():
        site.db.drop_all()
    for command in (SWEEP, ("audit",), ("installation",), ("adopt", "user.picture"), MOVE):
        done = run(app, *command)
        assert done.exit_code == 1
        first, second = done.output.splitlines()
        assert first.startswith("Error: The database failed: OperationalError: no such table: ")
        assert second.endswith("this says why: flask safelight doctor")


def test_a_wrong_name(copy: Flask):
    assert "there is no storage 'typo'" in run(copy, "installation", "--mark", "typo").output


def test_a_ledger_of_ones_own_has_no_identity():
    app = Flask("own")
    Safelight(app, ledger=MemoryLedger(), storage="memory:")
    done = run(app, "installation")
    assert done.exit_code == 1
    assert "this ledger has no identity" in done.output
    assert run(app, "sweep").exit_code == 0
