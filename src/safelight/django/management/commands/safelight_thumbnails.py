"""``manage.py safelight_thumbnails``: makes the thumbnails of pictures that were stored before their policy asked for
them."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from django.apps import apps
from django.core.files.storage import InvalidStorageError
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet

from safelight import decode
from safelight.blob import State
from safelight.django.fields import upload_fields
from safelight.django.jsonform.fields import json_fields
from safelight.django.jsonform.handler import handler_at
from safelight.django.management.progress import Progress
from safelight.django.models import Blob
from safelight.django.storage import Storages
from safelight.documents import FilePlace
from safelight.durations import counted
from safelight.errors import ConfigurationError, SafelightError, StorageUnavailable
from safelight.failures import Failure, some
from safelight.policy import Policy
from safelight.thumbnails import add_thumbnail

_BATCH = 100
_PATIENCE = 10  # failures in a row, after which a storage is taken for one that is down


class Command(BaseCommand):
    help = (
        "Makes the thumbnails of pictures that were stored before their policy asked for them. Safe to run at any "
        "time, and to be killed: the next run goes on. Exits with 1 if a picture could not be read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--policy",
            action="append",
            metavar="NAME",
            help="of pictures that this policy has accepted; may be repeated. Default: all policies with thumbnails "
            "that a model's field or its file handler has",
        )
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, choices=tuple(connections), help="whose ledger")
        parser.add_argument("--dry-run", action="store_true", help="say how many are missing, and make none")

    def handle(
        self, *_: str, policy: list[str] | None, database: str, dry_run: bool, verbosity: int, **options: Any
    ) -> None:
        names = policy or sorted({each.name for each in _policies() if each.thumbnail})
        if not names:
            raise CommandError("No policy has thumbnail=True. Set it, or say which you mean: --policy NAME.")
        missing = Blob.objects.using(database).filter(
            policy__in=names, state=State.READY, width__isnull=False, thumbnail_size__isnull=True, also_in=""
        )
        total = missing.count()
        if dry_run or not total:
            self.stdout.write(f"{counted(total, 'picture')} of {', '.join(names)} without a thumbnail.")
            return
        if reason := decode.thumbnail_trouble(Policy(names[0], thumbnail=True)):
            raise CommandError(reason)
        made, done, down = 0, 0, 0
        failures: list[Failure] = []
        with Progress(self.stdout, "pictures looked at") as progress:
            for row in _one_by_one(missing):
                try:
                    record = partial(_record, database, row.key, row.storage)
                    made += add_thumbnail(row.facts(), Storages()[row.storage], record)
                    down = 0
                except (SafelightError, InvalidStorageError, OSError) as error:
                    failures.append(Failure.of(row.key, row.storage, error))
                    down = down + 1 if isinstance(error, StorageUnavailable) else 0
                done += 1
                if verbosity:
                    progress(done, max(done, total))
                if down == _PATIENCE:
                    break
        if verbosity:
            self.stdout.write(f"Made {made:,}.")
            if none := done - made - len(failures):
                self.stdout.write(f"Of {counted(none, 'picture')} none can be made.")
        if failures:
            told = f"{counted(len(failures), 'picture')} failed:"
            raise CommandError("\n".join([told, *some(failures)]))


def _policies() -> Iterator[Policy]:
    """Of the fields of all models, and of the file handlers that their documents have."""
    for model in apps.get_models():
        yield from (field.policy for field in upload_fields(model) if field.policy)
        for column in json_fields(model):
            places: set[FilePlace | None] = {None}
            with suppress(ConfigurationError):  # a schema that asks for its row
                places |= {node.file for node in column.schema_of(None).nodes if node.file}
            for place in places:
                handler = handler_at(column.handler_url(place) or "")
                yield from handler.policies if handler else ()


def _one_by_one(missing: QuerySet[Blob]) -> Iterator[Blob]:
    """Each once, whatever becomes of it."""
    last = ""
    while page := list(missing.filter(key__gt=last).order_by("key")[:_BATCH]):
        last = page[-1].key
        yield from page


def _record(using: str, key: str, storage: str, size: int) -> bool:
    """Not of what is on the move, and would be where its thumbnail is not: the next run comes when it has moved."""
    resting = Blob.objects.using(using).filter(key=key, storage=storage, state=State.READY, also_in="")
    return bool(resting.update(thumbnail_size=size))
