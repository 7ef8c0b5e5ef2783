"""What a store that serves files by itself is told of them: their type follows from the key, which was made from the
bytes, and what is not a verified picture is a download there, too."""

from __future__ import annotations

from ..policy import AVIF, EXTENSIONS, GIF, IMAGES, JPEG, PNG, WEBP

_PICTURES = {"jpg": JPEG, "jpeg": JPEG, "png": PNG, "gif": GIF, "webp": WEBP, "avif": AVIF}
_TYPES = _PICTURES | {extension: media_type for media_type, extension in EXTENSIONS.items()}
CACHE_CONTROL = "public, max-age=31536000, immutable"
"""A key names the same bytes for ever."""


def media_type(name: str) -> str:
    """Of a name that nobody made from the bytes (a plain FileField's) as little is believed as of unknown ones: a
    stranger's HTML must not become a page of the store."""
    return _TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def disposition(name: str) -> str:
    return "inline" if media_type(name) in IMAGES else "attachment"
