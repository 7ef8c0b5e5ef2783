"""The doctor's eyes in a Django project: what there is to examine, as settings, models and addresses say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core import checks

from safelight.doctor import Deployment, Finding, error, note, ok, warning
from safelight.doctor.bodies import Limit
from safelight.doctor.disk import folder_of
from safelight.protocols import Storage

from ..conf import Settings
from ..ledger import DjangoLedger
from ..management.remedy import command
from ..storage import DjangoStorage, Storages
from . import cors, intake
from .database import DjangoDatabase
from .policies import Seen

_TRIED_FOR_REAL = {"safelight.E007", "safelight.E015", "safelight.W016"}


def deployment(using: str) -> Deployment:
    """What uses the ledger in the database `using`. Raises ValueError for a wrong setting."""
    seen = Seen.in_project()
    return Deployment(
        names=sorted(seen.storages),
        storages=Storages(),
        ledger=DjangoLedger(using),
        grace=Settings.load().grace,
        sweep=f"python {command(using, 'sweep')}",
        owner=f"python {command(using)}",
        policies=seen.policies,
        fields=Limit("DATA_UPLOAD_MAX_MEMORY_SIZE", settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
        database=DjangoDatabase(using),
        checks=lambda: _checks(using),
        intake=lambda: intake.examine(seen.policies),
        cors=cors.allowed,
        wiring=cors.wiring,
        folder=_folder,
        others=[("FILE_UPLOAD_TEMP_DIR", str(folder))] if (folder := settings.FILE_UPLOAD_TEMP_DIR) else [],
    )


def _checks(using: str) -> Iterator[Finding]:
    """Those of Safelight's system checks that look at settings and models alone."""
    told = [each for each in checks.run_checks(databases=[using]) if (each.id or "").startswith("safelight.")]
    told = [each for each in told if each.id not in _TRIED_FOR_REAL]
    if not told:
        yield ok("The system checks find nothing.")
    for found in told:
        sentence = f"{found.obj}: {found.msg}" if found.obj else str(found.msg)
        level = error if found.level >= checks.ERROR else warning if found.level >= checks.WARNING else note
        yield level(f"{sentence} ({found.id})", found.hint or "")


def _folder(storage: Storage) -> Path | None:
    return storage.folder() if isinstance(storage, DjangoStorage) else folder_of(storage)
