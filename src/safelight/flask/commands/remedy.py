"""A command that refuses says why; and of another installation's files, which command mends it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from safelight.errors import OtherInstallation, SafelightError, reason_of
from safelight.installation_report import with_remedy

COMMAND = "flask safelight installation"
"""As it is typed."""


@contextmanager
def remedied() -> Iterator[None]:
    try:
        yield
    except OtherInstallation as error:
        raise click.ClickException(with_remedy(error, COMMAND)) from None
    except SafelightError as error:
        raise click.ClickException(reason_of(error)) from None
