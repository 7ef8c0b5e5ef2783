"""The ledger's tables in SQLAlchemy's words: what is stored, who refers to it, whose installation it is, and what
requests were answered. Names, columns and indexes are those of `safelight.django.models`. Written by
`safelight.sqlalchemy.ledger` and its parts alone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Row,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import mysql

from safelight.blob import Blob
from safelight.keys import MAX_LENGTH
from safelight.lengths import MAX_HOLDER, MAX_OWNER, MAX_PATH, MAX_ROW

_FACTS = tuple(field.name for field in fields(Blob))
_MOMENT = DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


@dataclass(frozen=True, slots=True)
class Tables:
    """``Tables.of(Base.metadata)``: created with your own by ``create_all``, and seen by Alembic."""

    blob: Table
    reference: Table
    installation: Table
    request: Table

    @classmethod
    def of(cls, metadata: MetaData) -> Tables:
        """Those of `metadata`, which get into it by the first call."""
        schema = f"{metadata.schema}." if metadata.schema else ""
        makers = {"blob": _blob, "reference": _reference, "installation": _installation, "request": _request}
        tables = {}
        for name, make in makers.items():
            found = metadata.tables.get(f"{schema}safelight_{name}")
            tables[name] = make(metadata) if found is None else found
        return cls(**tables)

    @property
    def all(self) -> tuple[Table, ...]:
        return self.blob, self.reference, self.installation, self.request

    @property
    def facts(self) -> list[Column[Any]]:
        """What of a blob's row is a `safelight.Blob`: see `facts_of`."""
        return [self.blob.c[fact] for fact in _FACTS]


def facts_of(row: Row[Any]) -> Blob:
    """As the core has them."""
    return Blob(**{fact: getattr(row, fact) for fact in _FACTS})


def _blob(metadata: MetaData) -> Table:
    """A stored file and its facts, or the intent to store one. ``free_since`` is when the last reference went (or when
    the bytes came, or, of a tombstone, when they were deleted); null while something refers to the blob. ``also_in`` is
    another storage in which bytes of it may lie: it is on the move, or was."""
    free, intent = text("free_since IS NOT NULL"), text("state = 'intent'")
    return Table(
        "safelight_blob",
        metadata,
        Column("key", String(MAX_LENGTH), primary_key=True),
        Column("storage", String(64), nullable=False),
        # A default of the database's, too, so that the column can be added to a table that has rows.
        Column("also_in", String(64), nullable=False, default="", server_default=""),
        Column("state", String(8), nullable=False),
        Column("created", _MOMENT, nullable=False),
        Column("free_since", _MOMENT),
        Column("media_type", String(100), nullable=False, default=""),
        Column("size", BigInteger),
        Column("sha256", String(64), nullable=False, default=""),
        Column("width", Integer),
        Column("height", Integer),
        Column("filename", String(255), nullable=False, default=""),
        Column("policy", String(64), nullable=False, default=""),
        Column("owner", String(MAX_OWNER), nullable=False, default=""),
        Column("thumbnail_size", Integer),
        # Partial, so that a sweep's cost follows the few candidates and not the millions of files that are fine. The
        # first is also that of what is deleting or deleted.
        Index("safelight_blob_free", "free_since", postgresql_where=free, sqlite_where=free),
        Index("safelight_blob_intent", "created", postgresql_where=intent, sqlite_where=intent),
        # Whole, so that a page of a library (which is read backwards, newest first) is found without a look at the
        # table, however far away it is.
        Index("safelight_blob_newest", "policy", "state", "created", "key"),
        Index("safelight_blob_own", "owner", "policy", "state", "created", "key"),
    )


def _reference(metadata: MetaData) -> Table:
    """One place that names a blob: see `safelight.Reference`."""
    schema = f"{metadata.schema}." if metadata.schema else ""
    return Table(
        "safelight_reference",
        metadata,
        Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
        Column("blob_id", String(MAX_LENGTH), ForeignKey(f"{schema}safelight_blob.key"), nullable=False, index=True),
        Column("holder", String(MAX_HOLDER), nullable=False),
        Column("row", String(MAX_ROW), nullable=False),
        Column("field", String(64), nullable=False),
        Column("path", String(MAX_PATH), nullable=False, default=""),
        UniqueConstraint("holder", "row", "field", "path", "blob_id", name="safelight_reference_once"),
    )


def _installation(metadata: MetaData) -> Table:
    """The one row by which a ledger knows itself: see `safelight.installation`. ``audited`` is where an audit that goes
    on each time where the last one ended has come to."""
    return Table(
        "safelight_installation",
        metadata,
        Column("id", SmallInteger, primary_key=True, autoincrement=False),
        Column("identity", String(36), nullable=False),
        Column("place", String(255), nullable=False),
        Column("audited", String(500), nullable=False, default=""),
    )


def _request(metadata: MetaData) -> Table:
    """A request with an Idempotency-Key, and how it was answered: see `safelight.idempotency`. Its ``id`` is made of
    who asked what under which key; ``status`` is null while ``token``'s attempt is at work on it."""
    return Table(
        "safelight_request",
        metadata,
        Column("id", String(64), primary_key=True),
        Column("fingerprint", String(64), nullable=False),
        Column("token", String(32), nullable=False),
        Column("created", _MOMENT, nullable=False, index=True),
        Column("status", SmallInteger),
        Column("answer", Text, nullable=False, default=""),
    )
