"""``manage.py safelight_installation``: says whose files the storages hold, and is told when a database was copied,
moved or restored."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections

from safelight.django.installing import installation
from safelight.django.management.remedy import command, remedied
from safelight.installation_report import sentences, troubles


class Command(BaseCommand):
    help = (
        "Says which installation this database is, and whose files are in its storages. Sweeps delete nothing in a "
        "database that is not where it was, nor in a storage that is another installation's: here you say what has "
        "happened. Exits with 1 if sweeps refuse."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        meant = parser.add_mutually_exclusive_group()
        meant.add_argument(
            "--moved",
            action="store_true",
            help="this database was moved or restored, and the one that it was before is not used any more",
        )
        meant.add_argument(
            "--copy",
            action="store_true",
            help="this database is a copy, and the other is used as well: it becomes an installation of its own. The "
            "storages are the other's, but for those named by --mark",
        )
        parser.add_argument(
            "--mark",
            action="append",
            default=[],
            metavar="ALIAS",
            help="the files in this storage are this installation's, too, and its sweeps delete them; may be repeated",
        )
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, choices=tuple(connections), help="whose ledger")

    def handle(self, *_: str, moved: bool, copy: bool, mark: list[str], database: str, **options: Any) -> None:
        with remedied(database):
            found = installation(database, moved=moved, copy=copy, mark=mark)
        for sentence in sentences(found):
            self.stdout.write(sentence)
        if not found.sound:
            raise CommandError("\n".join(troubles(found, command(database))))
