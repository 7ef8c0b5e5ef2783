"""A policy: the rules for one use of uploads. A frozen value in code, never a setting, so that what an endpoint
accepts can be read where the endpoint is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from .protocols import Scanner

KB = 1_000
"""Bytes, counted as disks and networks do."""
MB = 1_000_000
"""A million bytes."""
GB = 1_000_000_000
"""A thousand million bytes."""

JPEG = "image/jpeg"
PNG = "image/png"
GIF = "image/gif"
WEBP = "image/webp"
AVIF = "image/avif"

IMAGES: frozenset[str] = frozenset({JPEG, PNG, GIF, WEBP, AVIF})
"""Every kind of picture that Safelight can verify and sanitise."""

HEIC = "image/heic"
"""What iPhones make and few browsers show. It is never kept: naming it among a policy's types asks for a JPEG in its
place, made by a decoder (``pip install "safelight[heic]"``)."""

Decode = Literal["structure", "strict"]
Orient = Literal["keep", "apply"]

PDF = "application/pdf"
TEXT = "text/plain"
CSV = "text/csv"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ODP = "application/vnd.oasis.opendocument.presentation"

EXTENSIONS: dict[str, str] = {
    PDF: "pdf",
    TEXT: "txt",
    CSV: "csv",
    DOCX: "docx",
    XLSX: "xlsx",
    PPTX: "pptx",
    ODT: "odt",
    ODS: "ods",
    ODP: "odp",
}
"""Documents, and what the keys of each end in."""

DOCUMENTS: frozenset[str] = frozenset(EXTENSIONS)
"""Every kind of document whose structure Safelight can verify. Always delivered as an attachment."""

FILES: frozenset[str] = frozenset({"*/*"})
"""Any bytes at all, stored as they were sent, with a key that ends in ``.bin``, and delivered as an attachment. Kinds
that a policy names beside it (``IMAGES | FILES``) are verified as ever."""


MAX_NAME = 64
"""Characters in a policy's name: the ledger remembers by it what accepted a file."""


@dataclass(frozen=True, slots=True)
class Policy:
    """``Policy("avatars", types=IMAGES, max_bytes=5 * MB)``

    name:       what the policy is for; the ledger remembers it, clients never see it
    types:      media types accepted, as found in the bytes: `IMAGES`, `DOCUMENTS`, `FILES`, or any of them
    max_bytes:  bytes read at most
    max_pixels: pixels of a picture at most, over all frames
    prefix:     where keys begin; strftime directives take the date (UTC)
    storage:    the name of the storage that keeps the bytes
    scanners:   asked in order, after sanitising; any may refuse
    decode:     "structure" walks the container; "strict" also decodes every pixel once, in a process of its own
    orient:     "keep" says which way up the picture is; "apply" turns its pixels, which is a re-encode
    thumbnail:  whether a WebP of at most 320 x 320 pixels is kept beside each picture, made in a process of its own
    """

    name: str
    types: frozenset[str] = IMAGES
    max_bytes: int = 20 * MB
    max_pixels: int = 50_000_000
    prefix: str = "%Y/%m/%d"
    storage: str = "default"
    scanners: tuple[Scanner, ...] = ()
    decode: Decode = "structure"
    orient: Orient = "keep"
    thumbnail: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "types", frozenset(self.types))
        if unknown := self.types - IMAGES - DOCUMENTS - FILES - {HEIC}:
            raise ValueError(f"policy {self.name!r}: cannot verify {', '.join(sorted(unknown))}")
        if HEIC in self.types and JPEG not in self.types:
            raise ValueError(f"policy {self.name!r}: {HEIC} becomes {JPEG}, which is not among its types")
        if self.decode not in get_args(Decode) or self.orient not in get_args(Orient):
            raise ValueError(f"policy {self.name!r}: decode is one of {get_args(Decode)}, orient of {get_args(Orient)}")
        if len(self.name) > MAX_NAME:
            raise ValueError(f"policy {self.name!r}: a name has {MAX_NAME} characters at most")
        if not self.types or self.max_bytes < 1 or self.max_pixels < 1:
            raise ValueError(f"policy {self.name!r} accepts nothing: types, max_bytes and max_pixels must not be empty")
