"""``flask safelight move``: files change their storage while the app runs, and it says so in words."""

import base64
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from tests.flask import site
from tests.flask.bare import Bare
from tests.stored import names_in

from safelight.errors import StorageUnavailable
from safelight.flask import Safelight
from safelight.ledger import MemoryLedger
from safelight.storage import MemoryStorage, from_url
from safelight.testing.expect import files

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def app(make_app: Callable[..., Flask], tmp_path: Path) -> Flask:
    """With two storages, whose addresses tell them apart; pictures are sent to the default one."""
    cloud = f"{(tmp_path / 'cloud').as_uri()}?public_url=https://cloud.example/"
    return make_app(SAFELIGHT_STORAGE={"default": (tmp_path / "disk").as_uri(), "cloud": cloud})


def send(client: FlaskClient, picture: bytes) -> Any:
    answer = client.post("/any", json={"picture": base64.b64encode(picture).decode()})
    assert answer.status_code == 201, answer.text
    return answer.json


def move(app: Flask, *options: str, source: str = "default", target: str = "cloud") -> Result:
    return app.test_cli_runner().invoke(args=["safelight", "move", "--from", source, "--to", target, *options])


def address(app: Flask, user: int) -> str:
    with app.app_context():
        return site.db.session.get_one(site.User, user).picture.url


def test_it_says_what_it_did_and_what_comes_next(app: Flask, client: FlaskClient, picture: bytes, tmp_path: Path):
    sent = [send(client, picture) for _ in range(2)]
    before = client.get(sent[0]["url"]).data

    done = move(app)
    assert done.exit_code == 0
    assert done.output.splitlines()[0].startswith("Moved 2 files from 'default' to 'cloud': ")
    assert done.output.splitlines()[1].startswith("2 files left behind in 'default': when no page")
    assert names_in(tmp_path / "cloud") == names_in(tmp_path / "disk") != set()
    assert address(app, sent[0]["id"]) == f"https://cloud.example/{sent[0]['key']}" != sent[0]["url"]

    done = move(app, "--delete")
    assert done.exit_code == 0
    assert done.output.splitlines()[-1] == "Deleted 2 files left behind in 'default'."
    assert names_in(tmp_path / "disk") == set()
    assert client.get(sent[0]["url"]).data == before, "the old address asks the ledger, too"


def test_new_files_go_where_the_policy_says(app: Flask, client: FlaskClient, picture: bytes, tmp_path: Path):
    first = send(client, picture)
    move(app, "--delete")
    second = send(client, picture)
    assert first["key"] in names_in(tmp_path / "cloud")
    assert second["key"] in names_in(tmp_path / "disk")


def test_quiet(app: Flask, client: FlaskClient, picture: bytes):
    send(client, picture)
    assert (move(app, "--quiet").output, move(app, "--quiet").exit_code) == ("", 0)


def test_what_is_left_is_an_error(app: Flask, client: FlaskClient, picture: bytes, tmp_path: Path):
    key = send(client, picture)["key"]
    (tmp_path / "disk" / key).unlink()
    done = move(app, "--quiet")
    assert done.exit_code == 1
    assert done.output.startswith("Error: 1 file left in 'default'. Run this again.")
    assert f"{key}: in 'default' there is nothing under this key" in done.output


class Failing(MemoryStorage):
    """Fails when the second picture comes."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error: BaseException | None = error

    def save(self, name: str, content: IO[bytes], /) -> str:
        if self.error and files(self):
            raise self.error
        return super().save(name, content)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), StorageUnavailable("no route to host")])
def test_it_goes_on_where_it_was_stopped(
    make_app: Callable[..., Flask], picture: bytes, tmp_path: Path, error: BaseException
):
    cloud = Failing(error)
    disk = from_url((tmp_path / "disk").as_uri(), "/media/")
    app = make_app(SAFELIGHT_STORAGE={"default": disk, "cloud": cloud})
    users = [send(app.test_client(), picture) for _ in range(3)]
    assert move(app).exit_code == 1
    assert len(files(cloud)) == 1
    assert all(app.test_client().get(user["url"]).status_code == 200 for user in users)
    cloud.error = None
    done = move(app)
    assert done.exit_code == 0
    assert done.output.startswith("Moved 2 files")
    assert set(files(cloud)) == {user["key"] for user in users}


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"target": "typo"}, "there is no storage 'typo'; there are: cloud, default"),
        ({"source": "typo"}, "there is no storage 'typo'"),
        ({"target": "default"}, "name another storage"),
    ],
)
def test_a_wrong_name(app: Flask, names: dict[str, str], words: str):
    done = move(app, **names)
    assert done.exit_code == 1
    assert words in done.output


def test_both_names_are_needed(app: Flask):
    done = app.test_cli_runner().invoke(args=["safelight", "move", "--from", "default"])
    assert done.exit_code == 2
    assert "Missing option '--to'" in done.output


def test_a_ledger_of_ones_own(picture: bytes):
    ledger, storages = MemoryLedger(), {"default": MemoryStorage(), "cloud": MemoryStorage("https://cloud.example/")}
    app = Flask("memory")
    light = Safelight(app, ledger=ledger, storage=storages)
    with app.test_request_context():
        key = light.accept(base64.b64encode(picture).decode(), site.AVATARS).key
        assert move(app, "--delete").exit_code == 0
        assert light.url(ledger.get(key)) == f"https://cloud.example/{key}"
    assert set(storages["cloud"].files) == {key}
    assert not storages["default"].files


def test_a_ledger_that_cannot():
    app = Flask("unmovable")
    Safelight(app, ledger=Bare(), storage={"default": "memory:", "cloud": "memory:"})
    done = move(app)
    assert done.exit_code == 1
    assert "no safelight.protocols.Movable" in done.output


def test_on_a_terminal_a_bar_says_how_far_it_is(app: Flask, client: FlaskClient, picture: bytes, tmp_path: Path):
    for _ in range(2):
        send(client, picture)
    storages = {name: (tmp_path / folder).as_uri() for name, folder in (("default", "disk"), ("cloud", "cloud"))}
    (tmp_path / "terminal.py").write_text(
        "from pathlib import Path\nfrom tests.flask.site import create_app\n"
        f"app = create_app(Path({str(tmp_path / 'app0')!r}), SAFELIGHT_STORAGE={storages!r})\n"
    )
    ours, theirs = pty.openpty()
    with open(ours, "rb", buffering=0) as terminal:
        command = [sys.executable, "-m", "flask", "--app", "terminal", "safelight", "move"]
        done = subprocess.run(
            [*command, "--from", "default", "--to", "cloud"],
            stdout=theirs,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm"},
            check=True,
            timeout=60,
        )
        os.close(theirs)
        said = b""
        try:
            while more := terminal.read(4096):
                said += more
        except OSError:  # Linux's way to say that a terminal has ended
            pass
    assert done.returncode == 0
    assert b"2/2" in said
    assert b"Moved 2 files from 'default' to 'cloud'" in said
