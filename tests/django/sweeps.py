"""Files to sweep, and sweeps that run later than now."""

import io
from datetime import UTC, datetime, timedelta

from django.core.files.storage import storages

from safelight import Blob
from safelight import sweep as core
from safelight.django import models
from safelight.django.holders import Look
from safelight.django.ledger import DjangoLedger
from safelight.django.storage import Storages
from safelight.keys import new_key
from safelight.sweep import Swept

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
NONE = timedelta()
LEDGER = DjangoLedger("default")


def fresh_key() -> str:
    return new_key("tests", "png", datetime.now(UTC))


def facts(key: str, storage: str = "default", owner: str = "") -> Blob:
    return Blob(key, storage, "image/png", 7, "ab" * 32, 1, 1, owner=owner)


def intend(storage: str = "default") -> str:
    """The key of an upload whose bytes are there."""
    key = fresh_key()
    LEDGER.intend(key, storage)
    storages[storage].save(key, io.BytesIO(b"content"))
    return key


def store(storage: str = "default", owner: str = "") -> str:
    """The key of a file that is free."""
    key = intend(storage)
    LEDGER.ready(facts(key, storage, owner))
    return key


def sweep_in(period: timedelta, grace: timedelta = DAY, **options: object) -> Swept:
    """A sweep that runs so much later."""
    given = {"look": Look("default"), "now": datetime.now(UTC) + period, **options}
    return core.sweep(LEDGER, Storages(), grace=grace, **given)


def states() -> dict[str, str]:
    return dict(models.Blob.objects.values_list("key", "state"))
