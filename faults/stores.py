"""The storages as somebody sees them who trusts nobody: listed, which Safelight itself never does.

Both storages lie in one place, below ``default/`` and ``second/``, so that one listing shows all.
"""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Protocol
from urllib.request import urlopen

from tests.services.swift import KEY, REGION, SECRET, Swift

from safelight.ownership import MARKER
from safelight.storage.sigv4 import Credentials, presigned

STORAGES = ("default", "second")
"""By the names that the ledger has for them; the second is where a move goes."""


def is_mark(name: str) -> bool:
    """Of an installation, in a storage that it has swept: no file of anybody's."""
    return name.rpartition("/")[2] == MARKER


class Store(Protocol):
    urls: dict[str, str]
    """Of each storage."""

    def names(self) -> set[str]:
        """Of everything that lies there."""

    def files(self) -> dict[str, bytes]: ...

    def restore(self, files: dict[str, bytes]) -> None: ...


class Folder:
    def __init__(self, root: Path) -> None:
        self._root = root
        self.urls = {name: (root / name).as_uri() for name in STORAGES}

    def names(self) -> set[str]:
        return {path.relative_to(self._root).as_posix() for path in self._root.rglob("*") if not path.is_dir()}

    def files(self) -> dict[str, bytes]:
        return {name: (self._root / name).read_bytes() for name in self.names()}

    def restore(self, files: dict[str, bytes]) -> None:
        shutil.rmtree(self._root, ignore_errors=True)
        for name, data in files.items():
            path = self._root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


class Bucket:
    """With the parts of files that never came to be."""

    def __init__(self, swift: Swift, name: str) -> None:
        self._swift = swift
        self._name = name
        self.urls = {storage: swift.url(name, storage, timeout="10") for storage in STORAGES}

    def names(self) -> set[str]:
        parts = re.findall(r"<Upload>.*?<Key>(.*?)</Key>", self._do("GET", uploads=""), re.DOTALL)
        return self._objects() | {f"parts of {unescape(name)}" for name in parts}

    def files(self) -> dict[str, bytes]:
        return {name: self._read(name) for name in self._objects()}

    def restore(self, files: dict[str, bytes]) -> None:
        # A name has the same bytes always, but for the marks by which a storage says whose it is.
        there = self._objects()
        for name in {name for name in there if name not in files or is_mark(name)}:
            self._do("DELETE", name)
        for name in {name for name in files if name not in there or is_mark(name)}:
            self._do("PUT", name, files[name])

    def _objects(self) -> set[str]:
        answer = self._do("GET")
        assert "<IsTruncated>true" not in answer, "more than a page of a listing"
        return {unescape(name) for name in re.findall(r"<Contents>.*?<Key>(.*?)</Key>", answer, re.DOTALL)}

    def _read(self, name: str) -> bytes:
        address = f"{self._swift.endpoint}/{self._name}/{name}"
        signed = presigned("GET", address, Credentials(KEY, SECRET), region=REGION, at=datetime.now(UTC), seconds=60)
        with urlopen(signed) as answer:
            return bytes(answer.read())

    def _do(self, method: str, name: str = "", body: bytes | None = None, **query: str) -> str:
        status, text = self._swift.request(method, f"{self._name}/{name}".rstrip("/"), body, **query)
        assert status in (200, 204, 404), f"{method} {name}: {status} {text}"
        return text
