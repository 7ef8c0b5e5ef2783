"""``flask safelight move``: brings files to another storage."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from safelight.move import move
from safelight.move_report import sentences, troubles

from ..current import current
from .progress import bar
from .remedy import remedied


@click.command("move", short_help="Move files to another storage.")
@click.option("--from", "source", required=True, metavar="NAME", help="Where the files are.")
@click.option("--to", "target", required=True, metavar="NAME", help="Where they shall be.")
@click.option(
    "--delete",
    is_flag=True,
    help="Afterwards delete what was left behind, by this and by earlier moves: addresses that somebody still has may "
    "name it there.",
)
@click.option("--quiet", is_flag=True, help="Say nothing but what could not be done.")
@with_appcontext
def command(source: str, target: str, delete: bool, quiet: bool) -> None:
    """Move the files of one storage in SAFELIGHT_STORAGE to another, while the app runs: each is copied, read again and
    compared with its sha256, and then the ledger says where it is.

    Safe to be killed, and to run again. Exits with 1 if files are left that should have been moved.
    """
    state = current()
    with remedied(), bar("Files", quiet=quiet) as progress:
        moved = move(state.records.moving(), state.storages, source, target, delete=delete, progress=progress)
    if not quiet:
        for sentence in sentences(moved, source, target):
            click.echo(sentence)
    if not moved.complete:
        raise click.ClickException("\n".join(troubles(moved, source)))
