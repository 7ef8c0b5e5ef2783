"""``manage.py safelight_adopt app.Model.field``: the files that a column has named since before Safelight become known
where they lie, and it says in words which do not, and why."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections

from safelight.adopt_report import sentences, troubles
from safelight.django.adopting import adopt
from safelight.django.management.progress import Progress
from safelight.django.management.remedy import remedied


class Command(BaseCommand):
    help = (
        "Makes the files known that a field's rows have named since before Safelight, where they lie: each is checked "
        "as the field's policy says, and recorded under the name that it has. Nothing is moved, changed or deleted. "
        "What is refused works as before. Safe to run while the app does, several times at once, to be killed, and to "
        "run again. Exits with 1 if the ledger does not know all of them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("field", metavar="APP.MODEL.FIELD", help="as in members.Member.portrait")
        parser.add_argument("--database", choices=tuple(connections), help="whose rows. Default: as the router says")
        parser.add_argument("--dry-run", action="store_true", help="say what would be refused, and record nothing")

    def handle(self, *_: str, field: str, database: str | None, dry_run: bool, verbosity: int, **options: Any) -> None:
        with remedied(database or DEFAULT_DB_ALIAS), Progress(self.stdout, "rows") as progress:
            adopted = adopt(field, database, dry_run=dry_run, progress=progress if verbosity else None)
        if verbosity:
            for sentence in sentences(adopted, dry_run):
                self.stdout.write(sentence)
        if not adopted.complete:
            raise CommandError("\n".join(troubles(adopted)))
