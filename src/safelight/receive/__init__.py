"""Receive: whatever way a file comes, it becomes an `Upload`, and that a nameless temporary file of bounded size."""

from __future__ import annotations

from ..upload import Upload
from .base64 import from_text
from .content import Content
from .spool import CHUNK, Spool, receive

__all__ = ["CHUNK", "Content", "Spool", "Upload", "from_text", "receive"]
