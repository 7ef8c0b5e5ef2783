"""``flask safelight sweep``: deletes the files that nothing refers to any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click
from flask.cli import with_appcontext

from safelight.durations import duration
from safelight.sweep import sweep
from safelight.sweep_report import sentences, troubles

from ..current import current
from .progress import bar
from .remedy import COMMAND, remedied


class _Duration(click.ParamType[timedelta]):
    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        try:
            return duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command("sweep", short_help="Delete the files that nothing uses.")
@click.option(
    "--grace",
    type=_Duration(),
    metavar="24h",
    help="How long files must have been unused: a number with s, m, h or d behind it. Default: SAFELIGHT_GRACE, which "
    "is 24h if not set. Uploads under way are given an hour at least.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be deleted, and delete nothing.")
@click.option("--batch", type=click.IntRange(1, 10_000), default=500, show_default=True, help="Files at a time.")
@click.option("--quiet", is_flag=True, help="Say nothing but what could not be done.")
@with_appcontext
def command(grace: timedelta | None, dry_run: bool, batch: int, quiet: bool) -> None:
    """Delete the files that nothing has referred to for longer than the grace period, and what is left of uploads that
    were never finished.

    Safe to run at any time and several times at once, and to be killed. Exits with 1 if something could not be deleted
    and is left to the next run.
    """
    state = current()
    period = state.config.grace if grace is None else grace
    with remedied(), bar("Files looked at", quiet=quiet) as progress:
        ledger, look = state.records.sweeping()
        swept = sweep(ledger, state.storages, look=look, grace=period, batch=batch, dry_run=dry_run, progress=progress)
    if not quiet:
        for sentence in sentences(swept, period, dry_run):
            click.echo(sentence)
    if not swept.complete:
        raise click.ClickException("\n".join(troubles(swept, COMMAND)))
