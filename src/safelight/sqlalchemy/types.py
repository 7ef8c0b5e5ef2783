"""UploadKey: a column that names a file. In the database and in migrations it *is* a varchar.

::

    profile_image: Mapped[StoredFile | None] = mapped_column(UploadKey(AVATARS))
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import Column, Connection, Dialect, String, TypeDecorator, select, type_coerce

from safelight.blob import Blob
from safelight.keys import MAX_LENGTH
from safelight.policy import Policy

from .stored import StoredFile


@runtime_checkable
class NamesFiles(Protocol):
    """A column type whose values name files. `UploadKey` is one, with one key in a value; a document has many."""

    def safelight_keys(self, value: Any, /) -> Mapping[str, str]:
        """All that `value` names, by its path: ``{"gallery§0§picture": key}``, or ``{"": key}`` where the value is a
        name as a whole."""

    def safelight_named(self, connection: Connection, column: Column[Any], keys: Collection[str], /) -> Collection[str]:
        """Those of `keys` that any row names in this column, by one query for all of them."""


class UploadKey(TypeDecorator[StoredFile]):
    """``mapped_column(UploadKey(AVATARS))``: give it an index where the table is large, for the sweep's look at it.

    Takes what `Uploads.accept` returned, a `safelight.Blob`, or a key; None and the empty string clear it.
    """

    impl = String
    cache_ok = True

    def __init__(self, policy: Policy) -> None:
        super().__init__(MAX_LENGTH)
        self._policy = policy  # no part of the cache key of statements, whose SQL it does not change
        # What Alembic writes before the name. A migration must not break when Safelight is removed.
        self.__module__ = "sa"

    def __repr__(self) -> str:
        return f"String(length={MAX_LENGTH})"

    @property
    def policy(self) -> Policy:
        """What is accepted into this column."""
        return self._policy

    def stored(self, value: Any) -> StoredFile | None:
        """What may be assigned, as the value that it becomes. Raises TypeError for anything else."""
        if value is None or value == "":
            return None
        if isinstance(value, StoredFile):
            return value
        if isinstance(value, str):
            return StoredFile(value, self._policy)
        if isinstance(value, Blob):
            return StoredFile(value.key, self._policy)
        raise TypeError(f"an UploadKey column takes what Uploads.accept returned, or a key, not {type(value).__name__}")

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        file = self.stored(value)
        return None if file is None else file.key

    def process_result_value(self, value: str | None, dialect: Dialect) -> StoredFile | None:
        return self.stored(value)

    # --- `NamesFiles`: one key in each value -------------------------------------------------------------------------

    def safelight_keys(self, value: Any, /) -> Mapping[str, str]:
        file = self.stored(value)
        return {} if file is None else {"": file.key}

    def safelight_named(self, connection: Connection, column: Column[Any], keys: Collection[str], /) -> Collection[str]:
        name = type_coerce(column, String)
        return set(connection.scalars(select(name).where(name.in_(keys)).distinct()))
