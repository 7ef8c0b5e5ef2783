"""``flask safelight adopt user.picture``: the files that a column has named since before Safelight become known where
they lie, and it says in words which do not, and why."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from safelight import adopt_report

from .current import current
from .installing import remedied
from .progress import bar


@click.command("adopt", short_help="Make files from before Safelight known.")
@click.argument("column", metavar="TABLE.COLUMN")
@click.option("--dry-run", is_flag=True, help="Say what would be refused, and record nothing.")
@click.option("--quiet", is_flag=True, help="Say nothing but which files stay unknown.")
@with_appcontext
def adopt(column: str, dry_run: bool, quiet: bool) -> None:
    """Make the files known that a column's rows have named since before Safelight, where they lie: each is checked as
    the column's policy says, and recorded under the name that it has. Nothing is moved, changed or deleted, and what is
    refused works as before.

    Safe to run while the app does, several times at once, to be killed, and to run again. Exits with 1 if the ledger
    does not know all of them.
    """
    with remedied(), bar("Rows", quiet=quiet) as progress:
        adopted = current().records.adopt(column, dry_run=dry_run, progress=progress)
    if not quiet:
        for sentence in adopt_report.sentences(adopted, dry_run):
            click.echo(sentence)
    if not adopted.complete:
        raise click.ClickException("\n".join(adopt_report.troubles(adopted)))
