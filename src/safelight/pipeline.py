"""The product on one screen: what happens to an upload, in which order, and where it can be refused.

::

    accept = check + keep

    check     receive    bounded by max_bytes, into a nameless temporary file   Empty, TooLarge
              convert    (HEIC among the types) a JPEG in its place (1)         TooManyPixels, as decode
              inspect    say what it is, from the bytes; walk the container     TypeNotAllowed, Corrupt, TooComplex
                         to its end and list the parts that are the picture
              limit      max_pixels, over all frames, from the header           TooManyPixels
              verify     what only inflating the data can prove                 Corrupt, TooComplex, TypeNotAllowed
              sanitise   from here on there is nothing but the parts, with their sha256
              decode     (decode="strict") every pixel, once (1)                Corrupt, TooComplex, DecoderUnavailable
              turn       (orient="apply") upright; it decodes, too (1)          as decode
              scan       the policy's scanners, on what would be stored         ScannerRefused
              render     (thumbnail=True) a small WebP of it (1)                kept without
    keep      intent     the ledger commits a fresh random key
              store      create-only; no copy where the storage is the same disk  StorageUnavailable
                         then its thumbnail, under a key that follows from it   kept without
              ready      the ledger records the facts of the stored bytes; observers
                         (`safelight.events`) are told when that is committed   StorageUnavailable, after an hour

(1) in a process of its own with limits on memory and time: the server process never decodes. What a decoder makes is
untrusted: it goes through all from `inspect` to `sanitise`, and takes the place of what was sent or is its thumbnail. A
picture is not refused for its thumbnail: if that cannot be made or stored, the picture is kept without.

Until `intent` there are nothing but temporary files without a name, which the system frees even if we are killed. No
byte is stored before its key (and so that of its thumbnail: `safelight.variants`) is committed, and no key is served
before its bytes are stored: so whatever fails or is killed later leaves an intent (with all, some or none of its bytes)
or a blob that nothing refers to, and the sweep deletes either when it is old enough. Only `attach`, which the caller
does in the transaction of the row that names the key, makes a blob stay.

Where a policy takes any bytes at all (FILES), the parts are the whole file as it came, and nothing is verified: what
such a file may do is decided when it is delivered.

A new format is a `safelight.formats.Format` in a module of its own and one line in the table there. A new framework
turns its requests into an `Upload`, brings a `safelight.protocols.Ledger` (whose `intend` commits by itself, whatever
transaction is open, and whose `attach` and `release` join the caller's), attaches and releases as its rows change, and
turns a `Refusal` into its own kind of answer.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import PurePath
from typing import BinaryIO, cast

from . import decode, formats, variants
from .blob import Blob
from .errors import IntentExpired, KeyTaken, Refusal, ScannerRefused, StorageUnavailable, TooManyPixels, reason_of
from .events import Stored, tell
from .formats import Inspection, Span
from .keys import new_key
from .lengths import owner_name
from .policy import HEIC, Policy
from .protocols import Ledger, Storage
from .receive import Content, Spool, receive
from .upload import Upload, clean_filename

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Checked:
    """An upload that has passed every check and is not stored yet: to be kept, or closed. `received` is how many bytes
    came; `inspection.size` of them, or of what a decoder made of them, are left. `thumbnail` is what the policy asked
    for, if there is one."""

    policy: Policy
    inspection: Inspection
    sha256: str
    filename: str
    spool: Spool
    received: int
    thumbnail: Spool | None = None

    def open(self) -> Content:
        """The sanitised bytes: what is scanned and what is stored."""
        return self.spool.open()

    def blob(self, key: str, storage: str, *, owner: str = "", thumbnail_size: int | None = None) -> Blob:
        """The facts of the sanitised bytes, stored under `key`."""
        width, height = self.inspection.displayed
        return Blob(
            key=key,
            storage=storage,
            media_type=self.inspection.media_type,
            size=self.inspection.size,
            sha256=self.sha256,
            width=width,
            height=height,
            filename=self.filename,
            policy=self.policy.name,
            owner=owner_name(owner),
            thumbnail_size=thumbnail_size,
        )

    def close(self) -> None:
        self.spool.close()
        if self.thumbnail is not None:
            self.thumbnail.close()

    def __enter__(self) -> Checked:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def check(upload: Upload, policy: Policy) -> Checked:
    """From `receive` to `scan`, as the policy asks. Nothing is stored; a `Refusal` leaves nothing behind."""
    decode.require(policy)
    filename = clean_filename(upload.filename)
    spool = receive(upload, policy.max_bytes)
    received = spool.size
    try:
        if HEIC in policy.types and formats.is_heif(spool.buffer):
            spool = _instead(spool, decode.to_jpeg(cast(BinaryIO, spool.open()), policy.max_pixels))
            filename = clean_filename(f"{PurePath(filename).stem}.jpg") if filename else ""
        checked = _sanitise(spool, policy, filename, received)
        if policy.orient == "apply" and decode.turns(checked.inspection):
            sent = checked.inspection
            spool = _instead(spool, decode.turned(cast(BinaryIO, checked.open()), sent))
            checked = _sanitise(spool, policy, filename, received)
            made = replace(checked.inspection, removed=sent.removed, revealed=sent.revealed)
            checked = replace(checked, inspection=made)
        elif policy.decode == "strict":
            decode.prove(cast(BinaryIO, checked.open()), checked.inspection)
        scan(policy, checked.spool)
        if policy.thumbnail:
            checked = replace(checked, thumbnail=_thumbnail(checked))
    except BaseException:  # a scanner that fails refuses, too
        spool.close()
        raise
    return checked


def scan(policy: Policy, spool: Spool) -> None:
    """Ask the policy's scanners about what is in `spool`. Raises `ScannerRefused`."""
    for scanner in policy.scanners:
        finding = scanner.scan(cast(BinaryIO, spool.open()))
        if finding is not None:
            raise ScannerRefused(finding)


