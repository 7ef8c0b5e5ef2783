"""Power cuts and company: a kill leaves nothing that the ledger does not know, and servers may share their data."""

import importlib.util
import re
import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from tests.e2e.checks import CREATE, key_of
from tests.e2e.server import PASSWORD, Server
from tests.e2e.test_wire import PART, REQUESTS, head
from tests.pictures import photo

THUMBNAIL = ".thumbnail.webp"


def assert_nothing_stray(server: Server) -> None:
    """Each file is in the ledger, or the thumbnail of one that is; each file that a row names is there, with the
    thumbnail that the ledger knows; each row's file is in the ledger."""
    names = {path.relative_to(server.media).as_posix() for path in server.files()}
    files = {name for name in names if not name.endswith(THUMBNAIL)}
    pictured = {name.removesuffix(THUMBNAIL) for name in names - files}
    known = {key for (key,) in server.rows("SELECT key FROM safelight_blob")}
    ready = {key for (key,) in server.rows("SELECT key FROM safelight_blob WHERE state = 'ready'")}
    named = {key for (key,) in server.rows("SELECT image FROM resolver_image")}
    for (body,) in server.rows("SELECT body FROM pages_page"):
        named |= set(re.findall(r"pages/\d{4}/[^\"]+", body))
    with_thumbnail = {
        key for (key,) in server.rows("SELECT key FROM safelight_blob WHERE thumbnail_size > 0 AND state = 'ready'")
    }
    held = {key for (key,) in server.rows("SELECT blob_id FROM safelight_reference")}
    assert files <= known
    assert ready <= files
    assert pictured <= known
    assert with_thumbnail <= pictured
    assert named <= ready
    assert named == held


@pytest.mark.parametrize("round", range(3))
def test_kill_while_uploading(tmp_path: Path, prepared: Path, round: int) -> None:
    data = shutil.copytree(prepared, tmp_path / "data")
    picture = photo((800, 600))
    stored: list[str] = []
    with Server(tmp_path, data, SAFELIGHT_UPLOAD_RATE="off") as server:
        begun = threading.Event()

        def upload() -> None:
            with server.client() as client:
                try:
                    while True:
                        stored.append(key_of(client.post(CREATE, files={"image": ("a.jpg", picture)})))
                        if len(stored) > 5 + round:
                            begun.set()
                except httpx.TransportError:
                    pass

        threads = [threading.Thread(target=upload) for _ in range(3)]
        for thread in threads:
            thread.start()
        assert begun.wait(30)
        server.kill()
        for thread in threads:
            thread.join()
        assert_nothing_stray(server)

        server.start()
        assert_nothing_stray(server)
        assert {key for (key,) in server.rows("SELECT key FROM safelight_blob WHERE state = 'ready'")} >= set(stored)
        with server.client(auth=("admin", PASSWORD)) as client:  # the data and the admin's password are as before
            for key in stored:
                assert client.get(f"/media/{key}").status_code == 200
            assert client.get("/api/images/").json()["count"] == server.counts().images >= len(stored)
            key_of(client.post(CREATE, files={"image": ("b.jpg", picture)}))


def test_kill_leaves_no_temporary_file(tmp_path: Path, prepared: Path, large_camera: bytes) -> None:
    """Django would keep a large form file under a name in the temporary folder, for ever if it is killed."""
    data = shutil.copytree(prepared, tmp_path / "data")
    with Server(tmp_path, data, SAFELIGHT_UPLOAD_RATE="off") as server:
        url = httpx.URL(server.url)
        with socket.create_connection((url.host, url.port)) as sock:
            body = PART + large_camera
            sock.sendall(head(server, REQUESTS["multipart"][0], f"Content-Length: {len(body) + 10}") + body[:6_000_000])
            time.sleep(0.3)
            server.kill()
        left = [path.name for path in server.temporary.iterdir()]
        server.start()
        assert server.counts()._replace(nameless=0) == (0,) * 7 + (len(left), 0)
    assert left == []


