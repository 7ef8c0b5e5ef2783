"""Values know their rows: what is assigned to, or loaded into, an `UploadKey` attribute becomes a `StoredFile` of that
very row, which can ask the row's session for its facts.

As `sqlalchemy.ext.mutable` does it, classes are found by the types of their columns when they are mapped. No state is
kept: who listens to a session is only asked when facts are.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import MetaData, Table, event
from sqlalchemy.orm import Mapper
from sqlalchemy.sql import ClauseElement

from .types import UploadKey


@event.listens_for(Mapper, "mapper_configured")
def watch(mapper: Mapper[Any], cls: type[Any]) -> None:
    names = {}
    for prop in mapper.column_attrs:
        column = prop.columns[0]
        if isinstance(column.type, UploadKey) and isinstance(column.table, Table):
            names[prop.key] = column.type, column.table.metadata
    if names:
        _listen(cls, names)


def _listen(cls: type[Any], names: dict[str, tuple[UploadKey, MetaData]]) -> None:
    def own(row: object, name: str, value: Any) -> Any:
        if isinstance(value, ClauseElement) or hasattr(value, "__clause_element__"):
            return value  # what it comes to only the database knows
        kind, metadata = names[name]
        file = kind.stored(value)
        return None if file is None else file.of(row, metadata, kind.policy)

    def bind(row: Any, *_: object) -> None:
        loaded = row.__dict__
        for name in names.keys() & loaded.keys():
            loaded[name] = own(row, name, loaded[name])

    def assigned(row: Any, value: Any, old: Any, initiator: Any) -> Any:
        return own(row, initiator.key, value)

    for happening in ("load", "refresh", "refresh_flush", "unpickle"):
        event.listen(cls, happening, bind)
    for name in names:
        event.listen(getattr(cls, name), "set", assigned, retval=True)
