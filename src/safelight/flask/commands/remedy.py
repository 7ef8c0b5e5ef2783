"""A command that fails says why in a sentence, and which other command mends it, or finds out what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from safelight.doctor import referral
from safelight.errors import OtherInstallation, SafelightError, reason_of
from safelight.installation_report import with_remedy

from ..current import current

COMMAND = "flask safelight installation"
"""What mends it if a sweep refuses, as it is typed."""
_DOCTOR = "flask safelight doctor"


@contextmanager
def remedied() -> Iterator[None]:
    try:
        yield
    except OtherInstallation as error:
        raise click.ClickException(with_remedy(error, COMMAND)) from None
    except SafelightError as error:
        raise click.ClickException(reason_of(error)) from None
    except current().records.failures as error:
        raise click.ClickException(referral(error, _DOCTOR)) from None
