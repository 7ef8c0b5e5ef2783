"""UploadDocument: a JSON column whose documents name files, where its schema says so. None of them is lost or left
behind. In the database and in migrations it *is* JSON.

::

    body: Mapped[dict] = mapped_column(UploadDocument({"type": "object", "keys": {"cover": {"type": "string",
        "format": "file-url"}}}))
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ARRAY, JSON, Column, Connection, Text, TypeDecorator, cast, func, select
from sqlalchemy.types import TypeEngine

from safelight.documents import Schema
from safelight.keys import STEM, stem

_AT_ONCE = 1000  # documents


class UploadDocument(TypeDecorator[Any]):
    """
    schema: in the words of `safelight.documents.dialect`. Each ``file-url`` is a reference, by its path in the document

    What is changed inside a document SQLAlchemy only sees with ``MutableDict.as_mutable(UploadDocument(...))`` or
    ``flag_modified``, as of any JSON column.
    """

    impl = JSON
    cache_ok = True

    def __init__(self, schema: Mapping[str, Any]) -> None:
        super().__init__()
        self._schema = Schema.of(schema)
        self.__module__ = "sa"  # as Alembic writes it

    def __repr__(self) -> str:
        return "JSON()"

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        """What is inside a document is no document."""
        return self.impl_instance.coerce_compared_value(op, value)

    # --- `NamesFiles`: as many keys as a document has -----------------------------------------------------------------

    def safelight_keys(self, value: Any, /) -> Mapping[str, str]:
        return self._schema.keys(value)

    def safelight_named(self, connection: Connection, column: Column[Any], keys: Collection[str], /) -> Collection[str]:
        """By one scan, whose cost does not depend on how many keys are looked for, whatever the documents look like."""
        by_stem = {stem(key): key for key in keys}
        text = cast(column, Text)
        if connection.dialect.name == "postgresql":
            matches = select(func.regexp_matches(text, STEM, "g", type_=ARRAY(Text)).label("found")).subquery()
            found = matches.c.found[1]
            return {by_stem[each] for each in connection.scalars(select(found).where(found.in_(by_stem)).distinct())}
        texts = connection.execution_options(yield_per=_AT_ONCE).scalars(select(text))
        return {by_stem[each] for value in texts for each in re.findall(STEM, value or "") if each in by_stem}
