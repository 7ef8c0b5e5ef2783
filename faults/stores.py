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
from safelight.protocols import Storage
from safelight.storage import from_url
from safelight.storage.sigv4 import Credentials, presigned
from safelight.storage.urls import StorageUrl

STORAGES = ("default", "second")
"""By the names that the ledger has for them; the second is where a move goes."""
PART = 5_000
"""Bytes above which a file goes up in parts, and of each of these: hundreds of files do, and wait for it."""
_PARTS = "parts of "
_UPLOAD = re.compile("<Upload>.*?<Key>(.*?)</Key>.*?<UploadId>(.*?)</UploadId>", re.DOTALL)


def is_mark(name: str) -> bool:
    """Of an installation, in a storage that is its own: no file of anybody's."""
    return name.rpartition("/")[2].startswith(MARKER.removesuffix(".bin"))


class Store(Protocol):
    storages: dict[str, Storage]

    def names(self) -> set[str]:
        """Of everything that lies there."""

    def files(self) -> dict[str, bytes]: ...

    def restore(self, files: dict[str, bytes]) -> None: ...


class Folder:
    def __init__(self, root: Path) -> None:
        self._root = root
        self.storages = {name: from_url((root / name).as_uri(), "/media/") for name in STORAGES}

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
    """With the parts of files that never came to be. Storages reach it at `address`, we at the server's own."""

    def __init__(self, swift: Swift, name: str, address: str) -> None:
        from safelight.storage.s3 import s3

        self._swift = swift
        self._name = name
        urls = {storage: Swift(address).url(name, storage, timeout="10") for storage in STORAGES}
        self.storages = {storage: s3(StorageUrl(url), at_once=PART, part=PART) for storage, url in urls.items()}

    def names(self) -> set[str]:
        return self._objects() | {f"{_PARTS}{name}" for name, _ in self._unfinished()}

    def files(self) -> dict[str, bytes]:
        unfinished = {f"{_PARTS}{name}": b"" for name, _ in self._unfinished()}
        return {name: self._read(name) for name in self._objects()} | unfinished

    def restore(self, files: dict[str, bytes]) -> None:
        unfinished = self._unfinished()
        for name, upload in unfinished:
            if f"{_PARTS}{name}" not in files:
                self._do("DELETE", name, uploadId=upload)
        for name in {name for name in files if name.startswith(_PARTS)} - {f"{_PARTS}{name}" for name, _ in unfinished}:
            self._begin(name.removeprefix(_PARTS))
        files = {name: data for name, data in files.items() if not name.startswith(_PARTS)}
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

    def _unfinished(self) -> list[tuple[str, str]]:
        """Uploads in parts that are: the name that the file would have, and their own."""
        answer = self._do("GET", uploads="")
        assert "<IsTruncated>true" not in answer, "more than a page of a listing"
        return [(unescape(name), upload) for name, upload in _UPLOAD.findall(answer)]

    def _begin(self, name: str) -> None:
        """One that is killed when its first part is there."""
        upload = self._do("POST", name, b"", uploads="").partition("<UploadId>")[2].partition("<")[0]
        self._do("PUT", name, b"a part", uploadId=upload, partNumber="1")

    def _read(self, name: str) -> bytes:
        address = f"{self._swift.endpoint}/{self._name}/{name}"
        signed = presigned("GET", address, Credentials(KEY, SECRET), region=REGION, at=datetime.now(UTC), seconds=60)
        with urlopen(signed) as answer:
            return bytes(answer.read())

    def _do(self, method: str, name: str = "", body: bytes | None = None, **query: str) -> str:
        status, text = self._swift.request(method, f"{self._name}/{name}".rstrip("/"), body, **query)
        assert status in (200, 204, 404), f"{method} {name}: {status} {text}"
        return text
