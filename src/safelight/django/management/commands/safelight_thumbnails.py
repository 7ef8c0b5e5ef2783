"""``manage.py safelight_thumbnails``: makes the thumbnails of pictures that were stored before their policy asked for
them, and says in words what it did."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections

from safelight.django.management.progress import Progress
from safelight.django.management.remedy import remedied
from safelight.django.thumbnailing import make_thumbnails
from safelight.thumbnails_report import sentences, troubles


class Command(BaseCommand):
    help = (
        "Makes the thumbnails of pictures that were stored before their policy asked for them. Safe to run at any "
        "time, and to be killed: the next run goes on. Exits with 1 if a picture could not be read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--policy",
            action="append",
            default=[],
            dest="policies",
            metavar="NAME",
            help="of pictures that this policy has accepted; may be repeated. Default: all policies with thumbnails "
            "that a model's field or its file handler has",
        )
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, choices=tuple(connections), help="whose ledger")
        parser.add_argument("--dry-run", action="store_true", help="say how many are missing, and make none")

    def handle(
        self, *_: str, policies: list[str], database: str, dry_run: bool, verbosity: int, **options: Any
    ) -> None:
        with remedied(database), Progress(self.stdout, "pictures looked at") as progress:
            made = make_thumbnails(policies, database, dry_run=dry_run, progress=progress if verbosity else None)
        if verbosity:
            for sentence in sentences(made, dry_run):
                self.stdout.write(sentence)
        if not made.complete:
            raise CommandError("\n".join(troubles(made)))
