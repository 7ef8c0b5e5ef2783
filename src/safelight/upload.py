"""An upload: untrusted bytes, and what the client claims of them. Claims are noted, never believed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import IO

_MAX_FILENAME = 255

# Characters that could forge a header or a log line (controls), disguise an extension ("photo\u202egpj.exe" shows
# as "photoexe.jpg"), or hide (zero width): Unicode categories Cc, Cf, Cs, Co, Cn, Zl and Zp.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class Upload:
    """`content` is read once, from where it stands; `filename` and `media_type` are the client's claims.

    `size` is the number of bytes if it is already known; it only lets an upload that is too large be refused
    before it is read, the real limit counts the bytes.
    """

    content: IO[bytes]
    filename: str = ""
    media_type: str = ""
    size: int | None = None

    def close(self) -> None:
        self.content.close()


def clean_filename(claim: str) -> str:
    """The client's name for a file as a fact that is safe to show: the last path component, NFC, no control,
    bidirectional or zero-width characters, at most 255 characters. May be empty. Never to be used as a path.
    """
    visible = (char for char in claim[-16 * _MAX_FILENAME :] if unicodedata.category(char) not in _INVISIBLE)
    name = unicodedata.normalize("NFC", "".join(visible))  # last: what was between two characters may be gone now
    name = re.split(r"[/\\\u2044\u2215\uff0f\uff3c]", name)[-1].strip()
    if not name.strip("."):
        return ""
    if len(name) <= _MAX_FILENAME:
        return name
    stem, dot, extension = name.rpartition(".")
    if dot and len(extension) <= 10:
        return stem[: _MAX_FILENAME - len(extension) - 1] + dot + extension
    return name[:_MAX_FILENAME]
