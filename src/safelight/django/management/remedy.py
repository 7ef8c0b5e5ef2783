"""A command that refuses says why; and of another installation's files, which command mends it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import DEFAULT_DB_ALIAS

from safelight.errors import OtherInstallation, SafelightError, reason_of
from safelight.installation_report import with_remedy


def command(using: str) -> str:
    """As it is typed."""
    return "manage.py safelight_installation" + ("" if using == DEFAULT_DB_ALIAS else f" --database {using}")


@contextmanager
def remedied(using: str) -> Iterator[None]:
    try:
        yield
    except OtherInstallation as error:
        raise CommandError(with_remedy(error, command(using))) from None
    except SafelightError as error:
        raise CommandError(reason_of(error)) from None
