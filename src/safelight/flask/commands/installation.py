"""``flask safelight installation`` says whose files the storages hold, and is told when a database was copied, moved or
restored."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from safelight.installation_report import sentences, troubles
from safelight.ownership import ownership

from ..current import current
from .remedy import COMMAND, remedied


@click.command("installation", short_help="Say whose the files are.")
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
@with_appcontext
def command(moved: bool, copy: bool, mark: tuple[str, ...]) -> None:
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
