"""What is there before something happens: files in every state that a file can be in."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

from faults.acts import LARGE, PHOTO, Keys
from faults.fuse import Fault
from faults.ground import PERIOD, SWEEP, Ground, World
from faults.processes import Server

from safelight.keys import new_key

_STORED = Fault(slow=1, kill=2)
"""Killed when its file is stored."""


def small(ground: Ground) -> World:
    """One row with a file, two that share one, and a file that is free."""
    ground.restore(ground.empty)
    with ground.server() as server:
        keys = _rows(server)
    return ground.world(keys)


def document(ground: Ground) -> World:
    """Besides: a document with two files, and one more that is free."""
    ground.restore(ground.empty)
    with ground.server() as server:
        keys = _rows(server) | _page(server)
    return ground.world(keys)


def copied(ground: Ground) -> World:
    """And the document has a copy."""
    keys = document(ground).keys
    with ground.server() as server:
        server.post("/copy", {"title": "page", "to": "copy"})
    return ground.world(keys)


def whole(ground: Ground) -> World:
    """Besides: a tombstone; uploads that were killed, one of them in an open transaction; a row of which the ledger
    does not know, as a fixture writes it."""
    ground.restore(ground.empty)
    with ground.server() as server:
        server.post("/keep", {}, PHOTO)
    ground.database.age(PERIOD)
    ground.run(SWEEP)
    assert ground.database.rows("SELECT state FROM safelight_blob") == [("deleted",)]
    for path in ("/keep", "/atomic/keep"):
        with ground.server(_STORED) as server:
            server.ask(path, {}, PHOTO)
            assert server.watch() == "stopped"
            server.go_on()
            assert server.status() == (0, "")
            assert server.was_killed
    with ground.server() as server:
        server.post("/past", {"title": "past"}, PHOTO)
        keys = _rows(server) | _page(server)
    return ground.world(keys)


def swept(ground: Ground) -> World:
    """All that nothing refers to has just been deleted."""
    keys = whole(ground).keys
    ground.database.age(PERIOD)
    ground.run(SWEEP)
    return ground.world(keys)


def large(ground: Ground) -> World:
    """One row with a file that goes up in parts, where a storage has these."""
    ground.restore(ground.empty)
    with ground.server() as server:
        keys = {"large": server.post("/create", {"title": "large"}, LARGE)}
    return ground.world(keys)


def in_parts(ground: Ground) -> World:
    """Besides: what is left of two uploads in parts, one killed beside its first part, one beside the last request."""
    keys, relay = small(ground).keys, ground.backend.relay
    assert relay is not None
    for request in (3, 6):
        relay.begin(before=request)
        with ground.server() as server:
            server.ask("/keep", {}, LARGE)
            while not relay.holds:
                assert server.watch(0.01) == "waits"
        relay.release(sent_on=False)
    relay.begin()
    return ground.world(keys)


def older(ground: Ground) -> World:
    """Besides: rows that name files which were there before Safelight, two of them the same one."""
    world = small(ground)
    for title, name in (("first", "old/a.jpg"), ("second", "old/a.jpg"), ("third", "old/b.jpg")):
        ground.database.change(f"INSERT INTO picture (title, image) VALUES ('{title}', '{name}')")
    ground.backend.store.restore(world.files | {"default/old/a.jpg": PHOTO, "default/old/b.jpg": PHOTO})
    return ground.world(world.keys | {"column": ground.stack.column})


def apart(ground: Ground) -> World:
    """All that an audit finds and mends: a reference that is missing, and one that is stale; a file that does not age,
    one that is named and has lost its row, and one that nobody knows."""
    keys = document(ground).keys
    for sql in (
        f"INSERT INTO picture (title, image) VALUES ('raw', '{keys['spare']}')",
        "DELETE FROM picture WHERE title = 'mine'",
        f"UPDATE safelight_blob SET free_since = NULL WHERE key = '{keys['free']}'",
        f"DELETE FROM safelight_reference WHERE blob_id = '{keys['second']}'",
        f"DELETE FROM safelight_blob WHERE key = '{keys['second']}'",
    ):
        ground.database.change(sql)
    stray = new_key("pictures", "jpg", datetime.now(UTC))
    ground.backend.store.restore(ground.backend.store.files() | {f"default/{stray}": PHOTO})
    return ground.world(keys)


def displaced(ground: Ground) -> World:
    """An installation that has swept, and whose database is not where it was."""
    keys = small(ground).keys
    ground.database.age(PERIOD)
    ground.run(SWEEP)
    ground.database.change("UPDATE safelight_installation SET place = 'elsewhere'")
    return ground.world(keys)


_ALL = (small, document, copied, whole, swept, large, in_parts, older, apart, displaced)
WORLDS: dict[str, Callable[[Ground], World]] = {each.__name__: each for each in _ALL}


def _rows(server: Server) -> Keys:
    shared = server.post("/create", {"title": "one"}, PHOTO)
    server.post("/share", {"title": "other", "key": shared})
    mine = server.post("/create", {"title": "mine"}, PHOTO)
    return {"mine": mine, "shared": shared, "free": server.post("/keep", {}, PHOTO)}


def _page(server: Server) -> Keys:
    keys = {name: server.post("/keep", {}, PHOTO) for name in ("first", "second", "spare")}
    body = {"cover": keys["first"], "gallery": [keys["first"], keys["second"]]}
    server.post("/write", {"title": "page", "body": json.dumps(body)})
    return keys
