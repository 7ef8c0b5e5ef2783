"""``manage.py safelight_move``: moves the stored files from one storage to another, and says in words what it did."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections

from safelight.django.management.progress import Progress
from safelight.django.management.remedy import remedied
from safelight.django.moving import move
from safelight.move_report import sentences, troubles


class Command(BaseCommand):
    help = (
        "Moves the files of one storage in STORAGES to another, while the app runs: each is copied, read again and "
        "compared with its sha256, and then the ledger says where it is. Safe to be killed, and to run again. Exits "
        "with 1 if files are left that should have been moved."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", required=True, dest="source", metavar="ALIAS", help="where the files are")
        parser.add_argument("--to", required=True, dest="target", metavar="ALIAS", help="where they shall be")
        parser.add_argument(
            "--delete",
            action="store_true",
            help="afterwards delete what was left behind, by this and by earlier moves: addresses that somebody still "
            "has may name it there",
        )
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, choices=tuple(connections), help="whose ledger")

    def handle(
        self, *_: str, source: str, target: str, delete: bool, database: str, verbosity: int, **options: Any
    ) -> None:
        with remedied(database), Progress(self.stdout, "files") as progress:
            moved = move(source, target, database, delete=delete, progress=progress if verbosity else None)
        if verbosity:
            for sentence in sentences(moved, source, target):
                self.stdout.write(sentence)
        if not moved.complete:
            raise CommandError("\n".join(troubles(moved, source)))
