"""Safelight for SQLAlchemy 2: a column that names a file, and a ledger in the transaction of its row.

::

    class User(Base):
        profile_image: Mapped[StoredFile | None] = mapped_column(UploadKey(AVATARS))

    uploads = Uploads(Base.metadata, {"default": from_url("file:///var/media")})
    uploads.listen(Session)

A column (`types`, `documents`) gives a key and its facts (`stored`, `attributes`); the ledger (`tables`, `ledger`,
`expiry`, `relocation`) keeps to the life of a file, wherever a statement may run (`where`, `after_commit`); what a
session writes attaches and releases (`references`, `columns`). `uploads` ties them together; `asynchronous`, which
needs ``sqlalchemy[asyncio]``, has what AsyncSessions need besides.
"""

from __future__ import annotations

from . import attributes as attributes  # values get to know their rows
from .columns import Look
from .documents import UploadDocument
from .ledger import SqlLedger
from .stored import StoredFile
from .tables import Tables
from .types import UploadKey
from .uploads import Uploads

__all__ = [
    "Look",
    "SqlLedger",
    "StoredFile",
    "Tables",
    "UploadDocument",
    "UploadKey",
    "Uploads",
]
