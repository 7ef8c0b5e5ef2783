"""Django: its ORM, its transactions, its manage.py commands."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from faults.backends import Backend
from faults.fuse import Fuse

from safelight.protocols import Storage

_NEEDED = (
    "faults.django_site.views",
    *(
        f"safelight.django.management.commands.safelight_{name}"
        for name in ("sweep", "move", "adopt", "audit", "installation")
    ),
    "django.db.models.sql.compiler",
    "django.views.i18n",
)


def load(backend: Backend) -> DjangoStack:
    kept = "faults.django_site.storage.Given"
    settings.configure(
        SECRET_KEY="only for the proof",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="faults.django_site.views",
        INSTALLED_APPS=["safelight.django", "faults.django_site"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        DEBUG_PROPAGATE_EXCEPTIONS=True,
        DATABASES={"default": backend.database.django},
        STORAGES={name: {"BACKEND": kept, "OPTIONS": {"inner": each}} for name, each in backend.store.storages.items()},
        SAFELIGHT={"MOVING": list(backend.store.storages)},
    )
    django.setup()
    return DjangoStack()


class DjangoStack:
    column = "django_site.Picture.image"

    def __init__(self) -> None:
        for name in _NEEDED:  # by each process, which would be killed for it
            import_module(name)
        from safelight.django.holders import Look
        from safelight.django.ledger import DjangoLedger

        self.ledger = DjangoLedger
        self.look = Look

    def prepare(self) -> None:
        call_command("migrate", run_syncdb=True, verbosity=0)

    def application(self) -> WSGIHandler:
        return WSGIHandler()

    def command(self, name: str, *arguments: str) -> None:
        call_command(f"safelight_{name}", *arguments, verbosity=0)

    def storages(self) -> Mapping[str, Storage]:
        from safelight.django.storage import Storages

        return Storages()

    def light(self, fuse: Fuse) -> None:
        def statement(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
            return fuse.statement(sql, lambda: execute(sql, parameters, many, context))

        def follow(connection: BaseDatabaseWrapper, **_: object) -> None:
            connection.execute_wrappers.append(statement)

        connection_created.connect(follow, weak=False)
        BaseDatabaseWrapper._commit = fuse.around("COMMIT", BaseDatabaseWrapper._commit)  # type: ignore[attr-defined]

    def execute(self, ledger: Any, sql: str, *parameters: object) -> int:
        with connections[ledger.using].cursor() as cursor:
            cursor.execute(sql, parameters)
            return len(cursor.fetchall()) if cursor.description else cursor.rowcount
