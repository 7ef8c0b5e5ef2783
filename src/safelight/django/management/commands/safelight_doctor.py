"""``manage.py safelight_doctor``: examines this deployment, and says of each finding how to mend it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections

from safelight.django.doctor import deployment
from safelight.doctor import Level, examinations, fails, summary, told


class Command(BaseCommand):
    help = (
        "Tries what uploads need, for real, and says of each finding how to mend it: settings, database, storages, "
        "temporary files, limits of bodies, other origins. Removes what it makes. Exits with 1 if something is wrong. "
        "Run it where and as whom the app runs."
    )
    requires_system_checks = ()  # it runs them itself, and goes on

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, choices=tuple(connections), help="whose ledger")
        parser.add_argument("--json", action="store_true", help="a list of all findings, for programs")
        parser.add_argument(
            "--fail-level",
            default=Level.ERROR.value,
            choices=[Level.ERROR.value, Level.WARNING.value],
            help="from which level on the exit code is 1 (default: error)",
        )

    def handle(self, *_: str, database: str, json: bool, fail_level: str, **options: Any) -> None:
        try:
            site = deployment(database)
        except ValueError as wrong:
            raise CommandError(str(wrong)) from None
        encoding = getattr(self.stdout, "encoding", None)
        counts = told(examinations(site), self.stdout.write, encoding=encoding, as_json=json)
        if fails(counts, Level(fail_level)):
            raise CommandError(summary(counts))
        if not json:
            self.stdout.write(summary(counts))