def test_row_and_reference_stand_or_fall_together(tmp_path: Path, prepared: Path, small_png: bytes) -> None:
    """The row that names a file and the reference that keeps it are one transaction (lifecycle: attach)."""
    data = shutil.copytree(prepared, tmp_path / "data")
    with closing(sqlite3.connect(data / "db.sqlite3")) as connection:
        connection.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON safelight_reference BEGIN SELECT RAISE(ABORT, 'broken'); END"
        )
    server = Server(tmp_path, data)
    server.start()  # without the look at its log: this is one error that is ours
    try:
        with server.client() as client:
            response = client.post(CREATE, files={"image": ("a.png", small_png)})
        assert (response.status_code, response.json()["code"]) == (500, "error")
        assert server.counts().images == 0
        assert_nothing_stray(server)
    finally:
        server.stop()


def upload_at_once(servers: list[Server], each: int = 12) -> None:
    """Several clients for each server, all at the same time; some of what they send is refused."""
    picture = photo((64, 48))

    def upload(server: Server) -> list[str]:
        keys = []
        with server.client() as client:
            for _ in range(each):
                keys.append(key_of(client.post(CREATE, files={"image": ("a.jpg", picture)})))
                assert client.post(CREATE, json={"image": "!"}).status_code == 400
        return keys

    with ThreadPoolExecutor(3 * len(servers)) as pool:
        keys = [key for found in pool.map(upload, servers * 3) for key in found]
    assert len(set(keys)) == len(keys) == each * 3 * len(servers)
    counts = servers[0].counts()
    assert (counts.files, counts.blobs, counts.intents, counts.references, counts.images, counts.side) == (
        *(len(keys), len(keys), 0, len(keys), len(keys), 0),
    )
    assert counts.thumbnails == len(keys)
    assert_nothing_stray(servers[0])
    with servers[1].client() as client:
        assert all(client.get(f"/media/{key}").status_code == 200 for key in keys)


def test_two_servers_on_sqlite(tmp_path: Path, prepared: Path) -> None:
    data = shutil.copytree(prepared, tmp_path / "data")
    with (
        Server(tmp_path / "one", data, SAFELIGHT_UPLOAD_RATE="off") as one,
        Server(tmp_path / "two", data, SAFELIGHT_UPLOAD_RATE="off") as two,
    ):
        upload_at_once([one, two])


@pytest.fixture
def database() -> Iterator[str]:
    if importlib.util.find_spec("tests.services.postgresql") is None:
        pytest.skip("tests/services/postgresql.py is not there")
    from tests.services.postgresql import postgresql

    with postgresql() as url:
        yield url


def test_two_servers_on_postgresql(tmp_path: Path, database: str) -> None:
    settings = {"SAFELIGHT_DATABASE": database, "SAFELIGHT_UPLOAD_RATE": "off"}
    with Server(tmp_path / "one", tmp_path / "data", **settings) as one:
        with Server(tmp_path / "two", tmp_path / "data", **settings) as two:
            upload_at_once([one, two])
        add_in_the_admin(one)
        assert_nothing_stray(one)


def add_in_the_admin(server: Server) -> None:
    """Inside a transaction, where the intent needs a connection of its own."""
    before = server.baseline()
    with server.client() as client:
        client.get("/admin/login/")
        form = {"username": "admin", "password": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
        assert client.post("/admin/login/?next=/admin/", data=form).status_code == 302
        token = {"csrfmiddlewaretoken": client.cookies["csrftoken"]}
        page = "/admin/resolver/image/add/"
        assert client.post(page, data=token, files={"image": ("a.png", b"<html>")}).status_code == 200
        assert server.settled(before) == before
        assert client.post(page, data=token, files={"image": ("a.jpg", photo())}).status_code == 302
    assert server.settled(before.plus(1)) == before.plus(1)


def test_prepare_again(tmp_path: Path, prepared: Path, small_png: bytes) -> None:
    """Every `dev.py run` prepares: nothing of what is there may change, but the password if a new one is given."""
    data = shutil.copytree(prepared, tmp_path / "data")
    with Server(tmp_path / "first", data) as server, server.client() as client:
        picture = client.post(CREATE, files={"image": ("a.png", small_png)}).json()
    again = Server(tmp_path / "second", data, SAFELIGHT_ADMIN_PASSWORD="another-one")
    again.prepare()
    with again, again.client() as client:
        assert client.get("/api/images/", auth=("admin", PASSWORD)).status_code == 401
        (found,) = client.get("/api/images/", auth=("admin", "another-one")).json()["results"]
        assert {**found, "image": httpx.URL(found["image"]).path} == {
            **picture,
            "image": httpx.URL(picture["image"]).path,
        }
