"""A command that fails says why in a sentence, and which other command mends it, or finds out what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import DEFAULT_DB_ALIAS, Error

from safelight.doctor import referral
from safelight.errors import OtherInstallation, SafelightError
from safelight.installation_report import with_remedy


def command(using: str, name: str = "installation") -> str:
    """As it is typed."""
    return f"manage.py safelight_{name}" + ("" if using == DEFAULT_DB_ALIAS else f" --database {using}")


@contextmanager
def remedied(using: str) -> Iterator[None]:
    try:
        yield
    except OtherInstallation as error:
        raise CommandError(with_remedy(error, command(using))) from None
    except SafelightError as error:
        raise CommandError(getattr(error, "reason", "") or str(error)) from None
    except Error as error:
        raise CommandError(referral(error, command(using, "doctor"))) from error
