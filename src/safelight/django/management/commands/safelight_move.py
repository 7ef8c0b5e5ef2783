"""``manage.py safelight_move``: moves the stored files from one storage to another, and says in words what it did."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from safelight.django.management.progress import Progress
from safelight.django.moving import move
from safelight.errors import SafelightError
from safelight.move import Moved
from safelight.words import megabytes

_SHOWN = 10  # failures that are told one by one


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

    def handle(self, *_: str, source: str, target: str, delete: bool, database: str, **options: Any) -> None:
        progress = Progress(self.stdout, "files")
        try:
            moved = move(source, target, database, delete=delete, progress=progress)
        except (SafelightError, RuntimeError, DatabaseError) as error:
            raise CommandError(getattr(error, "reason", "") or str(error)) from None
        finally:
            progress.finish()
        for sentence in _sentences(moved, source, target):
            self.stdout.write(sentence)
        if moved.failures or moved.left:
            raise CommandError("\n".join(_troubles(moved, source)))


def _sentences(moved: Moved, source: str, target: str) -> Iterator[str]:
    yield f"Moved {_many(moved.moved)} from {source!r} to {target!r}: {megabytes(moved.size)}."
    if moved.gone:
        yield f"{_many(moved.gone)} deleted by others meanwhile."
    if moved.deleted:
        yield f"Deleted {_many(moved.deleted)} left behind in {source!r}."
    if moved.behind:
        yield (
            f"{_many(moved.behind)} left behind in {source!r}: when no page and no cache has their addresses any "
            "more, run this again with --delete."
        )


def _troubles(moved: Moved, source: str) -> Iterator[str]:
    if moved.left:
        yield f"{_many(moved.left)} left in {source!r}. Run this again."
    for failure in moved.failures[:_SHOWN]:
        yield f"  {failure.key}: {failure.reason}"
    if len(moved.failures) > _SHOWN:
        yield f"  and {len(moved.failures) - _SHOWN:,} more"


def _many(count: int) -> str:
    return f"{count:,} file" + ("s" if count != 1 else "")
