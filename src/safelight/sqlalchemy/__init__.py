"""Safelight for SQLAlchemy 2: a column that names a file, and a ledger in the transaction of its row.

::

    class User(Base):
        profile_image: Mapped[StoredFile | None] = mapped_column(UploadKey(AVATARS))

    uploads = Uploads(Base.metadata, {"default": from_url("file:///var/media")})
    uploads.listen(Session)

A column (`types`) gives a key and its facts (`stored`, `attributes`); the ledger (`tables`, `ledger`, `expiry`) keeps
to the life of a file, wherever a statement may run (`where`, `after_commit`); what a session writes attaches and
releases (`references`, `columns`). `uploads` ties them together.
"""

from __future__ import annotations

from . import attributes
from .asynchronous import accept_async, keep_async
from .columns import Look
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
    "UploadKey",
    "Uploads",
    "accept_async",
    "attributes",
    "keep_async",
]
