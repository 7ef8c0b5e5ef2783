"""Variants: small pictures made from a blob. Each lies beside it, under a key that follows from the blob's own, so that
whoever knows the blob knows where they lie: its row in the ledger speaks for them too, and they are deleted with it.

There is one, the thumbnail. A policy asks for it, `safelight.pipeline` has it made when the picture has passed every
check and stores it right behind the picture, and the ledger remembers its size: a list of files asks no storage.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import IO

from . import decode, formats
from .blob import Blob
from .errors import Corrupt
from .formats import Inspection
from .keys import is_ours
from .policy import WEBP
from .receive import Spool, Upload, receive


@dataclass(frozen=True, slots=True)
class Variant:
    """A WebP of at most `side` x `side` pixels, and of `quality` (0 to 100, as libwebp counts it).

    Its keys end in `name`: what is made differently gets another name, since a key names the same bytes for ever.
    """

    name: str
    side: int
    quality: int

    @property
    def suffix(self) -> str:
        return f".{self.name}.webp"

    def key(self, key: str) -> str:
        """Where this variant of the blob `key` lies: ``scans/2026/11/20/k3v5…x2.jpg.thumbnail.webp``. No blob's own
        key has two dots after its random part."""
        return key + self.suffix

    def fitted(self, width: int, height: int) -> tuple[int, int]:
        """Its width and height, of a picture that is shown at `width` x `height`. What is small is not enlarged."""
        longest = max(width, height, self.side)
        return max(1, round(width * self.side / longest)), max(1, round(height * self.side / longest))


THUMBNAIL = Variant("thumbnail", side=320, quality=80)


def thumbnail_key(blob: Blob) -> str | None:
    """Where the blob's thumbnail lies; None if it has none."""
    return None if blob.thumbnail_size is None else THUMBNAIL.key(blob.key)


def keys_of(key: str) -> tuple[str, ...]:
    """All names under which something may lie in the storage for `key`, in the order in which to delete them: the blob
    last. Whatever its row says: a thumbnail that could not be stored may have arrived all the same. Of a key that was
    not made here only itself: its neighbours are somebody else's."""
    return (THUMBNAIL.key(key), key) if is_ours(key) else (key,)


def base_of(key: str) -> str | None:
    """The key of the blob of which `key` names a variant; None if it names none."""
    base = key.removesuffix(THUMBNAIL.suffix)
    return base if base != key and is_ours(base) else None


def render(variant: Variant, content: IO[bytes], inspection: Inspection) -> Spool:
    """The variant of a picture that has passed every check, made by a decoder in a process of its own. What it made is
    untrusted: it is walked as any upload is, and must be what was asked for. Raises a `Refusal`."""
    width, height = inspection.displayed
    if width is None or height is None:
        raise ValueError("only a picture has variants")
    size = variant.fitted(width, height)
    with decode.scaled(content, inspection, size, variant.quality) as made:
        spool = receive(Upload(made), sys.maxsize)  # its limits have bounded it
    try:
        found = formats.inspect(spool.buffer, {WEBP})
        if (found.width, found.height, found.frames) != (*size, 1):
            raise Corrupt("its decoder made another picture than was asked for")
        formats.verify(spool.buffer, found)
        spool.reduce_to(found.parts)
    except BaseException:
        spool.close()
        raise
    return spool
