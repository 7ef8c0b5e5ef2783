"""``flask safelight installation`` says whose files the storages hold, and is told when a database was copied, moved or
restored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from safelight.doctor import referral
from safelight.errors import OtherInstallation, SafelightError
from safelight.installation_report import sentences, troubles, with_remedy
from safelight.ownership import ownership

from .current import current

COMMAND = "flask safelight installation"
"""What mends it if a sweep refuses, as it is typed."""
_DOCTOR = "flask safelight doctor"


@contextmanager
def remedied() -> Iterator[None]:
    """A command that fails says why in a sentence, and which other command mends it, or finds out what is wrong."""
    try:
        yield
    except OtherInstallation as error:
        raise click.ClickException(with_remedy(error, COMMAND)) from None
    except SafelightError as error:
        raise click.ClickException(getattr(error, "reason", "") or str(error)) from None
    except current().records.failures as error:
        raise click.ClickException(referral(error, _DOCTOR)) from None


@click.option(
    "--moved",
    is_flag=True,
    help="This database was moved or restored, and the one that it was before is not used any more.",
)
@click.option(
    "--copy",
    is_flag=True,
    help="This database is a copy, and the other is used as well: it becomes an installation of its own. The storages "
    "are the other's, but for those named by --mark.",
)
@click.option(
    "--mark",
    multiple=True,
    metavar="NAME",
    help="The files in this storage are this installation's, too, and its sweeps delete them. May be repeated.",
)
def installation(moved: bool, copy: bool, mark: tuple[str, ...]) -> None:
    """Say which installation this database is, and whose files are in its storages.

    Sweeps delete nothing in a database that is not where it was, nor in a storage that is another installation's: here
    you say what has happened. Exits with 1 if sweeps refuse.
    """
    state = current()
    with remedied():
        ledger, _ = state.records.sweeping()
        found = ownership(ledger, state.storages, moved=moved, copy=copy, mark=mark)
    for sentence in sentences(found):
        click.echo(sentence)
    if not found.sound:
        raise click.ClickException("\n".join(troubles(found, COMMAND)))
