"""``manage.py safelight_audit``: compares rows, references and storage, says how they differ, and mends it if asked."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections

from safelight.audit_report import sentences, troubles
from safelight.django.auditing import audit
from safelight.django.management.numbers import up_to
from safelight.django.management.progress import Progress
from safelight.django.management.remedy import remedied


class Command(BaseCommand):
    help = (
        "Compares what rows name with what the ledger knows of it, and says where they differ: after bulk updates, "
        "fixtures, raw SQL, or a backup that was restored. Changes nothing without --repair. Safe to run at any time "
        "and several times at once, and to be killed. Exits with 1 if a difference is left."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--repair",
            action="store_true",
            help="let the ledger say what the rows say. No row is changed and no byte is touched: sweeps delete later "
            "what turns out to be in use nowhere.",
        )
        parser.add_argument(
            "--storage",
            action="store_true",
            help="also ask the storages whether each file is there, and list what is there and in no ledger. The "
            "storages must be this app's alone.",
        )
        parser.add_argument(
            "--rotate",
            type=up_to(1_000_000_000),
            metavar="N",
            help="look at the next N rows, references and files only, from where the last run with --rotate has ended",
        )
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, choices=tuple(connections), help="whose ledger")

    def handle(
        self,
        *_: str,
        repair: bool,
        storage: bool,
        rotate: int | None,
        database: str,
        verbosity: int,
        **options: Any,
    ) -> None:
        progress = Progress(self.stdout, "rows, references and files looked at")
        try:
            with remedied(database):
                audited = audit(
                    database,
                    repair=repair,
                    storage=storage,
                    rotate=rotate,
                    progress=progress if verbosity else None,
                )
        finally:
            progress.finish()
        if verbosity:
            for sentence in sentences(audited, repair=repair, rotate=rotate is not None):
                self.stdout.write(sentence)
        if not audited.complete:
            raise CommandError("\n".join(troubles(audited, repair=repair)))
