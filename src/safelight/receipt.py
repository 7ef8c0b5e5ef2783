"""What became of an upload, for the person who sent it: what was stored, and what was taken out of it before.

A receipt is given once, when the file is kept. The ledger does not remember it: what was removed is nobody's business
any more, least of all where the picture was taken.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from .blob import Blob
from .formats import Removed, Revealed
from .pipeline import Checked


@dataclass(frozen=True, slots=True)
class Receipt:
    """`received` is how many bytes came, `blob.size` how many of them are stored; `removed` says what the others were,
    and `revealed` what EXIF among them would have told. Of a HEIC picture nothing is said: the decoder that makes a
    JPEG of it takes the pixels alone."""

    blob: Blob
    received: int
    frames: int = 1
    removed: tuple[Removed, ...] = ()
    revealed: Revealed | None = None

    @classmethod
    def of(cls, checked: Checked, blob: Blob) -> Receipt:
        inspection = checked.inspection
        return cls(blob, checked.received, inspection.frames, inspection.removed, inspection.revealed)

    def as_json(self) -> dict[str, Any]:
        """For an answer: the facts of the file, `received`, `frames`, what was `removed` as ``{"what", "size"}`` each,
        and `revealed` as an object without what is empty, or null."""
        told = asdict(self.revealed) if self.revealed else {}
        blob = self.blob
        return {
            # By name: what else the ledger comes to know, a policy or an owner, is nobody's business.
            "key": blob.key,
            "storage": blob.storage,
            "media_type": blob.media_type,
            "size": blob.size,
            "sha256": blob.sha256,
            "width": blob.width,
            "height": blob.height,
            "filename": blob.filename,
            "received": self.received,
            "frames": self.frames,
            "removed": [entry._asdict() for entry in self.removed],
            "revealed": {name: value for name, value in told.items() if value not in (None, "", False)} or None,
        }
