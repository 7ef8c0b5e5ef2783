"""A database alias, as the core's examination asks it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connections, transaction
from django.db.migrations.executor import MigrationExecutor

from safelight.doctor.database import lacking
from safelight.side_file import SideFile

from ..ledger import DjangoLedger


class DjangoDatabase:
    """A `safelight.doctor.Database`."""

    migrate = "Run: python manage.py migrate"

    def __init__(self, using: str) -> None:
        self.using = using

    @property
    def vendor(self) -> str:
        return connections[self.using].vendor

    def ask(self, sql: str, /) -> Sequence[Any]:
        with connections[self.using].cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone() or ()

    def lacking(self) -> list[str]:
        executor = MigrationExecutor(connections[self.using])
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes("safelight"))
        expected = {
            model._meta.db_table: {field.column for field in model._meta.concrete_fields if field.column}
            for model in apps.get_app_config("safelight").get_models()
        }
        if len(plan) > 1:
            return [f"{len(plan)} migrations, from {plan[0][0]} to {plan[-1][0]}"]
        return [f"the migration {migration}" for migration, _ in plan] or list(lacking(expected, self._columns))

    def _columns(self, table: str) -> list[str]:
        connection = connections[self.using]
        with connection.cursor() as cursor:
            if table not in connection.introspection.table_names(cursor):
                return []
            return [column.name for column in connection.introspection.get_table_description(cursor, table)]

    def ledger(self) -> DjangoLedger:
        return DjangoLedger(self.using)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with transaction.atomic(self.using):
            try:
                yield
            finally:
                transaction.set_rollback(True, self.using)

    def side_file(self) -> SideFile | None:
        return self.ledger().side_file()
