"""The product on one screen: what happens to an upload, in which order, and where it can be refused.

::

    accept = check + keep

    check     receive    bounded, streamed to a nameless temporary file      Empty, TooLarge
              inspect    say what it is; walk the container to its end       TypeNotAllowed, Corrupt, TooComplex
              allow      the policy: pixels over all frames                  TooManyPixels
              verify     what only inflating can prove                       Corrupt
              sanitise   keep the parts that are the picture
              scan       the policy's scanners, on what would be stored      ScannerRefused
    keep      intent     the ledger commits a fresh random key
              store      the parts, hashed as they go; create-only           StorageUnavailable
              ready      the ledger records the facts of the stored bytes

Until `intent` nothing exists but a temporary file without a name: a refusal leaves nothing. No byte is stored before
its key is in the ledger, and no key is served before its bytes are stored: a crash leaves an intent, which a sweep
deletes, or a blob that nothing refers to, which expires. `attach` belongs to the row that names the key, in the
row's own transaction (`Ledger.attach`).

A new format is one module and one line in `formats`; a new framework translates its requests into `Upload`, brings a
`Ledger` on its own database connection, and turns a `Refusal` into its own kind of answer.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import BinaryIO

from . import formats
from .blob import Blob
from .errors import KeyTaken, ScannerRefused, TooManyPixels
from .formats import HashingReader, Inspection, PartsReader
from .keys import new_key
from .policy import Policy
from .protocols import Ledger, Storage
from .receive import CHUNK, Spool, receive
from .upload import Upload, clean_filename


@dataclass(frozen=True, slots=True)
class Checked:
    """An upload that has passed every check and is not stored yet. Close it, or `Safelight.keep` it, which does."""

    policy: Policy
    inspection: Inspection
    filename: str
    spool: Spool

    def open(self) -> BinaryIO:
        """The sanitised bytes: exactly what would be stored."""
        return io.BufferedReader(PartsReader(self.spool.buffer, self.inspection.parts), CHUNK)

    def close(self) -> None:
        self.spool.close()

    def __enter__(self) -> Checked:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def check(upload: Upload, policy: Policy) -> Checked:
    """Receive, inspect, sanitise and scan. Nothing is stored; a `Refusal` leaves nothing behind."""
    spool = receive(upload, policy.max_bytes)
    try:
        inspection = formats.inspect(spool.buffer, policy.types)
        if inspection.pixels > policy.max_pixels:
            raise TooManyPixels(inspection.width, inspection.height, inspection.frames, policy.max_pixels)
        formats.verify(spool.buffer, inspection)
        checked = Checked(policy, inspection, clean_filename(upload.filename), spool)
        for scanner in policy.scanners:
            if finding := scanner.scan(checked.open()):
                raise ScannerRefused(finding)
    except BaseException:
        spool.close()
        raise
    return checked


@dataclass(frozen=True)
class Safelight:
    """`accept` uploads into storages, which policies name, and record them in a ledger."""

    ledger: Ledger
    storages: Mapping[str, Storage]

    def accept(self, upload: Upload, policy: Policy) -> Blob:
        """Verify an upload and store it. Raises a `Refusal`, and then has stored and recorded nothing."""
        return self.keep(check(upload, policy))

    def keep(self, checked: Checked, *, prefix: str | None = None, storage: str | None = None) -> Blob:
        """Store what has been checked, under a fresh key, and record its facts. `prefix` and `storage` take the
        place of the policy's, where a column has its own."""
        policy, inspection = checked.policy, checked.inspection
        storage_name = storage or policy.storage
        store = self.storages[storage_name]
        key = new_key(policy.prefix if prefix is None else prefix, inspection.extension, datetime.now(UTC))
        with checked:
            self.ledger.intend(key, storage_name)
            try:
                content = HashingReader(checked.spool.buffer, inspection.parts)
                store.save(key, io.BufferedReader(content, CHUNK))
                width, height = inspection.displayed
                blob = Blob(
                    key=key,
                    storage=storage_name,
                    media_type=inspection.media_type,
                    size=content.size,
                    sha256=content.sha256(),
                    width=width,
                    height=height,
                    filename=checked.filename,
                )
                self.ledger.ready(blob)
            except KeyTaken:
                self.ledger.forget(key)  # what lies there is somebody else's
                raise
            except Exception:
                self._undo(key, store)
                raise
        return blob

    def _undo(self, key: str, store: Storage) -> None:
        """Leave nothing of a keep that failed. What cannot be undone now (the storage is down) stays an intent in the
        ledger, and the sweep undoes it later."""
        with suppress(Exception):
            store.delete(key)
            self.ledger.forget(key)
