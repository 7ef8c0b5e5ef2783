"""What a stack runs on: SQLite and a folder, or a real PostgreSQL and a real S3, empty, and gone afterwards."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from faults.databases import Database, Postgresql, Sqlite
from faults.relay import Relay, relay
from faults.stores import Bucket, Folder, Store
from tests.services.postgresql import postgresql
from tests.services.swift import CREDENTIALS, swift

from safelight.storage import DiskStorage

NAMES = ("sqlite", "postgresql")
TITLES = {"sqlite": "SQLite + disk", "postgresql": "PostgreSQL + S3"}


@dataclass(frozen=True)
class Backend:
    name: str
    folder: Path
    database: Database
    store: Store
    kind: type
    """The class of the storages."""
    versions: str
    relay: Relay | None = None
    """Before a store that is reached by requests."""


@contextmanager
def backend(name: str, stack: str) -> Iterator[Backend]:
    # Where memory has a file system, nobody waits for disks.
    memory = Path("/dev/shm")
    where = memory if os.access(memory, os.W_OK) else None
    with (
        tempfile.TemporaryDirectory(prefix="safelight-faults-", dir=where) as folder,
        _sqlite(Path(folder)) if name == "sqlite" else _postgresql(Path(folder), stack) as made,
    ):
        yield made


@contextmanager
def _sqlite(folder: Path) -> Iterator[Backend]:
    version = f"SQLite {sqlite3.sqlite_version}"
    yield Backend("sqlite", folder, Sqlite(folder), Folder(folder / "media"), DiskStorage, version)


@contextmanager
def _postgresql(folder: Path, stack: str) -> Iterator[Backend]:
    from safelight.storage.s3 import S3Storage

    try:
        with postgresql() as server, swift() as s3, relay(s3.endpoint, folder / "relay.txt") as between:
            os.environ |= CREDENTIALS
            store = Bucket(s3, stack, between.url)
            database = Postgresql(server, f"faults_{stack}")
            versions = f"{database.version}, {s3.version}"
            yield Backend("postgresql", folder, database, store, S3Storage, versions, between)
    except pytest.skip.Exception as missing:
        raise SystemExit(f"{missing}. (`python3 dev.py test` installs it.)") from None
