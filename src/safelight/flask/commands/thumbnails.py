"""``flask safelight thumbnails``: makes the thumbnails of pictures that were stored before their policy asked for them,
and says in words what it did."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import with_appcontext

from safelight.thumbnails import make_thumbnails
from safelight.thumbnails_report import sentences, troubles

from ..current import current
from ..handler import policies_of
from .progress import bar
from .remedy import remedied


@click.command("thumbnails", short_help="Make the thumbnails that are missing.")
@click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="NAME",
    help="Of pictures that this policy has accepted. May be repeated. Default: all policies with thumbnails that a "
    "column or a file handler has.",
)
@click.option("--dry-run", is_flag=True, help="Say how many are missing, and make none.")
@click.option("--quiet", is_flag=True, help="Say nothing but what could not be done.")
@with_appcontext
def command(policies: tuple[str, ...], dry_run: bool, quiet: bool) -> None:
    """Make the thumbnails of pictures that were stored before their policy asked for them.

    Safe to run at any time, and to be killed: the next run goes on. Exits with 1 if a picture could not be read.
    """
    state = current()
    with remedied(), bar("Pictures looked at", quiet=quiet) as progress:
        ledger, found = state.records.thumbnailing()
        known = [*found, *policies_of(current_app)]
        made = make_thumbnails(ledger, state.storages, policies, known, dry_run=dry_run, progress=progress)
    if not quiet:
        for sentence in sentences(made, dry_run):
            click.echo(sentence)
    if not made.complete:
        raise click.ClickException("\n".join(troubles(made)))
