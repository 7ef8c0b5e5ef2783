"""Compressed pixels and palettes are copied bit for bit, and whoever draws the picture chooses them: a stored deflate
block or a colour table can spell a program. Some server runs what it should only send: the plain spelling is refused.

A net for the known tricks, no proof: interpreters accept more than can be told from noise. What protects is that keys
end as the bytes are, and that pictures are sent as pictures (`safelight.deliver`, with nosniff).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..errors import Corrupt
from .buffer import STEP, Buffer
from .inspection import Span
from .parts import PartsReader

# PHP's long tag; its short ones only with text that asks for the request ($_GET and the like), since three bytes are
# found in every large photo; and HTML's script. Of 10,000 noisy pictures of 20 MB, not one has any of them by chance.
_TAG = re.compile(rb"<(?:\?(?:(?i:php)\s|[=\s][\t\n\r -~]{0,99}?\$_[A-Z]{3})|(?i:script)[\s/>])")
# Where the archive begins in a file that PHP reads as phar://, whatever comes before.
_PHAR = b"__HALT_COMPILER();"
_LONGEST = 128  # bytes that any of them takes


def refuse(data: Buffer, parts: Iterable[Span | bytes]) -> None:
    """Raise `Corrupt` if what is kept of a file spells the beginning of a program."""
    reader = PartsReader(data, parts)
    tail = b""
    while piece := reader.read(STEP):
        window = tail + piece
        if _TAG.search(window) or _PHAR in window:
            raise Corrupt("program code is hidden in it")
        tail = piece[-_LONGEST:]
