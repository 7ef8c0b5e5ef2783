"""The sweep as cron runs it, beside a server that people use: what is gone is gone, and what is named is there."""

import importlib.util
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.e2e.checks import CREATE, key_of
from tests.e2e.server import PASSWORD, Server
from tests.pictures import photo

ADMIN = ("admin", PASSWORD)
GRACE = ("--grace", "5s")
"""Long enough for an upload that is about to be saved."""


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request, tmp_path: Path, prepared: Path) -> Iterator[Server]:
    if request.param == "sqlite":
        data = shutil.copytree(prepared, tmp_path / "data")
        with Server(tmp_path / "server", data, SAFELIGHT_UPLOAD_RATE="off") as started:
            yield started
        return
    if importlib.util.find_spec("tests.services.postgresql") is None:
        pytest.skip("tests/services/postgresql.py is not there")
    from tests.services.postgresql import postgresql

    with (
        postgresql() as url,
        Server(tmp_path, tmp_path / "data", SAFELIGHT_UPLOAD_RATE="off", SAFELIGHT_DATABASE=url) as started,
    ):
        yield started


def upload(client: httpx.Client, count: int) -> dict[str, str]:
    """Key by the address of the row."""
    picture = photo((40, 30))
    answers = [client.post(CREATE, files={"image": ("a.jpg", picture)}) for _ in range(count)]
    return {f"/api/images/{answer.json()['pk']}/": key_of(answer) for answer in answers}


def stored(server: Server, key: str) -> bool:
    """Whether anything lies in the storage for `key`."""
    return any(path.relative_to(server.media).as_posix().startswith(key) for path in server.files())


def test_a_deleted_rows_file_goes_with_the_next_sweep(server: Server) -> None:
    with server.client(auth=ADMIN) as client:
        (deleted, gone), (_, stays) = upload(client, 2).items()
        assert client.delete(deleted).status_code == 204
        assert "Nothing to delete" in server.manage("safelight_sweep")
        assert client.get(f"/media/{gone}").status_code == 200, "within the grace period a deletion can be taken back"
        assert "Would delete 1 file" in server.manage("safelight_sweep", "--grace", "0s", "--dry-run")
        assert client.get(f"/media/{gone}").status_code == 200
        assert "Deleted 1 file" in server.manage("safelight_sweep", "--grace", "0s")
        assert client.get(f"/media/{gone}").status_code == 404
        assert client.get(f"/media/{stays}").status_code == 200
    assert (stored(server, gone), stored(server, stays)) == (False, True)
    assert server.rows("SELECT key, state FROM safelight_blob") == [(stays, "ready")]


def test_sweeps_that_are_killed_while_people_upload_and_delete(server: Server) -> None:
    """Each is killed with a tenth of its work done, by SIGKILL; the last one may finish what all have left."""
    named: dict[str, str] = {}
    done = threading.Event()

    def use() -> None:
        with server.client(auth=ADMIN) as client:
            while not done.is_set():
                rows = upload(client, 4)
                deleted = next(iter(rows))
                assert client.delete(deleted).status_code == 204
                named.update({row: key for row, key in rows.items() if row != deleted})

    with server.client(auth=ADMIN) as client:
        gone = upload(client, 24)
        assert all(client.delete(row).status_code == 204 for row in gone)
    while "Would delete 24 files" not in server.manage("safelight_sweep", *GRACE, "--dry-run"):
        pass
    person = threading.Thread(target=use)
    person.start()
    try:
        for _ in range(2):
            with server.managing("safelight_sweep", *GRACE, "--batch", "1") as sweep:
                assert sweep.stdout.readline().endswith("files looked at\n")
    finally:
        done.set()
        person.join()
    states = dict(server.rows("SELECT key, state FROM safelight_blob"))
    assert set(states.values()) >= {"ready"}
    assert all(stored(server, key) for key, state in states.items() if state == "ready")

    server.manage("safelight_sweep", "--grace", "0s")
    with server.client() as client:
        assert all(client.get(f"/media/{key}").status_code == 200 for key in named.values())
    assert not any(stored(server, key) for key in gone.values())
    assert server.rows("SELECT key FROM safelight_blob ORDER BY key") == [(key,) for key in sorted(named.values())]
