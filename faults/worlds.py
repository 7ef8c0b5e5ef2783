"""What is there before something happens: files in every state that a file can be in."""

from __future__ import annotations

import json
from collections.abc import Callable

from faults.acts import Keys
from faults.fuse import Fault
from faults.ground import PERIOD, PHOTO, SWEEP, Ground, World
from faults.processes import Server

_STORED = Fault(slow=True, kill=2)
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


WORLDS: dict[str, Callable[[Ground], World]] = {each.__name__: each for each in (small, document, copied, whole, swept)}


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
