"""A power cut in the middle of an upload, and the sweep: the old picture stays, and nothing is orphaned."""

import contextlib
import socket
import sqlite3
import threading
from collections.abc import Callable

import httpx
import pytest
from tests.e2e.profiles.site import Person, Site, execute, key_of
from tests.pictures import photo

_OLD = "2020-01-01 00:00:00.000000"
THUMBNAIL = ".thumbnail.webp"


def sweep(site: Site, *options: str) -> str:
    return site.manage("safelight", "sweep", *options)


def let_time_pass(site: Site) -> None:
    """For what is free, and for what was begun."""
    execute(site, "UPDATE safelight_blob SET created = ?", _OLD)
    execute(site, "UPDATE safelight_blob SET free_since = ? WHERE free_since IS NOT NULL", _OLD)
    side = site.data / f"{site.database}-safelight"
    if side.exists():
        with contextlib.closing(sqlite3.connect(side, timeout=20)) as connection, connection:
            connection.execute("UPDATE intent SET created = 0")


def pictures(site: Site) -> set[str]:
    """What lies in the storage, without thumbnails."""
    names = {path.relative_to(site.media).as_posix() for path in site.files()}
    return {name for name in names if not name.endswith(THUMBNAIL)}


def assert_whole(site: Site) -> None:
    """Every row's picture is there, is ready and is referred to; nothing lies there that the ledger does not know."""
    named = {key for (key,) in site.rows('SELECT profile_image FROM "user" WHERE profile_image IS NOT NULL')}
    ready = {key for (key,) in site.rows("SELECT key FROM safelight_blob WHERE state = 'ready'")}
    known = {key for (key,) in site.rows("SELECT key FROM safelight_blob")} | site.side_keys()
    held = {key for (key,) in site.rows("SELECT blob_id FROM safelight_reference")}
    assert named == held
    assert named <= ready <= pictures(site) <= known
    with site.client() as client:
        for key in named:
            assert client.get(f"/media/{key}").status_code == 200


@pytest.mark.parametrize("sent", ["nothing", "half", "all but the end"])
def test_killed_in_the_middle_of_a_body(
    new_site: Callable[..., Site], sign_up: Callable[[Site], Person], portrait: bytes, sent: str
) -> None:
    site = new_site()
    ada = sign_up(site)
    kept = key_of(ada.send(portrait))
    large = photo((1500, 1000))
    part = b'--B\r\nContent-Disposition: form-data; name="profile_image"; filename="a.jpg"\r\n\r\n'
    body = part + large + b"\r\n--B--\r\n"
    head = f"PUT {ada.image} HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=B\r\n"
    head += f"Authorization: Bearer {ada.token}\r\nContent-Length: {len(body)}\r\n\r\n"
    until = {"nothing": 0, "half": len(body) // 2, "all but the end": len(body) - 8}[sent]
    with socket.create_connection(("127.0.0.1", httpx.URL(site.url).port or 0), timeout=30) as connection:
        connection.sendall(head.encode() + body[:until])
        site.baseline(0.3)  # some of it has been read
        site.kill()
    site.start()
    assert ada.key() == kept
    assert_whole(site)
    assert site.counts().temporary == 0
    let_time_pass(site)
    sweep(site)
    assert pictures(site) == {kept}
    assert_whole(site)


@pytest.mark.parametrize("round", range(3))
def test_killed_while_many_are_sending(
    new_site: Callable[..., Site], sign_up: Callable[[Site], Person], round: int
) -> None:
    site = new_site()
    people = [sign_up(site) for _ in range(3)]
    large, answered, begun = photo((800, 600)), {}, threading.Event()

    def send(person: Person) -> None:
        with contextlib.suppress(httpx.TransportError):
            while True:
                answered[person] = key_of(person.send(large))
                if len(answered) == len(people) and round <= len(pictures(site)) - len(people):
                    begun.set()

    threads = [threading.Thread(target=send, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    assert begun.wait(60)
    site.kill()
    for thread in threads:
        thread.join()
    site.start()
    assert_whole(site)
    for person in people:
        # What was answered is there, or one that came after it and was not answered any more.
        assert person.key()
    let_time_pass(site)
    sweep(site)
    assert_whole(site)
    assert pictures(site) == {person.key() for person in people}
    assert not site.side_keys()
    assert site.counts().intents == 0
    for person in people:
        key_of(person.send(large))


def test_the_sweep_deletes_what_was_replaced_and_says_so(
    new_site: Callable[..., Site], sign_up: Callable[[Site], Person], portrait: bytes
) -> None:
    site = new_site()
    ada = sign_up(site)
    first, second = key_of(ada.send(portrait)), key_of(ada.send(portrait))
    assert pictures(site) == {first, second}
    assert "Nothing to delete: no file is unused for more than 24 hours." in sweep(site)
    assert "Would delete 1 file" in sweep(site, "--grace", "0s", "--dry-run")
    assert pictures(site) == {first, second}
    assert sweep(site, "--grace", "0s", "--quiet") == ""
    assert pictures(site) == {second}
    with site.client() as client:
        assert client.get(f"/media/{first}").status_code == 404
    assert_whole(site)