def _sanitise(spool: Spool, policy: Policy, filename: str, received: int) -> Checked:
    """Inspect, limit and verify what is in `spool`, and leave nothing but the parts in it."""
    inspection = formats.inspect(spool.buffer, policy.types)
    if inspection.pixels > policy.max_pixels:
        raise TooManyPixels(inspection.width or 0, inspection.height or 0, inspection.frames, policy.max_pixels)
    formats.verify(spool.buffer, inspection)
    sha256 = spool.reduce_to(inspection.parts)
    return Checked(policy, replace(inspection, parts=(Span(0, spool.size),)), sha256, filename, spool, received)


def _thumbnail(checked: Checked) -> Spool | None:
    """None of what is no picture, and where none can be made: browsers show what libvips may refuse."""
    if checked.inspection.width is None:
        return None
    try:
        return variants.render(variants.THUMBNAIL, cast(BinaryIO, checked.open()), checked.inspection)
    except Refusal as refusal:
        log.warning("a picture is kept without a thumbnail: %s", reason_of(refusal))
        return None


def _instead(spool: Spool, made: BinaryIO) -> Spool:
    """What a decoder made (and bounded by its limits) takes the place of what was sent."""
    with spool, made:
        return receive(Upload(made), sys.maxsize)


@dataclass(frozen=True)
class Safelight:
    """Accepts uploads into `storages`, which policies name, and records them in `ledger`."""

    ledger: Ledger
    storages: Mapping[str, Storage]

    def accept(self, upload: Upload, policy: Policy, *, owner: str = "") -> Blob:
        """Check an upload and keep it for `owner`. A `Refusal` of the upload has stored and recorded nothing; after any
        other error an intent may be left, or a blob that nothing refers to, and the sweep sees to it."""
        with check(upload, policy) as checked:
            return self.keep(checked, owner=owner)

    def keep(
        self, checked: Checked, *, prefix: str | None = None, storage_name: str | None = None, owner: str = ""
    ) -> Blob:
        """Store what has been checked, under a fresh key, and record its facts. `prefix` and `storage_name` take the
        place of the policy's. The blob expires unless its key is attached. Closes `checked`, unless it fails: then it
        may be kept again."""
        policy, content = checked.policy, checked.open()
        storage_name = policy.storage if storage_name is None else storage_name
        storage = self.storages[storage_name]
        key = new_key(policy.prefix if prefix is None else prefix, checked.inspection.extension, datetime.now(UTC))
        names = variants.keys_of(key) if checked.thumbnail else (key,)
        self.ledger.intend(key, storage_name)
        try:
            store(storage, key, content)
            thumbnail_size = _store_thumbnail(storage, key, checked.thumbnail)
        except KeyTaken:
            self.ledger.forget(key)  # what lies there is not ours to delete
            raise
        except Exception:
            _delete(storage, *names)
            raise
        blob = checked.blob(key, storage_name, owner=owner, thumbnail_size=thumbnail_size)
        try:
            self.ledger.ready(blob)
        except IntentExpired as error:  # after any other error it may be ready all the same, and the answer was lost
            _delete(storage, *names)
            raise StorageUnavailable("storing it took so long that a sweep has given it up") from error
        checked.close()
        tell(self.ledger, Stored(blob))
        return blob


def store(storage: Storage, key: str, content: Content) -> None:
    """All of it, or `StorageUnavailable`."""
    storage.save(key, cast(BinaryIO, content))
    if not content.taken:
        raise StorageUnavailable(f"the storage did not take all of the {content.size} bytes")


def _store_thumbnail(storage: Storage, key: str, thumbnail: Spool | None) -> int | None:
    """How many bytes it has; None if the blob `key` gets none. The picture itself is stored: whatever happens to its
    thumbnail is no reason to refuse it."""
    if thumbnail is None:
        return None
    name = variants.THUMBNAIL.key(key)
    try:
        store(storage, name, thumbnail.open())
    except Exception as error:
        log.warning("%s could not be stored, and its picture is kept without: %s", name, error)
        _delete(storage, name)
        return None
    return thumbnail.size


def _delete(storage: Storage, *names: str) -> None:
    """Free the space of a keep that failed, if the storage lets us. The row stays: a write that timed out may still
    arrive, and the sweep deletes once more before it forgets the key."""
    for name in names:
        try:
            storage.delete(name)
        except Exception as error:
            log.warning("%s could not be deleted and is left to the sweep: %s", name, error)
