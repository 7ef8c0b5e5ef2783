"""``manage.py safelight_sweep``: deletes the files that nothing refers to any more, and says in words what it did."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections

from safelight.django.conf import Settings
from safelight.django.holders import Look
from safelight.django.management.numbers import up_to
from safelight.django.management.progress import Progress
from safelight.django.management.remedy import command, remedied
from safelight.django.sweeping import sweep
from safelight.durations import duration
from safelight.sweep_report import sentences, troubles

_WORTH_TELLING = 0.05  # seconds that the look at a column must have taken


class Command(BaseCommand):
    help = (
        "Deletes the files that nothing has referred to for longer than the grace period, and what is left of uploads "
        "that were never finished. Safe to run at any time and several times at once, and to be killed. Exits with 1 "
        "if something could not be deleted and is left to the next run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--grace",
            metavar="24h",
            help="how long files must have been unused: a number with s, m, h or d behind it. Default: "
            "SAFELIGHT['GRACE'], which is 24h if not set. Uploads under way are given an hour at least.",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be deleted, and delete nothing")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, choices=tuple(connections), help="whose ledger")
        parser.add_argument(
            "--batch", type=up_to(10_000), default=500, metavar="N", help="files at a time (default: 500)"
        )

    def handle(
        self, *_: str, grace: Any, dry_run: bool, database: str, batch: int, verbosity: int, **options: Any
    ) -> None:
        try:
            period = Settings.load().grace if grace is None else duration(grace)
        except ValueError as error:
            raise CommandError(f"--grace {error}" if grace is not None else str(error)) from None
        look, progress = Look(database), Progress(self.stdout, "files looked at")
        try:
            with remedied(database):
                swept = sweep(
                    database,
                    grace=period,
                    look=look,
                    batch=batch,
                    dry_run=dry_run,
                    progress=progress if verbosity else None,
                )
        finally:
            progress.finish()
        if verbosity:
            for sentence in sentences(swept, period, dry_run):
                self.stdout.write(sentence)
            for column, seconds in sorted(look.seconds.items()):
                if verbosity > 1 or seconds > _WORTH_TELLING:
                    self.stdout.write(f"Looking for rows that name them took {seconds:.2f} s in {column}.")
        if not swept.complete:
            raise CommandError("\n".join(troubles(swept, command(database))))
