"""Compressed pixels and palettes are copied bit for bit, and whoever draws the picture chooses them: a stored deflate
block or a colour table can spell a program. Some server runs what it should only send: the plain spelling is refused.

A net for the known tricks, no proof: interpreters accept more than can be told from noise. What protects is that keys
end as the bytes are, and that pictures are sent as pictures (`safelight.deliver`, with nosniff).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

from ..errors import Corrupt
from .buffer import Buffer, steps
from .inspection import Inspection, Span

# PHP's long tag; its short ones only with text that asks for the request ($_GET and the like), since three bytes are
# found in every large photo; and HTML's script. Of 10,000 noisy pictures of 20 MB, not one has any of them by chance.
_TAG = re.compile(rb"<(?:\?(?:(?i:php)\s|[=\s][\t\n\r -~]{0,99}?\$_[A-Z]{3})|(?i:script)[\s/>])")
# Where the archive begins in a file that PHP reads as phar://, whatever comes before.
_PHAR = b"__HALT_COMPILER();"
_LONGEST = 128  # bytes that any of them takes
# Where the tables of a JPEG and the beginning of its pixels lie. To look through all of a photo would cost as much as
# to walk it, and its pixels spell what one wants with far more pains than a stored block of PNG.
_HEAD = 1 << 18


def refuse(data: Buffer, parts: Iterable[Span | bytes], limit: int | None = None) -> None:
    """Raise `Corrupt` if what is kept of a file (the first `limit` bytes of it) spells the beginning of a program."""
    tail, left = b"", sys.maxsize if limit is None else limit
    for part in parts:
        span = part if isinstance(part, Span) else Span(0, len(part))
        span = Span(span.start, min(span.end, span.start + left))
        left -= span.end - span.start
        for _, piece in steps(data if isinstance(part, Span) else part, *span):
            window = tail + piece
            if _TAG.search(window) or _PHAR in window:
                raise Corrupt("program code is hidden in it")
            tail = window[-_LONGEST:]


def refuse_early(data: Buffer, inspection: Inspection) -> None:
    refuse(data, inspection.parts, _HEAD)
